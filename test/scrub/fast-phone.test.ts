// The fast path may decline, but it may never say anything else than the address parser.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import metadata from "libphonenumber-js/metadata.max.json";
import examples from "libphonenumber-js/mobile/examples";
import { parseAddress } from "../../src/address/parse-address.ts";
import { fastPhone } from "../../src/scrub/fast-phone.ts";

const RUNS = { numRuns: 1500 };

function agrees(raw: string, region: string | null): boolean {
  const fast = fastPhone(raw, region);
  if (fast === null) return false;
  assert.deepEqual(fast, parseAddress(raw, { defaultRegion: region }), `${raw} in ${region}`);
  return true;
}

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: min, maxLength: max });
const region = fc.constantFrom(null, "US", "CA", "PR", "JM", "FR", "GB", "BD", "SV", "BR", "AR");

/** Ways in which people write the digits of a number, some of them broken. */
const spelling = (text: string) =>
  fc.constantFrom(
    text,
    `(${text.slice(0, 3)}) ${text.slice(3, 6)}-${text.slice(6)}`,
    `${text.slice(0, 3)}-${text.slice(3, 6)}-${text.slice(6)}`,
    `${text.slice(0, 3)}.${text.slice(3, 6)}.${text.slice(6)}`,
    text.replace(/(\d\d)(?=\d)/gu, "$1 "),
    `1 ${text}`,
    `1-${text.slice(0, 3)}-${text.slice(3)}`,
    `${text.slice(0, 3)} - ${text.slice(3)}`,
    `(${text.slice(0, 3)}${text.slice(3)}`,
    `0${text}`,
  );

test("any digits in any common spelling read as the address parser reads them", () => {
  const codes = Object.keys(metadata.country_calling_codes);
  const written = fc.oneof(
    digits(4, 13).chain(spelling),
    fc
      .tuple(fc.constantFrom("1", "33", "880", "503", "44", "39", "54", ...codes), digits(4, 12))
      .chain(([code, rest]) => spelling(rest).map((text) => `+${code}${text}`)),
    fc.tuple(fc.constantFrom(...codes), digits(5, 11)).map(([code, rest]) => `+${code} ${rest}`),
    digits(7, 12).map((rest) => `+1${rest}`),
  );
  fc.assert(
    fc.property(written, region, (raw, inRegion) => void agrees(raw, inRegion)),
    {
      numRuns: 4000,
    },
  );
});

test("numbers of the North American plan read the same, whether they exist or not", () => {
  let answered = 0;
  const national = fc
    .tuple(fc.integer({ min: 100, max: 999 }), fc.integer({ min: 100, max: 999 }), digits(4, 4))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(national.chain(spelling), fc.constantFrom("US", "CA", "PR"), (raw, inRegion) => {
      if (agrees(raw, inRegion)) answered += 1;
      if (/^\d{10}$/u.test(raw) && agrees(`+1${raw}`, null)) answered += 1;
    }),
    { numRuns: 4000 },
  );
  assert.ok(answered > 1000, `only ${answered} were answered, the test shows nothing`);
});

test("the last four digits never decide whether a number of +1 exists", () => {
  const prefix = fc.integer({ min: 200_200, max: 999_999 });
  fc.assert(
    fc.property(prefix, digits(4, 4), digits(4, 4), (exchange, one, other) => {
      const valid = [one, other].map((line) => {
        const parsed = parseAddress(`+1 ${exchange}${line}`, { defaultRegion: null });
        return "valid" in parsed && parsed.valid;
      });
      assert.equal(valid[0], valid[1], `+1${exchange}`);
    }),
    RUNS,
  );
});

test("an example number of every country reads the same in its spellings", () => {
  let answered = 0;
  for (const [country, national] of Object.entries(examples)) {
    const parsed = parseAddress(national, { defaultRegion: country });
    if (!("key" in parsed)) continue;
    for (let last = 0; last <= 9; last += 1) {
      const e164 = `${parsed.key.slice(0, -1)}${last}`;
      if (agrees(e164, null)) answered += 1;
      agrees(`0${national.slice(0, -1)}${last}`, country);
      agrees(national, country);
    }
  }
  assert.ok(answered > 1000, `only ${answered} were answered, the test shows nothing`);
});
