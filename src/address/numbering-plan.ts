/**
 * Numbering plans of libphonenumber's metadata with their patterns compiled once. The library
 * compiles them anew for every question; what is asked of them here is what it asks, in its order.
 * `test/address/parse-digits.test.ts` holds the answers against the library's own.
 */
import assert from "node:assert";
import type { CountryCode } from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json";
import type { NumberType } from "../domain/place.ts";

export interface NumberingPlan {
  readonly callingCode: string;
  readonly general: RegExp;
  /** Possible lengths in digits, ascending. */
  readonly lengths: readonly number[];
  /** What is dialled to call abroad. */
  readonly wayOut: RegExp;
  /** What may be cut off or rewritten at the front. */
  readonly prefix: RegExp | null;
  /** How the prefix is rewritten when it captured something: a replacement such as `9$1`. */
  readonly prefixRule: string | null;
  /** The prefix when it is plain digits with no rule behind it. */
  readonly plainPrefix: string | null;
  /** Tells the country from others of its calling code. */
  readonly leadingDigits: RegExp | null;
  /** In the order in which the library asks. */
  readonly types: readonly TypePattern[];
  /** `null`: mobiles cannot be told from fixed lines. */
  readonly mobile: TypePattern | null;
  /** By number of digits: the numbers of any type. `null`: no types are known. */
  readonly anyType: readonly (RegExp | undefined)[] | null;
}

interface TypePattern {
  readonly numberType: NumberType;
  readonly source: string;
  readonly pattern: RegExp;
  readonly lengths: readonly number[];
}

/** Places in libphonenumber-js's minified metadata, version 4 (its METADATA.md). */
const AT = {
  callingCode: 0,
  wayOut: 1,
  general: 2,
  lengths: 3,
  prefix: 5,
  prefixForParsing: 7,
  prefixRule: 8,
  leadingDigits: 10,
  types: 11,
} as const;

// INVARIANT: another version has other places; reading them by these would give wrong answers.
assert.equal(metadata.version, 4, "libphonenumber-js has metadata of a version not known here.");

/** Number types in the order in which the library asks, with their place in the metadata. */
const TYPES: readonly (readonly [NumberType, number])[] = [
  ["fixed-line", 0],
  ["mobile", 1],
  ["premium-rate", 3],
  ["toll-free", 2],
  ["shared-cost", 9],
  ["voip", 8],
  ["personal", 4],
  ["pager", 7],
  ["uan", 6],
  ["voicemail", 5],
];

type TypeSource = 0 | readonly [pattern: string, lengths?: readonly number[] | 0];
type PlanSource = NonNullable<(typeof metadata.countries)[CountryCode]>;

const plans = new Map<string, NumberingPlan | null>();

/** The plan of a country, ISO 3166-1 alpha-2 in upper case. `null`: the library has none. */
export function planOfRegion(region: string): NumberingPlan | null {
  let plan = plans.get(region);
  if (plan === undefined) {
    const source = Object.hasOwn(metadata.countries, region)
      ? metadata.countries[region as CountryCode]
      : undefined;
    plan = source === undefined ? null : compilePlan(source);
    plans.set(region, plan);
  }
  return plan;
}

const mainPlans = new Map<string, NumberingPlan>();

/** The plan of the country that a calling code belongs to first, or of a code without country. */
export function mainPlanOf(callingCode: string): NumberingPlan {
  let plan = mainPlans.get(callingCode);
  if (plan === undefined) {
    const main = countriesOf(callingCode)[0];
    plan = compilePlan(
      main === undefined ? nonGeographic[callingCode]! : metadata.countries[main]!,
    );
    mainPlans.set(callingCode, plan);
  }
  return plan;
}

const nonGeographic = (metadata as unknown as { nonGeographic: Record<string, PlanSource> })
  .nonGeographic;

/** The countries of a calling code, the main one first. Empty: none, as for satellites. */
export function countriesOf(callingCode: string): readonly CountryCode[] {
  return metadata.country_calling_codes[callingCode] ?? [];
}

/** Every calling code there is; none of them is the beginning of another one. */
const callingCodes: ReadonlySet<string> = new Set([
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys(nonGeographic),
]);

/** The calling code that digits begin with. Empty: none fits. */
export function callingCodeOf(digits: string): string {
  for (let length = 1; length <= 3 && length <= digits.length; length += 1) {
    const code = digits.slice(0, length);
    if (callingCodes.has(code)) return code;
  }
  return "";
}

function compilePlan(source: PlanSource): NumberingPlan {
  const prefix: string | null = source[AT.prefixForParsing] || source[AT.prefix] || null;
  const prefixRule: string | null = source[AT.prefixRule] || null;
  const leadingDigits: string | null = source[AT.leadingDigits] || null;
  const sources: readonly TypeSource[] = source[AT.types] || [];
  const lengths: readonly number[] = source[AT.lengths];
  const types = TYPES.flatMap(([type, at]) => compileType(type, sources[at] ?? 0, lengths));
  return {
    callingCode: source[AT.callingCode],
    general: new RegExp(`^(?:${source[AT.general]})$`, "u"),
    lengths,
    wayOut: atFront(source[AT.wayOut] || "(?!)"),
    prefix: prefix === null ? null : atFront(prefix),
    prefixRule,
    plainPrefix: prefix !== null && /^\d+$/u.test(prefix) && prefixRule === null ? prefix : null,
    leadingDigits: leadingDigits === null ? null : atFront(leadingDigits),
    types,
    mobile: types.find((type) => type.numberType === "mobile") ?? null,
    anyType: sources.length === 0 ? null : joinTypes(types),
  };
}

function atFront(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})`, "u");
}

function compileType(
  numberType: NumberType,
  type: TypeSource,
  planLengths: readonly number[],
): readonly TypePattern[] {
  if (type === 0 || !type[0]) return [];
  const [source, lengths] = type;
  const pattern = new RegExp(`^(?:${source})$`, "u");
  return [{ numberType, source, pattern, lengths: lengths || planLengths }];
}

function joinTypes(types: readonly TypePattern[]): readonly (RegExp | undefined)[] {
  const byLength: string[][] = [];
  for (const type of types) {
    for (const length of type.lengths) {
      byLength[length] ??= [];
      byLength[length].push(type.source);
    }
  }
  return Array.from(byLength, (patterns) =>
    patterns === undefined ? undefined : new RegExp(`^(?:${patterns.join("|")})$`, "u"),
  );
}

/** Whether the plan has this number. National digits, as in every function below. */
export function existsIn(plan: NumberingPlan, national: string): boolean {
  // The general pattern first: it is short, and the others are compiled when first used.
  if (!plan.general.test(national)) return false;
  return plan.anyType === null || plan.anyType[national.length]?.test(national) === true;
}

/** What kind of number it is. `unknown` for one that the plan does not have, too. */
export function typeIn(plan: NumberingPlan, national: string): NumberType {
  if (!plan.general.test(national)) return "unknown";
  const found = plan.types.find((type) => hasType(type, national));
  if (found?.numberType !== "fixed-line") return found?.numberType ?? "unknown";
  const either = plan.mobile === null || hasType(plan.mobile, national);
  return either ? "fixed-line-or-mobile" : "fixed-line";
}

function hasType(type: TypePattern, national: string): boolean {
  return type.lengths.includes(national.length) && type.pattern.test(national);
}

/** How a number's length compares with the possible ones; `none` lies between two of them. */
export function compareLength(
  plan: NumberingPlan,
  national: string,
): "possible" | "too-short" | "too-long" | "none" {
  if (plan.lengths.includes(national.length)) return "possible";
  if (national.length < plan.lengths[0]!) return "too-short";
  return national.length > plan.lengths.at(-1)! ? "too-long" : "none";
}

/**
 * The country of a number: of those that share its calling code, the first that claims it by its
 * leading digits or, where it has none, whose plan has it.
 */
export function findCountry(callingCode: string, national: string): CountryCode | null {
  const countries = countriesOf(callingCode);
  if (countries.length === 1) return countries[0]!;
  for (const country of countries) {
    const plan = planOfRegion(country)!;
    const claims =
      plan.leadingDigits === null
        ? plan.anyType !== null && existsIn(plan, national)
        : plan.leadingDigits.test(national);
    if (claims) return country;
  }
  return null;
}
