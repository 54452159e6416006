/** SMS are counted as phones and operators count them: TS 23.038 and TS 23.040. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countSegments } from "../../../src/rules/message/segments.ts";

const of = (text: string) => {
  const { encoding, units, segments } = countSegments(text);
  return [encoding, units, segments];
};

test("the last character that fits, and the first that does not", () => {
  assert.deepEqual(of(""), ["GSM-7", 0, 1]);
  assert.deepEqual(of("a".repeat(160)), ["GSM-7", 160, 1]);
  assert.deepEqual(of("a".repeat(161)), ["GSM-7", 161, 2]);
  assert.deepEqual(of("a".repeat(306)), ["GSM-7", 306, 2]);
  assert.deepEqual(of("a".repeat(307)), ["GSM-7", 307, 3]);
  assert.deepEqual(of("ব".repeat(70)), ["UCS-2", 70, 1]);
  assert.deepEqual(of("ব".repeat(71)), ["UCS-2", 71, 2]);
  assert.deepEqual(of("ব".repeat(134)), ["UCS-2", 134, 2]);
  assert.deepEqual(of("ব".repeat(135)), ["UCS-2", 135, 3]);
});

test("the extension table costs two septets, and neither they nor surrogates are cut in two", () => {
  assert.deepEqual(of("€".repeat(80)), ["GSM-7", 160, 1]);
  assert.deepEqual(of(`${"€".repeat(80)}a`), ["GSM-7", 161, 2]);
  // 153 is odd: each part leaves one septet empty, so 76 signs fit and not 76.5.
  assert.deepEqual(of("€".repeat(152)), ["GSM-7", 304, 2]);
  assert.deepEqual(of("€".repeat(153)), ["GSM-7", 306, 3]);
  assert.deepEqual(of("🎁".repeat(35)), ["UCS-2", 70, 1]);
  assert.deepEqual(of("🎁".repeat(66)), ["UCS-2", 132, 2]);
  assert.deepEqual(of("🎁".repeat(67)), ["UCS-2", 134, 3]);
  assert.deepEqual(countSegments("ça va ê").outsideGsm7, ["ç", "ê"]);
});

test("a longer text never takes fewer, and what is left fits", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, two) => {
      const [first, both] = [countSegments(one), countSegments(one + two)];
      assert.ok(both.segments >= first.segments);
      const filler = (first.encoding === "GSM-7" ? "a" : "ব").repeat(first.left);
      assert.equal(countSegments(one + filler).segments, first.segments);
      assert.equal(
        countSegments(`${one}${filler}${filler === "" ? "a" : filler[0]}`).segments,
        first.segments + 1,
      );
    }),
  );
});
