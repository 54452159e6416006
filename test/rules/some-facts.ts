/** Facts to decide about: one case with changes, and arbitrary ones over two years. */
import fc from "fast-check";
import { placeOf } from "../../src/address/place-of.ts";
import type { ConsentLevel } from "../../src/domain/act.ts";
import type { Mark } from "../../src/domain/fold.ts";
import type { Scope } from "../../src/domain/scope.ts";
import type { AddressKey, Channel } from "../../src/domain/words.ts";
import { type Facts, PLAIN_MESSAGE, UNKNOWN_PERSON } from "../../src/rules/facts.ts";

export const EVERYTHING: Scope = {
  sender: "all",
  channel: "all",
  program: "all",
  class: "all",
  use: "all",
};

/** A listing about which nothing more is known. */
export const PLAIN_LISTING = {
  listedSince: null,
  channels: [],
  sectors: [],
  consentAt: null,
} as const;

export interface Changes {
  readonly at?: string;
  readonly to?: string;
  readonly channel?: Channel;
  readonly class?: string;
  readonly level?: ConsentLevel | null;
}

function optIn(level: ConsentLevel): Mark {
  return {
    kind: "opt-in",
    scopes: [{ ...EVERYTHING, sender: "acme" }],
    effectiveAt: 1,
    position: 7,
    lifts: true,
    hasEvidence: true,
    level,
    erased: false,
  };
}

/** A text from acme to New York at noon, without consent, unless changed. */
export function factsOf(changes: Changes = {}): Facts {
  const address = (changes.to ?? "+12125550101") as AddressKey;
  const { level = null } = changes;
  return {
    at: Date.parse(changes.at ?? "2026-06-10T12:00:00-04:00"),
    address,
    send: {
      sender: "acme",
      channel: changes.channel ?? "sms",
      program: null,
      class: changes.class ?? "marketing",
      use: "contact",
    },
    senderName: "Acme",
    message: PLAIN_MESSAGE,
    otherStandings: [],
    person: UNKNOWN_PERSON,
    sends: [],
    suspensions: [],
    language: "en",
    standing: level === null ? [] : [optIn(level)],
    place: placeOf(address),
    lists: [],
    fresh: true,
    locked: false,
    position: 50,
  };
}

export const ADDRESSES = [
  "+12125550101",
  "+17015550115",
  "+18505550117",
  "+16705550109",
  "+33612345612",
  "+590690001234",
  "+262692123402",
  "+4915123456789",
  "+447700900123",
  "+34612345601",
  "+59171234501",
  "+56961234501",
  "+201001234567",
  "+9613123456",
  "+212612345678",
  "+13055550601",
  "+12145550115",
  "+8801812345631",
  "+919876543210",
  "+61491570156",
  "+14165550123",
  "+5511987654321",
  "+393331234567",
  "bob@example.com",
] as const;

const FROM = Date.parse("2026-01-01T00:00:00Z");
const UNTIL = Date.parse("2028-01-01T00:00:00Z");

/** Zones with awkward clocks: half hours, changes at midnight, changes of half an hour, Ramadan. */
const ZONES = [
  "America/New_York",
  "Europe/Paris",
  "Australia/Lord_Howe",
  "Asia/Beirut",
  "Africa/Cairo",
  "America/Santiago",
  "Pacific/Chatham",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Pacific/Kiritimati",
] as const;

export const arbitraryFacts: fc.Arbitrary<Facts> = fc
  .record({
    seconds: fc.integer({ min: FROM / 1000, max: UNTIL / 1000 }),
    to: fc.constantFrom(...ADDRESSES),
    channel: fc.constantFrom<Channel>("sms", "voice", "email"),
    class: fc.constantFrom("marketing", "marketing", "transactional"),
    level: fc.constantFrom<ConsentLevel | null>("written", "written", "express", "soft", null),
    zones: fc.option(fc.subarray([...ZONES], { minLength: 1, maxLength: 3 })),
    bloctel: fc.boolean(),
  })
  .map(({ seconds, to, channel, level, zones, bloctel, ...changes }) => {
    const facts = factsOf({ ...changes, to, channel, level });
    const at = seconds * 1000;
    const list = {
      list: "fr-bloctel",
      kind: "national",
      listed: false,
      maxAgeDays: null,
      listedSince: null,
      channels: [],
      sectors: [],
      consentAt: null,
    } as const;
    return {
      ...facts,
      at,
      place: { ...facts.place, zones: zones ?? facts.place.zones },
      lists: bloctel ? [{ ...list, asOf: at }] : [],
    };
  });
