// Import files of other systems: what each row says, and what is said about rows that say nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readActTime } from "../../src/scrub/act-times.ts";
import {
  type ActRow,
  type ActRowOptions,
  formatReject,
  messageIdOf,
  readActRows,
} from "../../src/scrub/csv-acts.ts";
import { addressReader } from "../../src/scrub/read-address.ts";
import { chunksOf } from "./run-scrub.ts";

async function read(file: string | Uint8Array, options: Partial<ActRowOptions> = {}, chunk = 4096) {
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  const rows: ActRow[] = [];
  const pause = async () => {};
  for await (const row of readActRows(chunksOf(bytes, chunk), {
    read: addressReader("US"),
    pause,
    ...options,
  })) {
    rows.push(row);
  }
  return rows;
}

const acts = (rows: readonly ActRow[]) => rows.flatMap((row) => ("act" in row ? [row.act] : []));
const problems = (rows: readonly ActRow[]) =>
  rows.flatMap((row) =>
    "problem" in row ? [`${row.row}/${row.line} ${row.problem.problem}`] : [],
  );

test("all columns are recognised, in any order and any case", async () => {
  const [row] = await read(
    "Date,Lang,PHONE,Status,Channel,Sender,Program,Class,Level,Form,Note,IP address\n" +
      "2025-04-03T10:00:00+02:00,pt_br,(415) 555-0100,Subscribed,SMS,acme,offers," +
      "marketing,Express written,spring,by phone,192.0.2.1\n",
  );
  assert.ok(row !== undefined && "act" in row);
  assert.deepEqual(row, {
    row: 1,
    line: 2,
    act: {
      kind: "opt-in",
      address: { key: "+14155550100", kind: "phone", display: "+14155550100", valid: true },
      channel: "sms",
      sender: "acme",
      program: "offers",
      class: "marketing",
      claimedAt: Date.UTC(2025, 3, 3, 8),
      level: "written",
      language: "pt-BR",
      evidence: { kind: "import", form: "spring", ip_address: "192.0.2.1" },
      note: "by phone",
    },
  });
});

test("a day without a clock is read to the strict side of each kind", async () => {
  const kinds = ["opt-out", "opt-in", "purchase", "inquiry", "refusal", "opt-in-request"];
  const rows = kinds.map((kind) => `+14155550100,${kind},2025-04-03\n`).join("");
  const found = acts(await read(`phone,kind,date\n${rows}`));
  for (const { kind, claimedAt } of found) {
    const canAllow = ["opt-in", "purchase", "inquiry"].includes(kind);
    assert.equal(claimedAt, canAllow ? Date.UTC(2025, 3, 3) : Date.UTC(2025, 3, 4) - 1, kind);
  }
  assert.equal(found.length, kinds.length);
});

const KINDS: readonly [header: string, cell: string, outcome: string][] = [
  ["kind", "opt-out", "opt-out"],
  ["kind", "Opted Out", "opt-out"],
  ["status", "unsubscribed", "opt-out"],
  ["action", "STOP", "opt-out"],
  ["estado", "Baja", "opt-out"],
  ["statut", "désabonné", "opt-out"],
  ["status", "subscribed", "opt-in"],
  ["action", "start", "opt-in"],
  ["opted_out", "TRUE", "opt-out"],
  ["Unsubscribed", "1", "opt-out"],
  ["opted_out", "false", "no-act"],
  ["opted_out", "perhaps", "unknown-kind"],
  ["opt_in", "yes", "opt-in"],
  ["subscribed", "no", "opt-out"],
  ["status", "cleaned", "unknown-kind"],
  ["kind", "purchase", "purchase"],
  ["event", "Ordered", "purchase"],
  ["action", "quote request", "inquiry"],
  ["status", "not interested", "refusal"],
  ["status", "Pending", "opt-in-request"],
  ["status", "", "no-kind"],
];

for (const [header, cell, outcome] of KINDS) {
  test(`\`${cell}\` in a column \`${header}\` is ${outcome}`, async () => {
    const [row] = await read(`phone,${header}\n+14155550100,${cell}\n`);
    assert.equal(row && ("act" in row ? row.act.kind : row.problem.problem), outcome);
  });
}

test("an opt-out in a column of its own outweighs a status that says subscribed", async () => {
  const [row] = await read("phone,status,unsubscribed\n+14155550100,subscribed,yes\n");
  assert.ok(row !== undefined && "act" in row);
  assert.equal(row.act.kind, "opt-out");
});

test("the kind of the file holds for rows that do not say otherwise", async () => {
  const plain = await read("+14155550100\nana@example.com\n", { kind: "opt-out" });
  assert.deepEqual(
    acts(plain).map(({ kind, address }) => [kind, address.key]),
    [
      ["opt-out", "+14155550100"],
      ["opt-out", "ana@example.com"],
    ],
  );
  const mixed = await read("phone,kind\n+14155550100,\n+14155550101,opt-in\n", { kind: "opt-out" });
  assert.deepEqual(
    acts(mixed).map(({ kind }) => kind),
    ["opt-out", "opt-in"],
  );
});

test("a file that says nothing about the kind is refused before its first row", async () => {
  await assert.rejects(read("phone\n+14155550100\n"), {
    problem: "no-kind",
    message: /Add a column `kind`/u,
  });
  await assert.rejects(read("phone,email,kind\n+14155550100,a@example.com,stop\n"), {
    problem: "several-columns",
  });
  await assert.rejects(read("phone\n+14155550100\n", { kind: "opt-out", zone: "Mars/Base" }), {
    problem: "bad-zone",
  });
  assert.deepEqual(await read(""), []);
});

test("bad rows are problems with row and line, good ones are kept", async () => {
  const rows = await read(
    "phone,kind,at,channel,sender,level,note\n" +
      '+14155550100,stop,,,,,"two\nlines"\n' +
      "12345,stop,,,,,\n" +
      "+14155550101,stop,03/04/2025,,,,\n" +
      "+14155550102,stop,2025-02-30,,,,\n" +
      "+14155550103,stop,,fax,,,\n" +
      "+14155550104,stop,,email,,,\n" +
      "+14155550105,stop,,,Acme Shoes,,\n" +
      "+14155550106,start,,,,maybe,\n" +
      ",stop,,,,,\n" +
      '"+14155550107,stop,,,,,\n' +
      "+14155550108,stop,,,,,\n",
    {},
    5,
  );
  assert.deepEqual(problems(rows), [
    "2/4 too-short",
    "3/5 bad-time",
    "4/6 bad-time",
    "5/7 unknown-channel",
    "6/8 wrong-channel",
    "7/9 bad-sender",
    "8/10 unknown-level",
    "9/11 empty",
    "10/12 broken-quoting",
  ]);
  assert.deepEqual(
    acts(rows).map(({ address }) => address.key),
    ["+14155550100", "+14155550108"],
  );
});

test("a rejects line holds the row, and no formula of anybody's", async () => {
  const [row] = await read("phone,kind\n=1+1,stop\n");
  assert.ok(row !== undefined && "problem" in row);
  assert.match(formatReject(row.line, row.problem, row.raw), /^2,too-short,.*,"'=1\+1,stop"\r\n$/u);
});

test("Latin-1, a byte order mark, semicolons and CRLF are read", async () => {
  const latin = Buffer.from(
    "téléphone;statut;remarque\r\n+33612345678;désabonné;été\r\n",
    "latin1",
  );
  assert.deepEqual(
    acts(await read(latin)).map(({ kind, note }) => [kind, note]),
    [["opt-out", "été"]],
  );
  const bom = await read("\uFEFFphone;kind\r\n+33612345678;stop\r\n", {}, 1);
  assert.deepEqual(
    acts(bom).map(({ kind }) => kind),
    ["opt-out"],
  );
});

const TIMES: readonly [text: string, zone: string, late: string | null, early?: string][] = [
  ["2025-04-03T14:30:00Z", "UTC", "2025-04-03T14:30:00.000Z"],
  ["2025-04-03T14:30:00.25+02:00", "UTC", "2025-04-03T12:30:00.250Z"],
  ["2025-04-03 14:30:00 +0200", "UTC", "2025-04-03T12:30:00.000Z"],
  ["2025-04-03 14:30:00 UTC", "Asia/Dhaka", "2025-04-03T14:30:00.000Z"],
  ["2025-04-03 14:30", "UTC", "2025-04-03T14:30:00.000Z"],
  ["2025-04-03 14:30", "America/New_York", "2025-04-03T18:30:00.000Z"],
  ["2025/04/03 14:30:05", "UTC", "2025-04-03T14:30:05.000Z"],
  ["1743690600", "UTC", "2025-04-03T14:30:00.000Z"],
  ["1743690600123", "UTC", "2025-04-03T14:30:00.123Z"],
  ["2025-04-03", "UTC", "2025-04-03T23:59:59.999Z", "2025-04-03T00:00:00.000Z"],
  // The hour that comes twice: an opt-out counts from the later one, an opt-in from the earlier.
  ["2025-11-02 01:30", "America/New_York", "2025-11-02T06:30:00.000Z", "2025-11-02T05:30:00.000Z"],
  ["03/04/2025", "UTC", null],
  ["3.4.25 10:00", "UTC", null],
  ["25/12/2025", "UTC", null],
  ["2025-02-30", "UTC", null],
  ["2025-04-03T25:00:00Z", "UTC", null],
  ["1600-01-01", "UTC", null],
  ["12345", "UTC", null],
  ["yesterday", "UTC", null],
  ["3 Apr 2025", "UTC", null],
];

for (const [text, zone, late, early] of TIMES) {
  test(`the time \`${text}\` in ${zone} is ${late ?? "refused with what to write"}`, () => {
    const read = (strict: "late" | "early") => {
      const at = readActTime(text, zone, strict);
      return typeof at === "number" ? new Date(at).toISOString() : at;
    };
    const outcome = read("late");
    if (late === null) {
      assert.ok(typeof outcome === "object");
      assert.match(outcome.message, /Write it as|Look for/u);
    } else {
      assert.equal(outcome, late);
      assert.equal(read("early"), early ?? late);
    }
  });
}

test("the id of a row depends on what it says, not on its file, spelling or place", async () => {
  const [one] = acts(await read("phone,kind,at\n(415) 555-0100,stop,2025-04-03 14:30\n"));
  const [other] = acts(
    await read("at;status;x;mobile\n\n2025-04-03T14:30:00Z;unsubscribed;1;+14155550100\n"),
  );
  assert.equal(messageIdOf(one!), messageIdOf(other!));
  const changes = [
    { kind: "opt-in" as const },
    { channel: "sms" as const },
    { sender: "acme" },
    { program: "offers" },
    { class: "marketing" },
    { claimedAt: 1 },
    { address: { key: "+14155550101" as never } },
  ];
  const ids = [one!, ...changes.map((change) => ({ ...one!, ...change }))].map(messageIdOf);
  assert.equal(new Set(ids).size, ids.length);
});

test("any bytes: every row is an act or a problem, in order, and reading always ends", async () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      '"',
      ",",
      "\n",
      "\r",
      "+14155550110",
      "stop",
      "start",
      "\0",
      "2025-01-01",
    ),
    maxLength: 80,
  });
  await fc.assert(
    fc.asyncProperty(nasty, fc.integer({ min: 1, max: 40 }), async (text, chunk) => {
      const file = `phone,kind,at,filler to keep a few NUL bytes from looking like UTF-16\n${text}`;
      const rows = await read(file, {}, chunk);
      assert.deepEqual(
        rows.map(({ row }) => row),
        rows.map((_, index) => index + 1),
      );
      assert.deepEqual(await read(file, {}, 1000), rows);
    }),
    { numRuns: 500 },
  );
});
