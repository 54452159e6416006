/** Random national numbers that match some type of a country's plan, so every rule is visited. */
import fc from "fast-check";
import { type getCountries, Metadata } from "libphonenumber-js/max";

const TYPES = [
  "MOBILE",
  "FIXED_LINE",
  "TOLL_FREE",
  "PREMIUM_RATE",
  "SHARED_COST",
  "VOIP",
  "PERSONAL_NUMBER",
  "PAGER",
  "UAN",
  "VOICEMAIL",
];

interface PlanWithTypes {
  type(name: string): { pattern(): string } | undefined;
}

/** National numbers of the country, or `null` when its plan names no types. */
export function nationalNumbersOf(
  country: ReturnType<typeof getCountries>[number],
): fc.Arbitrary<string> | null {
  const plan = new Metadata();
  plan.selectNumberingPlan(country);
  const patterns = TYPES.map((type) =>
    (plan.numberingPlan as unknown as PlanWithTypes).type(type)?.pattern(),
  ).filter((pattern) => pattern !== undefined && pattern !== "");
  if (patterns.length === 0) return null;
  return fc.oneof(
    ...patterns.map((pattern) => fc.stringMatching(new RegExp(`^(?:${pattern})$`, "u"))),
  );
}
