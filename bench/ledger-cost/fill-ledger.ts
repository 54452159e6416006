// A large SQLite ledger in minutes: the rows that the store would have written, hash for hash, put
// there in bulk. Indexes and triggers are made again at the end, as they were.
import { createHash, randomFillSync } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  type Frontier,
  frontierBytes,
} from "../../src/ledger/frontier.ts";
import { type Draft, leafFrameOf, leafHashOf, leafIn, recordBytes } from "../../src/ledger/leaf.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { rowSum } from "../../src/store/sqlite/row-sum.ts";
import { APPENDS } from "../../src/store/sqlite/statements.ts";
import { draftOf } from "../../test/store/drafts.ts";

const BATCH = 10_000;
const SALT_BYTES = 32;
/** Stand where each entry has its own; both are sorted and escaped as any text is. */
const [ADDRESS, MESSAGE] = ["+10000000000", "message-id"];
const COMMIT = "0".repeat(64);

/** Makes the file. Every entry is somebody else's opt-out. */
export function fillLedger(file: string, entries: number): void {
  openConnection(file).database.close();
  const database = new DatabaseSync(file);
  // If the machine stops, the file is made anew.
  for (const pragma of [
    "journal_mode=MEMORY",
    "synchronous=OFF",
    "cache_size=-500000",
    "temp_store=FILE",
  ]) {
    database.exec(`PRAGMA ${pragma}`);
  }
  const again = takeAway(database);
  fill(database, entries);
  for (const sql of again) database.exec(sql);
  database.exec("PRAGMA journal_mode=WAL");
  database.close();
}

/** Drops what makes inserts slow, and gives the statements that bring it back. */
function takeAway(database: DatabaseSync): string[] {
  const rows = database
    .prepare("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index')")
    .all()
    .filter(({ sql }) => sql !== null);
  for (const { type, name } of rows) database.exec(`DROP ${type} ${name}`);
  return rows.map(({ sql }) => String(sql));
}

function fill(database: DatabaseSync, entries: number): void {
  const addEntry = database.prepare(APPENDS.addEntry);
  const addRecord = database.prepare(APPENDS.addRecord);
  const addTileHash = database.prepare(APPENDS.addTileHash);
  database.exec(`
    CREATE TEMP TABLE keys (key BLOB, body_hash TEXT, position INTEGER, entries INTEGER, sum BLOB)`);
  const addKey = database.prepare("INSERT INTO temp.keys VALUES (?, ?, ?, ?, ?)");
  const entryAt = templateOf(draftOf(MESSAGE, { address: ADDRESS } as Partial<Draft["act"]>));
  let frontier: Frontier = EMPTY_FRONTIER;
  const salts = new Uint8Array(BATCH * SALT_BYTES);
  for (let first = 1; first <= entries; first += BATCH) {
    database.exec("BEGIN");
    randomFillSync(salts);
    const leafHashes: Uint8Array[] = [];
    for (let position = first; position < first + BATCH && position <= entries; position++) {
      const at = (position - first) * SALT_BYTES;
      const salt = salts.subarray(at, at + SALT_BYTES);
      const { leaf, leafHash, record, token, recordedAt, messageId } = entryAt(position, salt);
      addEntry.run(position, leaf, leafHash, token, recordedAt);
      addRecord.run(position, salt, record);
      const key = [
        sha256(messageId),
        sha256(`${messageId}\n`).toString("hex"),
        position,
        1,
      ] as const;
      addKey.run(...key, rowSum("idempotency", ...key));
      leafHashes.push(leafHash);
    }
    const appended = appendLeafHashes(frontier, leafHashes);
    for (const { level, index, hash } of appended.tileHashes) addTileHash.run(level, index, hash);
    frontier = appended.frontier;
    database.exec("COMMIT");
  }
  // In the order of the keys: one after the other at random, each would look for its page.
  database.exec(`
    INSERT INTO idempotency (key, body_hash, first_position, entries, sum)
    SELECT key, body_hash, position, entries, sum FROM temp.keys ORDER BY key`);
  database.prepare(APPENDS.moveHead).run(frontier.size, frontierBytes(frontier));
}

interface FilledEntry {
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly record: Uint8Array;
  readonly token: string;
  readonly recordedAt: number;
  readonly messageId: string;
}

/** Record and leaf of one draft, cut where others differ from it: canonical JSON ten times as fast. */
function templateOf(draft: Draft): (position: number, salt: Uint8Array) => FilledEntry {
  const [beforeAddress = "", afterAddress = ""] = textOf(recordBytes(draft.act)).split(ADDRESS);
  const [between = "", afterMessage = ""] = afterAddress.split(MESSAGE);
  const frame = leafFrameOf(draft, recordBytes(draft.act));
  const beforeCommit = frame.before.replace(/"commit":"[0-9a-f]{64}"/u, `"commit":"${COMMIT}"`);
  const [head = "", tail = ""] = beforeCommit.split(COMMIT);
  const make = (position: number, salt: Uint8Array): FilledEntry => {
    const address = `+1${String(2_000_000_000 + position)}`;
    const messageId = `bench-${position}`;
    const record = Buffer.from(`${beforeAddress}${address}${between}${messageId}${afterMessage}`);
    const commit = createHash("sha256").update(salt).update(record).digest("hex");
    const leaf = Buffer.from(`${head}${commit}${tail}${position}${frame.after}`);
    return {
      leaf,
      leafHash: Buffer.from(leafHashOf(leaf), "hex"),
      record,
      token: sha256(address).toString("hex"),
      recordedAt: draft.recordedAt,
      messageId,
    };
  };
  assertSame(make, draft);
  return make;
}

/** INVARIANT: the template writes what the product writes. */
function assertSame(make: ReturnType<typeof templateOf>, draft: Draft): void {
  const { record, leaf, messageId } = make(7, draft.salt);
  const address = JSON.parse(textOf(record)).address;
  const act = { ...draft.act, address, messageId } as Draft["act"];
  const wanted = recordBytes(act);
  const { leaf: wantedLeaf } = leafIn(leafFrameOf({ ...draft, act }, wanted), 7);
  if (Buffer.compare(record, wanted) !== 0 || Buffer.compare(leaf, wantedLeaf) !== 0) {
    throw new Error("the benchmark's ledger would not be one that Heed writes");
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
