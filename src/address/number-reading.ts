/**
 * What libphonenumber's metadata says about a number, remembered per prefix: the scrub asks
 * millions of times and numbers that differ only in their last digits get the same answer.
 * `test/address/number-reading.test.ts` holds both against the library itself.
 */
import type { NumberType } from "../domain/place.ts";
import { areaOf } from "./areas.ts";
import { countFreeDigitsOf, FREE_AT_MOST } from "./free-digits.ts";
import { callingCodeOf, countriesOf, existsIn, planOfRegion, typeIn } from "./numbering-plan.ts";
import { isValid, type ParsedDigits, parseInternational } from "./parse-digits.ts";
import { RecentMap } from "./recent-map.ts";
import { withTerritories } from "./territories.ts";
import { findZones } from "./zones.ts";

export interface NumberReading {
  /** Whether the library keeps the digits as they are (`+44 020…` loses its 0). */
  readonly unchanged: boolean;
  readonly valid: boolean;
  readonly countries: readonly string[];
  readonly regions: readonly string[];
  readonly zones: readonly string[];
  readonly numberType: NumberType;
}

/** Half of the prefixes remembered; readings are shared, so one costs about 40 bytes. */
const GENERATION_SIZE = 200_000;
const remembered = new RecentMap<number, NumberReading>(GENERATION_SIZE);

/** E.164: at most fifteen digits, of which the first three hold the calling code. */
const MOST_DIGITS = 15;
const FEWEST_DIGITS = 7;
/** By the first three digits and the length; -1 where it was not asked yet. */
const freeDigits = new Int8Array(1000 * (MOST_DIGITS + 1)).fill(-1);
/** How many counts of free digits there are, from none on, and what each of them takes off. */
const FREE_COUNTS = FREE_AT_MOST + 1;
const POWERS = Array.from({ length: FREE_COUNTS }, (_, free) => 10 ** free);

const ZERO = 0x30;

/**
 * The digits that matter as one number, together with how many follow that do not, which tells
 * numbers of two lengths apart. It stays below 2^53: 15 digits times five. -1: not E.164.
 */
function memoKeyOf(e164: string): number {
  const length = e164.length - 1;
  if (length < FEWEST_DIGITS || length > MOST_DIGITS || !e164.startsWith("+")) return -1;
  if (e164.charCodeAt(1) === ZERO) return -1;
  let whole = 0;
  let head = 0;
  for (let at = 1; at <= length; at += 1) {
    const digit = e164.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    whole = whole * 10 + digit;
    if (at === 3) head = whole;
  }
  const free = insignificantDigits(e164, head * (MOST_DIGITS + 1) + length);
  return Math.floor(whole / POWERS[free]!) * FREE_COUNTS + free;
}

/** Digits at the end that never change the answer for numbers of this code and length. */
function insignificantDigits(e164: string, slot: number): number {
  const known = freeDigits[slot]!;
  if (known >= 0) return known;
  const callingCode = callingCodeOf(e164.slice(1));
  const shape = `${callingCode}/${e164.length}`;
  const national = e164.length - 1 - callingCode.length;
  const count =
    freeDigitsOfShape.get(shape) ?? countFreeDigitsOf(countriesOf(callingCode), national);
  freeDigitsOfShape.set(shape, count);
  freeDigits[slot] = count;
  return count;
}

/** By calling code and length: reading it off the patterns takes long. */
const freeDigitsOfShape = new Map<string, number>();

/** Reads a number written in E.164: `+` and 7 to 15 digits. Nothing is found in other texts. */
export function readNumber(e164: string): NumberReading {
  const memoKey = memoKeyOf(e164);
  if (memoKey < 0) return NOTHING_FOUND;
  const known = remembered.get(memoKey);
  if (known !== undefined) return known;
  const reading = shareReading(readNumberAfresh(e164));
  remembered.set(memoKey, reading);
  return reading;
}

const NOTHING_FOUND: NumberReading = {
  unchanged: true,
  valid: false,
  countries: [],
  regions: [],
  zones: [],
  numberType: "unknown",
};

/** One object for all equal readings. There are a few thousand: the plans and zones are fixed. */
const readings = new Map<string, NumberReading>();

function shareReading(reading: NumberReading): NumberReading {
  const { unchanged, valid, numberType, countries, regions, zones } = reading;
  const words = `${unchanged} ${valid} ${numberType} ${countries} ${regions} ${zones}`;
  const shared = readings.get(words);
  if (shared !== undefined) return shared;
  readings.set(words, reading);
  return reading;
}

function readNumberAfresh(e164: string): NumberReading {
  const parsed = parseInternational(e164.slice(1));
  if (parsed === null) return NOTHING_FOUND;
  const { callingCode, country, national, plan } = parsed;
  const numberType = typeIn(plan, national);
  const digits = `${callingCode}${national}`;
  const area = areaOf(callingCode, national);
  const found = candidateCountries(parsed, digits);
  // The table of areas is asked last: it knows new area codes, and the library knows numbers.
  const plain = found ?? area?.countries ?? countriesOf(callingCode);
  const { countries, regions } = withTerritories(plain);
  const inArea = area?.regions.filter((region) => countries.includes(region.slice(0, 2))) ?? [];
  return {
    unchanged: digits === e164.slice(1),
    valid: isValid(parsed),
    countries,
    regions: [...new Set([...inArea, ...regions])],
    zones: findZones(digits, {
      callingCode,
      numberType,
      inMainCountry: country === null || country === countriesOf(callingCode)[0],
      countries: plain,
      inKnownArea: area !== null,
    }),
    numberType,
  };
}

/**
 * Every country of the calling code in whose plan the number exists: 690 is in use in Guadeloupe,
 * Saint Martin and Saint Barthélemy, toll-free 800 in all of +1. `null`: in none of several, so it
 * may be any of them.
 */
function candidateCountries(parsed: ParsedDigits, digits: string): readonly string[] | null {
  const all = countriesOf(parsed.callingCode);
  if (all.length <= 1) return all;
  // What is left after one prefix was cut off may begin with another one.
  const again = parseInternational(digits);
  if (again === null) return null;
  const candidates = all.filter((country) => existsIn(planOfRegion(country)!, again.national));
  return candidates.length > 0 ? candidates : null;
}
