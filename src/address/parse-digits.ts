/**
 * Phone numbers in plain digits, read exactly as libphonenumber-js 1.13 reads them (its `parse.js`
 * and the files it calls), with compiled patterns. LIMIT: digits only; letters, extensions and
 * phone contexts stay with the library.
 */
import {
  callingCodeOf,
  compareLength,
  existsIn,
  findCountry,
  mainPlanOf,
  type NumberingPlan,
  planOfRegion,
} from "./numbering-plan.ts";

export interface ParsedDigits {
  readonly callingCode: string;
  /** National significant number: no prefix in front. */
  readonly national: string;
  /** ISO 3166-1 alpha-2. `null`: none, or none of those that share the code. */
  readonly country: string | null;
  /** The country's plan, else that of the calling code. */
  readonly plan: NumberingPlan;
}

/** The library's own limits for a national number (its constants.js). */
const SHORTEST_NATIONAL = 2;
const LONGEST_NATIONAL = 17;

/** `digits`: what follows the plus, calling code first. `null`: no number. */
export function parseInternational(digits: string): ParsedDigits | null {
  const callingCode = callingCodeOf(digits);
  if (callingCode === "") return null;
  const plan = mainPlanOf(callingCode);
  return finish(plan, digits.slice(callingCode.length), null);
}

/** `digits`: as dialled in the region, upper-case ISO 3166-1 alpha-2. `null`: no number. */
export function parseDialled(digits: string, region: string): ParsedDigits | null {
  const plan = planOfRegion(region);
  if (plan === null) return null;
  const abroad = cutWayOut(plan, digits);
  if (abroad !== null) return parseInternational(abroad);
  if (beginsWithCallingCode(plan, digits)) {
    const { callingCode } = plan;
    return finish(mainPlanOf(callingCode), digits.slice(callingCode.length), null);
  }
  return finish(plan, digits, region);
}

function finish(plan: NumberingPlan, digits: string, region: string | null): ParsedDigits | null {
  const national = cutPrefix(plan, digits);
  if (national.length < SHORTEST_NATIONAL || national.length > LONGEST_NATIONAL) return null;
  const { callingCode } = plan;
  const country = findCountry(callingCode, national) ?? region;
  const own = country === null ? null : planOfRegion(country);
  return { callingCode, national, country, plan: own ?? mainPlanOf(callingCode) };
}

/** What follows the prefix for calls abroad, or `null` when it is none or nothing follows. */
function cutWayOut(plan: NumberingPlan, digits: string): string | null {
  const found = plan.wayOut.exec(digits);
  if (found === null || found[0] === "") return null;
  const rest = digits.slice(found[0].length);
  // No calling code begins with 0.
  return rest === "" || rest.startsWith("0") ? null : rest;
}

/** Whether only the plus is missing: with the calling code the digits make no sense at home. */
function beginsWithCallingCode(plan: NumberingPlan, digits: string): boolean {
  if (!digits.startsWith(plan.callingCode)) return false;
  const shorter = cutPrefix(plan, digits.slice(plan.callingCode.length));
  const whole = cutPrefix(plan, digits);
  if (!plan.general.test(whole) && plan.general.test(shorter)) return true;
  return compareLength(plan, whole) === "too-long";
}

/** The national number without its prefix, unless it makes more sense with it. */
function cutPrefix(plan: NumberingPlan, digits: string): string {
  const found = digits === "" ? null : (plan.prefix?.exec(digits) ?? null);
  if (found === null) return digits;
  const hasCaptured = found.length > 1 && Boolean(found.at(-1));
  const national =
    plan.prefixRule !== null && hasCaptured
      ? digits.replace(plan.prefix!, plan.prefixRule)
      : digits.slice(found[0].length);
  if (national === digits) return digits;
  if (plan.general.test(digits) && !plan.general.test(national)) return digits;
  const country = findCountry(plan.callingCode, national);
  const length = compareLength(country === null ? plan : planOfRegion(country)!, national);
  return length === "too-short" || length === "none" ? digits : national;
}

export function isValid(parsed: ParsedDigits): boolean {
  return existsIn(parsed.plan, parsed.national);
}

export function isPossible(parsed: ParsedDigits): boolean {
  return compareLength(parsed.plan, parsed.national) === "possible";
}
