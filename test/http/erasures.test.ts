/** POST /v1/erasures: what it answers, and that results of scrubs go with the person. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { ByteSearch } from "../../prove/erasure/search.ts";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { startTestHeed } from "../support/heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const ALICE = "+12125550101";
const BOB = "+12125550102";

async function start(t: TestContext) {
  const scrubFolder = path.join(temporaryFolder(t), "scrubs");
  const heed = await startTestHeed(t, { options: { scrubFolder } });
  const headers = heed.auth("admin", "record", "check", "export", "import");
  const post = (url: string, payload: object) =>
    heed.server.inject({ method: "POST", url, headers, payload });
  return { ...heed, headers, post, scrubFolder };
}

type Started = Awaited<ReturnType<typeof start>>;

const stopOf = (heed: Started, address: string) =>
  heed.post("/v1/opt-outs", { address, sender: "acme", text: `from ${address}` });

test("an erasure is answered when it is done, with what went and what it leaves", async (t) => {
  const heed = await start(t);
  await stopOf(heed, ALICE);
  await stopOf(heed, ALICE);
  const body = { address: "(212) 555-0101", by: "staff", author: "kim", note: "case 4711" };
  const refused = await heed.post("/v1/erasures", body);
  assert.equal(refused.json().type, "/problems/invalid-address");
  const answer = await heed.post("/v1/erasures", { ...body, address: "+1 (212) 555-0101" });
  assert.equal(answer.statusCode, 201);
  const { entry, summary, ...rest } = answer.json();
  assert.equal(entry.position, 3);
  assert.deepEqual(rest, { erasedBefore: false, records: 2, removed: [], remains: [] });
  assert.equal(
    summary,
    "Erased in entry 3.\nRemoved: 2 records.\n" +
      "Kept: the hashes of the ledger, and a token by which this person stays suppressed.",
  );
  const again = await heed.post("/v1/erasures", { address: ALICE });
  assert.equal(again.statusCode, 200);
  assert.deepEqual(again.json().entry, entry);
  assert.equal(again.json().erasedBefore, true);
  const nobody = await heed.post("/v1/erasures", { address: BOB, by: "person" });
  assert.equal(nobody.statusCode, 201);
  assert.match(nobody.json().summary, /Nothing was on record/);
});

test("with `receipt=1` it carries its proof, which names nobody", async (t) => {
  const heed = await start(t);
  await stopOf(heed, ALICE);
  for (const erasedBefore of [false, true]) {
    const answer = await heed.post("/v1/erasures?receipt=1", { address: ALICE });
    assert.equal(answer.json().erasedBefore, erasedBefore);
    const verified = verifyReceipt(answer.json().receipt, heed.deps.notary.vkeys);
    assert.ok(!("problem" in verified), JSON.stringify(verified));
    assert.deepEqual([verified.leaf.kind, verified.record?.address], ["erasure", null]);
  }
});

test("history, entries and check of an erased person show that they were erased, and no token", async (t) => {
  const heed = await start(t);
  await stopOf(heed, ALICE);
  await heed.post("/v1/erasures", { address: ALICE, author: "kim" });
  const get = async (url: string) =>
    (await heed.server.inject({ url, headers: heed.headers })).body;
  const address = encodeURIComponent(ALICE);
  const history = await get(`/v1/history?address=${address}`);
  const entries = await get("/v1/entries");
  for (const text of [history, entries]) {
    assert.match(text, /A record that was erased\..*The person's data was erased/u);
    assert.match(text, /"author":"kim"/u);
    assert.ok(!text.includes(heed.deps.secrets.tokenOf(ALICE as never)));
  }
  assert.equal(JSON.parse(history).address, ALICE, "only because it was asked for");
  assert.ok(!entries.includes("2125550101"));
  const check = await heed.post("/v1/check", {
    to: ALICE,
    sender: "acme",
    channel: "sms",
    class: "transactional",
  });
  assert.deepEqual([check.json().verdict, check.json().reasons[0].kind], ["deny", "erased"]);
});

test("a note that names the address is refused, with the member at fault", async (t) => {
  const heed = await start(t);
  const answer = await heed.post("/v1/erasures", { address: ALICE, note: "was 212.555.0101" });
  assert.deepEqual([answer.statusCode, answer.json().type], [400, "/problems/invalid-request"]);
  assert.equal(answer.json().errors[0].pointer, "/note");
  assert.ok(!answer.body.includes("0101"));
});

test("while the ledger is locked it is refused, and can be asked again later", async (t) => {
  const heed = await start(t);
  heed.deps.guard.lockNow({ kind: "behind", text: "for the test", waysOut: [] });
  const answer = await heed.post("/v1/erasures", { address: ALICE });
  assert.deepEqual([answer.statusCode, answer.json().type], [503, "/problems/locked"]);
});

async function scrub(heed: Started, body: string | ReadableStream | AsyncIterable<Uint8Array>) {
  const url = await heed.listen();
  return await fetch(`${url}/v1/scrubs?for=sms&sender=acme`, {
    method: "POST",
    headers: { ...heed.headers, "content-type": "text/csv" },
    body: body as never,
    duplex: "half",
  } as RequestInit);
}

test("results of scrubs that wait to be fetched go with whoever is erased", async (t) => {
  const heed = await start(t);
  const search = () => new ByteSearch([ALICE]).inFolder(heed.scrubFolder);
  const made = await scrub(heed, `name,mail,phone\nal,x@example.com,${ALICE}\nbo,,${BOB}\n`);
  const { id, clean } = (await made.json()) as { id: string; clean: string };
  assert.ok(search().length > 0, "the search can find");
  const answer = await heed.post("/v1/erasures", { address: ALICE });
  assert.deepEqual(answer.json().removed, ["the result of a scrub"]);
  assert.deepEqual(search(), []);
  assert.ok(!existsSync(path.join(heed.scrubFolder, id)));
  assert.equal((await heed.server.inject({ url: clean, headers: heed.headers })).statusCode, 404);
});

test("a scrub that is under way when somebody is erased is refused, and leaves nothing", async (t) => {
  const heed = await start(t);
  const begun = Promise.withResolvers<void>();
  const erased = Promise.withResolvers<void>();
  async function* rows() {
    yield Buffer.from(`phone\n${ALICE}\n${`${BOB}\n`.repeat(50_000)}`);
    begun.resolve();
    await erased.promise;
    yield Buffer.from(`${BOB}\n`.repeat(50_000));
  }
  const scrubbing = scrub(heed, ReadableStream.from(rows()));
  await begun.promise;
  while (!folderHolds(heed)) await new Promise((resolve) => setTimeout(resolve, 10));
  await heed.post("/v1/erasures", { address: ALICE });
  assert.deepEqual(readdirSync(heed.scrubFolder), []);
  erased.resolve();
  const answer = await scrubbing;
  assert.equal(answer.status, 409);
  assert.equal(((await answer.json()) as { type: string }).type, "/problems/erased-meanwhile");
  assert.deepEqual(readdirSync(heed.scrubFolder), []);
});

const folderHolds = ({ scrubFolder }: { scrubFolder: string }) =>
  existsSync(scrubFolder) && new ByteSearch([ALICE]).inFolder(scrubFolder).length > 0;

test("nothing about an erasure reaches the log but its route", async (t) => {
  const heed = await start(t);
  await stopOf(heed, ALICE);
  await heed.post("/v1/erasures", { address: ALICE });
  const search = new ByteSearch([ALICE]);
  assert.deepEqual([...search.inBytes(Buffer.from(heed.logged.join("\n")))], []);
});
