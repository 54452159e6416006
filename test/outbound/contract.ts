/**
 * What every destination and every message provider must do, over a real connection to a real
 * server: which answers mean what, what happens without one, and what never gets into an error.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Compile } from "typebox/compile";
import type { Entry } from "../../src/domain/entry.ts";
import type { AddressKey, Instant } from "../../src/domain/words.ts";
import type {
  DeliveryOutcome,
  Destination,
  Fetch,
  MessageProvider,
  OutgoingMessage,
  SendOutcome,
} from "../../src/outbound/outbound.ts";
import { createSafeFetch } from "../../src/outbound/safe-fetch.ts";
import { freePort } from "../support/free-port.ts";
import { type Received, startReceiver } from "./receiver.ts";

/** The fetch that the product uses, allowed to call the test's own machine. */
export const localFetch: Fetch = createSafeFetch({
  resolve: async () => ["127.0.0.1"],
  allowPrivate: ["127.0.0.0/8"],
  allowHttp: true,
});

export const ENTRY: Entry = {
  position: 42,
  recordedAt: Date.parse("2026-11-21T10:00:00.250Z"),
  leafHash: "ab".repeat(32),
  token: "cd".repeat(32),
  act: {
    kind: "opt-out",
    address: "+14155550123" as AddressKey,
    scopes: [{ sender: "acme", channel: "sms", program: "all", class: "all", use: "contact" }],
    by: "person",
    via: "sms",
    source: "acme-sms",
    claimedAt: Date.parse("2026-11-21T09:59:58Z"),
    receivedAt: Date.parse("2026-11-21T10:00:00Z"),
    messageId: "message:SM1",
    text: "please stop texting me",
    language: "en",
    author: "agent-7",
    evidence: { kind: "sms", secretNote: "only for the record" },
  },
};

export const NOW: Instant = Date.parse("2026-11-21T10:00:01Z");

export interface DestinationCases<Config> {
  /** The same destination with a timeout of so many milliseconds. */
  withTimeout(timeoutMs: number): Destination<Config>;
  /** A configuration that sends to a URL. */
  configFor(url: string): Config;
  readonly unspeakable: readonly string[];
  /** Throws when the receiver would not believe the request. */
  verify(request: Received, config: Config): void;
  /** What a receiver tells repeats by. */
  idOf(request: Received): string;
}

const ANSWERS: readonly {
  status: number;
  headers?: Record<string, string>;
  expected: Partial<DeliveryOutcome>;
}[] = [
  ...[200, 201, 202, 204, 299].map((status) => ({
    status,
    expected: { outcome: "delivered" } as const,
  })),
  ...[301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 422, 500, 503].map((status) => ({
    status,
    headers: { location: "/elsewhere" },
    expected: { outcome: "failed", retryAfterMs: null } as const,
  })),
  { status: 410, expected: { outcome: "disabled" } },
  ...[429, 502, 503, 504].map((status) => ({
    status,
    headers: { "retry-after": "120" },
    expected: { outcome: "failed", retryAfterMs: 120_000 } as const,
  })),
  ...[
    [new Date(NOW + 60_000).toUTCString(), 60_000],
    [new Date(NOW - 60_000).toUTCString(), null],
    ["999999999", 24 * 60 * 60 * 1000],
    ["0", null],
    ["-5", null],
    ["soon", null],
    ["1e9", null],
  ].map(([value, retryAfterMs]) => ({
    status: 429,
    headers: { "retry-after": String(value) },
    expected: { outcome: "failed", retryAfterMs } as Partial<DeliveryOutcome>,
  })),
  { status: 500, headers: { "retry-after": "120" }, expected: { retryAfterMs: null } },
];

export function destinationContract<Config>(
  destination: Destination<Config>,
  cases: DestinationCases<Config>,
): void {
  const name = destination.id;
  const deliver = async (url: string, entry = ENTRY, timeoutMs?: number) => {
    const used = timeoutMs === undefined ? destination : cases.withTimeout(timeoutMs);
    const outcome = await used.deliver(entry, cases.configFor(url), NOW, localFetch);
    if (outcome.outcome !== "delivered") assertSpeakable(outcome.error, cases.unspeakable);
    return outcome;
  };

  test(`${name}: its configuration has a schema that marks every secret`, () => {
    assert.ok(Compile(destination.configSchema).Check(cases.configFor("https://example.com/")));
    assert.match(JSON.stringify(destination.configSchema), /"secret":true/u);
  });

  test(`${name}: every answer means what the contract says`, async (context) => {
    const receiver = await startReceiver(context);
    for (const { status, headers = {}, expected } of ANSWERS) {
      receiver.answer((response) => response.writeHead(status, headers).end());
      const outcome = await deliver(`${receiver.origin}/hook`);
      assert.deepEqual(
        { ...outcome, ...expected },
        outcome,
        `${status} ${JSON.stringify(headers)}`,
      );
    }
    assert.equal(receiver.received.length, ANSWERS.length, "a redirect was followed or retried");
  });

  test(`${name}: what it sends is believed, and repeats carry the same id`, async (context) => {
    const receiver = await startReceiver(context);
    const config = cases.configFor(`${receiver.origin}/hook`);
    await deliver(`${receiver.origin}/hook`);
    await deliver(`${receiver.origin}/hook`);
    await deliver(`${receiver.origin}/hook`, { ...ENTRY, position: 43 });
    for (const request of receiver.received) cases.verify(request, config);
    const [first, second, third] = receiver.received.map(cases.idOf);
    assert.equal(first, second);
    assert.notEqual(first, third);
  });

  test(`${name}: silence, a cut and no server are failures with reasons`, async (context) => {
    const receiver = await startReceiver(context);
    receiver.answer(() => undefined);
    const silent = await deliver(`${receiver.origin}/hook`, ENTRY, 100);
    assert.deepEqual(silent, {
      outcome: "failed",
      error: "no answer within 0.1 s",
      retryAfterMs: null,
    });
    receiver.answer((response) => response.destroy());
    const cut = await deliver(`${receiver.origin}/hook`);
    assert.ok(cut.outcome === "failed" && /ECONNRESET/u.test(cut.error));
    const nobody = await deliver(`http://127.0.0.1:${await freePort()}/hook`);
    assert.ok(nobody.outcome === "failed" && /ECONNREFUSED/u.test(nobody.error));
  });

  test(`${name}: an answer without an end does not hold it up`, async (context) => {
    const receiver = await startReceiver(context);
    const closed = Promise.withResolvers<void>();
    receiver.answer((response) => {
      response.writeHead(200).write("x".repeat(1000));
      response.on("close", closed.resolve);
    });
    assert.deepEqual(await deliver(`${receiver.origin}/hook`), { outcome: "delivered" });
    await closed.promise;
  });

  test(`${name}: whatever a fetch throws is a failure, and is not repeated`, async () => {
    const config = cases.configFor("https://example.com/hook?token=url-secret");
    const thrown = [
      new TypeError(`fetch failed: ${cases.unspeakable.join(" ")}`),
      new Error("x", { cause: Object.assign(new Error("+14155550123"), { code: "EPROTO" }) }),
      "a string",
      null,
      Object.assign(new Error("x"), { code: "https://example.com/?token=url-secret" }),
    ];
    for (const error of thrown) {
      const outcome = await destination.deliver(ENTRY, config, NOW, async () => {
        throw error;
      });
      assert.ok(outcome.outcome === "failed");
      assertSpeakable(outcome.error, [...cases.unspeakable, "url-secret", "example.com"]);
    }
  });
}

export interface ProviderCases<Config> {
  withTimeout(timeoutMs: number): MessageProvider<Config>;
  readonly config: Config;
  readonly unspeakable: readonly string[];
  /** Answers of the provider's API and what they mean. */
  readonly answers: readonly { status: number; body: string; expected: Partial<SendOutcome> }[];
}

export const MESSAGE: OutgoingMessage = {
  channel: "sms",
  to: "+14155550123" as AddressKey,
  from: "+12125550100",
  text: "You are unsubscribed & will get no more messages. Ça suffit? 🛑 = + %",
};

/** The provider's API is reached at its own host, so the tests lead the request to theirs. */
export function fetchAt(origin: string): Fetch {
  return (url, init) => localFetch(url.replace(/^https:\/\/[^/]+/u, origin), init);
}

export function providerContract<Config>(
  provider: MessageProvider<Config>,
  cases: ProviderCases<Config>,
): void {
  const name = provider.id;

  test(`${name}: every answer means what it should, and is asked for once`, async (context) => {
    const receiver = await startReceiver(context);
    for (const { status, body, expected } of cases.answers) {
      receiver.answer((response) => response.writeHead(status).end(body));
      const outcome = await provider.send(MESSAGE, cases.config, fetchAt(receiver.origin));
      assert.deepEqual({ ...outcome, ...expected }, outcome, `${status} ${body}`);
      if (!outcome.sent) assertSpeakable(outcome.error, cases.unspeakable);
    }
    assert.equal(receiver.received.length, cases.answers.length);
  });

  test(`${name}: no answer and no server are failures, tried once`, async (context) => {
    const receiver = await startReceiver(context);
    receiver.answer(() => undefined);
    const silent = await cases
      .withTimeout(100)
      .send(MESSAGE, cases.config, fetchAt(receiver.origin));
    assert.ok(!silent.sent && !silent.optedOut && /no answer within 0.1 s/u.test(silent.error));
    assert.equal(receiver.received.length, 1);
    const nowhere = fetchAt(`http://127.0.0.1:${await freePort()}`);
    const nobody = await provider.send(MESSAGE, cases.config, nowhere);
    assert.ok(!nobody.sent && !nobody.optedOut && /ECONNREFUSED/u.test(nobody.error));
  });

  test(`${name}: a fetch that throws is a failure, and its words are not repeated`, async () => {
    const outcome = await provider.send(MESSAGE, cases.config, async () => {
      throw new Error(cases.unspeakable.join(" "));
    });
    assert.ok(!outcome.sent);
    assertSpeakable(outcome.error, cases.unspeakable);
  });
}

function assertSpeakable(error: string, unspeakable: readonly string[]): void {
  for (const text of unspeakable) assert.ok(!error.includes(text), `an error says ${text}`);
  assert.ok(error.length > 0 && error.length < 200, error);
}
