/** Strict JSON: everything that has two meanings, or none, is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseStrictJson } from "../../src/inbound/strict-json.ts";

const LIMITS = { maxBytes: 64 * 1024, maxDepth: 8 };
const parse = (text: string | Uint8Array) => parseStrictJson(Buffer.from(text), LIMITS);

test("any JSON value without ambiguity is read as JSON.parse reads it", () => {
  const json = fc
    .json({ maxDepth: 6, stringUnit: "grapheme" })
    .filter((text) => !text.includes("\\u0000") && !text.includes("__proto__"));
  fc.assert(
    fc.property(json, (text) => {
      assert.deepEqual(parse(text), { value: JSON.parse(text) });
    }),
    { numRuns: 2000 },
  );
});

const REFUSED: readonly [string, string | Uint8Array, RegExp][] = [
  ["a key twice", '{"a":1,"a":2}', /same key twice/],
  ["a key twice, once escaped", '{"a":1, "\\u0061" : 2}', /same key twice/],
  ["a key twice, far apart", `{"a":1,${" ".repeat(500)}"a"${" ".repeat(500)}:2}`, /same key twice/],
  ["a key twice inside", '[{"b":[{"a":1,"b":{"a":2},"a":3}]}]', /same key twice/],
  ["__proto__", '{"__proto__":{"admin":true}}', /__proto__/],
  ["__proto__ in disguise", '{"x":{"__pro\\u0074o__":1}}', /__proto__/],
  ["a NUL escape", '{"a":"x\\u0000y"}', /NUL/],
  ["a raw NUL", '{"a":"x\0y"}', /not valid JSON/],
  ["half a surrogate pair", '{"a":"\\ud83d"}', /surrogate/],
  ["a pair the wrong way round", '["\\udca9\\ud83d"]', /surrogate/],
  ["a surrogate as raw bytes", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/],
  ["a byte order mark", '\ufeff{"a":1}', /not valid JSON/],
  ["Latin-1", Buffer.from([0x22, 0xe9, 0x22]), /UTF-8/],
  ["nothing", "", /not valid JSON/],
  ["half an object", '{"a":', /not valid JSON/],
  ["two values", "{} {}", /not valid JSON/],
  ["a comment", "{} // yes", /not valid JSON/],
  ["nine levels", `${"[".repeat(9)}${"]".repeat(9)}`, /deeper than 8/],
  ["thirty thousand levels", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, /deeper than 8/],
  ["one byte too many", `"${"x".repeat(64 * 1024 - 1)}"`, /larger than 65536/],
];

for (const [name, text, problem] of REFUSED) {
  test(`${name} is refused`, () => {
    const outcome = parse(text);
    assert.ok("problem" in outcome);
    assert.match(outcome.problem, problem);
  });
}

test("equal keys in different objects, and values equal to keys, are fine", () => {
  const text = '{"a":{"a":"a"},"b":[{"a":"b"},{"a":"a:"}],"c":"\\"a\\":1"}';
  assert.deepEqual(parse(text), { value: JSON.parse(text) });
});

const WHERE: readonly [string, string, number, string][] = [
  ["a key twice", '{"a":1,"b":[0,{"c":1,"c":2}]}', 21, "/b/1/c"],
  ["a NUL in a list", '["x",["y","\\u0000"]]', 10, "/1/1"],
  ["a surrogate under a key with a slash", '{"a/b":{"~":"\\ud800"}}', 12, "/a~1b/~0"],
  ["constructor.prototype", '{"constructor":{"prototype":{}}}', 16, "/constructor/prototype"],
  ["a comma too many", '{"a":1,}', 7, ""],
  ["an early end", '{"a":1', 6, ""],
];

for (const [name, text, offset, pointer] of WHERE) {
  test(`${name} is found where it is`, () => {
    const outcome = parse(text);
    assert.ok("problem" in outcome);
    assert.equal(outcome.offset, offset);
    assert.equal(outcome.pointer ?? "", pointer);
  });
}

test("integers that would be rounded are refused where numbers must be exact, and only there", () => {
  const exact = { ...LIMITS, exactNumbers: true };
  for (const number of ["9007199254740993", "1".repeat(40), `-${"7".repeat(40)}`]) {
    const bytes = Buffer.from(`{"n":${number}}`);
    assert.ok("problem" in parseStrictJson(bytes, exact));
    assert.ok("value" in parseStrictJson(bytes, LIMITS));
  }
  for (const number of ["0", "-0", "9007199254740991", "1.5", "1e40", "-12"]) {
    assert.ok("value" in parseStrictJson(Buffer.from(`[${number}]`), exact), number);
  }
});
