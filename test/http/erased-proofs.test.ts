/** What is left to prove about somebody who was erased: that an entry was there, and nothing of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { erase } from "../../src/app/erase.ts";
import { createLink } from "../../src/app/opt-out-link.ts";
import { type Receipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { startTestHeed } from "../support/heed.ts";

const PERSON = "ana@example.com";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  const page = `/u/${createLink(heed.deps, { address: PERSON, sender: "acme" }).token}`;
  const press = async () => {
    const payload = "action=opt-out";
    return (await heed.server.inject({ method: "POST", url: page, headers: FORM, payload })).body;
  };
  const proof = `/u/${/proof\/[\w-]+/u.exec(await press())?.[0]}`;
  const recorded = await heed.server.inject({
    method: "POST",
    url: "/v1/opt-outs?receipt=1",
    headers,
    payload: { address: PERSON, sender: "acme", text: "never write to me again" },
  });
  return { ...heed, headers, press, proof, receipt: recorded.json().receipt as Receipt };
}

const eraseIn = ({ deps }: Awaited<ReturnType<typeof start>>) =>
  erase(deps, { address: PERSON, by: "person", source: "key:test" });

test("a receipt from before proves all it did; one made later proves the leaf and tells nothing", async (t) => {
  const heed = await start(t);
  await eraseIn(heed);
  const { vkeys } = heed.deps.notary;
  const before = verifyReceipt(heed.receipt, vkeys);
  assert.ok(!("problem" in before), JSON.stringify(before));
  assert.equal(before.record?.address, PERSON);
  const later = await heed.server.inject({ url: "/v1/entries/2/receipt", headers: heed.headers });
  const verified = verifyReceipt(later.body, vkeys);
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  assert.equal(verified.record, null);
  assert.deepEqual([verified.leaf.position, verified.leaf.kind], [2, "opt-out"]);
  assert.doesNotMatch(later.body, /ana@|never write/u);
});

test("the evidence says what was erased and by which entry, and holds nothing of it", async (t) => {
  const heed = await start(t);
  const { entry } = await eraseIn(heed);
  const url = `/v1/evidence?address=${PERSON}`;
  const answer = await heed.server.inject({ url, headers: heed.headers });
  const { acts, keys } = answer.json();
  assert.deepEqual(
    acts.map((one: { erasedBy: number | null }) => one.erasedBy),
    [entry.position, entry.position, null],
  );
  for (const { receipt, act, erasedBy } of acts) {
    assert.ok(!("problem" in verifyReceipt(receipt, keys)));
    if (erasedBy !== null)
      assert.deepEqual([act, receipt.record, receipt.salt], [null, null, null]);
  }
  assert.equal(answer.body.split(PERSON).length - 1, 1, "only the address that was asked about");
  assert.doesNotMatch(answer.body, /never write/u);
});

test("a proof's link from before leads nowhere any more, and the page offers no new one", async (t) => {
  const heed = await start(t);
  assert.equal((await heed.server.inject({ url: heed.proof })).statusCode, 200);
  await eraseIn(heed);
  const answer = await heed.server.inject({ url: heed.proof });
  assert.equal(answer.statusCode, 404);
  assert.doesNotMatch(answer.body, /ana@|never write/u);
  const page = await heed.press();
  assert.match(page, /role="status"/u);
  assert.doesNotMatch(page, /proof\//u);
});
