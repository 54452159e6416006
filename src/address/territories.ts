/**
 * Places that ISO 3166 counts twice: as countries and as parts of another country. Where the other
 * country's law holds there too, or parts of it may, both names mean the same place, and both belong
 * to it: the law of the United States speaks of states and territories alike (47 U.S.C. 153(58)),
 * and French law holds in the departments and collectivities overseas to different degrees
 * (Constitution, articles 73, 74 and 77), so that the stricter reading takes it for all of them.
 */

/** The part that stands for the whole. Both are given with it. */
export interface Territory {
  /** ISO 3166-1 country it belongs to. */
  readonly country: string;
  /** ISO 3166-2 subdivision of that country. */
  readonly region: string;
}

/** By the ISO 3166-1 code of the territory. */
export const TERRITORIES: ReadonlyMap<string, Territory> = new Map(
  [
    ["AS", "US-AS"],
    ["GU", "US-GU"],
    ["MP", "US-MP"],
    ["PR", "US-PR"],
    ["VI", "US-VI"],
    ["GP", "FR-971"],
    ["MQ", "FR-972"],
    ["GF", "FR-973"],
    ["RE", "FR-974"],
    ["YT", "FR-976"],
    ["BL", "FR-BL"],
    ["MF", "FR-MF"],
    ["PM", "FR-PM"],
    ["PF", "FR-PF"],
    ["NC", "FR-NC"],
    ["WF", "FR-WF"],
    ["AX", "FI-01"],
    ["SJ", "NO-21"],
  ].map(([code, region]) => [code!, { country: region!.slice(0, 2), region: region! }]),
);

/** Spellings of subdivisions that mean a territory, older editions of ISO 3166-2 among them. */
export const TERRITORY_OF_REGION: ReadonlyMap<string, string> = new Map(
  [...TERRITORIES].flatMap(([code, { country, region }]) => [
    [region, code],
    [`${country}-${code}`, code],
  ]),
);

/** Parts that are countries of their own before the law, whatever ISO lists them under. */
export const COUNTRY_OF_REGION: ReadonlyMap<string, string> = new Map([
  ["NL-AW", "AW"],
  ["NL-CW", "CW"],
  ["NL-SX", "SX"],
  ["NL-BQ1", "BQ"],
  ["NL-BQ2", "BQ"],
  ["NL-BQ3", "BQ"],
  ["CN-HK", "HK"],
  ["CN-MO", "MO"],
  ["CN-TW", "TW"],
]);

/**
 * The countries with those that their territories belong to, each before its first territory, and
 * the regions that this makes known. A country that was among them already may be any part of
 * itself, so its territories then say nothing about the region.
 */
export function withTerritories(countries: readonly string[]): {
  readonly countries: readonly string[];
  readonly regions: readonly string[];
} {
  const all: string[] = [];
  const regions: string[] = [];
  for (const code of countries) {
    const territory = TERRITORIES.get(code);
    if (territory !== undefined && !countries.includes(territory.country)) {
      if (!all.includes(territory.country)) all.push(territory.country);
      regions.push(territory.region);
    }
    all.push(code);
  }
  return regions.length === 0 ? { countries, regions } : { countries: all, regions };
}
