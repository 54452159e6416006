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

test("a verdict explains itself in one paragraph, in the language asked for, and as data", async (t) => {
  const heed = await start(t);
  const night = { ...ABOUT, class: "marketing", to: IN, at: "2030-06-03T23:30:00-04:00" };
  const english = (await heed.post("/v1/check", night)).json();
  const spanish = (await heed.post("/v1/check", { ...night, language: "es" })).json();
  assert.match(english.explanation, /may not be sent/u);
  assert.match(spanish.explanation, /no se puede/u);
  const hours = (answer: typeof english) =>
    answer.reasons.find((one: { kind: string }) => one.kind === "outside-hours");
  assert.match(hours(english).text, /It is 23:30 in New York/u);
  assert.equal(hours(english).details.zone, "America/New_York");
  assert.deepEqual(hours(spanish).details.windows, hours(english).details.windows);
});

const EVERYTHING = {
  ...{ to: IN, sender: "acme", channel: "voice", class: "marketing", program: "news" },
  ...{ use: "contact", at: "2030-06-03T14:00:00-04:00", callKind: "live", language: "es" },
  ...{ senderType: "toll-free", topic: "energy", subject: "solar offer", text: "Hello" },
  ...{ isReply: true, usefulUntil: "2030-06-03T18:00:00-04:00" },
  known: {
    ...{ residence: "US-AL", county: "Mobile", timezone: "America/Chicago", language: "en" },
    ...{ subscriber: "consumer", relationship: "none", otherAddresses: ["+12125550125"] },
  },
};

test("every member of a question is taken, alone and in a batch", async (t) => {
  const heed = await start(t);
  const single = await heed.post("/v1/check", EVERYTHING);
  assert.equal(single.statusCode, 200, single.body);
  const batch = await heed.post("/v1/check/batch", { questions: [EVERYTHING] });
  assert.deepEqual(batch.json().answers, [single.json()]);
});

test("a member that there is not, and a value that it does not have, are refused by name", async (t) => {
  const heed = await start(t);
  const wrong: readonly (readonly [object, string])[] = [
    [{ known: { country: "US" } }, "/known"],
    [{ known: { residence: "Florida" } }, "/known/residence"],
    [{ known: { residence: "US-XX" } }, "/known/residence"],
    [{ known: { timezone: "Mars/Olympus" } }, "/known/timezone"],
    [{ known: { relationship: "friend" } }, "/known/relationship"],
    [{ known: { otherAddresses: ["nobody"] } }, "/known/otherAddresses/0"],
    [{ callKind: "robot" }, "/callKind"],
    [{ usefulUntil: "2030-02-30T00:00:00Z" }, "/usefulUntil"],
    [{ confirms: 0 }, "/confirms"],
    [{ language: "fr" }, "/language"],
  ];
  for (const [more, pointer] of wrong) {
    const answer = await heed.post("/v1/check", { ...ABOUT, to: IN, ...more });
    assert.ok([400, 422].includes(answer.statusCode), `${pointer}: ${answer.body}`);
    const pointers = answer.json().errors.map((one: { pointer: string }) => one.pointer);
    assert.ok(
      pointers.some((one: string) => one.startsWith(pointer)),
      answer.body,
    );
  }
});

test("an opt-out of another address of the same person is looked at when it is named", async (t) => {
  const heed = await start(t);
  const ask = async (known: object) => {
    // Washington: an opt-out counts for every address that is known to be the person's.
    const question = { ...ABOUT, channel: "voice", class: "marketing", to: "+12065550136", known };
    return (await heed.post("/v1/check", question)).json();
  };
  await heed.post("/v1/opt-outs", { address: OUT, sender: "acme", channel: "voice" });
  const kinds = async (known: object) =>
    (await ask(known)).reasons.map((reason: { kind: string }) => reason.kind);
  assert.ok(!(await kinds({})).includes("opted-out"));
  assert.ok((await kinds({ otherAddresses: [OUT] })).includes("opted-out"));
});

test("a confirmation is allowed once, and only of this address's own opt-out", async (t) => {
  const heed = await start(t);
  const auth = heed.auth("send");
  const confirmation = { ...ABOUT, class: "confirmation", to: OUT };
  const ask = async (more: object) =>
    (await heed.post("/v1/check", { ...confirmation, ...more })).json();
  const kindOf = (answer: { reasons: { kind: string }[] }) => answer.reasons[0]?.kind;
  assert.equal((await ask({ confirms: 1 })).verdict, "allow");
  assert.equal(kindOf(await ask({})), "nothing-to-confirm");
  assert.equal(kindOf(await ask({ confirms: 2 })), "nothing-to-confirm");
  assert.equal(kindOf(await ask({ to: IN, confirms: 1 })), "nothing-to-confirm");
  const batch = await heed.post("/v1/check/batch", {
    questions: [
      { ...confirmation, confirms: 1 },
      { ...confirmation, confirms: 2 },
    ],
  });
  const verdicts = batch.json().answers.map((one: { verdict: string }) => one.verdict);
  assert.deepEqual(verdicts, ["allow", "deny"]);
  const sends = [{ ...confirmation, confirms: 1 }];
  const recorded = await heed.server.inject({
    ...{ method: "POST", url: "/v1/sends", headers: auth },
    payload: { sends },
  });
  assert.equal(recorded.statusCode < 300, true, recorded.body);
  assert.equal(kindOf(await ask({ confirms: 1 })), "already-confirmed");
});
