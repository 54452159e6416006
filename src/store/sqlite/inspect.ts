/**
 * What is wrong with the file of a stopped ledger as a database: its structure, its tables, and the
 * rows that the ledger's tree does not cover. Changes nothing. Whether the entries are what the
 * ledger committed to is for the tree and the leaves to say.
 *
 * LIMIT: the unused parts of pages say nothing to anybody, and nothing is said about them.
 */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StoreInUse } from "../store.ts";
import { buildTables, explain, NEWEST_VERSION, versionOf } from "./connection.ts";
import { registerRowSum, SUMMED_TABLES, type SummedTable, sumOfRow } from "./row-sum.ts";
import { LOST_BODY } from "./take-over-keys.ts";

/** One thing that is wrong, as a sentence for people. */
export interface Finding {
  readonly text: string;
}

/** What one check says at most: of a file that is a wreck nobody wants to read every line. */
const MOST_FINDINGS = 20;

/** Empty when nothing is wrong. Throws `StoreInUse` while a server has the file. */
export function inspectFile(file: string): readonly Finding[] {
  const findings = headerFindings(file);
  const hadIndex = existsSync(`${file}-shm`);
  let database: DatabaseSync | null = null;
  try {
    database = openUnchanged(file);
    const version = versionOf(database);
    const checks = version === NEWEST_VERSION ? [tables, sums, keys, references] : [];
    if (checks.length === 0) {
      findings.push(
        `Its tables are those of schema ${version}, and this Heed can inspect only schema ` +
          `${NEWEST_VERSION}. Start Heed on it once, so that it is upgraded, and stop it again.`,
      );
    }
    for (const check of [structure, ...checks]) findings.push(...check(database));
  } catch (error) {
    const explained = explain(error, file);
    if (explained instanceof StoreInUse) throw explained;
    findings.push(`The database cannot be read (${(explained as Error).message}).`);
  } finally {
    database?.close();
    // SQLite makes an index of the log, and leaves it when it may not write to the database.
    if (!hadIndex) rmSync(`${file}-shm`, { force: true });
  }
  return findings.map((text) => ({ text }));
}

/**
 * A log that was not written back has to be read too, and then SQLite keeps others off the file.
 * Without one it needs to lock and to create nothing, so that a copy on a read-only disk will do.
 */
export function openUnchanged(file: string): DatabaseSync {
  const url = pathToFileURL(resolve(file));
  if (!existsSync(`${file}-wal`)) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true, timeout: 0 });
  database.exec("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0");
  registerRowSum(database);
  return database;
}

/** Bytes of the header that are the same in every ledger (sqlite.org/fileformat.html, 1.3). */
const FIXED_BYTES: readonly { at: number; bytes: readonly number[]; what: string }[] = [
  { at: 0, bytes: [...Buffer.from("SQLite format 3\0")], what: "name of the format" },
  { at: 16, bytes: [0x10, 0x00, 2, 2, 0, 64, 32, 32], what: "page size or format" },
  { at: 44, bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], what: "schema format" },
  { at: 60, bytes: Array(32).fill(0), what: "reserved part" },
];
const HEADER_BYTES = 100;
const PAGE_BYTES = 4096;
/** Of SQLite 3.51.3, before which no ledger was written. */
const OLDEST_WRITER = 3_051_003;

function headerFindings(file: string): string[] {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, "r");
  try {
    if (readSync(descriptor, header) < HEADER_BYTES) return ["The file has no header."];
  } finally {
    closeSync(descriptor);
  }
  // A log that was not written back can have a newer header, all but its start.
  const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
  const wrong = FIXED_BYTES.slice(0, hasLog ? 2 : FIXED_BYTES.length)
    .filter(({ at, bytes }) => !header.subarray(at, at + bytes.length).equals(Buffer.from(bytes)))
    .map(({ what }) => what);
  if (!hasLog) wrong.push(...variableFindings(header, statSync(file).size));
  return wrong.map((what) => `The header of the file is damaged: its ${what} is wrong.`);
}

function variableFindings(header: Buffer, fileBytes: number): string[] {
  const wrong: string[] = [];
  // Both are set to the same at every change of the file, and then by whom.
  if (!header.subarray(24, 28).equals(header.subarray(92, 96))) wrong.push("change counter");
  const writer = header.readUInt32BE(96);
  if (writer < OLDEST_WRITER || writer >= 4_000_000) wrong.push("version of its writer");
  if (header.readUInt32BE(28) !== fileBytes / PAGE_BYTES) wrong.push("number of pages");
  return wrong;
}

function structure(database: DatabaseSync): string[] {
  const rows = database.prepare(`PRAGMA integrity_check(${MOST_FINDINGS})`).all();
  return rows
    .map((row) => String(row.integrity_check))
    .filter((line) => line !== "ok")
    .map((line) => `SQLite finds: ${line}`);
}

/** Tables, indexes and triggers, as their statements and without where they are in the file. */
function schemaOf(database: DatabaseSync): readonly string[] {
  const rows = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_master").all();
  return rows.map(({ type, name, tbl_name, sql }) => JSON.stringify([type, name, tbl_name, sql]));
}

function tables(database: DatabaseSync): string[] {
  const fresh = new DatabaseSync(":memory:");
  registerRowSum(fresh);
  buildTables(fresh);
  const [found, expected] = [schemaOf(database), schemaOf(fresh)];
  const versions = (one: DatabaseSync) =>
    JSON.stringify(one.prepare("SELECT version FROM schema_version ORDER BY 1").all());
  const hasAllVersions = versions(database) === versions(fresh);
  fresh.close();
  const describe = (line: string) => (JSON.parse(line) as string[]).slice(0, 2).join(" ");
  const findings = [
    ...expected
      .filter((line) => !found.includes(line))
      .map((line) => `The ${describe(line)} is not what Heed made, or missing.`),
    ...found
      .filter((line) => !expected.includes(line))
      .map((line) => `The ${describe(line)} is none of Heed's.`),
  ];
  if (!hasAllVersions) findings.push("The list of its schema's versions is not what Heed made.");
  return findings.slice(0, MOST_FINDINGS);
}

/** What identifies a row to people. An idempotency key is a hash, so its start will do. */
const NAMES: Readonly<Record<SummedTable, string>> = {
  settings: "kind || ' ' || id",
  idempotency: "substr(hex(key), 1, 16)",
  cursors: "name",
  deliveries: "destination || ' ' || position",
  arrivals: "destination || ' ' || position",
  erasures: "position",
  sends_head: "id",
  sends: "serial",
  send_keys: "substr(hex(key), 1, 16)",
};

function sums(database: DatabaseSync): string[] {
  return SUMMED_TABLES.flatMap((table) => {
    const rows = database.prepare(`
      SELECT CAST(${NAMES[table]} AS TEXT) AS name, sum IS ${sumOfRow(table)} AS fits
      FROM ${table}`);
    const findings: string[] = [];
    // Row by row, because Node.js keeps what it hands to `row_sum` until the step has ended: found in
    // one step, the sums of 10 million keys take as many kilobytes.
    for (const { name, fits } of rows.iterate()) {
      if (fits === 1) continue;
      findings.push(`In ${table}, the row \`${name}\` does not fit its checksum.`);
      if (findings.length === MOST_FINDINGS) break;
    }
    return findings;
  });
}

/**
 * Every append has one key, so the spans of all keys are the ledger, without a gap or an overlap. A
 * restore adds keys whose entries were lost; these lead to the entry that says so.
 */
function keys(database: DatabaseSync): string[] {
  const spans = database.prepare(
    `SELECT first_position AS first, entries FROM idempotency
    WHERE body_hash <> ? ORDER BY first_position`,
  );
  spans.setReadBigInts(true);
  let next = 1n;
  for (const row of spans.iterate(LOST_BODY) as Iterable<{ first: bigint; entries: bigint }>) {
    if (row.first !== next) return [`No key, or more than one, leads to entry ${next}.`];
    next += row.entries;
  }
  const head = database.prepare("SELECT position FROM head WHERE id = 1");
  head.setReadBigInts(true);
  const position = head.get()?.position;
  if (position === next - 1n) return [];
  return [`The keys lead to ${next - 1n} entries, but the ledger has ${position ?? "none"}.`];
}

function references(database: DatabaseSync): string[] {
  const rows = database.prepare("PRAGMA foreign_key_check").all().slice(0, MOST_FINDINGS);
  return rows.map(({ table }) => `A row of ${table} is about an entry that is not there.`);
}
