/** A declared residence adds the law of its place, and the clocks that the number does not settle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import byCountry from "../../src/address/country-zones.json" with { type: "json" };
import { findCountryZones, findRegionZones } from "../../src/address/country-zones.ts";
import { placeOf } from "../../src/address/place-of.ts";
import { addResidence, readResidence } from "../../src/address/residence.ts";
import provinces from "../../src/address/spanish-provinces.json" with { type: "json" };
import bySubdivision from "../../src/address/subdivision-zones.json" with { type: "json" };
import type { Place } from "../../src/domain/place.ts";
import type { AddressKey } from "../../src/domain/words.ts";

function placeWith(key: string, code: string): Place {
  const residence = readResidence(code);
  assert.ok(!("problem" in residence), code);
  return addResidence(placeOf(key as AddressKey), residence);
}

function inWords({ countries, regions, zones }: Place): readonly string[] {
  return [countries.join(" "), regions.join(" "), zones.join(" ")];
}

const NEW_YORK = "+12125550123";
const DALLAS = "+12145550160";
const ANA = "ana@example.com";

test("who moved is bound by the law of both places, and by the clocks of both", () => {
  assert.deepEqual(inWords(placeWith(NEW_YORK, "US-FL")), [
    "US",
    "US-NY US-FL",
    "America/New_York America/Chicago",
  ]);
  assert.deepEqual(inWords(placeWith(NEW_YORK, "FR")), [
    "US FR",
    "US-NY",
    "America/New_York Europe/Paris",
  ]);
});

test("a number that lies in the declared place keeps its own clock", () => {
  assert.deepEqual(inWords(placeWith(DALLAS, "US-TX")), ["US", "US-TX", "America/Chicago"]);
  assert.deepEqual(inWords(placeWith(DALLAS, "US")), ["US", "US-TX", "America/Chicago"]);
  assert.deepEqual(inWords(placeWith("+34910123402", "ES-MD")), ["ES", "ES-MD", "Europe/Madrid"]);
});

test("a number that says nothing of the place within its country gets the declared one's clocks", () => {
  const { regions, zones } = placeWith("+5255123456789", "MX-ROO");
  assert.deepEqual(regions, ["MX-ROO"]);
  assert.ok(zones.includes("America/Cancun"));
});

test("an e-mail address is where its owner says", () => {
  assert.deepEqual(inWords(placeWith(ANA, "SV")), ["SV", "", "America/El_Salvador"]);
  assert.deepEqual(inWords(placeWith(ANA, "US-IN")), [
    "US",
    "US-IN",
    "America/Chicago America/New_York",
  ]);
  assert.deepEqual(inWords(placeWith(ANA, "NZ-CIT")), ["NZ", "NZ-CIT", "Pacific/Chatham"]);
  assert.deepEqual(inWords(placeWith(ANA, "SV-SS")), ["SV", "SV-SS", "America/El_Salvador"]);
});

test("each name of a territory means the same place", () => {
  const reunion = ["FR RE", "FR-974", "Indian/Reunion"];
  for (const code of ["RE", "FR-974", "FR-RE", "re"]) {
    assert.deepEqual(inWords(placeWith(ANA, code)), reunion, code);
  }
  assert.deepEqual(inWords(placeWith("+262692123402", "FR-974")), reunion);
  assert.deepEqual(inWords(placeWith(ANA, "FR-PF")).slice(0, 2), ["FR PF", "FR-PF"]);
  assert.ok(placeWith(ANA, "FR-PF").zones.includes("Pacific/Tahiti"));
  assert.deepEqual(inWords(placeWith(ANA, "NL-AW")), ["AW", "", "America/Aruba"]);
  assert.deepEqual(inWords(placeWith(ANA, "US-PR")), inWords(placeWith(ANA, "PR")));
});

test("a Spanish province means its autonomous community", () => {
  assert.deepEqual(inWords(placeWith(ANA, "ES-B")), ["ES", "ES-CT", "Europe/Madrid"]);
  assert.deepEqual(inWords(placeWith(ANA, "ES-GC")), ["ES", "ES-CN", "Atlantic/Canary"]);
  const communities = new Set(Object.values(provinces));
  for (const community of communities) assert.notEqual(findRegionZones(community), null, community);
});

test("a code that there is not is a problem that says what to write", () => {
  for (const code of [
    "",
    "F",
    "FRA",
    "France",
    "QQ",
    "QQ-1",
    "US-XX",
    "US-FLA",
    "CA-ZZ",
    "ES-XX",
  ]) {
    const residence = readResidence(code);
    assert.ok("problem" in residence, code);
    assert.match(residence.problem, /ISO 3166/u);
  }
});

const YEARS = Array.from({ length: 12 }, (_, year) => 2015 + year);

/** What a zone's clock shows through the years. */
function clockOf(zone: string): string {
  const weeks = Array.from({ length: 53 }, (_, week) => week * 7);
  return YEARS.map((year) => {
    const start = Temporal.Instant.from(`${year}-01-01T12:00:00Z`);
    return weeks
      .map((days) => start.add({ hours: days * 24 }).toZonedDateTimeISO(zone).offset)
      .join();
  }).join();
}

const clocks = new Map<string, string>();

function knownClockOf(zone: string): string {
  const known = clocks.get(zone) ?? clockOf(zone);
  clocks.set(zone, known);
  return known;
}

test("every country has every clock that CLDR gives it, and no other", () => {
  // CLDR comes with the runtime and is a second source. What it does not know it gives no zones for.
  for (const [country, joined] of Object.entries(byCountry)) {
    const theirs = new Intl.Locale(`und-${country}`).getTimeZones() ?? [];
    if (theirs.length === 0 || joined === "") continue;
    const ours = joined.split(" ");
    const inhabited = theirs.filter((zone) => !zone.startsWith("Antarctica/") || country === "AQ");
    const missing = inhabited.filter(
      (zone) => !ours.some((our) => knownClockOf(our) === knownClockOf(zone)),
    );
    const surplus = ours.filter(
      (zone) => !theirs.some((their) => knownClockOf(their) === knownClockOf(zone)),
    );
    assert.deepEqual({ country, missing, surplus }, { country, missing: [], surplus: [] });
  }
});

test("the parts of a country have its clocks between them, and no others", () => {
  for (const [country, codesByZones] of Object.entries(bySubdivision)) {
    const ofParts = new Set(Object.keys(codesByZones).flatMap((zones) => zones.split(" ")));
    const shown = new Set([...ofParts].map(knownClockOf));
    const whole = new Set(findCountryZones(country)!.map(knownClockOf));
    const missing = findCountryZones(country)!.filter((zone) => !shown.has(knownClockOf(zone)));
    const surplus = [...ofParts].filter((zone) => !whole.has(knownClockOf(zone)));
    // Metlakatla went from Alaska's clock and back to it between 2015 and 2019.
    const expected = country === "US" ? ["America/Metlakatla"] : [];
    assert.deepEqual({ country, missing, surplus }, { country, missing: expected, surplus: [] });
  }
});
