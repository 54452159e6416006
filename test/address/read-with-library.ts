/** What libphonenumber itself says of a number, slowly: the reference for the compiled plans. */
import {
  type CountryCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json";
import { areaOf } from "../../src/address/areas.ts";
import type { NumberReading } from "../../src/address/number-reading.ts";
import { withTerritories } from "../../src/address/territories.ts";
import { findZones } from "../../src/address/zones.ts";
import type { NumberType } from "../../src/domain/place.ts";

export const ALL_CALLING_CODES: readonly string[] = [
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys((metadata as unknown as { nonGeographic: object }).nonGeographic),
];

const NUMBER_TYPE_OF: Readonly<Record<string, NumberType>> = {
  MOBILE: "mobile",
  FIXED_LINE: "fixed-line",
  FIXED_LINE_OR_MOBILE: "fixed-line-or-mobile",
  TOLL_FREE: "toll-free",
  PREMIUM_RATE: "premium-rate",
  SHARED_COST: "shared-cost",
  VOIP: "voip",
  PERSONAL_NUMBER: "personal",
  PAGER: "pager",
  UAN: "uan",
  VOICEMAIL: "voicemail",
};

export function typeFromLibrary(phone: PhoneNumber): NumberType {
  return NUMBER_TYPE_OF[phone.getType() ?? ""] ?? "unknown";
}

function countriesOf(callingCode: string): readonly CountryCode[] {
  return metadata.country_calling_codes[callingCode] ?? [];
}

export function readWithLibrary(e164: string): NumberReading {
  const phone = parsePhoneNumberFromString(e164, { extract: false });
  if (phone === undefined) {
    const nothing = { countries: [], regions: [], zones: [] };
    return { unchanged: true, valid: false, ...nothing, numberType: "unknown" };
  }
  const numberType = typeFromLibrary(phone);
  const main = countriesOf(phone.countryCallingCode)[0];
  const all = countriesOf(phone.countryCallingCode);
  const area = areaOf(phone.countryCallingCode, phone.nationalNumber);
  const plain = candidateCountries(phone) ?? area?.countries ?? all;
  const { countries, regions } = withTerritories(plain);
  const inArea = (area?.regions ?? []).filter((one) => countries.includes(one.slice(0, 2)));
  return {
    unchanged: phone.number === e164,
    valid: phone.isValid(),
    countries,
    regions: [...new Set([...inArea, ...regions])],
    zones: findZones(phone.number.slice(1), {
      callingCode: phone.countryCallingCode,
      numberType,
      inMainCountry: phone.country === undefined || phone.country === main,
      countries: plain,
      inKnownArea: area !== null,
    }),
    numberType,
  };
}

function candidateCountries(phone: PhoneNumber): readonly string[] | null {
  const all = countriesOf(phone.countryCallingCode);
  if (all.length <= 1) return all;
  const candidates = all.filter((country) => {
    const there = parsePhoneNumberFromString(phone.number, { extract: false });
    if (there === undefined) return false;
    there.country = country;
    return there.isValid();
  });
  return candidates.length > 0 ? candidates : null;
}
