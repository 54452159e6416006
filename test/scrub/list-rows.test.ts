// What one line of a registry's file says, format by format; each row of a table is one file.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  csvLineReader,
  type ListReading,
  type ListRow,
  plainLineReader,
  type ReadListLine,
} from "../../src/scrub/list-rows.ts";
import { usDncLineReader, usDncXmlReader } from "../../src/scrub/us-dnc.ts";

const READING: ListReading = {
  asOf: Date.UTC(2026, 10, 20),
  defaultRegion: "US",
  hash: null,
  columns: null,
};
const ONE = "+12125550101";
const TWO = "+12125550102";

/** `address since channels sectors change !unclear`, or `? problem`. */
function shown(row: ListRow | { readonly problem: string }): string {
  if ("problem" in row) return `? ${row.problem}`;
  const { named, listing, change, unclear } = row;
  const since = listing.since === null ? null : new Date(listing.since).toISOString().slice(0, 10);
  const parts = [
    "address" in named ? named.address : `hash ${named.hash.slice(0, 6)}`,
    since,
    listing.channels.join("+"),
    listing.sectors.join("+"),
    change,
    unclear === null ? "" : `!${unclear}`,
  ];
  return parts.filter((part) => part !== null && part !== "").join(" ");
}

const read = (reader: ReadListLine, lines: readonly string[]) =>
  lines.flatMap((line) => reader(line).map(shown));

const SHA1 = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3";

const CSV: readonly { name: string; lines: string[]; rows: string[]; columns?: string[] }[] = [
  { name: "no header", lines: ["212 555 0101;x", '"(212) 555-0102",y'], rows: [ONE, TWO] },
  { name: "a header of one column", lines: ["phone", "2125550101"], rows: [ONE] },
  { name: "a header that says no more", lines: ["phone,name", "2125550101,Al"], rows: [ONE] },
  {
    name: "the address elsewhere than first",
    lines: ["name;phone", "Al;2125550101", '"A;l";2125550102'],
    rows: [ONE, TWO],
  },
  {
    name: "a date, channels and sectors",
    lines: [
      "phone,Listed Since,Channels,Sectors",
      "2125550101,2026-01-15,sms,Banking",
      '2125550102,2026-01-15T10:00:00Z,"voice,sms","telecom; Banking"',
    ],
    rows: [`${ONE} 2026-01-15 sms banking`, `${TWO} 2026-01-15 sms+voice banking+telecom`],
  },
  {
    name: "other names for the same",
    lines: ["date\tnumber\tcategories", "20260115\t2125550101\tinsurance"],
    rows: [`${ONE} 2026-01-15 insurance`],
  },
  {
    name: "all channels and all sectors",
    lines: ["phone,channels,sectors", "2125550101,all,all"],
    rows: [ONE],
  },
  {
    name: "two columns with addresses",
    lines: ["phone,email,since", "2125550101,Ana@Example.com,2026-02-01", "2125550102,,"],
    rows: [`${ONE} 2026-02-01`, "ana@example.com 2026-02-01", TWO],
  },
  {
    name: "a date that can be two days is none, and the number is listed all the same",
    lines: ["phone,since", "2125550101,03/04/2026"],
    rows: [`${ONE} !bad-date`],
  },
  {
    name: "nobody was listed after the copy was made",
    lines: ["phone,since", "2125550101,2027-01-01"],
    rows: [`${ONE} !bad-date`],
  },
  {
    name: "a channel that nobody knows is every channel, and one that is not ours is none",
    lines: ["phone,channels", "2125550101,telex", "2125550102,fax", "2125550103,fax;sms"],
    rows: [`${ONE} !unknown-channel`, "? no-channel", "+12125550103 sms"],
  },
  {
    name: "channels in words of their own",
    lines: [
      "phone,channels",
      "2125550101,SMS voice",
      "2125550102,text message",
      "2125550103,sms telex",
    ],
    rows: [`${ONE} sms+voice`, `${TWO} sms`, "+12125550103 !unknown-channel"],
  },
  {
    name: "columns that were named, without a header",
    columns: ["address", "since"],
    lines: ["2125550101,2026-01-15", "2125550102,2026-01-16"],
    rows: [`${ONE} 2026-01-15`, `${TWO} 2026-01-16`],
  },
  {
    name: "broken lines",
    lines: ["phone,since", "nobody,2026-01-15", ",2026-01-15", "", "# a comment", "2125550101"],
    rows: ["? not-an-address", "? not-an-address", ONE],
  },
];

for (const { name, lines, rows, columns } of CSV) {
  test(`a CSV with ${name}`, () => {
    const reader = csvLineReader({ ...READING, columns: columns ?? null });
    assert.deepEqual(read(reader, lines), rows);
  });
}

test("plain lines have one address and nothing else", () => {
  const lines = ["number,since", "2125550101,2026-01-15", "# no", "2125550102", "x1"];
  assert.deepEqual(read(plainLineReader(READING), lines), [ONE, TWO, "? not-an-address"]);
});

test("hashes are taken as they are declared and no other way", () => {
  const hash = { algorithm: "sha1", phones: "digits", prefix: "", suffix: "" } as const;
  const lines = ["hash,since", `${SHA1.toUpperCase()},2026-01-15`, SHA1.slice(1), "2125550101"];
  assert.deepEqual(read(csvLineReader({ ...READING, hash }), lines), [
    `hash ${SHA1.slice(0, 6)} 2026-01-15`,
    "? not-a-hash",
    "? not-a-hash",
  ]);
});

const FLAT: readonly { name: string; lines: string[]; rows: string[] }[] = [
  { name: "an area code and a number", lines: ["212,5550101", "212,5550102"], rows: [ONE, TWO] },
  {
    name: "ten digits",
    lines: ["2125550101", "(212) 555-0102", "12125550101"],
    rows: [ONE, TWO, ONE],
  },
  { name: "a header", lines: ["area_code,phone", '"212","5550101"'], rows: [ONE] },
  {
    name: "changes",
    lines: ["212,5550101,2026-11-18,A", "212,5550102,2026-11-19,D"],
    rows: [`${ONE} 2026-11-18 add`, `${TWO} 2026-11-19 delete`],
  },
  {
    name: "changes in another order, with American dates",
    lines: ["2125550101,a,11/18/2026", "212,5550102,Deleted,11/19/2026 08:00"],
    rows: [`${ONE} 2026-11-18 add`, `${TWO} 2026-11-19 delete`],
  },
  {
    name: "a date that nobody can read",
    lines: ["212,5550101,yesterday,A"],
    rows: [`${ONE} add !bad-date`],
  },
  {
    name: "broken lines",
    lines: ["212,5550101", "212,555010", "5550101", "", "total: 3"],
    rows: [ONE, ...Array.from({ length: 3 }, () => "? not-an-area-code-and-number")],
  },
];

for (const { name, lines, rows } of FLAT) {
  test(`a flat file of the US registry with ${name}`, () => {
    assert.deepEqual(read(usDncLineReader(READING), lines), rows);
  });
}

test("an XML file of the US registry, full and of changes", () => {
  const full = `<?xml version="1.0"?><list type='full' level='state' val='NY'>
    <ac val='212'><ph val='5550101'/><ph val='5550102' /></ac>
    <ac val="646"><ph val="5550103"/></ac></list>`;
  const pieces = (text: string) => text.split(">");
  assert.deepEqual(read(usDncXmlReader(READING), pieces(full)), [ONE, TWO, "+16465550103"]);
  const changes = `<list type="change"><ac val="212">
    <ph val="5550101" chdate="2026-11-18T15:53:18.000-05:00" chtype="A"/>
    <ph val="5550102" chdate="2026-11-19T09:00:00.000-05:00" chtype="D"/></ac>
    <ph val="5550103" chtype="A"/></list>`;
  assert.deepEqual(read(usDncXmlReader(READING), pieces(changes)), [
    `${ONE} 2026-11-18 add`,
    `${TWO} 2026-11-19 delete`,
    "? not-an-area-code-and-number",
  ]);
});
