/** Registries over HTTP: formats, changes, answers about single numbers, and the state of them all. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { judgeOf } from "../../src/app/scrub-list.ts";
import { addressReader } from "../../src/scrub/read-address.ts";
import { startTestHeed } from "../support/heed.ts";

const ONE = "+12125550101";
const TWO = "+12125550102";
const DAY = 24 * 60 * 60 * 1000;

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  const ago = (days: number) => new Date(heed.deps.clock.now() - days * DAY).toISOString();
  const load = async (name: string, query: Record<string, string>, payload: string) =>
    heed.server.inject({
      method: "PUT",
      url: `/v1/lists/${name}`,
      query,
      headers: { ...headers, "content-type": "text/plain" },
      payload,
    });
  const answer = async (name: string, ...answers: object[]) =>
    heed.server.inject({
      method: "POST",
      url: `/v1/lists/${name}/answers`,
      headers,
      payload: { answers },
    });
  const status = async (name: string) => {
    const reply = await heed.server.inject({ url: "/v1/lists", headers });
    assert.equal(reply.statusCode, 200, reply.body);
    return reply.json().lists.find((list: { name: string }) => list.name === name);
  };
  /** Kinds of the reasons that name the list. */
  const about = async (list: string, to: string) => {
    const reply = await heed.server.inject({
      method: "POST",
      url: "/v1/check",
      headers,
      payload: { to, sender: "acme", channel: "voice", class: "marketing" },
    });
    return reply
      .json()
      .reasons.filter((reason: { list?: string }) => reason.list === list)
      .map((reason: { kind: string }) => reason.kind);
  };
  return { ...heed, headers, ago, load, answer, status, about };
}

test("the US registry is loaded and changed as it is given out, and its state is said", async (t) => {
  const heed = await start(t);
  const name = "us-national-dnc";
  assert.equal((await heed.status(name)).state, "missing");
  const full = { format: "us-dnc", asOf: heed.ago(3), maxAgeDays: "31" };
  const loaded = await heed.load(name, full, "212,5550101\n212,x\n");
  assert.equal(loaded.statusCode, 200, loaded.body);
  assert.deepEqual(loaded.json().rejected, [{ line: 2, problem: "not-an-area-code-and-number" }]);
  assert.equal(loaded.json().changes, null);
  const state = await heed.status(name);
  assert.equal(state.state, "loaded");
  assert.equal(state.stale, false);
  assert.equal(state.addresses, 1);
  assert.equal(state.ageDays, 3);
  assert.deepEqual(state.areaCodes, ["212"]);
  assert.deepEqual(state.channels, ["sms", "voice"]);
  assert.ok(state.limitDays <= 31);
  assert.ok(state.neededBy.some((rule: string) => rule.startsWith("us/")));
  const change = { format: "us-dnc-change", asOf: heed.ago(1) };
  const changed = await heed.load(name, change, "212,5550102,,A\n212,5550101,,D\n");
  assert.deepEqual(changed.json().changes, { added: 1, deleted: 1, notThere: 0 }, changed.body);
  assert.equal((await heed.status(name)).ageDays, 1);
  const again = await heed.load(name, change, "212,5550102,,D\n");
  assert.equal(again.statusCode, 400);
  assert.match(again.json().detail, /no newer/);
  const mistaken = await heed.load(name, { ...full, asOf: heed.ago(0) }, "212,5550109,,A\n");
  assert.match(mistaken.json().detail, /us-dnc-change/);
  assert.equal((await heed.status(name)).addresses, 1);
});

test("a list of hashes needs to say how they were made", async (t) => {
  const heed = await start(t);
  const hash = createHash("sha1").update("12125550101").digest("hex");
  const query = { format: "hashed", kind: "do-not-contact", asOf: heed.ago(1) };
  const unclear = await heed.load("brokers", query, `${hash}\n`);
  assert.equal(unclear.statusCode, 400);
  assert.match(unclear.json().detail, /hashAlgorithm/);
  const loaded = await heed.load("brokers", { ...query, hashAlgorithm: "sha1" }, `${hash}\n`);
  assert.equal(loaded.json().addresses, 1, loaded.body);
  assert.deepEqual(await heed.about("brokers", ONE), ["listed"]);
  assert.deepEqual(await heed.about("brokers", TWO), []);
});

test("answers about single numbers are kept, the newest of each, and bad ones are named", async (t) => {
  const heed = await start(t);
  const first = await heed.answer(
    "au-dncr",
    {
      address: ONE,
      listed: true,
      asOf: heed.ago(2),
      listedSince: heed.ago(9),
      channels: ["voice"],
    },
    { address: "nobody", listed: true, asOf: heed.ago(2) },
    { address: TWO, listed: null, asOf: heed.ago(-9) },
    { address: TWO, listed: null, asOf: heed.ago(2), consentAt: heed.ago(300) },
  );
  assert.equal(first.statusCode, 200, first.body);
  assert.deepEqual(first.json(), {
    name: "au-dncr",
    taken: 2,
    older: 0,
    addresses: 2,
    rejected: [
      { index: 1, problem: "not-an-address" },
      { index: 2, problem: "in-the-future" },
    ],
    rejectedCount: 2,
  });
  const older = await heed.answer("au-dncr", { address: ONE, listed: false, asOf: heed.ago(3) });
  assert.deepEqual([older.json().taken, older.json().older], [0, 1]);
  const book = heed.deps.lists.named.find((list) => list.name === "au-dncr")?.answers;
  assert.equal(book?.find(ONE as never)?.listed, true);
  const state = await heed.status("au-dncr");
  assert.deepEqual([state.state, state.answers, state.asOf], ["answered", 2, null]);
  const broken = await heed.answer("au-dncr", { address: ONE, listed: "yes", asOf: heed.ago(1) });
  assert.equal(broken.statusCode, 400);
});

test("a scrub decides by the answer about each number, and not by that about the one before", async (t) => {
  const heed = await start(t);
  await heed.answer("house-wash", { address: TWO, listed: null, asOf: heed.ago(1) });
  const judge = judgeOf(heed.deps, { sender: "acme", channel: "sms", class: "marketing" });
  const read = addressReader("US");
  const lists = [ONE, TWO, ONE].map((address) => {
    const parsed = read(address, "phone");
    assert.ok(!("problem" in parsed));
    return (judge(parsed) ?? []).flatMap((reason) => reason.list ?? []).includes("house-wash");
  });
  assert.deepEqual(lists, [false, true, false]);
});

test("an erasure reaches copies and answers, and says so", async (t) => {
  const heed = await start(t);
  await heed.load("house", { kind: "do-not-contact", asOf: heed.ago(1) }, `${ONE}\n${TWO}\n`);
  await heed.answer("au-dncr", { address: ONE, listed: true, asOf: heed.ago(1) });
  const erased = await heed.server.inject({
    method: "POST",
    url: "/v1/erasures",
    headers: heed.headers,
    payload: { address: ONE, by: "staff" },
  });
  assert.equal(erased.statusCode, 201, erased.body);
  for (const what of ["a line of the list house", "an answer of the list au-dncr"]) {
    assert.match(erased.body, new RegExp(what));
  }
  const book = heed.deps.lists.named.find((list) => list.name === "au-dncr")?.answers;
  assert.equal(book?.find(ONE as never)?.listed, true);
});

test("lists and answers need a key that may import", async (t) => {
  const heed = await start(t);
  for (const [method, url] of [
    ["GET", "/v1/lists"],
    ["POST", "/v1/lists/au-dncr/answers"],
  ] as const) {
    const payload = { answers: [{ address: ONE, listed: true, asOf: heed.ago(1) }] };
    const reply = await heed.server.inject({
      method,
      url,
      headers: heed.auth("check"),
      ...(method === "POST" ? { payload } : {}),
    });
    assert.equal(reply.statusCode, 403, reply.body);
  }
});
