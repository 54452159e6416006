/** Lists, reassigned numbers, bans, wider opt-outs, sharing and wording, each with its edges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts, ListFinding } from "../../src/rules/facts.ts";
import type { Rule } from "../../src/rules/rule-kinds.ts";
import type { Ground } from "../../src/rules/rule-parts.ts";
import {
  ACME,
  about,
  askAbout,
  banRule,
  consentRule,
  findingOf,
  kindsIn,
  listRule,
  markOf,
  packWith,
  reassignedRule,
  stopScope,
  wordingRule,
} from "./record-packs.ts";
import { factsOf } from "./some-facts.ts";

const NOON = factsOf().at;
const DAY_MS = 86_400_000;

/** What the first reason is, for these findings. */
function listed(rule: ReturnType<typeof listRule>, ...lists: Partial<ListFinding>[]): string {
  return askAbout([rule], { lists: lists.map(findingOf) }).reasons[0]!.kind;
}

test("a list that names the address denies, and one that does not, does not", () => {
  assert.equal(listed(listRule(), { listed: true }), "listed");
  assert.equal(listed(listRule(), {}), "consent-not-needed");
});

test("a list that is missing, empty of data or too old gives unknown", () => {
  assert.equal(listed(listRule()), "list-missing");
  assert.equal(listed(listRule(), { list: "another" }), "list-missing");
  assert.equal(listed(listRule(), { listed: null }), "list-missing");
  assert.equal(listed(listRule(), { asOf: NOON - 31 * DAY_MS }), "consent-not-needed");
  assert.equal(listed(listRule(), { asOf: NOON - 31 * DAY_MS - 1 }), "list-stale");
  assert.equal(listed(listRule({ maxAgeDays: null }), { asOf: 1 }), "consent-not-needed");
  assert.equal(listed(listRule(), { asOf: 1, listed: true }), "listed");
});

test("a newer answer about the one number makes up for an old copy, and a yes in either counts", () => {
  const old = { asOf: 1 };
  assert.equal(listed(listRule(), old, {}), "consent-not-needed");
  assert.equal(listed(listRule(), old, { listed: true }), "listed");
  assert.equal(listed(listRule(), { ...old, listed: true }, {}), "listed");
});

test("in the days of grace a listing does not bind yet, unless nobody knows its date", () => {
  const rule = listRule({ graceDays: 60 });
  assert.equal(listed(rule, { listed: true, listedSince: NOON - 60 * DAY_MS }), "listed");
  const young = { listed: true, listedSince: NOON - 60 * DAY_MS + 1 };
  assert.equal(listed(rule, young), "consent-not-needed");
  assert.equal(listed(rule, { listed: true }), "listed");
  assert.equal(listed(listRule(), young), "listed");
});

test("a listing lapses by the calendar, in the last of the person's zones", () => {
  const rule = listRule({ lapsesAfter: "P3Y" });
  const since = (date: string) => ({ listed: true, listedSince: Date.parse(date) });
  assert.equal(listed(rule, since("2023-06-10T16:00:01Z")), "listed");
  assert.equal(listed(rule, since("2023-06-10T16:00:00Z")), "consent-not-needed");
  assert.equal(listed(listRule(), since("1999-01-01T00:00:00Z")), "listed");
});

test("a listing is for its channels, and a no about other channels is none about this one", () => {
  assert.equal(listed(listRule(), { listed: true, channels: ["sms"] }), "listed");
  assert.equal(listed(listRule(), { listed: true, channels: ["voice"] }), "consent-not-needed");
  assert.equal(listed(listRule(), { listed: false, channels: ["voice"] }), "list-missing");
});

test("a listing for sectors binds their topics, and messages that do not say theirs", () => {
  const topics = [{ id: "credit", title: "Credit", phrases: ["préstamos"] }];
  const pack = packWith([listRule()], { topics });
  const lists = [findingOf({ listed: true, sectors: ["credit", "real estate"] })];
  const answerFor = (topic: string | null) =>
    askAbout(pack, { lists, message: { ...factsOf().message, topic } }).answer;
  for (const topic of [null, "credit", "Prestamos rápidos", "Real-estate in Lima"]) {
    assert.equal(answerFor(topic), "deny", String(topic));
  }
  assert.equal(answerFor("shoes"), "allow");
});

test("a ground makes a list needless, even one that was never loaded", () => {
  const express: Ground = { ground: "consent", level: "express" };
  const rules = [listRule({ unless: [express] })];
  const standing = [markOf("opt-in")];
  assert.equal(askAbout(rules, { standing }).answer, "allow");
  assert.equal(askAbout(rules).answer, "unknown");
  const lists = [findingOf({ listed: true })];
  assert.equal(askAbout(rules, { standing, lists }).answer, "allow");
  assert.equal(askAbout(rules, { lists }).answer, "deny");
});

test("yes, no and no data about a reassigned number are kept apart; not asked says nothing", () => {
  const standing = [markOf("opt-in")];
  const asOf = NOON - DAY_MS;
  const ask = (changes: Partial<ListFinding> | null) => {
    const lists = changes === null ? [] : [findingOf({ list: "reassigned", asOf, ...changes })];
    return askAbout([reassignedRule()], { standing, lists });
  };
  const consentAt = Date.parse("2026-05-01T12:00:00Z");
  assert.deepEqual(kindsIn(ask(null)), ["consent-not-needed"]);
  assert.deepEqual(kindsIn(ask({ listed: true, consentAt }))[0], "reassigned");
  assert.equal(ask({ listed: true, consentAt }).answer, "deny");
  assert.deepEqual(kindsIn(ask({ listed: false, consentAt })), ["consent-not-needed"]);
  const noData = ask({ listed: null, consentAt });
  assert.equal(noData.answer, "allow");
  assert.match(noData.reasons[0]!.text, /no data/u);
  // The consent is newer than the answer: whoever gave it is whom the number is with now.
  const before = Date.parse("2026-04-01T00:00:00Z");
  assert.equal(ask({ listed: true, asOf: before, consentAt: before }).answer, "allow");
  // A no since a day after the consent leaves the time between them open, and says so.
  const later = ask({ listed: false, consentAt: consentAt + DAY_MS });
  assert.match(later.reasons[0]!.text, /after the consent/u);
});

test("a ban denies whatever the consent, for its topics only", () => {
  const topics = [{ id: "energy", title: "Energy", phrases: ["rénovation énergétique"] }];
  const ban = banRule({ appliesTo: about({ topics: ["energy"] }) });
  const pack = packWith([ban], { topics });
  const standing = [markOf("opt-in", { level: "written" })];
  const kindFor = (topic: string | null) =>
    kindsIn(askAbout(pack, { standing, message: { ...factsOf().message, topic } }))[0];
  assert.equal(kindFor("energy"), "banned");
  assert.equal(kindFor("La RENOVATION energetique"), "banned");
  assert.equal(kindFor("shoes"), "consent-not-needed");
  assert.equal(kindFor(null), "consent-not-needed");
});

const ON_SMS = { ...ACME, channel: "sms" as const };

test("one entry of consent that meets several rules is one reason, that of the first rule", () => {
  const accepts: Ground[] = [{ ground: "consent", level: "implied" }];
  const rules = ["first", "second", "third"].map((id) => consentRule(accepts, { id }));
  const consentedBy = (given: readonly Rule[], ...consents: ReturnType<typeof markOf>[]) =>
    askAbout(given, { standing: consents })
      .reasons.filter(({ kind }) => kind === "consented")
      .map(({ rule, entry }) => `${rule} ${entry}`);
  assert.deepEqual(consentedBy(rules, markOf("opt-in")), ["test/first@2026.1.1 10"]);
  const written: Ground[] = [{ ground: "consent", level: "written" }];
  const strict = consentRule(written, { id: "strict" });
  const signed = markOf("opt-in", { position: 20, level: "written" });
  assert.deepEqual(consentedBy([...rules, strict], markOf("opt-in"), signed), [
    "test/first@2026.1.1 20",
  ]);
  // What is in doubt about a rule is not left out because another rule said the same.
  const doubted = { ...rules[1]!, notice: "In dispute." };
  assert.deepEqual(consentedBy([rules[0]!, doubted, rules[2]!], markOf("opt-in")), [
    "test/first@2026.1.1 10",
    "test/second@2026.1.1 10",
  ]);
});

test("a plain STOP on one channel covers the others where a rule says so, and from its day on", () => {
  const send = { ...factsOf().send, channel: "voice" as const };
  const stop = markOf("opt-out", { scopes: [ON_SMS], position: 20 });
  const wide = stopScope("every-channel");
  const first = (rules: Parameters<typeof askAbout>[0], standing: Facts["standing"]) =>
    kindsIn(askAbout(rules, { send, standing }))[0];
  assert.equal(first([wide], [stop]), "opted-out");
  assert.equal(first([wordingRule()], [stop]), "consent-not-needed");
  const coming = stopScope("every-channel", { effectiveFrom: "2026-06-11" });
  assert.equal(first([coming, wordingRule()], [stop]), "consent-not-needed");
  // Only a plain STOP: one about offers, or about a program, stays what the person made it.
  for (const part of [{ class: "transactional" }, { program: "offers" }]) {
    assert.equal(
      first([wide], [{ ...stop, scopes: [{ ...ON_SMS, ...part }] }]),
      "consent-not-needed",
    );
  }
  const start = { effectiveAt: stop.effectiveAt + 1, position: 21 };
  assert.equal(
    first([wide], [stop, markOf("opt-in", { ...start, scopes: [ON_SMS] })]),
    "consent-not-needed",
  );
  const toCalls = [{ ...ON_SMS, channel: "voice" as const }];
  assert.equal(
    first([wide], [stop, markOf("opt-in", { ...start, scopes: toCalls })]),
    "consent-not-needed",
  );
  const elsewhere = [{ ...ON_SMS, sender: "marlow" }];
  assert.equal(
    first([wide], [stop, markOf("opt-in", { ...start, scopes: elsewhere })]),
    "opted-out",
  );
});

test("an opt-out at another address of the person covers this one where a rule says so", () => {
  const stop = markOf("opt-out", { scopes: [{ ...ON_SMS, class: "marketing" }], position: 20 });
  const ask = (rules: Parameters<typeof askAbout>[0], standing: Facts["standing"] = []) =>
    kindsIn(askAbout(rules, { otherStandings: [[stop]], standing }))[0];
  assert.equal(ask([stopScope("every-address")]), "opted-out");
  assert.equal(ask([stopScope("every-channel")]), "consent-not-needed");
  const before = markOf("opt-in", { effectiveAt: stop.effectiveAt - 1, position: 19 });
  const after = markOf("opt-in", { effectiveAt: stop.effectiveAt + 1, position: 21 });
  assert.equal(ask([stopScope("every-address")], [before]), "opted-out");
  assert.equal(ask([stopScope("every-address")], [after]), "consent-not-needed");
});

const SHARE = { ...factsOf().send, use: "share" as const };

test("sharing is denied by an opt-out of it, by rules about it, and by nothing about contact", () => {
  const first = (rules: Parameters<typeof askAbout>[0], standing: Facts["standing"]) =>
    kindsIn(askAbout(rules, { send: SHARE, standing }))[0];
  const ofSharing = markOf("opt-out", { scopes: [{ ...ACME, use: "share" }] });
  const ofContact = markOf("opt-out");
  assert.equal(first([wordingRule()], [ofSharing]), "share-opted-out");
  assert.equal(first([wordingRule()], [ofContact]), "consent-not-needed");
  const all = markOf("opt-out", { scopes: [{ ...ACME, sender: "all", use: "all" }] });
  assert.equal(first([wordingRule()], [all]), "do-not-contact");
  const wide = stopScope("sharing", { appliesTo: about({ uses: ["share"] }) });
  assert.equal(first([wide], [ofContact]), "share-opted-out");
  const needed = consentRule([{ ground: "consent", level: "express" }], {
    appliesTo: about({ uses: ["share"] }),
  });
  assert.equal(first([needed], []), "no-consent");
  const toSharing = markOf("opt-in", { scopes: [{ ...ACME, use: "share" }] });
  assert.equal(first([needed], [toSharing]), "consented");
  assert.equal(first([needed], [markOf("opt-in")]), "no-consent");
});

test("a text has to say what a rule wants; a text that nobody gave is not asked about", () => {
  const ask = (text: string | null) =>
    askAbout([wordingRule()], { message: { ...factsOf().message, text } });
  assert.equal(ask("Acme: boots are back.").answer, "allow");
  assert.equal(ask(null).answer, "allow");
  const lacking = ask("Boots are back.");
  assert.equal(lacking.answer, "deny");
  assert.equal(lacking.reasons[0]!.kind, "wording-missing");
  assert.equal(lacking.reasons[0]!.details!.element, "sender");
});
