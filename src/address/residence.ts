/**
 * Where a person says that they live: an ISO 3166-1 country (`FR`) or an ISO 3166-2 subdivision
 * (`US-FL`). What is declared adds to what the number says, because the law of both places may
 * bind: a Virginian number is Virginian for Virginia's law wherever its owner has moved to.
 */
import type { Place } from "../domain/place.ts";
import { findCountryZones, findRegionZones } from "./country-zones.ts";
import { RecentMap } from "./recent-map.ts";
import spanishProvinces from "./spanish-provinces.json" with { type: "json" };
import { COUNTRY_OF_REGION, TERRITORIES, TERRITORY_OF_REGION } from "./territories.ts";

/** A declared place, with the law and the clocks that come with it. */
export interface Residence {
  readonly countries: readonly string[];
  /** Empty for a whole country. */
  readonly regions: readonly string[];
  readonly zones: readonly string[];
}

const CODE = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/u;

/** By what was declared. Subdivisions of most countries are not checked, so it is bounded. */
const read = new RecentMap<string, Residence>(5000);

/** The place that a code names; otherwise what is wrong with the code, as one sentence or two. */
export function readResidence(code: string): Residence | { readonly problem: string } {
  const known = read.get(code);
  if (known !== undefined) return known;
  const residence = readAfresh(code.toUpperCase());
  if (!("problem" in residence)) read.set(code, residence);
  return residence;
}

function readAfresh(written: string): Residence | { readonly problem: string } {
  const code = COUNTRY_OF_REGION.get(written) ?? written;
  if (!CODE.test(code)) {
    return { problem: `\`${code}\` is no place. Use ISO 3166 codes, such as \`FR\` or \`US-FL\`.` };
  }
  const country = code.slice(0, 2);
  if (findCountryZones(country) === null) {
    return {
      problem: `There is no country \`${country}\`. Use its ISO 3166-1 code, such as \`GB\`.`,
    };
  }
  const territory = code.length === 2 ? code : TERRITORY_OF_REGION.get(code);
  if (territory !== undefined && TERRITORIES.has(territory)) return residenceInTerritory(territory);
  if (code.length === 2) return { countries: [code], regions: [], zones: findCountryZones(code)! };
  const region = (spanishProvinces as Readonly<Record<string, string>>)[code] ?? code;
  const zones = findRegionZones(region);
  if (zones !== null) return { countries: [country], regions: [region], zones };
  return {
    problem: `\`${country}\` has no part \`${code}\`. Use its ISO 3166-2 code, or \`${country}\` alone.`,
  };
}

function residenceInTerritory(code: string): Residence {
  const { country, region } = TERRITORIES.get(code)!;
  return { countries: [country, code], regions: [region], zones: findCountryZones(code)! };
}

/**
 * A number's place with a declared residence. The residence's zones are added unless the number
 * lies in the declared place itself: a Dallas number of somebody in Texas keeps the clock of
 * Dallas, and does not get that of El Paso as well.
 */
export function addResidence(place: Place, residence: Residence): Place {
  const { countries, regions, zones } = residence;
  const agrees =
    regions.length > 0
      ? regions.some((region) => place.regions.includes(region))
      : countries.some((country) => place.countries.includes(country));
  return {
    countries: joined(place.countries, countries),
    regions: joined(place.regions, regions),
    zones: agrees && place.zones.length > 0 ? place.zones : joined(place.zones, zones),
    numberType: place.numberType,
  };
}

function joined(some: readonly string[], more: readonly string[]): readonly string[] {
  return [...some, ...more.filter((one) => !some.includes(one))];
}
