// The bare writer's thread: the same file with the same settings, tables, indexes and triggers as a
// ledger's, and rows of the same sizes in one transaction a batch, but nothing is hashed.
import { parentPort, workerData } from "node:worker_threads";
import { checkpoint, openConnection } from "../../src/store/sqlite/connection.ts";
import { APPENDS } from "../../src/store/sqlite/statements.ts";
import type { BareAnswered, BareAppend, BareAsked } from "./protocol.ts";

const HASH_BYTES = 32;
/** Those of `src/store/sqlite/writer.ts`, so that the log is written back as often. */
const CHECKPOINT_PAGES = 1000;
const [PAGES_OF_A_COMMIT, PAGES_OF_A_DRAFT, PAGE_BYTES] = [4, 3, 4096];

const { database, head } = openConnection((workerData as { file: string }).file);
const findKey = database.prepare(APPENDS.findKey);
const addEntry = database.prepare(APPENDS.addEntry);
const addRecord = database.prepare(APPENDS.addRecord);
const addKey = database.prepare(`
  INSERT INTO idempotency (key, body_hash, first_position, entries, sum)
  VALUES (?, ?, ?, ?, x'0000000000000000')`);
const moveHead = database.prepare(APPENDS.moveHead);
const noHash = new Uint8Array(HASH_BYTES);
const encoder = new TextEncoder();
let size = head;
let pagesLogged = 0;

function append({ key, bodyHash, drafts }: BareAppend): number {
  if (findKey.get(key) !== undefined) throw new Error("a key was used twice");
  const first = size + 1;
  for (const { record, salt, token, recordedAt, before, after } of drafts) {
    size += 1;
    addEntry.run(size, encoder.encode(`${before}${size}${after}`), noHash, token, recordedAt);
    addRecord.run(size, salt, record);
    pagesLogged += PAGES_OF_A_DRAFT + record.length / PAGE_BYTES;
  }
  addKey.run(key, bodyHash, first, drafts.length);
  return first;
}

function commit(batch: readonly BareAppend[]): number[] {
  database.exec("BEGIN IMMEDIATE");
  const positions = batch.map(append);
  moveHead.run(size, frontierOfZeros());
  database.exec("COMMIT");
  pagesLogged += PAGES_OF_A_COMMIT;
  return positions;
}

/** As long as a true one. */
function frontierOfZeros(): Uint8Array {
  const roots = size.toString(2).replaceAll("0", "").length;
  const bytes = new Uint8Array(8 + HASH_BYTES * roots);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  return bytes;
}

parentPort?.on("message", ({ id, batch }: BareAsked) => {
  const answer: BareAnswered = { id, positions: batch === null ? [] : commit(batch) };
  if (batch === null) database.close();
  parentPort?.postMessage(answer);
  if (batch === null) parentPort?.close();
  else if (pagesLogged >= CHECKPOINT_PAGES) {
    pagesLogged = 0;
    checkpoint(database, "PASSIVE");
  }
});
