// The row scanner against a table of files, under every way of cutting them into chunks.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cellText, cellTexts } from "../../src/scrub/cell.ts";
import { RowScanner } from "../../src/scrub/row-scanner.ts";

interface Seen {
  /** `row:a|b`, `blank`, `broken-quoting:…`, with the line it begins on. */
  readonly rows: string[];
  /** Raw bytes of everything, in order: nothing may be missing. */
  readonly raw: string;
}

/** Feeds the bytes cut at the given places and writes down what comes out. */
function scan(bytes: Buffer, cuts: readonly number[], longestRowBytes = 64): Seen {
  const scanner = new RowScanner({ delimiter: ",", longestRowBytes });
  const chunks: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    chunks.push(bytes.subarray(from, cut));
    from = cut;
  }
  chunks.push(bytes.subarray(from));
  const rows: string[] = [];
  let raw = "";
  let piece = "";
  const take = () => {
    for (;;) {
      const found = scanner.next();
      if (found === "more" || found === "end") return;
      raw += scanner.bytes.toString("latin1", scanner.start, scanner.end);
      if (found === "row")
        rows.push(`${scanner.line} row:${cellTexts(scanner, "utf-8").join("|")}`);
      if (found === "blank") rows.push(`${scanner.line} blank`);
      if (found === "rejected") {
        if (scanner.isFirstPiece) piece = `${scanner.line} ${scanner.rejection}:`;
        piece += scanner.bytes.toString("latin1", scanner.start, scanner.contentEnd);
        if (scanner.isLastPiece) rows.push(piece);
      }
    }
  };
  for (const chunk of chunks) {
    scanner.push(chunk);
    take();
  }
  scanner.finish();
  take();
  return { rows, raw };
}

const long = "x".repeat(70);

const FILES: readonly { name: string; file: string; rows: string[] }[] = [
  { name: "nothing", file: "", rows: [] },
  { name: "LF", file: "a,b\nc,d\n", rows: ["1 row:a|b", "2 row:c|d"] },
  { name: "CRLF and no last line end", file: "a,b\r\nc,d", rows: ["1 row:a|b", "2 row:c|d"] },
  { name: "CR", file: "a,b\rc,d\r", rows: ["1 row:a|b", "2 row:c|d"] },
  { name: "all of them", file: "a\r\nb\nc\rd", rows: ["1 row:a", "2 row:b", "3 row:c", "4 row:d"] },
  { name: "CR CR LF, LF turned to CRLF twice", file: "a\r\r\nb", rows: ["1 row:a", "2 row:b"] },
  {
    name: "empty lines",
    file: "\na\n\n\nb\n",
    rows: ["1 blank", "2 row:a", "3 blank", "4 blank", "5 row:b"],
  },
  { name: "empty fields", file: ",,\n,", rows: ["1 row:||", "2 row:|"] },
  { name: "quotes", file: '"a","b,""c"""\n"",d', rows: ['1 row:a|b,"c"', "2 row:|d"] },
  {
    name: "quoted line ends",
    file: '"a\nb\r\nc",d\ne,f\n',
    rows: ["1 row:a\nb\r\nc|d", "4 row:e|f"],
  },
  { name: "a quote inside a field", file: '5" pipe,b\n', rows: ['1 row:5" pipe|b'] },
  { name: "text behind a closing quote", file: '"Bob" Smith,b\n', rows: ["1 row:Bob Smith|b"] },
  { name: "NUL bytes", file: "a\0,\0\n", rows: ["1 row:a\0|\0"] },
  {
    name: "a stray quote costs its own line only",
    file: 'a,"b\nc,d\n"e",f\ng',
    rows: ['1 broken-quoting:a,"b', "2 row:c|d", "3 row:e|f", "4 row:g"],
  },
  {
    name: "a quote that is open at the end",
    file: 'a\nb,"c\nd',
    rows: ["1 row:a", '2 broken-quoting:b,"c', "3 row:d"],
  },
  {
    name: "an open quote on the last line",
    file: 'a\n"b',
    rows: ["1 row:a", '2 broken-quoting:"b'],
  },
  {
    name: "a long line",
    file: `a\n${long}\nb`,
    rows: ["1 row:a", `2 row-too-long:${long}`, "3 row:b"],
  },
  { name: "a long last line", file: `a\n${long}`, rows: ["1 row:a", `2 row-too-long:${long}`] },
  {
    name: "a stray quote before many rows",
    file: `"a\n${"bb\n".repeat(30)}c`,
    rows: [
      '1 broken-quoting:"a',
      ...Array.from({ length: 30 }, (_, i) => `${i + 2} row:bb`),
      "32 row:c",
    ],
  },
];

for (const { name, file, rows } of FILES) {
  test(`${name}: the same rows however the bytes arrive, and none of them lost`, () => {
    const bytes = Buffer.from(file);
    assert.deepEqual(scan(bytes, []).rows, rows);
    const everywhere = Array.from({ length: bytes.length }, (_, index) => index);
    for (const cut of everywhere) assert.deepEqual(scan(bytes, [cut]).rows, rows, `cut at ${cut}`);
    const bytewise = scan(bytes, everywhere);
    assert.deepEqual(bytewise.rows, rows, "byte by byte");
    assert.equal(bytewise.raw, file);
  });
}

test("any bytes: the cut into chunks changes nothing and every byte comes out once", () => {
  const nasty = fc.string({
    unit: fc.constantFrom('"', ",", "\n", "\r", "a", '""', "\r\n"),
    maxLength: 200,
  });
  fc.assert(
    fc.property(nasty, fc.array(fc.nat(400), { maxLength: 12 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const whole = scan(bytes, []);
      const cut = scan(
        bytes,
        cuts.map((place) => Math.min(place, bytes.length)),
      );
      assert.deepEqual(cut, whole);
      assert.equal(whole.raw, text);
    }),
    { numRuns: 3000 },
  );
});

test("fields that were quoted by the rules come back as they were", () => {
  const field = fc.string({
    unit: fc.constantFrom('"', ",", "\n", "\r", "é", "b", " ", ";"),
    maxLength: 8,
  });
  const row = fc.array(field, { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const file = rows.map((fields) => fields.map(quoted).join(",")).join("\r\n");
      const scanner = new RowScanner({ delimiter: "," });
      scanner.push(Buffer.from(file));
      scanner.finish();
      for (const fields of rows) {
        assert.equal(scanner.next(), "row");
        assert.deepEqual(cellTexts(scanner, "utf-8"), fields);
        assert.deepEqual(
          fields.map((_, index) => cellText(scanner, index, "utf-8")),
          fields,
        );
      }
      assert.equal(scanner.next(), "end");
    }),
  );
});

test("a file made of stray quotes costs no more than a few looks at each byte", () => {
  // Every line opens a quote that nothing closes; without a bound each would read a whole megabyte.
  const line = `${"a,".repeat(3)}"${"b".repeat(20)}`;
  const bytes = Buffer.from(`${line}\n`.repeat(20_000));
  const scanner = new RowScanner({ delimiter: "," });
  scanner.push(bytes);
  scanner.finish();
  let rows = 0;
  for (let found = scanner.next(); found !== "end"; found = scanner.next()) {
    if (found === "row" || (found === "rejected" && scanner.isLastPiece)) rows += 1;
  }
  assert.ok(rows > 0);
});
