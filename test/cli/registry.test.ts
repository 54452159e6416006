// `heed registry`: files by format, several at once, changes, hashes, answers, and the state of all.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const AS_OF = ["--as-of", "2026-11-01T06:00:00Z"];
const LATER = ["--as-of", "2026-11-02T06:00:00Z"];
const served = await serveHeed({ after });

async function heed(...args: string[]) {
  return await runHeed(served.dataFolder, ["registry", ...args], { cwd: FOLDER });
}

async function lines(code: number, ...args: string[]): Promise<string[]> {
  const ran = await heed(...args);
  assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code, stderr: "" }, args.join(" "));
  return linesOf(ran.stdout);
}

function file(name: string, text: string): string {
  const place = path.join(FOLDER, name);
  writeFileSync(place, text);
  return place;
}

async function statusOf(name: string) {
  const [text] = await lines(0, "status", "--json");
  return JSON.parse(text ?? "").lists.find((list: { name: string }) => list.name === name);
}

test("the files of several area codes are one list, and a change list moves it on", async () => {
  const files = [
    file("212.txt", "212,5550101\n212,5550102"),
    file("646.txt", "646,5550103\n646,x\n"),
  ];
  const load = ["load", "us-national-dnc", ...files, "--format", "us-dnc", ...AS_OF];
  assert.deepEqual(await lines(13, ...load, "--max-age-days", "31"), [
    "us-national-dnc holds 3 addresses from 2 files (0 duplicates, 1 line rejected).",
    "  646.txt line 2: not an area code and a number of seven digits",
  ]);
  const changes = file("changes.txt", "212,5550101,2026-11-02,D\n212,5550109,2026-11-02,A\n");
  const change = ["load", "us-national-dnc", changes, "--format", "us-dnc-change"];
  assert.deepEqual(await lines(0, ...change, ...LATER), [
    "us-national-dnc holds 3 addresses from changes.txt " +
      "(1 added, 1 deleted, 0 to be deleted and not there, 0 lines rejected).",
  ]);
  const again = await heed(...change, ...LATER);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^heed: [^\n]*no newer[^\n]*\n$/);
  const status = await statusOf("us-national-dnc");
  assert.equal(status.asOf, "2026-11-02T06:00:00.000Z");
  assert.deepEqual(status.areaCodes, ["212", "646"]);
  const csv = await heed("load", "us-national-dnc", ...files, ...LATER);
  assert.equal(csv.code, 2);
});

test("columns say more, and what cannot be read of them is said", async () => {
  const list = file("list.csv", "phone,since,sectors\n+12125550101,1/2/2026,Banking\n");
  const load = ["load", "br-nao-me-perturbe", list, ...AS_OF];
  assert.deepEqual(await lines(13, ...load), [
    "br-nao-me-perturbe holds 1 address from list.csv (0 duplicates, 0 lines rejected).",
    "1 line was read strictly, because part of what is said there cannot be read:",
    "  line 2: the date cannot be read, so it is listed since nobody knows when",
  ]);
});

test("a list of hashes is loaded as it was declared", async () => {
  const hashes = file(
    "hashes.txt",
    `${createHash("sha256").update("ana@example.com").digest("hex")}\n`,
  );
  const load = ["load", "brokers", hashes, "--format", "hashed", ...AS_OF];
  assert.equal((await heed(...load)).code, 1);
  const [said] = await lines(0, ...load, "--hash", "sha256", "--kind", "do-not-contact");
  assert.match(said ?? "", /^brokers holds 1 address/);
});

test("answers are kept one by one and from a file, and the newest counts", async () => {
  const one = ["answer", "au-dncr", "+61412345678", "--listed", "no", ...LATER];
  assert.deepEqual(await lines(0, ...one), ["1 kept. au-dncr has answers about 1 address."]);
  const rows =
    "phone,listed,as of\n+61412345678,yes,2026-11-01\n+61412345679,no data,\nnobody,no,\n";
  const many = ["answer", "au-dncr", "--file", file("washed.csv", rows), ...AS_OF];
  assert.deepEqual(await lines(13, ...many), [
    "1 kept. 1 older than what was known. au-dncr has answers about 2 addresses.",
    "  answer 3 was rejected: not-an-address",
  ]);
  assert.equal((await statusOf("au-dncr")).answers, 2);
  for (const [code, args] of [
    [2, ["answer", "au-dncr", ...AS_OF]],
    [1, ["answer", "au-dncr", "+61412345678", ...AS_OF]],
    [1, ["answer", "au-dncr", "+61412345678", "--listed", "no"]],
    [
      1,
      [
        "answer",
        "au-dncr",
        "--file",
        file("bad.csv", "phone,listed\n+61412345678,maybe\n"),
        ...AS_OF,
      ],
    ],
  ] as const) {
    const ran = await heed(...args);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, /^heed: [^\n]+\n$/);
  }
});

test("the status has every registry that a rule names, and with --loaded those that are there", async () => {
  const [headings, ...rows] = await lines(0, "status");
  assert.match(headings ?? "", /^NAME +ACCESS +ENTRIES +AS OF +DUE +STATE$/);
  assert.ok(rows.some((row) => /^us-national-dnc +\w+ +3 /.test(row)));
  assert.ok(
    rows.some((row) =>
      /^fr-bloctel .*no rule in force needs it|^fr-bloctel .*not loaded/.test(row),
    ),
  );
  const there = await lines(0, "status", "--loaded");
  assert.ok(there.length < rows.length);
  assert.ok(!there.some((row) => row.startsWith("fr-bloctel")));
});
