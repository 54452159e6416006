/**
 * A fast path for the spellings that make up most lists: `+14155550123`, `(415) 555-0123`,
 * `415-555-0123`, `+33 6 12 34 56 78`, `06 12 34 56 78`. It answers only where it is certain to say
 * what the address parser says, from the same metadata of libphonenumber, and leaves the rest.
 * LIMIT: calling codes that several countries share are left to the parser, except +1.
 */
import {
  callingCodeOf,
  countriesOf,
  existsIn,
  findCountry,
  type NumberingPlan,
  planOfRegion,
} from "../address/numbering-plan.ts";
import type { ParsedAddress } from "../address/parse-address.ts";
import type { AddressKey } from "../domain/words.ts";

const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;
/** Longer spellings hold something else as well. */
const LONGEST_SPELLING = 24;

/** Regions whose ten-digit numbers are those of +1 without any rewriting. */
const TEN_DIGIT_REGIONS: ReadonlySet<string> = new Set(["US", "CA", "PR"]);
/** Nothing in front of these is ever taken for the prefix 1. */
const TEN_DIGITS = /^[2-9]\d{9}$/u;

/** The address of a phone number, or `null`: ask the parser. `region` in upper case. */
export function fastPhone(raw: string, region: string | null): ParsedAddress | null {
  const digits = digitsOf(raw);
  if (digits === null) return null;
  if (raw.charCodeAt(0) === PLUS) return international(digits);
  if (region === null) return null;
  if (TEN_DIGIT_REGIONS.has(region)) {
    const national = digits.length === 11 && digits[0] === "1" ? digits.slice(1) : digits;
    return TEN_DIGITS.test(national) ? northAmerican(national) : null;
  }
  const plan = planOfRegion(region);
  if (plan === null || plan.plainPrefix === null || !digits.startsWith(plan.plainPrefix)) {
    return null;
  }
  return fromPlan(plan, digits.slice(plan.plainPrefix.length));
}

/**
 * The digits of a number in one of the common spellings, else `null`. Between digits there may be
 * one space, hyphen or dot, and one pair of parentheses with a space inside or outside of them.
 */
function digitsOf(raw: string): string | null {
  if (raw.length > LONGEST_SPELLING || raw.length < 8) return null;
  let plain = true;
  for (let at = raw.charCodeAt(0) === PLUS ? 1 : 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at);
    if (code < ZERO || code > NINE) {
      plain = false;
      break;
    }
  }
  if (plain) return raw.charCodeAt(0) === PLUS ? raw.slice(1) : raw;
  return COMMON_SPELLING.test(raw) ? raw.replace(/\D/gu, "") : null;
}

const COMMON_SPELLING = /^(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,4}\)[ -]?)?\d+(?:[ .-]\d+)*$/u;

function international(digits: string): ParsedAddress | null {
  if (digits.charCodeAt(0) === ZERO + 1) {
    const national = digits.slice(1);
    return TEN_DIGITS.test(national) ? northAmerican(national) : null;
  }
  const callingCode = callingCodeOf(digits);
  const countries = countriesOf(callingCode);
  const plan = countries.length === 1 ? planOfRegion(countries[0]!) : null;
  return plan === null ? null : fromPlan(plan, digits.slice(callingCode.length));
}

/** Only numbers that exist: what becomes of the others is for the parser to say. */
function fromPlan(plan: NumberingPlan, national: string): ParsedAddress | null {
  if (plan.prefix?.test(national) === true || !existsIn(plan, national)) return null;
  return phone(`+${plan.callingCode}${national}`, true);
}

/**
 * In +1 the plan goes by area code and exchange: the last four digits never matter. So the answer
 * is kept per first six digits, one byte each: 0 not asked yet, 1 exists, 2 does not.
 */
const northAmericanExchanges = new Uint8Array(1_000_000);

function northAmerican(national: string): ParsedAddress {
  const exchange = Number(national.slice(0, 6));
  let answer = northAmericanExchanges[exchange];
  if (answer === 0) {
    answer = existsInNorthAmerica(national) ? 1 : 2;
    northAmericanExchanges[exchange] = answer;
  }
  return phone(`+1${national}`, answer === 1);
}

/** The country is the first one that claims the number; then its own plan has to know it. */
function existsInNorthAmerica(national: string): boolean {
  const country = findCountry("1", national);
  return country !== null && existsIn(planOfRegion(country)!, national);
}

function phone(e164: string, valid: boolean): ParsedAddress {
  return { key: e164 as AddressKey, kind: "phone", display: e164, valid };
}
