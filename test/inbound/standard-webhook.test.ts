/** Standard Webhooks in: requests signed by the `standardwebhooks` package, and everything else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { type InboundEvent, isRefusal, type RawRequest } from "../../src/inbound/inbound.ts";
import { type StandardWebhookConfig, standardWebhook } from "../../src/inbound/standard-webhook.ts";
import { canonicalJson, type Json } from "../../src/ledger/canonical.ts";
import { assertRefused, inboundContract } from "./contract.ts";

const secretOf = (fill: number) => `whsec_${Buffer.alloc(24, fill).toString("base64")}`;
const SECRETS = [secretOf(1), secretOf(2)];
const THIRD_SECRET = secretOf(3);
const CONFIG: StandardWebhookConfig = { secrets: SECRETS };
const NOW = Date.parse("2026-11-21T10:00:00Z");
const ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

function post(body: unknown, secret = SECRETS[0] as string, signedAt = NOW, id = ID): RawRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    method: "POST",
    url: "https://heed.example.com/inbound/shop",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(signedAt / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, new Date(signedAt), text),
    },
    body: Buffer.from(text),
  };
}

const request = (body: unknown) => (secret: 0 | 1 | 2) =>
  post(body, SECRETS[secret] ?? THIRD_SECRET);

const SCOPE = {
  sender: "acme",
  channel: "sms",
  program: "all",
  class: "marketing",
  use: "contact",
};

const OPT_OUT = {
  type: "opt-out",
  data: {
    id: "call-77",
    address: "+14155550123",
    by: "staff",
    channel: "voice",
    claimedAt: "2026-11-20T18:30:00+01:00",
    evidence: { kind: "phone-call", recording: "rec-1", seconds: 40, verified: true, note: null },
  },
};

const OPT_IN = {
  type: "opt-in",
  timestamp: "2026-11-21T09:59:59.123456Z",
  data: {
    id: "form-1",
    address: "ana@example.com",
    by: "person",
    scopes: [SCOPE],
    evidence: { kind: "web-form", url: "https://acme.example/join" },
    level: "written",
    language: "pt-BR",
    text: "Quero receber ofertas ✅",
  },
};

const MESSAGE = {
  type: "message.received",
  data: { id: "m-1", channel: "sms", from: "+14155550123", to: "36555", text: "basta già 🛑" },
};

const messageEvents = (messageId: string): readonly InboundEvent[] => [
  {
    kind: "message",
    messageId,
    channel: "sms",
    from: "+14155550123",
    to: "36555",
    text: "basta già 🛑",
    sentAt: null,
    providerIntent: null,
    confirmedByProvider: false,
  },
];

const { id: _id, ...messageWithoutId } = MESSAGE.data;
const change = (event: { type: string; data: object }, data: object) =>
  post({ ...event, data: { ...event.data, ...data } });

inboundContract(standardWebhook, {
  config: CONFIG,
  now: NOW,
  unspeakable: [...SECRETS, THIRD_SECRET, "4155550123", "ana@example.com", "basta già", "rec-1"],
  signedHeaders: ["webhook-id", "webhook-timestamp", "webhook-signature"],
  signsUrl: false,
  accepted: [
    { name: "a message", request: request(MESSAGE), events: messageEvents("message.received:m-1") },
    {
      name: "a message without an id of its own",
      request: request({ ...MESSAGE, data: messageWithoutId }),
      events: messageEvents(`message.received:${ID}`),
    },
    {
      name: "an opt-out that an agent took",
      request: request(OPT_OUT),
      events: [
        {
          kind: "opt-out",
          messageId: "opt-out:call-77",
          address: "+14155550123",
          by: "staff",
          scopes: null,
          channel: "voice",
          claimedAt: Date.parse("2026-11-20T17:30:00Z"),
          evidence: OPT_OUT.data.evidence,
          confirmedByProvider: false,
        },
      ],
    },
    {
      name: "an opt-in of the person",
      request: request(OPT_IN),
      events: [
        {
          kind: "opt-in",
          messageId: "opt-in:form-1",
          address: "ana@example.com",
          by: "person",
          scopes: [
            { sender: "acme", channel: "sms", program: "all", class: "marketing", use: "contact" },
          ],
          channel: null,
          claimedAt: Date.parse("2026-11-21T09:59:59.123Z"),
          evidence: OPT_IN.data.evidence,
          confirmedByProvider: false,
          level: "written",
          text: "Quero receber ofertas ✅",
          language: "pt-BR",
        },
      ],
    },
  ],
  refused: [
    { name: "a broken body", request: post("{"), as: "malformed" },
    { name: "an empty body", request: post(""), as: "malformed" },
    { name: "deep JSON", request: post("[".repeat(9) + "]".repeat(9)), as: "malformed" },
    {
      name: "an address twice",
      request: post(JSON.stringify(OPT_OUT).replace('"by"', '"address":"+14155550123","by"')),
      as: "malformed",
    },
    {
      name: "__proto__",
      request: post('{"type":"opt-out","__proto__":{"by":"person"},"data":{}}'),
      as: "malformed",
    },
    {
      name: "NUL in a text",
      request: change(MESSAGE, { text: "basta già\0" }),
      as: "malformed",
    },
    {
      name: "half a pair in a text",
      request: change(MESSAGE, { text: "basta già \ud83d" }),
      as: "malformed",
    },
    { name: "another type", request: post({ type: "unsubscribe", data: {} }), as: "malformed" },
    { name: "a list of events", request: post([OPT_OUT]), as: "malformed" },
    { name: "no data", request: post({ type: "opt-out" }), as: "malformed" },
    { name: "a misspelt member", request: change(OPT_OUT, { chanel: "sms" }), as: "malformed" },
    {
      name: "an address as a member",
      request: change(OPT_OUT, { "+14155550123": 1 }),
      as: "malformed",
    },
    {
      name: "an address as a member of evidence",
      request: change(OPT_OUT, { evidence: { kind: "x", "+14155550123": 1.5 } }),
      as: "malformed",
    },
    { name: "no evidence", request: change(OPT_OUT, { evidence: undefined }), as: "malformed" },
    {
      name: "a number of 40 digits",
      request: post(JSON.stringify(OPT_OUT).replace("40", "4".repeat(40))),
      as: "malformed",
    },
    {
      name: "evidence with a fraction",
      request: change(OPT_OUT, { evidence: { kind: "x", score: 0.5 } }),
      as: "malformed",
    },
    {
      name: "evidence inside evidence",
      request: change(OPT_OUT, { evidence: { kind: "x", more: { deep: 1 } } }),
      as: "malformed",
    },
    { name: "an unknown actor", request: change(OPT_OUT, { by: "system" }), as: "malformed" },
    {
      name: "a scope that leaves something out",
      request: change(OPT_IN, { scopes: [{ sender: "acme" }] }),
      as: "malformed",
    },
    { name: "no scope at all", request: change(OPT_IN, { scopes: [] }), as: "malformed" },
    {
      name: "an opt-in to no channel in particular",
      request: change(OPT_IN, { scopes: undefined }),
      as: "malformed",
    },
    {
      name: "channel and scopes together",
      request: change(OPT_IN, { channel: "sms" }),
      as: "malformed",
    },
    {
      name: "a time without an offset",
      request: change(OPT_OUT, { claimedAt: "2026-11-20T18:30:00" }),
      as: "malformed",
    },
    {
      name: "the 31st of February",
      request: change(OPT_OUT, { claimedAt: "2026-02-31T00:00:00Z" }),
      as: "malformed",
    },
    {
      name: "a text beyond 10,000 characters",
      request: change(MESSAGE, { text: "x".repeat(10_001) }),
      as: "malformed",
    },
    { name: "a body beyond 64 KiB", request: post(" ".repeat(65_537)), as: "malformed" },
    {
      name: "an id with a full stop",
      request: post(OPT_OUT, SECRETS[0], NOW, "a.b"),
      as: "signature",
    },
    {
      name: "a request of six minutes ago",
      request: post(OPT_OUT, SECRETS[0], NOW - 360_000),
      as: "timestamp",
    },
    {
      name: "a request of the future",
      request: post(OPT_OUT, SECRETS[0], NOW + 301_000),
      as: "timestamp",
    },
  ],
});

test("a refusal says which member is wrong", () => {
  const detailOf = (body: RawRequest) => {
    const outcome = standardWebhook.parse(body, CONFIG);
    assert.ok(isRefusal(outcome));
    return outcome.detail;
  };
  assert.equal(
    detailOf(change(OPT_OUT, { chanel: "sms" })),
    "`data` has the unknown member `chanel`",
  );
  assert.match(
    detailOf(change(OPT_IN, { scopes: [{ ...SCOPE, use: "x" }] })),
    /`data.scopes.0.use`/u,
  );
  assert.match(detailOf(change(OPT_OUT, { address: undefined })), /`data` .*address/u);
  assert.match(detailOf(change(OPT_OUT, { evidence: { kind: "x", y: [] } })), /`data.evidence`/u);
});

test("the edges of the five minutes are inside, one second more is not", () => {
  for (const [away, refused] of [
    [-300_000, false],
    [300_000, false],
    [-301_000, true],
    [301_000, true],
  ] as const) {
    const outcome = standardWebhook.verify(post(OPT_OUT, SECRETS[0], NOW + away), CONFIG, NOW);
    assert.equal(outcome !== null, refused, `${away} ms`);
  }
});

test("one good signature is enough, in any order and beside unknown schemes", () => {
  const good = post(OPT_OUT);
  const others = [post(OPT_OUT, THIRD_SECRET).headers["webhook-signature"], "v1a,AAAA", "v2,BBBB"];
  for (const list of [
    [good.headers["webhook-signature"], ...others],
    [...others, good.headers["webhook-signature"]],
  ]) {
    const headers = { ...good.headers, "webhook-signature": list.join(" ") };
    assert.equal(standardWebhook.verify({ ...good, headers }, CONFIG, NOW), null);
  }
  const headers = { ...good.headers, "webhook-signature": others.join(" ") };
  assertRefused(standardWebhook.verify({ ...good, headers }, CONFIG, NOW), "signature");
});

test("bodies that differ only in bytes that are no UTF-8 do not share a signature", () => {
  const signed = post("x\ufffdx");
  const forged = { ...signed, body: Buffer.from([0x78, 0xff, 0x78]) };
  assert.equal(standardWebhook.verify(signed, CONFIG, NOW), null);
  assertRefused(standardWebhook.verify(forged, CONFIG, NOW), "signature");
  // The control: the package, which decodes the bytes first, is taken in.
  const now = Date.now();
  const fresh = post("x\ufffdx", SECRETS[0], now);
  new Webhook(SECRETS[0] as string).verify(forged.body, { ...fresh.headers }, { jsonParse: false });
});

test("whatever is accepted can be written to the ledger in canonical JSON", () => {
  const detail = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean(), fc.double());
  const evidence = fc.dictionary(fc.string(), detail, { maxKeys: 5, noNullPrototype: true });
  fc.assert(
    fc.property(evidence, fc.string({ unit: "grapheme" }), (details, text) => {
      const event = change(OPT_OUT, { text, evidence: { ...details, kind: "form" } });
      const outcome = standardWebhook.parse(event, CONFIG);
      if (!isRefusal(outcome)) canonicalJson(outcome as unknown as Json);
    }),
    { numRuns: 1000 },
  );
});
