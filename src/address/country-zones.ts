/**
 * Every time zone of a country and of its subdivisions. Countries come from tzdata (see
 * scripts/build-country-zones.ts); subdivisions of the countries that have several clocks are our
 * own table, subdivision-zones.json, with every zone where a subdivision has several.
 */
import byCountry from "./country-zones.json" with { type: "json" };
import bySubdivision from "./subdivision-zones.json" with { type: "json" };
import { TERRITORIES } from "./territories.ts";

const zonesOfCountry = new Map<string, readonly string[]>(
  Object.entries(byCountry).map(([country, zones]) => [
    country,
    zones === "" ? [] : zones.split(" "),
  ]),
);

const zonesOfRegion = new Map<string, readonly string[]>();
for (const [country, codesByZones] of Object.entries(bySubdivision)) {
  for (const [zones, codes] of Object.entries(codesByZones)) {
    for (const code of codes.split(" ")) zonesOfRegion.set(`${country}-${code}`, zones.split(" "));
  }
}
const countriesWithTable: ReadonlySet<string> = new Set(Object.keys(bySubdivision));

/** Zones of an ISO 3166-1 country, `null` when there is no such country. Empty: nobody lives there. */
export function findCountryZones(country: string): readonly string[] | null {
  return zonesOfCountry.get(country) ?? null;
}

/**
 * Zones of an ISO 3166-2 subdivision, all of its country's where there is no table of them. `null`:
 * there is no such country, or its table has no such subdivision.
 */
export function findRegionZones(region: string): readonly string[] | null {
  const country = region.slice(0, 2);
  if (countriesWithTable.has(country)) return zonesOfRegion.get(region) ?? null;
  return findCountryZones(country);
}

/** Every zone of these countries and of the territories that belong to them. */
export function zonesOfAll(countries: readonly string[]): readonly string[] {
  const territories = [...TERRITORIES].filter(([, { country }]) => countries.includes(country));
  const all = [...countries, ...territories.map(([code]) => code)];
  return [...new Set(all.flatMap((country) => findCountryZones(country) ?? []))].sort();
}
