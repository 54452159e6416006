/** Counties and towns: places below a region, as people write them. */
import { foldText } from "./fold-words.ts";

const COUNTY_WORD = /\s+(county|parish|borough)$/u;

/** A county as it is compared: `St. Tammany Parish` is `st. tammany`. */
function foldCounty(county: string): string {
  return foldText(county).trim().replace(COUNTY_WORD, "");
}

/** Whether somebody may be in one of these counties. `null`: it is not known where they are. */
export function mayBeInCounty(counties: readonly string[], county: string | null): boolean {
  return county === null || isInCounty(counties, county);
}

/** Whether somebody is in one of these counties for sure. */
export function isInCounty(counties: readonly string[], county: string | null): boolean {
  if (county === null) return false;
  const folded = foldCounty(county);
  return counties.some((each) => foldCounty(each) === folded);
}
