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

test("what is in order already is written as if it were not, and refused for the same reasons", () => {
  // Wild texts and numbers: lone surrogates, fractions, names that look like numbers.
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("1", "10", "2", "\ud83d"),
  );
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, false, -0, 0.5, 2 ** 53),
      fc.maxSafeInteger(),
      anyText,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(anyText, tie("value"), { noNullPrototype: true, maxKeys: 4 }),
    ),
  }));
  /** RFC 8785 once more, slowly. */
  const slowly = (json: unknown): string => {
    if (typeof json === "number" && !Number.isSafeInteger(json)) throw new RangeError();
    if (typeof json === "string" && !json.isWellFormed()) throw new RangeError();
    if (Array.isArray(json)) return `[${json.map(slowly).join(",")}]`;
    if (typeof json !== "object" || json === null) return JSON.stringify(json);
    const names = Object.keys(json).sort();
    const of = (name: string) => (json as Record<string, unknown>)[name];
    return `{${names.map((name) => `${slowly(name)}:${slowly(of(name))}`).join(",")}}`;
  };
  const sorted = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(sorted);
    if (typeof json !== "object" || json === null) return json;
    const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
  };
  let [written, refused] = [0, 0];
  fc.assert(
    fc.property(value, (json) => {
      let expected: string | null = null;
      try {
        expected = slowly(json);
        written += 1;
      } catch {
        refused += 1;
      }
      for (const each of [json, sorted(json) as Json]) {
        if (expected === null) assert.throws(() => canonicalJson(each), RangeError);
        else assert.equal(canonicalJson(each), expected);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(written > 50 && refused > 10, `${written} written, ${refused} refused`);
});
