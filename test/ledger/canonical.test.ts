/** Canonical JSON against the examples of RFC 8785, and what it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/ledger/canonical.ts";

test("strings are written as in RFC 8785 section 3.2.2", () => {
  const value = JSON.parse('{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"}');
  assert.equal(canonicalJson(value), '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
  assert.equal(
    canonicalJson("\b\t\n\f\r\u0000\u001f\u007f"),
    '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f"',
  );
});

test("members are sorted as in RFC 8785 section 3.2.3, by UTF-16 code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  assert.deepEqual(
    [...canonicalJson(value).matchAll(/:"([^"]+)"/gu)].map((match) => match[1]),
    [
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ],
  );
});

test("nested members are sorted too, and absent ones are left out", () => {
  const value = { b: [{ d: 1, c: null }, true], a: undefined, A: { z: "", y: false } };
  assert.equal(canonicalJson(value), '{"A":{"y":false,"z":""},"b":[{"c":null,"d":1},true]}');
});

test("the order in which members were set never shows", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.maxSafeInteger()), (members) => {
      const reversed = Object.fromEntries(Object.entries(members).reverse());
      assert.equal(canonicalJson(members), canonicalJson(reversed));
    }),
  );
});

test("what was written reads back as the same value", () => {
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger().map((n) => n + 0),
      fc.string({ unit: "grapheme" }),
      fc.array(tie("value")),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (json) => {
      const text = canonicalJson(json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(json)));
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
});

test("minus zero is written as zero", () => {
  assert.equal(canonicalJson(-0), "0");
});

test("a number that is no safe integer is refused", () => {
  for (const number of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => canonicalJson({ a: [number] }), RangeError);
  }
});

test("an unpaired surrogate is refused, in a name as in a value", () => {
  assert.throws(() => canonicalJson("\ud83d"), RangeError);
  assert.throws(() => canonicalJson({ "\ude00": 1 }), RangeError);
});
