/**
 * A fast path for the spellings that make up most lists: `+14155550123`, `(415) 555-0123`,
 * `415-555-0123`, `+33 6 12 34 56 78`, `06 12 34 56 78`. It answers only where it is certain to say
 * what the address parser says, from the same metadata of libphonenumber, and leaves the rest.
 * LIMIT: calling codes that several countries share are left to the parser, except +1.
 */
import type { CountryCode } from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json";
import type { ParsedAddress } from "../address/parse-address.ts";
import type { AddressKey } from "../domain/words.ts";

/** A country's numbering plan, as far as it is needed to tell whether a number exists. */
interface Plan {
  readonly callingCode: string;
  readonly general: RegExp;
  /** What the parser may cut off or rewrite at the front. */
  readonly prefix: RegExp | null;
  /** The prefix when it is plain digits with no rule behind it. */
  readonly plainPrefix: string | null;
  readonly leadingDigits: RegExp | null;
  /** By number of digits: the numbers of any type. */
  readonly types: readonly (RegExp | undefined)[];
}

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
  // No calling code is the beginning of another one, so the first that is found is the one.
  for (let length = 2; length <= 3; length += 1) {
    const countries = metadata.country_calling_codes[digits.slice(0, length)];
    if (countries === undefined) continue;
    const plan = countries.length === 1 ? planOfRegion(countries[0]!) : null;
    return plan === null ? null : fromPlan(plan, digits.slice(length));
  }
  return null;
}

/** Only numbers that exist: what becomes of the others is for the parser to say. */
function fromPlan(plan: Plan, national: string): ParsedAddress | null {
  if (plan.prefix?.test(national) === true || !exists(plan, national)) return null;
  return phone(`+${plan.callingCode}${national}`, true);
}

function exists(plan: Plan, national: string): boolean {
  return plan.types[national.length]?.test(national) === true && plan.general.test(national);
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
  for (const country of metadata.country_calling_codes["1"] ?? []) {
    const plan = planOfRegion(country);
    if (plan === null) continue;
    if (plan.leadingDigits === null) {
      if (exists(plan, national)) return true;
    } else if (plan.leadingDigits.test(national)) {
      return exists(plan, national);
    }
  }
  return false;
}

function phone(e164: string, valid: boolean): ParsedAddress {
  return { key: e164 as AddressKey, kind: "phone", display: e164, valid };
}

const plans = new Map<string, Plan | null>();

function planOfRegion(region: string): Plan | null {
  let plan = plans.get(region);
  if (plan === undefined) {
    plan = compilePlan(region);
    plans.set(region, plan);
  }
  return plan;
}

/** Places in libphonenumber-js's minified metadata, version 4 (its METADATA.md). */
const AT = {
  callingCode: 0,
  general: 2,
  lengths: 3,
  prefix: 5,
  prefixForParsing: 7,
  prefixRule: 8,
  leadingDigits: 10,
  types: 11,
} as const;

function compilePlan(region: string): Plan | null {
  const source = metadata.countries[region as CountryCode];
  // A new format of the metadata means no fast path, never a wrong one.
  if (source === undefined || metadata.version !== 4 || !source[AT.types]) return null;
  const prefix: string | null = source[AT.prefixForParsing] || source[AT.prefix] || null;
  const leadingDigits: string | null = source[AT.leadingDigits] || null;
  const isPlain = prefix !== null && /^\d+$/u.test(prefix) && !source[AT.prefixRule];
  return {
    callingCode: source[AT.callingCode],
    general: new RegExp(`^(?:${source[AT.general]})$`, "u"),
    prefix: prefix === null ? null : new RegExp(`^(?:${prefix})`, "u"),
    plainPrefix: isPlain ? prefix : null,
    leadingDigits: leadingDigits === null ? null : new RegExp(`^(?:${leadingDigits})`, "u"),
    types: compileTypes(source[AT.types], source[AT.lengths]),
  };
}

type TypeSource = 0 | readonly [pattern: string, lengths?: readonly number[]];

function compileTypes(types: readonly TypeSource[], planLengths: readonly number[]) {
  const byLength: string[][] = [];
  for (const type of types) {
    if (type === 0 || !type[0]) continue;
    for (const length of type[1] ?? planLengths) {
      byLength[length] ??= [];
      byLength[length].push(type[0]);
    }
  }
  return Array.from(byLength, (patterns) =>
    patterns === undefined ? undefined : new RegExp(`^(?:${patterns.join("|")})$`, "u"),
  );
}
