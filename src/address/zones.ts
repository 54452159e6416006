/**
 * From a calling prefix to every time zone the person may be in. The table is Google's (see
 * scripts/build-zones.ts); what follows is how Google reads it, made stricter where a number says
 * less than its digits suggest. LIMIT: it tells where numbers were handed out, not where people
 * are; an address with a known home goes by that instead.
 */
import type { NumberType } from "../domain/place.ts";
import { zonesOfAll } from "./country-zones.ts";
import table from "./zones.json" with { type: "json" };

const zonesByPrefix = new Map<string, readonly string[]>();
const zonesByAreaCode = new Map<string, readonly string[]>();
let longestPrefix = 0;

/** Zones that an exchange of the table has and no place in its area code: no part of Alaska is Hawaii. */
const STRAYS: Readonly<Record<string, string>> = { 1907: "Pacific/Honolulu" };

for (const [joined, prefixes] of Object.entries(table)) {
  const zones = joined.split(" ");
  for (const prefix of prefixes.split(" ")) {
    zonesByPrefix.set(prefix, zones);
    longestPrefix = Math.max(longestPrefix, prefix.length);
    if (prefix.startsWith("1") && prefix.length >= 4) addToAreaCode(prefix.slice(0, 4), zones);
  }
}

function addToAreaCode(areaCode: string, zones: readonly string[]): void {
  const sofar = zonesByAreaCode.get(areaCode) ?? [];
  const found = zones.filter((zone) => zone !== STRAYS[areaCode]);
  zonesByAreaCode.set(areaCode, [...new Set([...sofar, ...found])].sort());
}

/** Calling codes whose mobile numbers carry an area code (libphonenumber: GEO_MOBILE_COUNTRIES). */
const MOBILES_WITH_AREA = new Set(["52", "54", "55", "62"]);

function hasArea(callingCode: string, numberType: NumberType): boolean {
  return (
    numberType === "fixed-line" ||
    numberType === "fixed-line-or-mobile" ||
    (numberType === "mobile" && MOBILES_WITH_AREA.has(callingCode))
  );
}

function longestMatch(digits: string): readonly string[] {
  for (let length = Math.min(longestPrefix, digits.length); length > 0; length -= 1) {
    const zones = zonesByPrefix.get(digits.slice(0, length));
    if (zones !== undefined) return zones;
  }
  return [];
}

/**
 * Countries that share their code's row with another one whose clock differs. The table has no rows
 * of their own for mobiles, and the numbering plan tells them apart.
 */
const OWN_ZONES: Readonly<Record<string, readonly string[]>> = {
  RE: ["Indian/Reunion"],
  YT: ["Indian/Mayotte"],
};

/** The zones for a number, given as digits without the plus. Empty: the table has none. */
export function findZones(
  digits: string,
  number: {
    callingCode: string;
    numberType: NumberType;
    inMainCountry: boolean;
    countries: readonly string[];
    /** Its area code is known, though perhaps not to the table of zones. */
    inKnownArea: boolean;
  },
): readonly string[] {
  const { callingCode, numberType, inMainCountry, countries, inKnownArea } = number;
  const own = countries.length === 1 ? OWN_ZONES[countries[0]!] : undefined;
  if (own !== undefined) return own;
  const everywhere = zonesByPrefix.get(callingCode) ?? [];
  if (callingCode === "1") {
    // In +1 an exchange tells nothing any more: mobiles have none and numbers move between them.
    // So a number may be anywhere in its area code, and one without an area may be anywhere.
    // An area code that is newer than the table may be anywhere in its country: the stricter
    // reading, until the table is made anew or somebody says which zone the person is in.
    const elsewhere = inKnownArea ? zonesOfAll(countries) : everywhere;
    return zonesByAreaCode.get(digits.slice(0, 4)) ?? elsewhere;
  }
  if (hasArea(callingCode, numberType)) return longestMatch(digits);
  // A number without an area is somewhere in its country. The calling code's row is that of the
  // main country; the others that share it (Kazakhstan in 7, Mayotte in 262) have rows below it.
  return inMainCountry && everywhere.length > 0 ? everywhere : longestMatch(digits);
}
