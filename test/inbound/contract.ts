/**
 * The cases that nobody remembers, run against every inbound adapter. The accepted requests of the
 * cases must be signed by the provider's own package, so that nobody marks their own homework.
 */
import assert from "node:assert/strict";
import { channel as diagnosticsChannel } from "node:diagnostics_channel";
import { test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/compile";
import type { Instant } from "../../src/domain/words.ts";
import {
  type InboundAdapter,
  type InboundEvent,
  isRefusal,
  type RawRequest,
  type Refusal,
} from "../../src/inbound/inbound.ts";

export interface InboundCases<Config> {
  /** With two active secrets. */
  readonly config: Config;
  readonly now: Instant;
  /** What must be in no refusal: secrets, whole addresses, the words of people. */
  readonly unspeakable: readonly string[];
  /** Headers without which a request is not believed. */
  readonly signedHeaders: readonly string[];
  /** Whether the signature covers the URL. */
  readonly signsUrl: boolean;
  /** `secret`: 0 and 1 are the active ones, 2 is a third that nobody configured. */
  readonly accepted: readonly {
    readonly name: string;
    request(secret: 0 | 1 | 2): RawRequest;
    readonly events: readonly InboundEvent[];
  }[];
  /** Signed with an active secret and still to be refused, by `verify` or by `parse`. */
  readonly refused: readonly {
    readonly name: string;
    readonly request: RawRequest;
    readonly as: Refusal["refused"];
  }[];
}

type Outcome = readonly InboundEvent[] | Refusal;

export function inboundContract<Config>(
  adapter: InboundAdapter<Config>,
  cases: InboundCases<Config>,
): void {
  const name = adapter.id;
  const take = (request: RawRequest): Outcome => {
    const outcome =
      adapter.verify(request, cases.config, cases.now) ?? adapter.parse(request, cases.config);
    if (isRefusal(outcome)) assertSpeakable(outcome, cases.unspeakable);
    return outcome;
  };

  test(`${name}: its configuration has a schema that marks every secret`, () => {
    assert.ok(Compile(adapter.configSchema).Check(cases.config));
    const secretsMarked = JSON.stringify(adapter.configSchema).match(/"secret":true/gu) ?? [];
    assert.ok(secretsMarked.length >= 1);
  });

  for (const accepted of cases.accepted) {
    test(`${name}: ${accepted.name} is believed when the provider's package signed it`, () => {
      for (const secret of [0, 1] as const) {
        const outcome = take(accepted.request(secret));
        assert.deepEqual(outcome, accepted.events);
      }
    });

    test(`${name}: ${accepted.name} signed with a third secret is refused`, () => {
      assertRefused(take(accepted.request(2)), "signature");
    });

    test(`${name}: ${accepted.name} with any part changed is refused or means the same`, () => {
      checkMutations(accepted.request(0), accepted.events, take, cases);
    });
  }

  test(`${name}: control: without verifying, the same changes are believed`, () => {
    const request = cases.accepted[0]?.request(0);
    assert.ok(request);
    const takeAnything = (changed: RawRequest) => adapter.parse(changed, cases.config);
    const events = cases.accepted[0]?.events ?? [];
    assert.throws(() => checkMutations(request, events, takeAnything, cases));
  });

  for (const refused of cases.refused) {
    test(`${name}: ${refused.name} is refused as ${refused.as}`, () => {
      assertRefused(take(refused.request), refused.as);
    });
  }

  test(`${name}: a missing, empty or doubled signature header is refused`, () => {
    for (const header of cases.signedHeaders) {
      const request = cases.accepted[0]?.request(0);
      assert.ok(request);
      const value = request.headers[header] ?? "";
      for (const bad of [undefined, "", " ", `${value}, ${value}`, `${value},${value}`]) {
        const { [header]: _removed, ...others } = request.headers;
        const headers = bad === undefined ? others : { ...others, [header]: bad };
        assertRefused(take({ ...request, headers }), "signature");
      }
    }
  });

  test(`${name}: every method but POST is refused`, () => {
    for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "post", ""]) {
      const request = cases.accepted[0]?.request(0);
      assert.ok(request);
      assertRefused(take({ ...request, method }), "method");
    }
  });

  test(`${name}: bytes of every kind get a refusal and never a throw`, () => {
    const request = cases.accepted[0]?.request(0);
    assert.ok(request);
    const anyText = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          anyText.map((text) => Buffer.from(text)),
        ),
        anyText,
        fc.constantFrom(...Object.keys(request.headers), "content-type"),
        (body, headerValue, header) => {
          assert.ok(isRefusal(take({ ...request, body })));
          take({ ...request, headers: { ...request.headers, [header]: headerValue } });
          take({ ...request, headers: {}, url: headerValue, body });
          // Only verified requests are ever parsed; others must not make it throw either.
          const parsed = adapter.parse({ ...request, body }, cases.config);
          if (isRefusal(parsed)) assertSpeakable(parsed, cases.unspeakable);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test(`${name}: acknowledging, verifying and parsing open no connection`, () => {
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    const channels = ["net.client.socket", "http.client.request.created", "undici:request:create"];
    for (const one of channels) diagnosticsChannel(one).subscribe(count);
    for (const accepted of cases.accepted) {
      const outcome = take(accepted.request(0));
      assert.ok(!isRefusal(outcome));
      const answer = adapter.acknowledge(outcome, cases.config);
      assert.ok(answer.status === 200 || answer.status === 204);
      for (const text of cases.unspeakable) assert.ok(!answer.body.includes(text));
    }
    for (const one of channels) diagnosticsChannel(one).unsubscribe(count);
    assert.equal(connections, 0);
  });
}

/** One byte of the body, one header, the method, or one character of the URL at a time. */
function checkMutations<Config>(
  request: RawRequest,
  events: readonly InboundEvent[],
  take: (request: RawRequest) => Outcome,
  cases: InboundCases<Config>,
): void {
  let believed = 0;
  const believedAsBefore = (mutated: RawRequest) => {
    const outcome = take(mutated);
    if (isRefusal(outcome)) return;
    // `%2b` and `%2B` are one signed text, and so are believed: nothing else may be.
    believed += 1;
    assert.deepEqual(outcome, events);
  };
  const byte = fc.integer({ min: 0, max: 255 });
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const runs = { numRuns: 2000 };
  fc.assert(
    fc.property(place, byte, fc.constantFrom("change", "insert", "remove"), (where, to, how) => {
      const at = Math.floor(where * request.body.length);
      if (how === "change" && request.body[at] === to) return;
      const body = splice(request.body, at, how === "insert" ? 0 : 1, how === "remove" ? [] : [to]);
      believedAsBefore({ ...request, body });
    }),
    runs,
  );
  assert.ok(believed < 400, `${believed} of 2000 changed bodies were believed`);
  for (const header of cases.signedHeaders) {
    const value = Buffer.from(request.headers[header] ?? "");
    fc.assert(
      fc.property(place, fc.integer({ min: 33, max: 126 }), (where, to) => {
        const at = Math.floor(where * value.length);
        if (value[at] === to) return;
        const headers = { ...request.headers, [header]: splice(value, at, 1, [to]).toString() };
        assert.ok(isRefusal(take({ ...request, headers })));
      }),
      runs,
    );
  }
  if (!cases.signsUrl) return;
  believed = 0;
  const pathAt = request.url.indexOf("/", 8);
  fc.assert(
    fc.property(place, fc.constantFrom(..."abcXYZ019-_~/?&="), (where, to) => {
      const at = pathAt + Math.floor(where * (request.url.length - pathAt));
      if (request.url[at] === to) return;
      const changed = request.url.slice(0, at) + to + request.url.slice(at + 1);
      believedAsBefore({ ...request, url: changed });
      believedAsBefore({ ...request, url: request.url + to });
    }),
    runs,
  );
  // Some providers sign a cleaned query: a trailing `&` is then no change.
  assert.ok(believed < 200, `${believed} of 4000 changed URLs were believed`);
  for (const url of [
    request.url.replace("https:", "http:"),
    request.url.replace("//", "//evil."),
  ]) {
    assert.ok(isRefusal(take({ ...request, url })), url);
  }
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: readonly number[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + remove)]);
}

export function assertRefused(outcome: Outcome | null, as: Refusal["refused"]): void {
  assert.ok(outcome !== null && isRefusal(outcome), "the request was believed");
  assert.equal(outcome.refused, as, outcome.detail);
}

function assertSpeakable(refusal: Refusal, unspeakable: readonly string[]): void {
  for (const text of unspeakable) {
    assert.ok(!refusal.detail.includes(text), `a detail says ${text}`);
  }
  assert.ok(refusal.detail.length > 0 && refusal.detail.length < 300, refusal.detail);
}
