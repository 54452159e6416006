// Any list of fields, written as any kind of CSV: every row comes out once, whole, in one file.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isProblem } from "../../src/address/parse-address.ts";
import { addressReader } from "../../src/scrub/read-address.ts";
import { judgeOf, OPTED_OUT, scrub } from "./run-scrub.ts";

const digit = fc.integer({ min: 0, max: 9 });
/** Few numbers, so that files have duplicates and opted-out people in them. */
const number = fc.tuple(digit, digit).map(([a, b]) => `41555501${a % 3}${b}`);
const address = fc.oneof(
  number.map((text) => `+1${text}`),
  number.map((text) => `(${text.slice(0, 3)}) ${text.slice(3, 6)}-${text.slice(6)}`),
  number.map((text) => `${text.slice(0, 3)}-${text.slice(3, 6)}-${text.slice(6)}`),
  fc.constantFrom("", " ", "12345", "ana@example.com", "n/a", "+33 6 12 34 56 78", "=1+1"),
);
const text = fc.string({
  unit: fc.constantFrom("a", "é", "ব", '"', ",", ";", "\t", "\n", "\r\n", " ", "=", "\0"),
  maxLength: 10,
});
const row = fc.record({ before: text, address, after: text, quoteAll: fc.boolean() });

interface Row {
  readonly before: string;
  readonly address: string;
  readonly after: string;
  readonly quoteAll: boolean;
}

function write(fields: readonly string[], delimiter: string, quoteAll: boolean): string {
  return fields
    .map((field) =>
      quoteAll || field.includes(delimiter) || /["\r\n]/u.test(field)
        ? `"${field.replaceAll('"', '""')}"`
        : field,
    )
    .join(delimiter);
}

const OPTED_OUT_KEYS = Array.from({ length: 10 }, (_, i) => `+1415555011${i}`);
const dialect = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnds: fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 1, maxLength: 3 }),
  bom: fc.constantFrom("", "\uFEFF"),
  endsWithLineEnd: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 400 }),
});

test("every row comes out once, byte for byte, clean when nothing is against it", async () => {
  const read = addressReader("US");
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), dialect, async (rows, how) => {
      const { delimiter, lineEnds, bom, endsWithLineEnd, chunk } = how;
      const lineEnd = (index: number) => lineEnds[index % lineEnds.length]!;
      const raw = rows.map(
        (fields: Row, index) =>
          // The row number keeps rows apart and lines from being empty.
          write(
            [`${index + 1}`, fields.before, fields.address, fields.after],
            delimiter,
            fields.quoteAll,
          ) + (index === rows.length - 1 && !endsWithLineEnd ? "" : lineEnd(index)),
      );
      const header = `n${delimiter}before${delimiter}phone${delimiter}after${lineEnd(0)}`;
      const file = `${bom}${header}${raw.join("")}`;
      const judge = judgeOf(OPTED_OUT_KEYS);
      const { clean, removed, report } = await scrub(
        file,
        { column: "phone", delimiter, hasHeader: true, chunk },
        judge,
      );

      const kept = new Set<string>();
      const expected = raw.filter((_, index) => {
        const parsed = read(rows[index]!.address, null);
        if (isProblem(parsed) || parsed.kind !== "phone") return false;
        if (judge(parsed) !== null || !parsed.valid || kept.has(parsed.key)) return false;
        kept.add(parsed.key);
        return true;
      });
      assert.equal(clean.toString(), bom + header + expected.join(""));

      const removedText = removed.toString();
      for (const [index, line] of raw.entries()) {
        if (expected.includes(line)) continue;
        const bare = line.replace(/(?:\r\n|\n|\r)$/u, "");
        assert.ok(removedText.includes(`${index + 1}${delimiter}${bare}${delimiter}`), bare);
      }
      assert.equal(report.rows.total, rows.length);
      assert.equal(report.rows.clean, expected.length);
      assert.equal(report.rows.removed + report.rows.rejected, rows.length - expected.length);
    }),
    { numRuns: 400 },
  );
});

test("the scrub removes an address exactly when the judge says so", async () => {
  const read = addressReader("US");
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(number, { minLength: 1, maxLength: 30 }), async (numbers) => {
      const judge = judgeOf(OPTED_OUT_KEYS);
      const file = `phone\n${numbers.map((text) => `${text}\n`).join("")}`;
      const { clean, report } = await scrub(file, {}, judge);
      const allowed = numbers.filter((text) => {
        const parsed = read(text, null);
        return !isProblem(parsed) && judge(parsed) === null;
      });
      assert.equal(clean.toString(), `phone\n${allowed.map((text) => `${text}\n`).join("")}`);
      const optedOut = report.reasons.find(({ reason }) => reason === OPTED_OUT.kind)?.rows ?? 0;
      assert.equal(optedOut, numbers.length - allowed.length);
    }),
    { numRuns: 200 },
  );
});

test("any bytes: counts add up and no opted-out address is in the clean file", async () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      '"',
      ",",
      "\n",
      "\r",
      "+14155550110",
      "+14155550120",
      "a",
      "\0",
      '""',
      ",",
    ),
    maxLength: 120,
  });
  await fc.assert(
    fc.asyncProperty(nasty, fc.integer({ min: 1, max: 50 }), async (text, chunk) => {
      const options = { column: 1, delimiter: ",", hasHeader: false, chunk };
      // The first row keeps a few NUL bytes from looking like UTF-16.
      const file = `${"not a number,".repeat(20)}\n${text}`;
      const { clean, report } = await scrub(file, options, judgeOf(["+14155550110"]));
      assert.equal(
        report.rows.total,
        report.rows.clean + report.rows.removed + report.rows.rejected,
      );
      // Read again, the clean file holds only rows that are clean.
      const again = await scrub(clean, options, judgeOf(["+14155550110"]));
      assert.deepEqual(again.clean, clean);
      assert.equal(again.report.rows.clean, report.rows.clean);
    }),
    { numRuns: 1500 },
  );
});
