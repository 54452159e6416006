/**
 * What libphonenumber says about a number, remembered per prefix: the scrub asks millions of times
 * and numbers that differ only in their last digits get the same answer.
 * `test/address/number-reading.test.ts` holds the remembered answers against fresh ones.
 */
import {
  type CountryCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json";
import type { NumberType } from "../domain/place.ts";
import { countFreeDigitsOf } from "./free-digits.ts";
import { findZones } from "./zones.ts";

export interface NumberReading {
  /** Whether the library keeps the digits as they are (`+44 020…` loses its 0). */
  readonly unchanged: boolean;
  readonly valid: boolean;
  readonly countries: readonly string[];
  readonly zones: readonly string[];
  readonly numberType: NumberType;
}

/** Prefixes remembered at most; about 200 bytes each. Beyond it the memory starts afresh. */
const REMEMBERED_AT_MOST = 200_000;
const remembered = new Map<string, NumberReading>();

const freeDigits = new Map<string, number>();

/** Digits at the end that never change the answer for numbers of this code and length. */
function insignificantDigits(e164: string): number {
  const callingCode = callingCodeOf(e164);
  const shape = `${callingCode}/${e164.length}`;
  let count = freeDigits.get(shape);
  if (count === undefined) {
    count = countFreeDigitsOf(countriesOf(callingCode), e164.length - 1 - callingCode.length);
    freeDigits.set(shape, count);
  }
  return count;
}

/** Calling codes are prefix-free, so the first that fits is the one. Empty: none fits. */
function callingCodeOf(e164: string): string {
  for (let length = 1; length <= 3; length += 1) {
    const code = e164.slice(1, 1 + length);
    if (metadata.country_calling_codes[code] !== undefined) return code;
  }
  return "";
}

/** Reads a number written in E.164: `+` and 7 to 15 digits. */
export function readNumber(e164: string): NumberReading {
  const prefix = e164.slice(0, e164.length - insignificantDigits(e164));
  const memoKey = `${e164.length}${prefix}`;
  const known = remembered.get(memoKey);
  if (known !== undefined) return known;
  const reading = readNumberAfresh(e164);
  if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear();
  remembered.set(memoKey, reading);
  return reading;
}

const NOTHING_FOUND: NumberReading = {
  unchanged: true,
  valid: false,
  countries: [],
  zones: [],
  numberType: "unknown",
};

/** The same without memory. Exported so that a test can hold the two against each other. */
export function readNumberAfresh(e164: string): NumberReading {
  const phone = parsePhoneNumberFromString(e164, { extract: false });
  if (phone === undefined) return NOTHING_FOUND;
  const valid = phone.isValid();
  const numberType = NUMBER_TYPE_OF[phone.getType() ?? "UNKNOWN"] ?? "unknown";
  const main = mainCountryOf(phone.countryCallingCode);
  const countries = candidateCountries(phone);
  return {
    unchanged: phone.number === e164,
    valid,
    countries,
    zones: findZones(phone.number.slice(1), {
      callingCode: phone.countryCallingCode,
      numberType,
      inMainCountry: phone.country === undefined || phone.country === main,
      countries,
    }),
    numberType,
  };
}

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

function countriesOf(callingCode: string): readonly CountryCode[] {
  return metadata.country_calling_codes[callingCode] ?? [];
}

/** The country that a shared code belongs to first: the United States for 1, Russia for 7. */
function mainCountryOf(callingCode: string): string | undefined {
  return countriesOf(callingCode)[0];
}

/**
 * Every country of the calling code in whose plan the number exists: 690 is in use in Guadeloupe,
 * Saint Martin and Saint Barthélemy, toll-free 800 in all of +1. In none: it may be any of them.
 */
function candidateCountries(phone: PhoneNumber): readonly string[] {
  const all = countriesOf(phone.countryCallingCode);
  if (all.length <= 1) return all;
  const candidates = all.filter((country) => {
    const there = parsePhoneNumberFromString(phone.number, { extract: false });
    if (there === undefined) return false;
    there.country = country;
    return there.isValid();
  });
  return candidates.length > 0 ? candidates : all;
}
