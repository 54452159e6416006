/** Checks through the API: one verdict for one question, a problem for a bad one, batches in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";

const OUT = "+12125550123";
const IN = "+12125550124";

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("check", "record");
  const post = (url: string, payload: object) =>
    heed.server.inject({ method: "POST", url, headers, payload });
  await post("/v1/opt-outs", { address: OUT, sender: "acme", channel: "sms" });
  return { ...heed, post };
}

const ABOUT = { sender: "acme", channel: "sms", class: "transactional" };

test("a batch answers in order, and each answer is the one that a single check gives", async (t) => {
  const heed = await start(t);
  const at = "2026-03-02T17:00:00Z";
  const questions = [
    { to: OUT },
    { to: IN },
    { to: OUT, channel: "voice" },
    { to: "ana@example.com", channel: "email", class: "marketing" },
    { to: OUT, sender: "nobody" },
    { to: "+33612345678", at: "2026-03-01T23:30:00+01:00", class: "marketing" },
  ];
  const defaults = { ...ABOUT, at };
  const batch = await heed.post("/v1/check/batch", { defaults, questions });
  assert.equal(batch.statusCode, 200, batch.body);
  const { answers, position } = batch.json();
  assert.equal(position, 1);
  for (const [index, question] of questions.entries()) {
    const single = await heed.post("/v1/check", { ...defaults, ...question });
    assert.deepEqual(answers[index], single.json(), JSON.stringify(question));
  }
  assert.deepEqual(
    answers.slice(0, 2).map((answer: { verdict: string }) => answer.verdict),
    ["deny", "allow"],
  );
});

test("a bad question in a batch gets a problem of its own and spoils nothing", async (t) => {
  const heed = await start(t);
  const questions = [
    ...[{ to: IN }, { to: "nobody" }, null, "text", 7, [], {}, { to: IN, wrong: 1 }],
    ...[{ to: IN, at: "2026-02-30T00:00:00Z" }, { to: IN, channel: "fax" }, { to: OUT }],
  ];
  const answer = await heed.post("/v1/check/batch", { defaults: ABOUT, questions });
  assert.equal(answer.statusCode, 200, answer.body);
  const said = answer
    .json()
    .answers.map((one: { verdict?: string; problem?: { type: string } }) =>
      one.verdict === undefined ? one.problem?.type : one.verdict,
    );
  const bad = "/problems/invalid-request";
  assert.deepEqual(said, [
    ...["allow", "/problems/invalid-address", bad, bad, bad, bad, bad, bad, bad, bad, "deny"],
  ]);
});

test("a batch holds 1 to 10,000 questions", async (t) => {
  const heed = await start(t);
  const ask = (count: number) =>
    heed.post("/v1/check/batch", { defaults: ABOUT, questions: Array(count).fill({ to: OUT }) });
  assert.equal((await ask(0)).statusCode, 400);
  assert.equal((await ask(10_001)).statusCode, 400);
  const full = await ask(10_000);
  assert.equal(full.statusCode, 200);
  const { answers } = full.json();
  assert.equal(answers.length, 10_000);
  assert.ok(answers.every((answer: { verdict: string }) => answer.verdict === "deny"));
});

test("an opt-out that is acknowledged while a batch runs is in the answers after it", async (t) => {
  const heed = await start(t);
  const questions = Array(10_000).fill({ to: IN });
  const running = heed.post("/v1/check/batch", { defaults: ABOUT, questions });
  await heed.post("/v1/opt-outs", { address: IN, sender: "acme", channel: "sms" });
  const { answers } = (await running).json();
  const verdicts = answers.map((answer: { verdict: string }) => answer.verdict) as string[];
  const firstDeny = verdicts.indexOf("deny");
  // Whether the batch was over before is up to the machine; once denied, it stays denied.
  if (firstDeny !== -1) assert.ok(verdicts.slice(firstDeny).every((verdict) => verdict === "deny"));
  assert.equal((await heed.post("/v1/check", { ...ABOUT, to: IN })).json().verdict, "deny");
});

test("a verdict names the entry, the rule and where it is written", async (t) => {
  const heed = await start(t);
  const answer = await heed.post("/v1/check", { ...ABOUT, to: OUT, class: "marketing" });
  const { reasons, position, at } = answer.json();
  assert.equal(position, 1);
  assert.ok(Number.isFinite(Date.parse(at)));
  assert.equal(reasons.find((one: { kind: string }) => one.kind === "opted-out").entry, 1);
  const consent = reasons.find((one: { kind: string }) => one.kind === "no-consent");
  assert.match(consent.rule, /^us\/.+@/);
  assert.match(consent.citation, /CFR/);
});

test("a sender that is not configured is answered with unknown, never with allow", async (t) => {
  const heed = await start(t);
  const answer = await heed.post("/v1/check", { ...ABOUT, to: IN, sender: "nobody" });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.json().verdict, "unknown");
});

test("checking writes nothing", async (t) => {
  const heed = await start(t);
  await heed.post("/v1/check", { ...ABOUT, to: IN });
  await heed.post("/v1/check/batch", { defaults: ABOUT, questions: [{ to: IN }, { to: OUT }] });
  assert.equal(await heed.deps.store.head(), 1);
});
