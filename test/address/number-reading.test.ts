/** The memory of number readings: fast, and never another answer than the library's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getCountries, getCountryCallingCode, Metadata } from "libphonenumber-js/max";
import { readNumber, readNumberAfresh } from "../../src/address/number-reading.ts";

const TYPES = [
  "MOBILE",
  "FIXED_LINE",
  "TOLL_FREE",
  "PREMIUM_RATE",
  "SHARED_COST",
  "VOIP",
  "PERSONAL_NUMBER",
  "UAN",
];

interface PlanWithTypes {
  type(name: string): { pattern(): string } | undefined;
}

/** Numbers that match some type of some country's plan, so that every rule of it is visited. */
function numbersOf(country: ReturnType<typeof getCountries>[number]): fc.Arbitrary<string> | null {
  const plan = new Metadata();
  plan.selectNumberingPlan(country);
  const patterns = TYPES.map((type) =>
    (plan.numberingPlan as unknown as PlanWithTypes).type(type)?.pattern(),
  ).filter((pattern) => pattern !== undefined && pattern !== "");
  if (patterns.length === 0) return null;
  const national = fc.oneof(
    ...patterns.map((pattern) => fc.stringMatching(new RegExp(`^(?:${pattern})$`, "u"))),
  );
  return national
    .map((digits) => `+${getCountryCallingCode(country)}${digits}`)
    .filter((number) => /^\+[1-9][0-9]{6,14}$/u.test(number));
}

test("numbers that share a remembered prefix read the same as without memory", () => {
  for (const country of getCountries()) {
    const numbers = numbersOf(country);
    if (numbers === null) continue;
    const tail = fc.stringMatching(/^[0-9]{1,4}$/u);
    fc.assert(
      fc.property(numbers, tail, (number, digits) => {
        const sibling = number.slice(0, -digits.length) + digits;
        readNumber(sibling);
        assert.deepEqual(readNumber(number), readNumberAfresh(number), number);
        assert.deepEqual(readNumber(sibling), readNumberAfresh(sibling), sibling);
      }),
      { numRuns: 12 },
    );
  }
});
