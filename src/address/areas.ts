/**
 * From a number's area code to the country and the subdivisions it may lie in. The table is our own
 * and reviewed by hand (area-codes.json; SOURCES.md says from what), because libphonenumber names
 * places for people to read and learns of new area codes late. An area over several subdivisions
 * has all of them. LIMIT: it tells where numbers were handed out; people take them along.
 */
import table from "./area-codes.json" with { type: "json" };
import { TERRITORY_OF_REGION } from "./territories.ts";

/** Where the numbers of an area may be. */
export interface Area {
  /** ISO 3166-1; a territory goes by its own code. */
  readonly countries: readonly string[];
  /** ISO 3166-2; empty for a country that is one area. */
  readonly regions: readonly string[];
}

/** Digits after the calling code. Shorter and longer ones are no numbers with an area. */
const LENGTHS: Readonly<Record<string, readonly number[]>> = {
  "1": [10],
  "34": [9],
  "55": [10, 11],
  "61": [9],
};
const LONGEST_AREA = 3;

/** By calling code and area code. */
const areas = new Map<string, Area>();

for (const [callingCode, codesByRegion] of Object.entries(table)) {
  for (const [region, codes] of Object.entries(codesByRegion)) {
    for (const code of codes.split(" ")) addTo(`${callingCode} ${code}`, region);
  }
}

function addTo(key: string, region: string): void {
  const sofar = areas.get(key) ?? { countries: [], regions: [] };
  const country = TERRITORY_OF_REGION.get(region) ?? region.slice(0, 2);
  areas.set(key, {
    countries: [...new Set([...sofar.countries, country])],
    regions: region.length === 2 ? sofar.regions : [...sofar.regions, region],
  });
}

/** The area of a number, given as its calling code and the digits after it; `null`: none known. */
export function areaOf(callingCode: string, national: string): Area | null {
  if (LENGTHS[callingCode]?.includes(national.length) !== true) return null;
  for (let length = LONGEST_AREA; length > 0; length -= 1) {
    const area = areas.get(`${callingCode} ${national.slice(0, length)}`);
    if (area !== undefined) return area;
  }
  return null;
}
