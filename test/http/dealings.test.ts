/** Dealings through the API: with evidence where they can allow, on record for ever, and never a lift. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddressKey } from "../../src/domain/words.ts";
import { startTestHeed } from "../support/heed.ts";

const PERSON = "+12125550123";
const ORDER = { kind: "order", number: "A-4711" };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("record");
  const post = (payload: object, key?: string, url = "/v1/dealings") =>
    heed.server.inject({
      method: "POST",
      url,
      headers: { ...headers, ...(key === undefined ? {} : { "idempotency-key": key }) },
      payload: { address: PERSON, sender: "acme", by: "person", ...payload },
    });
  return { ...heed, post, standing: () => heed.deps.live.standing(PERSON as AddressKey) };
}

test("each kind of dealing is on record and in the standing when it is answered", async (t) => {
  const heed = await start(t);
  const at = "2026-01-02T10:00:00Z";
  const kinds = ["purchase", "inquiry", "refusal", "opt-in-request"] as const;
  for (const [index, kind] of kinds.entries()) {
    const answer = await heed.post({ kind, at, evidence: ORDER, text: "hm", author: "kim" });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().entry.position, index + 1);
    assert.deepEqual(answer.json().covers, [
      { sender: "acme", channel: "all", program: "all", class: "all", use: "contact" },
    ]);
    const mark = heed.standing().find((one) => one.kind === kind);
    assert.equal(mark?.hasEvidence, true);
    assert.equal(mark?.lifts, false);
    // What can allow is as old as it says; what can only deny, at most seven days.
    const isOld = mark?.effectiveAt === Date.parse(at);
    assert.equal(isOld, kind === "purchase" || kind === "inquiry", kind);
  }
  const entries = await heed.deps.store.read(0, 10);
  assert.deepEqual(
    entries.map(({ act }) => act?.kind),
    kinds,
  );
  assert.equal(entries[0]?.act?.author, "kim");
});

test("a dealing that can allow needs evidence and a sender by name; one that denies needs neither", async (t) => {
  const heed = await start(t);
  for (const kind of ["purchase", "inquiry"]) {
    const bare = await heed.post({ kind });
    assert.equal(bare.statusCode, 422, bare.body);
    assert.match(bare.json().type, /evidence-required/);
    const everybody = await heed.post({ kind, evidence: ORDER, sender: "all" });
    assert.match(everybody.json().type, /invalid-request/, everybody.body);
  }
  for (const kind of ["refusal", "opt-in-request"]) {
    assert.equal((await heed.post({ kind })).statusCode, 201);
    assert.equal((await heed.post({ kind, sender: "all", channel: "voice" })).statusCode, 201);
  }
  assert.equal(await heed.deps.store.head(), 4);
});

test("a dealing is recorded once for each key, and a key stands for one body", async (t) => {
  const heed = await start(t);
  const purchase = { kind: "purchase", evidence: ORDER };
  const first = await heed.post(purchase, "order-1");
  const again = await heed.post(purchase, "order-1");
  assert.equal(again.statusCode, 201);
  assert.deepEqual([first.json().replayed, again.json().replayed], [false, true]);
  assert.deepEqual(again.json().entry, first.json().entry);
  const other = await heed.post({ ...purchase, note: "another" }, "order-1");
  assert.match(other.json().type, /idempotency-conflict/);
  assert.equal(await heed.deps.store.head(), 1);
});

test("a dealing that cannot be understood is refused, and nothing is recorded", async (t) => {
  const heed = await start(t);
  const wrong: [object, string][] = [
    [{ kind: "gift" }, "invalid-request"],
    [{ kind: "refusal", sender: "nobody" }, "unknown-sender"],
    [{ kind: "refusal", address: "12" }, "invalid-address"],
    [{ kind: "refusal", at: "2026-02-30T00:00:00Z" }, "invalid-request"],
    [{ kind: "refusal", by: "import" }, "invalid-request"],
  ];
  for (const [payload, code] of wrong) {
    const answer = await heed.post(payload);
    assert.match(answer.json().type, new RegExp(`${code}$`), answer.body);
  }
  assert.equal(await heed.deps.store.head(), 0);
});

test("no dealing lifts an opt-out, and an erasure takes them all", async (t) => {
  const heed = await start(t);
  await heed.post({ address: PERSON, sender: "acme" }, undefined, "/v1/opt-outs");
  for (const kind of ["purchase", "inquiry", "refusal", "opt-in-request"]) {
    await heed.post({ kind, evidence: ORDER });
  }
  const check = await heed.server.inject({
    method: "POST",
    url: "/v1/check",
    headers: heed.auth("check"),
    payload: { to: PERSON, sender: "acme", channel: "sms", class: "transactional" },
  });
  assert.equal(check.json().verdict, "deny");
  const erasure = await heed.server.inject({
    method: "POST",
    url: "/v1/erasures",
    headers: heed.auth("admin"),
    payload: { address: PERSON, by: "person" },
  });
  assert.equal(erasure.statusCode, 201, erasure.body);
  assert.ok((await heed.deps.store.read(0, 5)).every(({ act }) => act === null));
  assert.ok(heed.standing().every(({ erased }) => erased));
});
