/** Arbitrary facts about anybody anywhere that some pack speaks of, with everything facts can say. */
import fc from "fast-check";
import { placeOf } from "../../src/address/place-of.ts";
import { addResidence, readResidence } from "../../src/address/residence.ts";
import { CONSENT_LEVELS } from "../../src/domain/act.ts";
import { MARK_KINDS, type Mark } from "../../src/domain/fold.ts";
import type { Place } from "../../src/domain/place.ts";
import type { Scope } from "../../src/domain/scope.ts";
import { type AddressKey, CHANNELS } from "../../src/domain/words.ts";
import {
  CALL_KINDS,
  type Facts,
  type ListFinding,
  type PastSend,
  RELATIONSHIPS,
  SENDER_TYPES,
  SUBSCRIBERS,
  SUSPENSION_KINDS,
  type Suspension,
} from "../../src/rules/facts.ts";
import { PACKS } from "./load-packs.ts";
import { ADDRESSES } from "./some-facts.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const UNTIL = Date.parse("2028-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

const someone = fc.constantFrom;

/** Every place that some pack names, as a person would declare it. */
export const RESIDENCES: readonly string[] = [
  ...new Set(PACKS.flatMap(({ binds }) => binds).filter((code) => code !== "*")),
  "KE",
  "US-NY",
].filter((code) => !("problem" in readResidence(code)));

const RULES = PACKS.flatMap(({ rules }) => rules);
export const LISTS: readonly string[] = [
  ...new Set(
    RULES.flatMap((rule) =>
      rule.kind === "list" || rule.kind === "reassigned" ? [rule.list] : [],
    ),
  ),
];
const TOPICS = PACKS.flatMap(({ topics }) =>
  topics.flatMap(({ id, phrases }) => [id, ...phrases.slice(0, 1)]),
);
const CLASSES = [
  ...["marketing", "marketing", "marketing", "transactional", "emergency", "nobody-knows-it"],
  ...PACKS.flatMap(({ classes }) => classes.map(({ id }) => id)),
];
const TEXTS = ["Acme: 20% off. Reply STOP to opt out", "বন্ধ করতে STOP লিখুন", "Boots are back"];
const COUNTIES = ["Mobile", "Baldwin", "Harris"];

/** Something, or nothing said. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { freq: 1 });
}

/** Seldom something, so that not every case is denied for it. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc
    .tuple(arbitrary, fc.integer({ min: 0, max: 5 }))
    .map(([drawn, die]) => (die === 0 ? drawn : null));
}

const instants = fc.integer({ min: FROM / 1000, max: UNTIL / 1000 }).map((second) => second * 1000);
const ages = fc.integer({ min: 0, max: 1000 }).map((days) => days * DAY_MS);

const scopes: fc.Arbitrary<Scope> = fc.record({
  sender: someone("acme", "acme", "marlow", "all"),
  channel: someone("sms", "voice", "email", "all", "all"),
  program: someone("all", "all", "offers"),
  class: someone("marketing", "transactional", "all"),
  use: someone("contact", "contact", "share", "all"),
});

const marks = fc
  .record({
    kind: someone(...MARK_KINDS, "opt-in", "opt-in"),
    scopes: fc.array(scopes, { minLength: 1, maxLength: 2 }),
    effectiveAt: ages,
    lifts: fc.boolean(),
    hasEvidence: fc.boolean(),
    level: someone(...CONSENT_LEVELS, "written" as const),
  })
  .map((mark) => ({ ...mark, erased: false }));

const findings = fc.record({
  list: someone(...LISTS),
  kind: someone("national" as const),
  listed: someone(true, false, false, false, null),
  asOf: maybe(fc.integer({ min: 0, max: 60 }).map((days) => days * DAY_MS)),
  maxAgeDays: maybe(someone(10, 90)),
  listedSince: maybe(ages),
  channels: fc.subarray(["sms", "voice"] as const),
  sectors: someone<readonly string[]>([], [], TOPICS.slice(0, 2)),
  consentAt: maybe(ages),
});

const sends = fc.record({
  at: fc.integer({ min: 0, max: 72 }).map((hours) => hours * 3_600_000),
  channel: someone(...CHANNELS),
  class: someone("marketing", "transactional"),
  sender: someone("acme", "marlow"),
  subject: maybe(someone("boots", "coats")),
  callKind: maybe(someone(...CALL_KINDS)),
  isReply: fc.boolean(),
});

const suspensions = fc.record({
  kind: someone(...SUSPENSION_KINDS),
  region: someone(...RESIDENCES),
  county: maybe(someone(...COUNTIES)),
  from: ages,
  lasts: maybe(ages),
});

const messages = fc.record({
  callKind: maybe(someone(...CALL_KINDS)),
  senderType: maybe(someone(...SENDER_TYPES)),
  topic: seldom(someone(...TOPICS, "shoes")),
  subject: maybe(someone("boots", "coats")),
  text: seldom(someone(...TEXTS)),
  isReply: fc.boolean(),
  confirms: fc.constant(null),
  usefulUntil: seldom(fc.integer({ min: 0, max: 100 }).map((hours) => hours * 3_600_000)),
});

const people = fc.record({
  county: maybe(someone(...COUNTIES)),
  subscriber: maybe(someone(...SUBSCRIBERS)),
  relationship: maybe(someone(...RELATIONSHIPS, "none")),
  language: maybe(someone("en", "bn")),
});

function placeIn(to: AddressKey, residence: string | null): Place {
  const place = placeOf(to);
  const read = residence === null ? null : readResidence(residence);
  return read === null || "problem" in read ? place : addResidence(place, read);
}

/** Times that are given as ages become instants before the question. */
export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    at: instants,
    to: someone(...ADDRESSES),
    residence: maybe(someone(...RESIDENCES)),
    onPhone: someone("sms" as const, "voice" as const),
    isConsented: fc.boolean(),
    class: someone(...CLASSES),
    use: someone("contact" as const, "contact" as const, "contact" as const, "share" as const),
    program: maybe(someone("offers")),
    message: messages,
    person: people,
    standing: fc.array(marks, { maxLength: 3 }),
    otherStanding: fc.array(marks, { maxLength: 1 }),
    findings: fc.uniqueArray(findings, { maxLength: LISTS.length, selector: ({ list }) => list }),
    allLists: fc.boolean(),
    sends: fc.array(sends, { maxLength: 5 }),
    suspensions: fc.array(suspensions, { maxLength: 1 }),
    fresh: seldom(fc.constant(false)).map((stale) => stale ?? true),
    language: someone("en" as const, "es" as const),
  })
  .map((drawn) => {
    const { at } = drawn;
    const before = (age: number | null) => (age === null ? null : at - age);
    const consent = drawn.isConsented ? [EVERYTHING_IN_WRITING] : [];
    const standing = [...consent, ...drawn.standing].map((mark, index) =>
      dated(mark, at, index + 1),
    );
    const given: ListFinding[] = drawn.findings.map((finding) => ({
      ...finding,
      asOf: before(finding.asOf),
      listedSince: before(finding.listedSince),
      consentAt: before(finding.consentAt),
    }));
    const names = new Set(given.map(({ list }) => list));
    const others = drawn.allLists ? LISTS.filter((list) => !names.has(list)) : [];
    const address = drawn.to as AddressKey;
    const { usefulUntil } = drawn.message;
    const channel = address.startsWith("+") ? drawn.onPhone : "email";
    const { use, program, person, fresh, language } = drawn;
    return {
      at,
      address,
      send: { sender: "acme", channel, program, class: drawn.class, use },
      message: { ...drawn.message, usefulUntil: usefulUntil === null ? null : at + usefulUntil },
      senderName: "Acme",
      standing,
      otherStandings: [drawn.otherStanding.map((mark, index) => dated(mark, at, index + 20))],
      person,
      place: placeIn(address, drawn.residence),
      lists: [...given, ...others.map((list) => plainFinding(list, at))],
      sends: drawn.sends.map((send): PastSend => ({ ...send, at: at - send.at })),
      suspensions: drawn.suspensions.map(
        ({ lasts, ...suspension }): Suspension => ({
          ...suspension,
          from: at - suspension.from,
          until: lasts === null ? null : at - suspension.from + lasts,
        }),
      ),
      fresh,
      locked: false,
      position: 50,
      language,
    };
  });

const EVERYTHING_IN_WRITING: DrawnMark = {
  kind: "opt-in",
  scopes: [{ sender: "acme", channel: "all", program: "all", class: "all", use: "all" }],
  effectiveAt: DAY_MS,
  lifts: true,
  hasEvidence: true,
  level: "written",
  erased: false,
};

type DrawnMark = Omit<Mark, "position">;

function dated(mark: DrawnMark, at: number, position: number): Mark {
  const level = mark.kind === "opt-in" ? mark.level : null;
  return { ...mark, level, effectiveAt: at - mark.effectiveAt, position };
}

/** A new copy of a list that does not name the address. */
export function plainFinding(list: string, at: number): ListFinding {
  const none = { maxAgeDays: null, listedSince: null, channels: [], sectors: [], consentAt: null };
  return { list, kind: "national", listed: false, asOf: at, ...none };
}
