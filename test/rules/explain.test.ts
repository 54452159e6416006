/** A verdict in one paragraph, in the languages that there are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../src/rules/decide.ts";
import { explainVerdict } from "../../src/rules/explain.ts";
import type { ExplanationLanguage } from "../../src/rules/facts.ts";
import { PACKS } from "./load-packs.ts";
import { askAbout, consentRule, markOf } from "./record-packs.ts";
import { factsOf } from "./some-facts.ts";
import { hours, packOf } from "./some-rules.ts";

function explain(language: ExplanationLanguage): string {
  const night = factsOf({ to: "+919876543210", at: "2026-06-10T20:12:00+05:30" });
  const window = ["10:00-20:00"];
  const week = { ...hours().week, wed: window, thu: window };
  const facts = { ...night, language };
  const notice = "The hours are disputed.";
  return explainVerdict(decide(facts, [packOf([hours({ week, notice })])]), facts);
}

test("a verdict says the answer, why, where it is written and what is in doubt", () => {
  assert.equal(
    explain("en"),
    "This may not be sent before 10:00 on 2026-06-11 in Kolkata. It is 20:12 in Kolkata; marketing " +
      "texts may be sent from 10:00 to 20:00. Source: § 1. Note: The hours are disputed.",
  );
  assert.match(explain("es"), /^Esto no se puede enviar antes de las 10:00 del 2026-06-11/u);
  assert.match(explain("es"), /mensajes de texto de marketing/u);
});

test("only the reasons that decide are said, and each sentence once", () => {
  const facts = { ...factsOf(), standing: [markOf("opt-out")] };
  const rules = [consentRule([{ ground: "consent", level: "express" }])];
  const said = explainVerdict(askAbout(rules, { standing: facts.standing }), facts);
  assert.match(said, /^This may not be sent\. An opt-out covers this: .*No consent/u);
  const allowed = { ...factsOf(), standing: [markOf("opt-in")] };
  const yes = explainVerdict(askAbout(rules, { standing: allowed.standing }), allowed);
  assert.match(yes, /^This may be sent\. The person consented/u);
});

test("every pack's verdicts are explained in both languages, with nothing left to fill in", () => {
  for (const to of ["+12125550101", "+33612345612", "+254712123401", "bob@example.com"]) {
    for (const language of ["en", "es"] as const) {
      const facts = { ...factsOf({ to, channel: to.includes("@") ? "email" : "sms" }), language };
      const said = explainVerdict(decide(facts, PACKS), facts);
      assert.ok(said.length > 30 && !/[{}]|undefined|null/u.test(said), said);
    }
  }
});
