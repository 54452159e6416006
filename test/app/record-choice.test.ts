/** Choices that come through the API: safe to retry, proven where it matters, unable to overreach. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Choice, recordChoice } from "../../src/app/record-choice.ts";
import { ALL } from "../../src/domain/words.ts";
import { ALICE, kindsOf, ledgerOf, marketingTo, serviceTo, startApp } from "./support.ts";

const OPT_OUT: Choice = {
  kind: "opt-out",
  address: "+1 212 555 0101",
  sender: "acme",
  channel: "sms",
  by: "person",
};
const OPT_IN: Choice = {
  kind: "opt-in",
  address: ALICE,
  sender: "acme",
  channel: "sms",
  by: "person",
  level: "written",
  evidence: { kind: "form", url: "https://acme.example/join" },
};

test("the same request under the same key is recorded once and answered the same", async (t) => {
  const { deps, clock } = await startApp(t);
  const first = await recordChoice(deps, OPT_OUT, "key:a", "k1");
  clock.pass(60_000);
  const [again, alsoAgain] = await Promise.all([
    recordChoice(deps, OPT_OUT, "key:a", "k1"),
    recordChoice(deps, OPT_OUT, "key:a", "k1"),
  ]);
  assert.equal(first.status, "recorded");
  assert.deepEqual([again.status, alsoAgain.status], ["replayed", "replayed"]);
  assert.deepEqual(again.entries, first.entries);
  assert.equal((await ledgerOf(deps)).length, 1);
});

test("a key that comes back with another body is a conflict and changes nothing", async (t) => {
  const { deps } = await startApp(t);
  await recordChoice(deps, OPT_OUT, "key:a", "k1");
  await assert.rejects(recordChoice(deps, { ...OPT_OUT, channel: "voice" }, "key:a", "k1"), {
    code: "idempotency-conflict",
  });
  assert.equal((await ledgerOf(deps)).length, 1);
});

test("keys of two callers, and of the two kinds, are kept apart; no key is a new act", async (t) => {
  const { deps } = await startApp(t);
  await recordChoice(deps, OPT_OUT, "key:a", "k1");
  await recordChoice(deps, OPT_OUT, "key:b", "k1");
  await recordChoice(deps, OPT_IN, "key:a", "k1");
  await recordChoice(deps, OPT_OUT, "key:a", null);
  await recordChoice(deps, OPT_OUT, "key:a", null);
  assert.equal((await ledgerOf(deps)).length, 5);
});

test("an opt-in without evidence, for everybody or for every channel is refused", async (t) => {
  const { deps } = await startApp(t);
  const { evidence: _, ...unproven } = OPT_IN;
  const { channel: __, ...anywhere } = OPT_IN;
  await assert.rejects(recordChoice(deps, unproven, "key:a", null), { code: "evidence-required" });
  for (const vague of [
    { ...OPT_IN, sender: ALL },
    { ...OPT_IN, channel: ALL },
    anywhere,
  ] as const) {
    await assert.rejects(recordChoice(deps, vague, "key:a", null), { code: "invalid-request" });
  }
  assert.deepEqual(await ledgerOf(deps), []);
});

test("an unknown sender and an address that is none are refused, and nothing is recorded", async (t) => {
  const { deps } = await startApp(t);
  await assert.rejects(recordChoice(deps, { ...OPT_OUT, sender: "globex" }, "key:a", null), {
    code: "unknown-sender",
    pointer: "/sender",
  });
  await assert.rejects(recordChoice(deps, { ...OPT_OUT, address: "call me" }, "key:a", null), {
    code: "invalid-address",
    pointer: "/address",
  });
  assert.deepEqual(await ledgerOf(deps), []);
});

for (const by of ["staff", "import", "provider", "system"] as const) {
  test(`an opt-in by ${by} lifts no opt-out, also with evidence and when it comes later`, async (t) => {
    const { deps, clock } = await startApp(t);
    await recordChoice(deps, OPT_OUT, "key:a", null);
    clock.pass(60_000);
    await recordChoice(deps, { ...OPT_IN, by }, "key:a", null);
    assert.equal(serviceTo(deps, ALICE).answer, "deny");
  });
}

test("the person's own later opt-in lifts; one dated before the opt-out or at its instant does not", async (t) => {
  const { deps, clock } = await startApp(t);
  const { entries } = await recordChoice(deps, OPT_OUT, "key:a", null);
  const optedOutAt = entries[0]?.act?.receivedAt ?? 0;
  clock.pass(60_000);
  for (const at of [optedOutAt - 1, optedOutAt]) {
    await recordChoice(deps, { ...OPT_IN, at }, "key:a", null);
    assert.equal(serviceTo(deps, ALICE).answer, "deny");
  }
  await recordChoice(deps, OPT_IN, "key:a", null);
  assert.equal(serviceTo(deps, ALICE).answer, "allow");
  assert.equal(marketingTo(deps, ALICE).answer, "allow");
  assert.equal(serviceTo(deps, ALICE, { channel: "voice" }).answer, "allow");
});

test("an opt-in dated in the future cannot outlive an opt-out that comes before that date", async (t) => {
  const { deps, clock } = await startApp(t);
  await recordChoice(deps, { ...OPT_IN, at: clock.now() + 86_400_000 }, "key:a", null);
  clock.pass(60_000);
  await recordChoice(deps, OPT_OUT, "key:a", null);
  assert.equal(serviceTo(deps, ALICE).answer, "deny");
});

test("without a channel an opt-out covers every channel; with a part it covers that part", async (t) => {
  const { deps } = await startApp(t);
  const { channel: _, ...everywhere } = OPT_OUT;
  const scopesOf = async (choice: Choice) =>
    (await recordChoice(deps, choice, "key:a", null)).entries[0]?.act?.scopes;
  const scope = {
    sender: "acme",
    channel: "all",
    program: "all",
    class: "all",
    use: "contact",
  };
  assert.deepEqual(await scopesOf(everywhere), [scope]);
  assert.deepEqual(await scopesOf({ ...everywhere, sender: ALL }), [{ ...scope, sender: "all" }]);
  assert.deepEqual(await scopesOf({ ...OPT_OUT, program: "deals" }), [
    { ...scope, channel: "sms", program: "deals" },
  ]);
  assert.deepEqual(await scopesOf({ ...everywhere, use: "share" }), [{ ...scope, use: "share" }]);
});

test("saying that all of it is meant covers no less than saying nothing", async (t) => {
  const { deps } = await startApp(t);
  const said: Partial<Choice>[] = [
    { use: "contact" },
    { class: ALL, program: ALL },
    { use: ALL, class: ALL, program: ALL },
  ];
  for (const [at, parts] of said.entries()) {
    const address = `+1212555010${at}`;
    await recordChoice(deps, { ...OPT_OUT, ...parts, address }, "key:a", null);
    assert.equal(serviceTo(deps, address).answer, "deny");
    const call = marketingTo(deps, address, { channel: "voice" });
    assert.ok(call.reasons.some((reason) => reason.kind === "opted-out"));
    const share = serviceTo(deps, address, { use: "share" });
    assert.equal(share.answer, parts.use === ALL ? "deny" : "allow");
  }
});

test("a sender whose STOP covers every sender covers them through the API too", async (t) => {
  const { deps } = await startApp(t, { sender: { stopCovers: "every-sender" } });
  const { channel: _, ...everywhere } = OPT_OUT;
  for (const choice of [OPT_OUT, everywhere, { ...OPT_OUT, use: "contact" } as const]) {
    const { entries } = await recordChoice(deps, choice, "key:a", null);
    assert.equal(entries[0]?.act?.scopes[0]?.sender, "all");
  }
  assert.deepEqual(kindsOf(await ledgerOf(deps)), ["opt-out", "opt-out", "opt-out"]);
});
