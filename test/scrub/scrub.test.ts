// What a scrub does with files as people have them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { summariseReport } from "../../src/scrub/report.ts";
import { scrubRows } from "../../src/scrub/scrub.ts";
import { chunksOf, judgeOf, OPTED_OUT, optionsOf, scrub } from "./run-scrub.ts";

const OUT = judgeOf(["+14155550101"]);

test("people who said stop go, with the reason; all others stay byte for byte", async () => {
  const file =
    'id,phone,name\r\n1,+14155550100,Ana\r\n2,(415) 555-0101,"Lopez, Bea"\r\n' +
    "3, 415-555-0102 ,Cy\n" +
    "4,+14155550100,Ana again\r\n5,,Nobody\r\n6,12345,Short\r\n7,dan@example.com,Dan";
  const { clean, removed, report } = await scrub(file, {}, OUT);
  assert.equal(clean.toString(), "id,phone,name\r\n1,+14155550100,Ana\r\n3, 415-555-0102 ,Cy\n");
  const lines = removed.toString().split("\r\n");
  assert.deepEqual(lines.slice(0, 2), [
    "heed_row,id,phone,name,heed_reason,heed_text,heed_entry,heed_list,heed_rule",
    `2,2,(415) 555-0101,"Lopez, Bea",opted-out,${OPTED_OUT.text},7,,`,
  ]);
  assert.match(lines[2]!, /^4,4,\+14155550100,Ana again,duplicate,/u);
  assert.match(lines[3]!, /^5,5,,Nobody,no-address,/u);
  assert.match(lines[4]!, /^6,6,12345,Short,invalid-address,/u);
  assert.match(lines[5]!, /^7,7,dan@example.com,Dan,wrong-address,/u);
  assert.deepEqual(report.rows, { total: 7, clean: 2, removed: 5, rejected: 0 });
  assert.deepEqual(report.column, { number: 2, name: "phone", foundBy: "name" });
  assert.equal(report.bytes.read, Buffer.byteLength(file));
});

for (const delimiter of [",", ";", "\t", "|"]) {
  test(`a file with ${JSON.stringify(delimiter)} between fields is written so, too`, async () => {
    const file = ["name;phone;x", "Ana;+14155550100;1", "Bea;+14155550101;2", ""]
      .join("\n")
      .replaceAll(";", delimiter);
    const { clean, removed, report } = await scrub(file, {}, OUT);
    assert.equal(report.delimiter, delimiter);
    assert.equal(clean.toString(), file.split("\n").toSpliced(2, 1).join("\n"));
    assert.ok(
      removed.toString().includes(["2", "Bea", "+14155550101", "2", "opted-out"].join(delimiter)),
    );
  });
}

test("a given delimiter is taken, and an impossible one is refused", async () => {
  const { report } = await scrub("phone^name\n+14155550100^A\n", { delimiter: "^" });
  assert.equal(report.rows.clean, 1);
  await assert.rejects(scrub("a\n", { delimiter: "ab" }), /`ab` cannot separate fields\. Use one/u);
});

test("a byte order mark stays at the front and is in no column name", async () => {
  const { clean, removed, report } = await scrub(
    '\uFEFF"phone",n\n+14155550100,é\n+14155550101,b\n',
    { chunk: 1 },
    OUT,
  );
  assert.equal(clean.toString(), '\uFEFF"phone",n\n+14155550100,é\n');
  assert.ok(removed.toString().startsWith('\uFEFFheed_row,"phone",n,heed_reason'));
  assert.equal(report.column?.name, "phone");
});

test("Latin-1 bytes stay as they are, and what Heed adds is in the same encoding", async () => {
  const file = Buffer.from("téléphone;prénom\r\n0612345678;Zoé\r\n0612345679;Léa\r\n", "latin1");
  const judge = judgeOf(["+33612345679"]);
  const { clean, removed, report } = await scrub(file, { region: "FR" }, judge);
  assert.equal(report.encoding, "windows-1252");
  assert.equal(report.column?.name, "téléphone");
  assert.deepEqual(clean, Buffer.from("téléphone;prénom\r\n0612345678;Zoé\r\n", "latin1"));
  assert.ok(removed.toString("latin1").includes("\r\n2;0612345679;Léa;opted-out;They opted"));
});

test("UTF-16, workbooks and compressed files are refused with what to do", async () => {
  const files: [Buffer, RegExp][] = [
    [Buffer.from("\uFEFFphone\n1", "utf16le"), /UTF-16.*Save it as UTF-8/u],
    [Buffer.from("phone,name\n+14155550100,Ana\n", "utf16le"), /UTF-16/u],
    [Buffer.from("PK\x03\x04rest of a workbook"), /workbook.*Save the sheet as CSV/u],
    [Buffer.from([0x1f, 0x8b, 8, 0]), /compressed\. Unpack/u],
  ];
  for (const [file, message] of files) {
    const write = () => assert.fail("something was written");
    await assert.rejects(
      scrubRows(chunksOf(file, 9), optionsOf({}), { clean: write, removed: write }, OUT),
      { name: "UnreadableFile", message },
    );
  }
});

test("an address in another encoding is rejected, other cells never matter", async () => {
  const rows = Buffer.concat([
    Buffer.from("phone,name\n+14155550100,Zoé\n+1415555"),
    Buffer.from([0xa0]),
    Buffer.from("0101,Bea\n"),
  ]);
  // The bad byte comes after the part that the encoding is guessed from.
  const filler = Array.from({ length: 20_000 }, (_, i) => `+1415${2_000_000 + i},Name\n`).join("");
  const at = rows.indexOf("+1415555");
  const file = Buffer.concat([rows.subarray(0, at), Buffer.from(filler), rows.subarray(at)]);
  const { report } = await scrub(file, { keepUnknownNumbers: true }, OUT);
  assert.equal(report.encoding, "utf-8");
  assert.deepEqual(report.rows, { total: 20_002, clean: 20_001, removed: 0, rejected: 1 });
  assert.equal(report.reasons[0]?.reason, "wrong-encoding");
});

test("quoted fields with line ends stay one row, with its row number", async () => {
  const file = 'note,phone\n"two\nlines, and ""quotes""",+14155550100\n"x\r\ny",+14155550101\n';
  const { clean, removed } = await scrub(file, { chunk: 3 }, OUT);
  assert.equal(clean.toString(), 'note,phone\n"two\nlines, and ""quotes""",+14155550100\n');
  assert.ok(removed.toString().includes('\n2,"x\r\ny",+14155550101,opted-out,'));
});

test("a kept last row without a line end gets none", async () => {
  const { clean } = await scrub("phone\n+14155550101\n+14155550100", {}, OUT);
  assert.equal(clean.toString(), "phone\n+14155550100");
});

test("an empty file and one with only a header give the same, and say so", async () => {
  const empty = await scrub("");
  assert.equal(empty.clean.length, 0);
  assert.equal(empty.report.rows.total, 0);
  assert.match(summariseReport(empty.report), /has no rows/u);
  const header = await scrub("name,phone\r\n");
  assert.equal(header.clean.toString(), "name,phone\r\n");
  assert.equal(header.report.column?.name, "phone");
  assert.equal(header.report.rows.total, 0);
});

test("a file without a header is seen as such and its first row is checked", async () => {
  const { clean, removed, report } = await scrub("+14155550101,Bea\n+14155550100,Ana\n", {}, OUT);
  assert.equal(report.hasHeader, false);
  assert.deepEqual(report.column, { number: 1, name: null, foundBy: "content" });
  assert.equal(clean.toString(), "+14155550100,Ana\n");
  assert.match(removed.toString(), /^heed_row,column_1,column_2,heed_reason,.*\n1,\+14155550101,/u);
});

test("ragged rows are read, and the notes stay in the last columns", async () => {
  const file = "a,phone,b\n1,+14155550100\n2,+14155550101\n3,+14155550101,x,y,z\n4\n";
  const { clean, removed } = await scrub(file, {}, OUT);
  assert.equal(clean.toString(), "a,phone,b\n1,+14155550100\n");
  const [header, short, wide, empty] = removed.toString().split("\n");
  assert.equal(header!.split(",").length, 9);
  assert.ok(short!.startsWith("2,2,+14155550101,,opted-out,"));
  assert.deepEqual(wide!.split(",").slice(-5, -3), ["opted-out", OPTED_OUT.text]);
  assert.ok(empty!.startsWith("4,4,,,no-address,"));
});

test("empty lines are counted and left out", async () => {
  const { clean, report } = await scrub("phone\n\n+14155550100\n\n\n");
  assert.equal(clean.toString(), "phone\n+14155550100\n");
  assert.equal(report.blankLines, 3);
  assert.equal(report.rows.total, 1);
});

test("a NUL byte makes an address invalid and leaves other cells alone", async () => {
  const { clean, report } = await scrub(
    "phone,name\n+1415\x005550101,A\n+14155550100,A\0b\n",
    {},
    OUT,
  );
  assert.equal(clean.toString(), "phone,name\n+14155550100,A\0b\n");
  assert.equal(report.reasons[0]?.reason, "invalid-address");
});

test("a stray quote rejects its line, and the rows behind it are checked", async () => {
  const file = 'name,phone\n"Ana,+14155550100\nBea,+14155550101\nCy,+14155550102\n';
  const { clean, removed, report } = await scrub(file, {}, OUT);
  assert.equal(clean.toString(), "name,phone\nCy,+14155550102\n");
  assert.ok(
    removed.toString().includes('\n1,"""Ana,+14155550100",,broken-quoting,"Line 2 of the file'),
  );
  assert.deepEqual(report.rows, { total: 3, clean: 1, removed: 1, rejected: 1 });
});

test("no cell of ours is a formula, and the cells of the file are not touched", async () => {
  const judge = () => [{ ...OPTED_OUT, text: '=HYPERLINK("x")', list: "@list", rule: "+r" }];
  const { removed } = await scrub("phone,f\n+14155550100,=1+1\n", {}, judge);
  assert.ok(
    removed
      .toString()
      .endsWith(`1,+14155550100,=1+1,opted-out,"'=HYPERLINK(""x"")",7,'@list,'+r\n`),
  );
});

test("e-mail lists: compared without case, phone numbers are the wrong address", async () => {
  const file = "email\nAna@Example.com\nana@example.com\nbea@example.com\n+14155550100\n";
  const { clean, report } = await scrub(file, { channel: "email" }, judgeOf(["bea@example.com"]));
  assert.equal(clean.toString(), "email\nAna@Example.com\n");
  assert.deepEqual(
    report.reasons.map(({ reason, examples }) => [reason, ...examples]),
    [
      ["duplicate", 2],
      ["opted-out", 3],
      ["wrong-address", 4],
    ],
  );
});

test("several spellings of one number are duplicates, and the first row wins", async () => {
  const file = "phone\n(415) 555-0100\n+1 415-555-0100\n14155550100\n4155550100\n";
  const { clean, report } = await scrub(file);
  assert.equal(clean.toString(), "phone\n(415) 555-0100\n");
  assert.equal(report.reasons[0]?.rows, 3);
});

test("a duplicate of a removed row is removed for the same reason", async () => {
  const { report } = await scrub("phone\n+14155550101\n+14155550101\n", {}, OUT);
  assert.deepEqual(
    report.reasons.map(({ reason, rows }) => [reason, rows]),
    [["opted-out", 2]],
  );
});

test("numbers that no plan knows are removed, or kept when asked", async () => {
  const file = "phone\n+12225550100\n+12225550101\n";
  const judge = judgeOf(["+12225550101"]);
  assert.equal((await scrub(file, {}, judge)).clean.toString(), "phone\n");
  const kept = await scrub(file, { keepUnknownNumbers: true }, judge);
  assert.equal(kept.clean.toString(), "phone\n+12225550100\n");
});

test("when there are more addresses than are remembered, the report says so", async () => {
  const file = "phone\n+14155550100\n+14155550102\n+14155550102\n+14155550100\n";
  const { report, clean } = await scrub(file, { maxDistinct: 1 });
  assert.equal(report.allDuplicatesFound, false);
  assert.equal(clean.toString(), "phone\n+14155550100\n+14155550102\n+14155550102\n");
  assert.match(summariseReport(report), /too many addresses/u);
});

test("the report has counts and row numbers and no address, also in words", async () => {
  const file = "phone,name\n+14155550101,Bea\n+14155550100,Ana\n77,Cy\n";
  const { report } = await scrub(file, {}, OUT);
  const words = summariseReport(report);
  assert.match(words, /^3 rows read for sms: 1 row clean, 2 rows removed, 0 rows not readable\./u);
  assert.match(words, /column 1 `phone`, found by its name/u);
  assert.match(words, /- 1 row removed: opted out from this sender \(row 1\)/u);
  assert.doesNotMatch(words + JSON.stringify(report), /4155550101|4155550100/u);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
});

test("a judge that fails stops the scrub, instead of letting rows through", async () => {
  const judge = () => {
    throw new Error("the list cannot be read");
  };
  await assert.rejects(scrub("phone\n+14155550100\n", {}, judge), /the list cannot be read/u);
});

test("a failing sink stops the scrub and closes the input", async () => {
  let closed = false;
  async function* endless() {
    try {
      yield Buffer.from("phone\n");
      for (let i = 0; ; i += 1)
        yield Buffer.from(`+1415${2_000_000 + (i % 1_000_000)}\n`.repeat(50));
    } finally {
      closed = true;
    }
  }
  const full = async () => {
    throw new Error("no space left");
  };
  await assert.rejects(
    scrubRows(endless(), optionsOf({}), { clean: full, removed: full }, OUT),
    /no space left/u,
  );
  assert.equal(closed, true);
});

test("others get their turn, progress is told, and a slow sink is waited for", async () => {
  let turns = 0;
  let inSink = 0;
  const rows = Array.from({ length: 30_000 }, (_, i) => `+1415${2_000_000 + i},x`).join("\n");
  const seen: number[] = [];
  let clock = 0;
  const slow = async () => {
    inSink += 1;
    assert.equal(inSink, 1, "the sink got a chunk while it was busy");
    await new Promise((resolve) => setImmediate(resolve));
    inSink -= 1;
  };
  const options = optionsOf({
    // A clock that goes on by a millisecond per look: a turn is a few looks long.
    now: () => clock++,
    pause: async () => void turns++,
    onProgress: ({ rows: done }) => void seen.push(done),
  });
  const bytes = Buffer.from(`phone,x\n${rows}\n`);
  await scrubRows(chunksOf(bytes, 65_536), options, { clean: slow, removed: slow }, OUT);
  assert.ok(turns > 100, `${turns} turns`);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(seen.length > 3);
});

test("a line of 200 MB passes through without being held in memory", async () => {
  const piece = Buffer.alloc(64 * 1024, "x");
  async function* input() {
    yield Buffer.from("phone,name\n+14155550100,Ana\n");
    for (let sent = 0; sent < 200 * 1024 * 1024; sent += piece.length) yield piece;
    yield Buffer.from("\n+14155550102,Cy\n");
  }
  const sizes = { clean: 0, removed: 0 };
  const sink = (name: "clean" | "removed") => async (chunk: Uint8Array) => {
    sizes[name] += chunk.length;
  };
  const before = process.memoryUsage().rss;
  const report = await scrubRows(
    input(),
    optionsOf({}),
    { clean: sink("clean"), removed: sink("removed") },
    OUT,
  );
  const grown = process.memoryUsage().rss - before;
  assert.deepEqual(report.rows, { total: 3, clean: 2, removed: 0, rejected: 1 });
  assert.equal(report.reasons[0]?.reason, "row-too-long");
  assert.ok(sizes.removed > 200 * 1024 * 1024);
  assert.ok(grown < 100 * 1024 * 1024, `memory grew by ${Math.round(grown / 1024 / 1024)} MB`);
});

test("a file that begins with an endless line asks for the column", async () => {
  const file = `${"x".repeat(300_000)}\nphone\n+14155550100\n`;
  await assert.rejects(scrub(file), /no row in the first .* give the number of the column/u);
});
