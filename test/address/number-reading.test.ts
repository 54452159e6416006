/** The memory of number readings: fast, and never another answer than the library's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getCountries, getCountryCallingCode } from "libphonenumber-js/max";
import { readNumber } from "../../src/address/number-reading.ts";
import { nationalNumbersOf } from "./numbers-of-plan.ts";
import { ALL_CALLING_CODES, readWithLibrary } from "./read-with-library.ts";

const E164 = /^\+[1-9][0-9]{6,14}$/u;

test("numbers that share a remembered prefix read as the library reads each of them", () => {
  for (const country of getCountries()) {
    const numbers = nationalNumbersOf(country)
      ?.map((digits) => `+${getCountryCallingCode(country)}${digits}`)
      .filter((number) => E164.test(number));
    if (numbers === undefined) continue;
    const tail = fc.stringMatching(/^[0-9]{1,4}$/u);
    fc.assert(
      fc.property(numbers, tail, (number, digits) => {
        const sibling = number.slice(0, -digits.length) + digits;
        readNumber(sibling);
        assert.deepEqual(readNumber(number), readWithLibrary(number), number);
        assert.deepEqual(readNumber(sibling), readWithLibrary(sibling), sibling);
      }),
      { numRuns: 12 },
    );
  }
});

test("any digits after any calling code read as the library reads them", () => {
  for (const callingCode of ALL_CALLING_CODES) {
    const digits = fc.stringMatching(/^[0-9]{4,12}$/u);
    fc.assert(
      fc.property(digits, (rest) => {
        const number = `+${callingCode}${rest}`;
        if (E164.test(number)) assert.deepEqual(readNumber(number), readWithLibrary(number));
      }),
      { numRuns: 25 },
    );
  }
});

test("digits that no calling code begins read as the library reads them", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+[1-9][0-9]{6,14}$/u), (number) => {
      assert.deepEqual(readNumber(number), readWithLibrary(number), number);
    }),
    { numRuns: 1000 },
  );
});

test("area codes and exchanges of +1 read as the library reads them", () => {
  const ofPlan = fc.tuple(
    fc.integer({ min: 200, max: 999 }),
    fc.integer({ min: 0, max: 999 }).map((exchange) => String(exchange).padStart(3, "0")),
    fc.stringMatching(/^[0-9]{4}$/u),
  );
  fc.assert(
    fc.property(ofPlan, ([area, exchange, line]) => {
      const number = `+1${area}${exchange}${line}`;
      assert.deepEqual(readNumber(number), readWithLibrary(number), number);
    }),
    { numRuns: 1500 },
  );
});

test("a text that is not E.164 has nothing found and does not disturb what is remembered", () => {
  for (const text of [
    "",
    "+",
    "+1",
    "14155550123",
    "+04155550123",
    "+1415555ABCD",
    "+1 4155550123",
  ]) {
    assert.deepEqual(readNumber(text).countries, [], text);
    assert.equal(readNumber(text).valid, false, text);
  }
  assert.deepEqual(readNumber("+14155550123"), readWithLibrary("+14155550123"));
});
