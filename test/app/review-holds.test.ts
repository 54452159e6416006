/** Unclear messages: held until read, decided once, and never open in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { receive } from "../../src/app/receive.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { openHolds, type Review, reviewHold } from "../../src/app/review-holds.ts";
import {
  ALICE,
  kindsOf,
  ledgerOf,
  marketingTo,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
} from "./support.ts";

/** Alice has agreed to marketing and then writes something that nobody can be sure of. */
async function startHeld(t: Parameters<typeof startApp>[0]): Promise<TestApp> {
  const app = await startApp(t);
  await recordChoice(
    app.deps,
    {
      kind: "opt-in",
      address: ALICE,
      sender: "acme",
      channel: "sms",
      by: "person",
      level: "written",
      evidence: { kind: "form" },
    },
    "key:a",
    null,
  );
  app.clock.pass(1000);
  const { deps } = app;
  const read = deps.recogniser.recognize.bind(deps.recogniser);
  // Which words are unclear is the lexicons' own business and theirs to test.
  deps.recogniser.recognize = (text, context) => ({ ...read(text, context), intent: "unclear" });
  await receive(deps, "shop", signed(messageOf("hm, maybe enough?"), app.clock.now()), {});
  app.clock.pass(1000);
  return app;
}

const review = (reading: Review["reading"], position = 2): Review => ({
  position,
  reading,
  author: "Robin",
  source: "key:a",
});

test("an unclear message holds marketing and nothing else until it is released", async (t) => {
  const { deps } = await startHeld(t);
  assert.equal(marketingTo(deps, ALICE).answer, "deny");
  assert.equal(serviceTo(deps, ALICE).answer, "allow");
  assert.deepEqual(
    (await openHolds(deps)).map((entry) => entry.position),
    [2],
  );
  await reviewHold(deps, review("release"));
  assert.equal(marketingTo(deps, ALICE).answer, "allow");
  assert.deepEqual(await openHolds(deps), []);
  const released = (await ledgerOf(deps)).at(-1)?.act;
  assert.deepEqual([released?.author, released?.refersTo, released?.by], ["Robin", 2, "staff"]);
});

test("read as an opt-out it is one, as wide as a plain STOP, and the opt-out comes first", async (t) => {
  const { deps } = await startHeld(t);
  const { entries } = await reviewHold(deps, review("opt-out"));
  assert.deepEqual(kindsOf(entries), ["opt-out", "release"]);
  assert.equal(marketingTo(deps, ALICE).answer, "deny");
  assert.equal(serviceTo(deps, ALICE).answer, "deny");
  assert.deepEqual(await openHolds(deps), []);
});

test("a decision is made once: the same again changes nothing, another one is refused", async (t) => {
  const { deps } = await startHeld(t);
  const first = await reviewHold(deps, review("opt-out"));
  const again = await reviewHold(deps, review("opt-out"));
  assert.deepEqual([again.status, again.entries], ["replayed", first.entries]);
  await assert.rejects(reviewHold(deps, review("release")), { code: "already-exists" });
  assert.equal((await ledgerOf(deps)).length, 4);
});

test("two reviewers at once: one decision stands", async (t) => {
  const { deps } = await startHeld(t);
  const outcomes = await Promise.allSettled([
    reviewHold(deps, review("release")),
    reviewHold(deps, review("opt-out")),
  ]);
  assert.deepEqual(outcomes.map((one) => one.status).sort(), ["fulfilled", "rejected"]);
});

test("a release does not lift an opt-out that came in the meantime", async (t) => {
  const app = await startHeld(t);
  await recordChoice(
    app.deps,
    { kind: "opt-out", address: ALICE, sender: "acme", by: "person" },
    "key:a",
    null,
  );
  await reviewHold(app.deps, review("release"));
  assert.equal(marketingTo(app.deps, ALICE).answer, "deny");
});

for (const position of [0, -1, 1, 3, 1.5, Number.NaN]) {
  test(`entry ${position} is no hold and cannot be decided`, async (t) => {
    const { deps } = await startHeld(t);
    await assert.rejects(reviewHold(deps, review("release", position)), { code: "unknown-entry" });
  });
}
