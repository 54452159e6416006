/** The compiled plans read plain digits exactly as the library does, abroad and at home. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import { typeIn } from "../../src/address/numbering-plan.ts";
import { isProblem, parseAddress } from "../../src/address/parse-address.ts";
import {
  isPossible,
  isValid,
  type ParsedDigits,
  parseDialled,
  parseInternational,
} from "../../src/address/parse-digits.ts";
import { nationalNumbersOf } from "./numbers-of-plan.ts";
import { ALL_CALLING_CODES, typeFromLibrary } from "./read-with-library.ts";

function assertSame(parsed: ParsedDigits | null, phone: PhoneNumber | undefined, raw: string) {
  if (phone === undefined || parsed === null) {
    assert.equal(parsed, phone ?? null, raw);
    return;
  }
  assert.deepEqual(
    {
      number: `+${parsed.callingCode}${parsed.national}`,
      country: parsed.country ?? undefined,
      valid: isValid(parsed),
      possible: isPossible(parsed),
      numberType: typeIn(parsed.plan, parsed.national),
    },
    {
      number: phone.number,
      country: phone.country,
      valid: phone.isValid(),
      possible: phone.isPossible(),
      numberType: typeFromLibrary(phone),
    },
    raw,
  );
}

function assertDialled(digits: string, country: CountryCode) {
  const phone = parsePhoneNumberFromString(digits, { defaultCountry: country, extract: false });
  assertSame(parseDialled(digits, country), phone, `${digits} in ${country}`);
}

const anyDigits = fc.stringMatching(/^[0-9]{3,17}$/u);

test("any digits after a plus read as the library reads them", () => {
  for (const callingCode of ["", ...ALL_CALLING_CODES]) {
    fc.assert(
      fc.property(anyDigits, (rest) => {
        const digits = `${callingCode}${rest}`;
        const phone = parsePhoneNumberFromString(`+${digits}`, { extract: false });
        assertSame(parseInternational(digits), phone, `+${digits}`);
      }),
      { numRuns: 30 },
    );
  }
});

test("any digits dialled in any country read as the library reads them", () => {
  for (const country of getCountries()) {
    const callingCode = getCountryCallingCode(country);
    const front = fc.constantFrom("", "0", "00", "8", "1", "011", callingCode, `00${callingCode}`);
    fc.assert(
      fc.property(front, anyDigits, (first, rest) => assertDialled(`${first}${rest}`, country)),
      { numRuns: 40 },
    );
  }
});

test("numbers of each plan read as the library reads them, with what people put in front", () => {
  for (const country of getCountries()) {
    const numbers = nationalNumbersOf(country);
    if (numbers === null) continue;
    const callingCode = getCountryCallingCode(country);
    const front = fc.constantFrom("", "0", "1", "8", "06", callingCode, `00${callingCode}`, "015");
    fc.assert(
      fc.property(front, numbers, fc.nat({ max: 7 }), (first, national, cut) => {
        assertDialled(`${first}${national}`, country);
        // Without its area code: some plans put the only one in front.
        if (national.length - cut > 2) assertDialled(national.slice(cut), country);
      }),
      { numRuns: 12 },
    );
  }
});

test("what stands between the digits changes nothing, as in the library", () => {
  const mark = fc.constantFrom("", "", "", " ", "-", ".", "/", "(", ")", " - ");
  const spelt = fc.tuple(
    fc.constantFrom("", "+", "00", "(0", "1", "+1", "+44", "+7", "+39 0"),
    fc.array(fc.tuple(fc.constantFrom(..."0123456789"), mark), { minLength: 1, maxLength: 14 }),
  );
  const region = fc.constantFrom<CountryCode>("US", "GB", "RU", "IT", "KZ", "JE", "AG", "AR", "SM");
  let read = 0;
  fc.assert(
    fc.property(spelt, region, ([front, marked], country) => {
      const raw = `${front}${marked.flat().join("")}`;
      const phone = parsePhoneNumberFromString(raw, { defaultCountry: country, extract: false });
      if (phone?.isValid() !== true || phone.number.length < 8) return;
      const parsed = parseAddress(raw, { defaultRegion: country });
      assert.ok(!isProblem(parsed), raw);
      assert.deepEqual([parsed.key, parsed.valid], [phone.number, true], raw);
      read += 1;
    }),
    { numRuns: 6000 },
  );
  assert.ok(read > 100, `only ${read} were numbers, the test shows nothing`);
});
