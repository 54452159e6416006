/** The webhook destination, read by the `standardwebhooks` package and by Heed's own verifier. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { standardWebhook } from "../../src/inbound/standard-webhook.ts";
import { createWebhook, messageIdOf, publicEvent, webhook } from "../../src/outbound/webhook.ts";
import { destinationContract, ENTRY, localFetch, NOW } from "./contract.ts";
import { type Received, startReceiver } from "./receiver.ts";

const SECRETS = [1, 2].map((fill) => `whsec_${Buffer.alloc(24, fill).toString("base64")}`);

/** The package reads the clock itself, so what was signed at `NOW` is checked with `sign`. */
function verifyWithPackage(request: Received, secret: string): void {
  const {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": given,
  } = request.headers;
  const signedAt = new Date(Number(seconds) * 1000);
  const right = new Webhook(secret).sign(String(id), signedAt, request.body);
  assert.ok(String(given).split(" ").includes(right));
}

destinationContract(webhook, {
  withTimeout: createWebhook,
  configFor: (url) => ({ url, secrets: SECRETS, installation: "hq" }),
  unspeakable: [...SECRETS, "4155550123", "please stop", "/hook"],
  verify(request, config) {
    for (const secret of config.secrets) verifyWithPackage(request, secret);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const body = Buffer.from(request.body);
    const raw = { method: request.method, url: "https://example.com/hook", headers, body };
    assert.equal(standardWebhook.verify(raw, { secrets: config.secrets }, NOW), null);
  },
  idOf: (request) => String(request.headers["webhook-id"]),
});

test("the receiver's own package believes it, with either secret", async (context) => {
  const receiver = await startReceiver(context);
  const config = { url: `${receiver.origin}/hook`, secrets: SECRETS };
  await webhook.deliver(ENTRY, config, Date.now(), localFetch);
  const [request] = receiver.received;
  assert.ok(request);
  for (const secret of SECRETS) {
    const headers = request.headers as Record<string, string>;
    const event = new Webhook(secret).verify(request.body, headers) as { type: string };
    assert.equal(event.type, "entry.recorded");
  }
});

test("the public event has the facts of the entry and none of the person's words", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(publicEvent(ENTRY))), {
    type: "entry.recorded",
    timestamp: "2026-11-21T10:00:00.250Z",
    data: {
      position: 42,
      kind: "opt-out",
      address: "+14155550123",
      scopes: [{ sender: "acme", channel: "sms", program: "all", class: "all", use: "contact" }],
      by: "person",
      via: "sms",
      source: "acme-sms",
      claimedAt: "2026-11-21T09:59:58.000Z",
      receivedAt: "2026-11-21T10:00:00.000Z",
      recordedAt: "2026-11-21T10:00:00.250Z",
      language: "en",
      leafHash: "ab".repeat(32),
      erased: false,
    },
  });
});

test("an erased record is told without an address", () => {
  const { data } = publicEvent({ ...ENTRY, act: null });
  assert.equal(data.address, null);
  assert.equal(data.erased, true);
  assert.equal(data.position, 42);
  assert.ok(!JSON.stringify(data).includes(ENTRY.token));
});

test("an erasure is told by the leaf hashes that it erased, and by nobody's name or token", () => {
  const { token } = ENTRY;
  const leafHashes = `${"ab".repeat(32)} ${"ef".repeat(32)}`;
  const evidence = { kind: "erasure", tokens: token, entries: 2, leafHashes };
  const act = { ...ENTRY.act!, kind: "erasure", address: null, scopes: [], evidence } as const;
  const { data } = publicEvent({ ...ENTRY, act: { ...act, author: "kim", note: "case 4711" } });
  assert.deepEqual([data.kind, data.address, data.erased], ["erasure", null, false]);
  assert.deepEqual(data.erases, leafHashes.split(" "));
  assert.doesNotMatch(JSON.stringify(data), new RegExp(`${token}|kim|4711|4155550123`, "u"));
  const nobody = { ...act, evidence: { ...evidence, leafHashes: "" } };
  assert.deepEqual(publicEvent({ ...ENTRY, act: nobody }).data.erases, []);
});

test("the id of an entry names the installation when there is one", () => {
  const hash = ENTRY.leafHash.slice(0, 16);
  assert.equal(messageIdOf(ENTRY), `heed_42_${hash}`);
  assert.equal(messageIdOf(ENTRY, "hq"), `heed_hq_42_${hash}`);
});

test("another entry that stands at the same position after a restore has another id", () => {
  const other = { ...ENTRY, leafHash: "ef".repeat(32) };
  assert.notEqual(messageIdOf(other), messageIdOf(ENTRY));
});
