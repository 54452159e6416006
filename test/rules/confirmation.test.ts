/** One confirmation of an opt-out, in time and without marketing, and nothing in its way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../src/rules/decide.ts";
import type { ConfirmedOptOut, Facts } from "../../src/rules/facts.ts";
import { PACKS } from "./load-packs.ts";
import { findingOf, kindsIn, markOf } from "./record-packs.ts";
import { factsOf } from "./some-facts.ts";

const MINUTE_MS = 60_000;
const FACTS = factsOf({ class: "confirmation", at: "2026-06-10T22:30:00-04:00" });

function confirm(
  confirms: Partial<ConfirmedOptOut> | null,
  changes: Partial<Facts> = {},
  text: string | null = "Acme: you are unsubscribed and will get no more messages.",
) {
  const known = { position: 20, receivedAt: FACTS.at - 5000, isConfirmed: false };
  const message = {
    ...FACTS.message,
    text,
    confirms: confirms === null ? null : { ...known, ...confirms },
  };
  return decide({ ...FACTS, ...changes, message }, PACKS);
}

const STOP = markOf("opt-out", { position: 20, effectiveAt: FACTS.at - 5000 });

test("at night, against its own opt-out, without consent and after many sends, it may go", () => {
  const send = { at: FACTS.at - MINUTE_MS, channel: "sms", class: "marketing", sender: "acme" };
  const past = { ...send, subject: null, callKind: null, isReply: false } as Facts["sends"][number];
  const lists = [findingOf({ list: "own", kind: "do-not-contact", listed: true })];
  const verdict = confirm({}, { standing: [STOP], sends: Array(9).fill(past), lists });
  assert.equal(verdict.answer, "allow");
  assert.equal(verdict.reasons[0]!.entry, 20);
  // The control: the same facts about anything else are denied.
  const other = { ...FACTS, standing: [STOP], send: { ...FACTS.send, class: "transactional" } };
  assert.equal(decide(other, PACKS).answer, "deny");
});

test("it needs an opt-out, only once, within five minutes and not a moment longer", () => {
  assert.deepEqual(kindsIn(confirm(null)), ["nothing-to-confirm"]);
  assert.deepEqual(kindsIn(confirm({ isConfirmed: true })), ["already-confirmed"]);
  assert.equal(confirm({ receivedAt: FACTS.at - 5 * MINUTE_MS }).answer, "allow");
  assert.deepEqual(kindsIn(confirm({ receivedAt: FACTS.at - 5 * MINUTE_MS - 1 })), [
    "confirmation-late",
  ]);
});

test("one that advertises is refused, also in the five minutes", () => {
  const verdict = confirm({}, {}, "You are unsubscribed. Come back and get 20% off!");
  assert.ok(kindsIn(verdict).includes("marketing-in-confirmation"));
  assert.equal(verdict.answer, "deny");
  assert.equal(confirm({}, {}, null).answer, "allow");
});

test("an erased person, a locked ledger, a stale node and an unknown sender are in its way", () => {
  const erased = { ...STOP, erased: true };
  assert.equal(kindsIn(confirm({}, { standing: [erased] }))[0], "erased");
  assert.equal(confirm({}, { locked: true }).answer, "deny");
  assert.equal(confirm({}, { fresh: false }).answer, "unknown");
  assert.equal(confirm({}, { senderName: null }).answer, "unknown");
});
