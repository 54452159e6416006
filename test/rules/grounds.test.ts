/** Grounds: what a consent rule accepts, and what lifts a rule. Each with a control that is not met. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "../../src/rules/facts.ts";
import type { Ground } from "../../src/rules/rule-parts.ts";
import {
  ACME,
  askAbout,
  banRule,
  consentRule,
  findingOf,
  kindsIn,
  listRule,
  markOf,
  packWith,
} from "./record-packs.ts";
import { factsOf } from "./some-facts.ts";

const EXPRESS: Ground = { ground: "consent", level: "express" };
const PURCHASE: Ground = { ground: "dealing", dealings: ["purchase"], within: "P2Y" };

function reasonFor(accepts: Ground[], standing: Facts["standing"], changes: Partial<Facts> = {}) {
  return askAbout([consentRule(accepts)], { standing, ...changes }).reasons[0]!;
}

test("consent of the level, or of a stronger one, is enough; a weaker one is not", () => {
  const kindAt = (level: "soft" | "express" | "written") =>
    reasonFor([EXPRESS], [markOf("opt-in", { level })]).kind;
  assert.equal(kindAt("written"), "consented");
  assert.equal(kindAt("express"), "consented");
  assert.equal(kindAt("soft"), "no-consent");
});

test("consent has to be to this sender, channel, class and program", () => {
  const kindWith = (scope: Partial<typeof ACME>) =>
    reasonFor([EXPRESS], [markOf("opt-in", { scopes: [{ ...ACME, ...scope }] })]).kind;
  assert.equal(kindWith({}), "consented");
  assert.equal(kindWith({ sender: "marlow" }), "no-consent");
  assert.equal(kindWith({ channel: "email" }), "no-consent");
  assert.equal(kindWith({ class: "transactional" }), "no-consent");
  assert.equal(kindWith({ program: "openings" }), "no-consent");
});

test("why consent is missing: unproven, too old, not confirmed, too weak, none at all", () => {
  const old = Date.parse("2024-06-10T15:59:59Z");
  const claimed = markOf("opt-in", { hasEvidence: false });
  assert.equal(reasonFor([EXPRESS], [claimed]).kind, "consent-unproven");
  assert.equal(reasonFor([EXPRESS], [markOf("opt-in-request")]).kind, "consent-pending");
  const bought = markOf("purchase", { effectiveAt: old });
  assert.equal(reasonFor([EXPRESS, PURCHASE], [bought]).kind, "consent-expired");
  const soft = reasonFor([EXPRESS], [markOf("opt-in", { level: "soft" })]);
  assert.equal(soft.kind, "no-consent");
  assert.match(soft.text, /only soft/u);
  assert.equal(reasonFor([EXPRESS], []).kind, "no-consent");
  // A dealing that the rule does not accept is no consent that has gone out of date.
  assert.equal(reasonFor([EXPRESS], [bought]).kind, "no-consent");
  for (const standing of [[claimed], [bought], []]) {
    assert.equal(reasonFor([EXPRESS, PURCHASE], standing).answer, "deny");
  }
});

test("a claim without proof says so only when it would be enough", () => {
  const weak = markOf("opt-in", { level: "implied", hasEvidence: false });
  assert.equal(reasonFor([EXPRESS], [weak]).kind, "no-consent");
});

test("a dealing counts for as long as the rule says, by the calendar and to the instant", () => {
  const kindAt = (at: string) =>
    reasonFor([PURCHASE], [markOf("purchase", { effectiveAt: Date.parse(at) })]).kind;
  // Asked on 10 June 2026 at 16:00 UTC.
  assert.equal(kindAt("2024-06-10T16:00:01Z"), "consented");
  assert.equal(kindAt("2024-06-10T16:00:00Z"), "consent-expired");
  assert.equal(kindAt("2026-06-10T16:00:00Z"), "consented");
  assert.equal(kindAt("2026-06-10T16:00:01Z"), "no-consent");
});

test("of several zones the one counts in which a dealing is too old first", () => {
  const facts = factsOf();
  // One month after 31 January 23:30 UTC is 28 February there, and in Auckland, where it was
  // 1 February, 1 March: the sooner counts.
  const month: Ground = { ground: "dealing", dealings: ["inquiry"], within: "P1M" };
  const asked = markOf("inquiry", { effectiveAt: Date.parse("2026-01-31T23:30:00Z") });
  const kindAt = (at: string, zones: readonly string[]) => {
    const place = { ...facts.place, zones };
    return reasonFor([month], [asked], { at: Date.parse(at), place }).kind;
  };
  assert.equal(kindAt("2026-02-28T23:29:59Z", ["Pacific/Auckland"]), "consented");
  assert.equal(kindAt("2026-02-28T23:30:00Z", ["Pacific/Auckland"]), "consent-expired");
  assert.equal(kindAt("2026-02-28T23:30:00Z", []), "consent-expired");
});

test("a dealing has to be this sender's, of the right kind, proved, and after every opt-out", () => {
  const kindOf = (standing: Facts["standing"]) =>
    kindsIn(askAbout([consentRule([PURCHASE])], { standing }));
  const bought = markOf("purchase");
  assert.deepEqual(kindOf([bought]), ["consented"]);
  assert.deepEqual(kindOf([{ ...bought, scopes: [{ ...ACME, sender: "marlow" }] }]), [
    "no-consent",
  ]);
  assert.deepEqual(kindOf([markOf("inquiry")]), ["no-consent"]);
  assert.deepEqual(kindOf([{ ...bought, hasEvidence: false }]), ["no-consent"]);
  const stop = markOf("opt-out", { effectiveAt: bought.effectiveAt + 1, position: 11 });
  const start = markOf("opt-in", { effectiveAt: bought.effectiveAt + 2, position: 12 });
  // START lifts the opt-out, and is consent itself; the purchase from before it is none any more.
  assert.deepEqual(kindOf([bought, stop, start]), ["no-consent"]);
  const again = { ...bought, effectiveAt: bought.effectiveAt + 3, position: 13 };
  assert.deepEqual(kindOf([bought, stop, start, again]), ["consented"]);
});

test("without a limit a dealing counts however long ago it was", () => {
  const ever: Ground = { ground: "dealing", dealings: ["purchase", "inquiry"], within: null };
  assert.equal(reasonFor([ever], [markOf("inquiry", { effectiveAt: 1 })]).kind, "consented");
});

test("a relationship is what the asker declares, and for its topics only", () => {
  const contract: Ground = { ground: "relationship", relationships: ["contract"], topics: ["own"] };
  const topics = [{ id: "own", title: "What the contract is about", phrases: ["your contract"] }];
  const pack = packWith([consentRule([contract])], { topics });
  const kindWith = (relationship: Facts["person"]["relationship"], topic: string | null) => {
    const { person, message } = factsOf();
    const changes = { person: { ...person, relationship }, message: { ...message, topic } };
    return askAbout(pack, changes).reasons[0]!.kind;
  };
  assert.equal(kindWith("contract", "own"), "consented");
  assert.equal(kindWith("contract", "News about YOUR Contract!"), "consented");
  assert.equal(kindWith("contract", "your contractor"), "no-consent");
  assert.equal(kindWith("contract", null), "no-consent");
  assert.equal(kindWith("customer", "own"), "no-consent");
  assert.equal(kindWith("none", "own"), "no-consent");
  assert.equal(kindWith(null, "own"), "no-consent");
});

test("an answer to the person lifts a rule that says so, and no other", () => {
  const { message } = factsOf();
  const answer = { message: { ...message, isReply: true } };
  const reply: Ground = { ground: "reply" };
  assert.deepEqual(kindsIn(askAbout([banRule({ unless: [reply] })], answer)), [
    "consent-not-needed",
  ]);
  assert.equal(askAbout([banRule({ unless: [reply] })]).answer, "deny");
  assert.equal(askAbout([banRule()], answer).answer, "deny");
});

test("consent after the listing has to be after it, and after one that is dated", () => {
  const after: Ground = { ground: "consent", level: "express", afterListing: true };
  const rules = [listRule({ unless: [after] })];
  const standing = [markOf("opt-in")];
  const answerFor = (listedSince: string | null) => {
    const since = listedSince === null ? null : Date.parse(listedSince);
    const lists = [findingOf({ listed: true, listedSince: since })];
    return askAbout(rules, { standing, lists }).answer;
  };
  assert.equal(answerFor("2026-04-30T00:00:00Z"), "allow");
  assert.equal(answerFor("2026-05-01T12:00:00Z"), "deny");
  assert.equal(answerFor("2026-05-02T00:00:00Z"), "deny");
  assert.equal(answerFor(null), "deny");
});
