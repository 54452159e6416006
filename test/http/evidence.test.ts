/** GET /v1/evidence: all that one person said with what proves it, and nothing of anybody else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordAboutLedger } from "../../src/app/record-acts.ts";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../../src/ledger/note-key.ts";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { startTestHeed } from "../support/heed.ts";

const PERSON = "+12125550123";
const FORM = { kind: "form", url: "https://acme.example/join", version: 3 };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  const post = (url: string, payload: object) =>
    heed.server.inject({ method: "POST", url, headers, payload });
  const evidence = (written: string) =>
    heed.server.inject({ url: `/v1/evidence?address=${written}`, headers });
  const sms = { address: PERSON, sender: "acme", channel: "sms" };
  await post("/v1/opt-ins", { ...sms, by: "person", evidence: FORM });
  await post("/v1/opt-outs", { address: "bo@example.com", sender: "acme", text: "not me" });
  await post("/v1/opt-outs", { ...sms, text: "STOP", author: "kim", note: "on the phone" });
  return { ...heed, post, evidence };
}

test("it has every act in words with its record, evidence, leaf and a receipt that holds", async (t) => {
  const heed = await start(t);
  const answer = await heed.evidence(encodeURIComponent(PERSON));
  assert.equal(answer.statusCode, 200, answer.body);
  const { format, address, origin, acts, ledger, checkpoint, keys, howToCheck, note } =
    answer.json();
  assert.deepEqual([format, address, ledger, note], ["heed-evidence@v1", PERSON, [], undefined]);
  assert.deepEqual(
    acts.map((one: { position: number; act: { kind: string } }) => [one.position, one.act.kind]),
    [
      [1, "opt-in"],
      [3, "opt-out"],
    ],
  );
  assert.deepEqual(acts[0].act.evidence, FORM);
  assert.match(acts[1].inWords, /^The person opted out .*“STOP”.*Note: on the phone/u);
  for (const { receipt, leaf, leafHash, position, erasedBy } of acts) {
    const verified = verifyReceipt(receipt, keys);
    assert.ok(!("problem" in verified), JSON.stringify(verified));
    assert.deepEqual([verified.leaf.position, verified.record?.address], [position, PERSON]);
    assert.equal(receipt.leaf, leaf);
    assert.match(leafHash, /^[0-9a-f]{64}$/u);
    assert.equal(erasedBy, null);
  }
  const known = keys.map((key: string) => parseVkey(key) as Verifier);
  const opened = openCheckpoint(checkpoint, known);
  assert.ok(!("problem" in opened));
  assert.deepEqual([opened.size, opened.origin], [3, origin]);
  assert.ok(howToCheck.length >= 3);
  assert.deepEqual(answer.json().handovers, []);
  assert.doesNotMatch(answer.body, /bo@example|not me|"token"/u);
});

test("an address is read as it is everywhere: with a bare plus, or refused in words", async (t) => {
  const heed = await start(t);
  assert.equal((await heed.evidence(PERSON)).json().acts.length, 2);
  assert.deepEqual((await heed.evidence("nobody@example.com")).json().acts, []);
  const wrong = await heed.evidence("12");
  assert.equal(wrong.statusCode, 422);
  assert.equal(wrong.json().type, "/problems/invalid-address");
  for (const scope of ["check", "record"] as const) {
    const url = `/v1/evidence?address=${encodeURIComponent(PERSON)}`;
    const refused = await heed.server.inject({ url, headers: heed.auth(scope) });
    assert.equal(refused.statusCode, 403);
  }
  assert.ok(!heed.logged.some((line) => line.includes(PERSON.slice(1))), "no address in the log");
});

test("what was done to the ledger and bears on the person is mentioned, with its receipt", async (t) => {
  const heed = await start(t);
  const about = (kind: "gap" | "key-rotation", key: string, details: object) =>
    recordAboutLedger(heed.deps, {
      key,
      act: {
        ...{ kind, address: null, scopes: [], by: "staff", via: "system", source: "heed" },
        ...{ claimedAt: 0, receivedAt: 0, messageId: key, evidence: { kind, ...details } },
      },
    });
  await about("key-rotation", "rotation", { what: "pepper", from: "a", to: "b" });
  await about("gap", "gap", { first: "Kim", second: "Lee", why: "the disk was lost" });
  const late = "late@example.com";
  await heed.post("/v1/opt-outs", { address: late, sender: "acme" });
  const kindsFor = async (address: string) => {
    const { ledger, keys } = (await heed.evidence(encodeURIComponent(address))).json();
    for (const { receipt } of ledger) assert.ok(!("problem" in verifyReceipt(receipt, keys)));
    return ledger.map((one: { act: { kind: string } }) => one.act.kind);
  };
  assert.deepEqual(await kindsFor(PERSON), ["key-rotation", "gap"]);
  // What was lost may have been anybody's; a key that was new before them means nothing to them.
  assert.deepEqual(await kindsFor(late), ["gap"]);
  const { ledger } = (await heed.evidence(late)).json();
  assert.match(
    ledger[0].inWords,
    /^Kim and Lee accepted that entries are lost: the disk was lost/u,
  );
});

test("locked, it has what is on record and says why it has no receipts", async (t) => {
  const heed = await start(t);
  heed.deps.guard.lockNow({ kind: "differs", text: "other entries", waysOut: [] });
  const { acts, checkpoint, keys, note } = (await heed.evidence(PERSON)).json();
  assert.deepEqual(
    acts.map((one: { receipt: unknown }) => one.receipt),
    [null, null],
  );
  assert.equal(acts[1].act.text, "STOP");
  assert.equal(checkpoint, null);
  assert.match(note, /locked/u);
  assert.ok(keys.length > 0);
});
