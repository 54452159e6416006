/**
 * Where a person may be, as a set of countries (ISO 3166-1) and of regions in them (ISO 3166-2).
 * A country of which no region is known may be any part of it.
 */

export interface Whereabouts {
  readonly countries: readonly string[];
  readonly regions: readonly string[];
}

/** `US` of `US-FL`, and of `US`. */
export function countryOf(region: string): string {
  return region.slice(0, 2);
}

/** The regions of a country that somebody may be in. Empty: any of them. */
export function candidatesIn(place: Whereabouts, country: string): readonly string[] {
  return place.regions.filter((region) => region !== country && countryOf(region) === country);
}

/** Whether somebody may be in a country or region. */
export function mayBeWithin(place: Whereabouts, region: string): boolean {
  const country = countryOf(region);
  if (!place.countries.includes(country)) return false;
  if (region === country) return true;
  const candidates = candidatesIn(place, country);
  return candidates.length === 0 || candidates.includes(region);
}

/** Whether somebody is in one of these countries or regions wherever they are. */
export function areAllWithin(place: Whereabouts, regions: readonly string[]): boolean {
  const isCovered = (country: string) => {
    if (regions.includes(country)) return true;
    const candidates = candidatesIn(place, country);
    return candidates.length > 0 && candidates.every((each) => regions.includes(each));
  };
  return place.countries.length > 0 && place.countries.every(isCovered);
}
