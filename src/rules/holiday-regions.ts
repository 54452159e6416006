/**
 * From regions as ISO 3166-2 writes them to the states of `date-holidays`, which are mostly but not
 * always the same. What is in neither is not known, so that the days of all states count.
 */

/** Provinces of Spain by their community, ISO 3166-2:ES. Holidays go by the community. */
const SPANISH_PROVINCES: Readonly<Record<string, string>> = {
  AN: "AL CA CO GR H J MA SE",
  AR: "HU TE Z",
  AS: "O",
  CB: "S",
  CL: "AV BU LE P SA SG SO VA ZA",
  CM: "AB CR CU GU TO",
  CN: "GC TF",
  CT: "B GI L T",
  EX: "BA CC",
  GA: "C LU OR PO",
  IB: "PM",
  MC: "MU",
  MD: "M",
  NC: "NA",
  PV: "BI SS VI",
  RI: "LO",
  VC: "A CS V",
};

/** ISO 3166-2:FR, where the library has letters or smaller parts. */
const FRENCH: Readonly<Record<string, readonly string[]>> = {
  971: ["GP"],
  972: ["MQ"],
  973: ["GF"],
  974: ["RE"],
  976: ["YT"],
  977: ["BL"],
  978: ["MF"],
  GES: ["57", "67", "68"],
  "6AE": ["67", "68"],
};
/** Departments and regions of France that have the national days and no others. */
const PLAIN_FRENCH =
  /^(?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|69M|75C|20R|COR|ARA|BFC|BRE|CVL|IDF|HDF|NOR|NAQ|OCC|PDL|PAC)$/u;

function readSpanish(part: string): readonly string[] | null {
  for (const [community, provinces] of Object.entries(SPANISH_PROVINCES)) {
    if (provinces.split(" ").includes(part)) return [community];
  }
  return null;
}

function readFrench(part: string): readonly string[] | null {
  return FRENCH[part] ?? (PLAIN_FRENCH.test(part) ? [] : null);
}

/**
 * The states whose days a region has beside the national ones: none, one, or several that it may
 * be in. `null`: not known. `states` are those that `date-holidays` knows in the country.
 */
export function statesOf(region: string, states: readonly string[]): readonly string[] | null {
  const country = region.slice(0, 2);
  const part = region.slice(3);
  if (states.includes(part)) return [part];
  if (country === "ES") return readSpanish(part);
  return country === "FR" ? readFrench(part) : null;
}
