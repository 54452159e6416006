/**
 * Denying is easy, allowing must be proven (promise 3): whatever is added to what is known against a
 * message, or to the law, the answer never becomes milder. Held over arbitrary facts and all packs.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addResidence, readResidence } from "../../src/address/residence.ts";
import type { Mark } from "../../src/domain/fold.ts";
import type { Place } from "../../src/domain/place.ts";
import { bindPacks } from "../../src/rules/bind.ts";
import { decide } from "../../src/rules/decide.ts";
import type { Facts } from "../../src/rules/facts.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import { anyFacts, LISTS, plainFinding, RESIDENCES } from "./any-facts.ts";
import { PACKS } from "./load-packs.ts";
import { ACME, markOf, stopScope } from "./record-packs.ts";

interface Question {
  readonly facts: Facts;
  readonly packs: readonly RulePack[];
}

/** `null`: it cannot be added to these. `pick` chooses among what could be, from 0 up to 1. */
type Addition = (question: Question, pick: number) => Question | null;

function oneOf<T>(items: readonly T[], pick: number): T {
  return items[Math.floor(pick * items.length)]!;
}

function withMark(kind: Mark["kind"]): Addition {
  return ({ facts, packs }, pick) => {
    const scope = { ...ACME, channel: facts.send.channel, use: facts.send.use };
    const scopes = [pick < 0.5 ? scope : { ...ACME, sender: "all", use: "all" as const }];
    const mark = markOf(kind, { scopes, effectiveAt: facts.at, position: 40, hasEvidence: false });
    return { packs, facts: { ...facts, standing: [...facts.standing, mark] } };
  };
}

const hit: Addition = ({ facts, packs }, pick) => {
  const list = oneOf([...LISTS, "a-list-of-our-own"], pick);
  const finding = { ...plainFinding(list, facts.at), listed: true };
  return { packs, facts: { ...facts, lists: [...facts.lists, finding] } };
};

/** Another place that the person may be in, beside those that are known. */
const jurisdiction: Addition = ({ facts, packs }, pick) => {
  const { place } = facts;
  if (place.countries.length === 0) return null;
  const residence = readResidence(oneOf(RESIDENCES, pick));
  assert.ok(!("problem" in residence));
  // A region of a country that may be any part of it takes parts away, and adds none.
  const narrows = residence.regions.some((region) => {
    const country = region.slice(0, 2);
    return (
      place.countries.includes(country) &&
      !place.regions.some((known) => known.startsWith(`${country}-`))
    );
  });
  if (narrows || isHalfKnown(place, residence.countries)) return null;
  return { packs, facts: { ...facts, place: addResidence(place, residence) } };
};

/** Whether a whole country is added to one of which some regions are candidates already. */
function isHalfKnown(place: Place, countries: readonly string[]): boolean {
  return countries.every((country) => place.countries.includes(country));
}

/** A rule of any pack in force in one that binds the person. */
const rule: Addition = ({ facts, packs }, pick) => {
  const bound = bindPacks(packs, facts.place) ?? [];
  const from = oneOf(packs, pick);
  const added = oneOf(from.rules, (pick * 7919) % 1);
  const changed = bound[Math.floor(((pick * 104_729) % 1) * bound.length)]?.compiled.pack;
  if (changed === undefined) return null;
  const missing = from.topics.filter(({ id }) => !changed.topics.some((topic) => topic.id === id));
  const extended: RulePack = {
    ...changed,
    topics: [...changed.topics, ...missing],
    calendars: { ...from.calendars, ...changed.calendars },
    rules: [...changed.rules, { ...added, id: "added" }],
  };
  return { facts, packs: packs.map((pack) => (pack === changed ? extended : pack)) };
};

const EVERY_ADDRESS = stopScope("every-address");

const otherOptOut: Addition = ({ facts, packs }) => {
  const mark = markOf("opt-out", { effectiveAt: facts.at, position: 41 });
  return { packs, facts: { ...facts, otherStandings: [...facts.otherStandings, [mark]] } };
};

/** Every pack with a rule that most have not, so that adding what it is about makes a difference. */
const WITH_EVERY_ADDRESS: readonly RulePack[] = PACKS.map((pack) => ({
  ...pack,
  rules: [...pack.rules, EVERY_ADDRESS],
}));

const ADDITIONS: Readonly<Record<string, Addition>> = {
  "an opt-out": withMark("opt-out"),
  "a hold": withMark("hold"),
  "a refusal": withMark("refusal"),
  "a hit in a registry": hit,
  "a jurisdiction": jurisdiction,
  "a rule": rule,
  "an opt-out at another address": otherOptOut,
  "a stale node": ({ facts, packs }) => ({ packs, facts: { ...facts, fresh: false } }),
  "a locked ledger": ({ facts, packs }) => ({ packs, facts: { ...facts, locked: true } }),
};

function answerOf({ facts, packs }: Question): string {
  return decide(facts, packs).answer;
}

/** An allow that was none before, or something else than a no where there was one. */
function isMilder(after: string, before: string): boolean {
  return after !== before && (after === "allow" || before === "deny");
}

for (const [name, add] of Object.entries(ADDITIONS)) {
  test(`${name} never makes an answer milder`, () => {
    let stricter = 0;
    let asked = 0;
    const picks = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyFacts, picks, (facts, pick) => {
        const packs = add === otherOptOut ? WITH_EVERY_ADDRESS : PACKS;
        const question = { facts, packs };
        const extended = add(question, pick);
        if (extended === null) return;
        asked += 1;
        const before = answerOf(question);
        const after = answerOf(extended);
        assert.ok(!isMilder(after, before), `${before} became ${after}`);
        if (before !== after) stricter += 1;
      }),
      { numRuns: 800 },
    );
    // The control: taking the same away again does make answers milder, so this could have failed.
    assert.ok(asked > 50, `only ${asked} of the cases could be added to`);
    assert.ok(stricter > 0, `${name} made no difference in ${asked} cases`);
  });
}
