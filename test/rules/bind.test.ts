/** Whom packs and rules bind: by country and region, by class, and by every member of `appliesTo`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place } from "../../src/domain/place.ts";
import { bindPacks } from "../../src/rules/bind.ts";
import { decide } from "../../src/rules/decide.ts";
import type { Facts } from "../../src/rules/facts.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import type { Rule } from "../../src/rules/rule-kinds.ts";
import { about, askAbout, banRule, kindsIn, markOf, packWith } from "./record-packs.ts";
import { factsOf } from "./some-facts.ts";

const NOWHERE: Place = { countries: [], regions: [], zones: [], numberType: "unknown" };
const US = packWith([banRule()], { id: "us", binds: ["US"] });
const FL = packWith([banRule()], { id: "us-fl", binds: ["US-FL"] });
const TX = packWith([banRule()], { id: "us-tx", binds: ["US-TX"] });
const REST = packWith([banRule()], { id: "default", binds: [] });
const MAIL = packWith([banRule()], { id: "mail", binds: ["*"] });

function boundIn(place: Partial<Place>, packs: readonly RulePack[]): readonly string[] | null {
  const bound = bindPacks(packs, { ...NOWHERE, ...place });
  return bound === null ? null : bound.map(({ compiled }) => compiled.pack.id);
}

test("a pack binds its countries, and its regions where somebody may be in them", () => {
  const packs = [US, FL, TX, REST];
  assert.deepEqual(boundIn({ countries: ["US"], regions: ["US-FL"] }, packs), ["us", "us-fl"]);
  const either = { countries: ["US"], regions: ["US-FL", "US-TX"] };
  assert.deepEqual(boundIn(either, packs), ["us", "us-fl", "us-tx"]);
  assert.deepEqual(boundIn({ countries: ["US"], regions: ["US-NY"] }, packs), ["us"]);
});

test("a country of which no region is known may be any part of it", () => {
  const packs = [US, FL, TX, REST];
  assert.deepEqual(boundIn({ countries: ["US"] }, packs), ["us", "us-fl", "us-tx"]);
  const other = { countries: ["US", "ES"], regions: ["ES-M"] };
  assert.deepEqual(boundIn(other, packs), ["us", "us-fl", "us-tx", "default"]);
});

test("the fallback binds a country that no pack names, and a place that nobody knows", () => {
  assert.deepEqual(boundIn({ countries: ["KE"] }, [US, REST]), ["default"]);
  assert.deepEqual(boundIn({ countries: ["US", "KE"] }, [US, REST]), ["us", "default"]);
  assert.deepEqual(boundIn({}, [US, REST]), ["default"]);
  assert.equal(boundIn({ countries: ["KE"] }, [US]), null);
  // A pack of a part of a country is no pack of the country.
  const florida = { countries: ["US"], regions: ["US-FL"] };
  assert.deepEqual(boundIn(florida, [FL, REST]), ["us-fl", "default"]);
});

test("a pack that binds everywhere takes no country from the fallback", () => {
  assert.deepEqual(boundIn({ countries: ["KE"] }, [MAIL, REST]), ["mail", "default"]);
  assert.deepEqual(boundIn({}, [MAIL, REST]), ["mail", "default"]);
});

/** Whether a ban with this `appliesTo` binds a message to Florida, with these facts. */
function isBanned(
  members: Partial<Rule["appliesTo"]>,
  changes: {
    readonly place?: Partial<Place>;
    readonly message?: Partial<Facts["message"]>;
    readonly person?: Partial<Facts["person"]>;
  } = {},
): boolean {
  const facts = factsOf();
  const florida = { countries: ["US"], regions: ["US-FL"], zones: ["America/New_York"] };
  const topics = [{ id: "solar", title: "Solar", phrases: ["solar panels"] }];
  const pack = packWith([banRule({ appliesTo: about(members) })], { topics });
  const verdict = askAbout(pack, {
    place: { numberType: "mobile", ...florida, ...changes.place },
    message: { ...facts.message, ...changes.message },
    person: { ...facts.person, ...changes.person },
  });
  return kindsIn(verdict).includes("banned");
}

test("a rule binds regions where somebody may be, and spares those where they must be", () => {
  assert.ok(isBanned({ regions: ["US-FL", "US-AL"] }));
  assert.ok(!isBanned({ regions: ["US-TX"] }));
  assert.ok(isBanned({ regions: ["US-TX"] }, { place: { regions: [] } }));
  assert.ok(!isBanned({ exceptRegions: ["US-FL"] }));
  assert.ok(isBanned({ exceptRegions: ["US-TX"] }));
  assert.ok(isBanned({ exceptRegions: ["US-FL"] }, { place: { regions: ["US-FL", "US-TX"] } }));
  assert.ok(isBanned({ exceptRegions: ["US-FL"] }, { place: { regions: [] } }));
});

test("what nobody said about the person fits, and what they said is held against the rule", () => {
  assert.ok(isBanned({ counties: ["Mobile"] }));
  assert.ok(isBanned({ counties: ["Mobile"] }, { person: { county: "mobile county" } }));
  assert.ok(!isBanned({ counties: ["Mobile"] }, { person: { county: "Baldwin" } }));
  assert.ok(isBanned({ subscribers: ["consumer"] }));
  assert.ok(isBanned({ subscribers: ["consumer"] }, { person: { subscriber: "consumer" } }));
  assert.ok(!isBanned({ subscribers: ["consumer"] }, { person: { subscriber: "business" } }));
});

test("a number that may be of several types is of each of them", () => {
  const ofType = (numberType: Place["numberType"]) =>
    isBanned({ numberTypes: ["fixed-line"] }, { place: { numberType } });
  assert.deepEqual((["fixed-line-or-mobile", "unknown"] as const).map(ofType), [true, true]);
  assert.deepEqual((["mobile", "voip"] as const).map(ofType), [false, false]);
});

test("a message that does not say how it is made is bound only by a rule that says so", () => {
  const auto = { callKinds: ["auto" as const] };
  assert.ok(!isBanned(auto));
  assert.ok(isBanned({ callKinds: ["auto", "unstated"] }));
  assert.ok(isBanned(auto, { message: { callKind: "auto" } }));
  assert.ok(!isBanned(auto, { message: { callKind: "live" } }));
});

test("who sends a message and what it is about have to be said", () => {
  assert.ok(!isBanned({ senderTypes: ["alphanumeric"] }));
  assert.ok(
    isBanned({ senderTypes: ["alphanumeric"] }, { message: { senderType: "alphanumeric" } }),
  );
  assert.ok(!isBanned({ senderTypes: ["alphanumeric"] }, { message: { senderType: "mobile" } }));
  assert.ok(!isBanned({ topics: ["solar"] }));
  assert.ok(isBanned({ topics: ["solar"] }, { message: { topic: "solar" } }));
  assert.ok(isBanned({ exceptTopics: ["solar"] }));
  assert.ok(isBanned({ exceptTopics: ["solar"] }, { message: { topic: "wind" } }));
  assert.ok(!isBanned({ exceptTopics: ["solar"] }, { message: { topic: "solar panels" } }));
  assert.ok(isBanned({ topics: ["solar"] }, { message: { topic: "SOLAR panels, cheap" } }));
  assert.ok(!isBanned({ topics: ["solar"] }, { message: { topic: "a panel about solaria" } }));
});

test("a rule binds from the first instant of its first day, in its pack's zone, to its last", () => {
  const dates = { effectiveFrom: "2026-06-10", effectiveUntil: "2026-06-11" };
  const pack = packWith([banRule(), banRule({ id: "dated", ...dates })], {
    zone: "America/New_York",
  });
  const isDated = (at: string) =>
    askAbout(pack, { at: Date.parse(at) }).reasons.some(({ rule }) => rule?.includes("/dated@"));
  assert.ok(!isDated("2026-06-09T23:59:59-04:00"));
  assert.ok(isDated("2026-06-10T00:00:00-04:00"));
  assert.ok(isDated("2026-06-10T23:59:59-04:00"));
  assert.ok(!isDated("2026-06-11T00:00:00-04:00"));
});

test("a class that a pack does not know is marketing to it, to consent and to opt-outs alike", () => {
  const classes = [{ id: "debt", title: "Debt", sources: [{ title: "x", grade: "product" }] }];
  const knowing = packWith([banRule()], { classes } as Partial<RulePack>);
  const ask = (pack: RulePack, standing: Facts["standing"] = []) => {
    const facts = factsOf({ class: "debt" });
    return kindsIn(decide({ ...facts, standing }, [pack]))[0];
  };
  assert.equal(ask(knowing), "consent-not-needed");
  assert.equal(ask(packWith([banRule()])), "banned");
  const { scopes } = markOf("opt-out");
  const ofOffers = markOf("opt-out", { scopes: [{ ...scopes[0]!, class: "marketing" }] });
  assert.equal(ask(knowing, [ofOffers]), "consent-not-needed");
  assert.equal(ask(packWith([banRule()]), [ofOffers]), "opted-out");
});
