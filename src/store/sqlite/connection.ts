/**
 * Opens the one connection to a SQLite ledger, and refuses to when anything about it would make an
 * acknowledgement a lie. Every setting is read back, because SQLite ignores a pragma that it does
 * not know or cannot follow without a word.
 */
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseFrontier } from "../../ledger/frontier.ts";
import type { MessageKeying } from "../message-keying.ts";
import { BrokenStore, StoreInUse, UnsafeStore } from "../store.ts";
import { MIGRATIONS } from "./migrations.ts";
import { registerRowSum } from "./row-sum.ts";

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** What each pragma must say. `null`: also when this build of SQLite says nothing to it. */
const REQUIRED: readonly { pragma: string; set: string; accepts: readonly unknown[] }[] = [
  // Held by the operating system for the life of the process, so kill -9 leaves no stale lock.
  { pragma: "locking_mode", set: "EXCLUSIVE", accepts: ["exclusive"] },
  { pragma: "trusted_schema", set: "OFF", accepts: [0] },
  { pragma: "cell_size_check", set: "ON", accepts: [1] },
  // An I/O error in a memory map is a signal that kills the process, not an error.
  { pragma: "mmap_size", set: "0", accepts: [0, null] },
  { pragma: "foreign_keys", set: "ON", accepts: [1] },
  // What is erased is overwritten with zeros; else its bytes stay in the file.
  { pragma: "secure_delete", set: "ON", accepts: [1] },
  // macOS: a plain fsync leaves the bytes in the drive's cache.
  { pragma: "fullfsync", set: "ON", accepts: [1] },
  { pragma: "checkpoint_fullfsync", set: "ON", accepts: [1] },
  { pragma: "journal_mode", set: "WAL", accepts: ["wal"] },
  // SQLite keeps the errors of its own checkpoints to itself: the writer makes them instead.
  { pragma: "wal_autocheckpoint", set: "0", accepts: [0] },
  // FULL syncs the log at every commit; NORMAL, the default of many builds, does not.
  { pragma: "synchronous", set: "FULL", accepts: [2, 3] },
];

export interface Connection {
  readonly database: DatabaseSync;
  readonly version: string;
  readonly head: number;
}

/** Throws `StoreInUse`, `UnsafeStore`, `BrokenStore`, or an error that says what to do. */
export function openConnection(file: string, keying: MessageKeying | null = null): Connection {
  if (!existsSync(dirname(file))) {
    throw new Error(`There is no folder \`${dirname(file)}\` for the ledger. Create it first.`);
  }
  let database: DatabaseSync | null = null;
  try {
    createPrivately(file);
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 0 });
    // Before anything looks into the file: else the index of the log is a memory map, in a `-shm`
    // file beside it, for as long as this process lives.
    database.exec("PRAGMA locking_mode=EXCLUSIVE");
    const version = singleValue(database, "SELECT sqlite_version()");
    assertSafeVersion(String(version));
    for (const { pragma, set } of REQUIRED) database.exec(`PRAGMA ${pragma}=${set}`);
    // Takes the lock now and not at the first write; EXCLUSIVE mode then keeps it.
    database.exec("BEGIN IMMEDIATE; COMMIT");
    // A process that was killed between a write and its sync leaves a commit that can be read but
    // is in no disk yet. Answering "replayed" from it would acknowledge what a power cut can still
    // take, so the log is synced into the file before anything is read.
    checkpoint(database, "TRUNCATE");
    assertSound(database, file);
    registerRowSum(database);
    migrate(database, file, keying);
    assertSettings(database);
    const head = readHead(database, file);
    syncFolder(dirname(file));
    return { database, version: String(version), head };
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

/** It holds addresses and secrets, and SQLite would let everybody read it. Its log follows its mode. */
function createPrivately(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch {
    // SQLite fails in the same way, and its error is the one that is explained.
  }
}

/** SQLite before 3.51.3 can lose commits in WAL mode (sqlite.org/wal.html#walresetbug). */
export function assertSafeVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const isFixed =
    major > 3 ||
    (major === 3 &&
      (minor > 51 ||
        (minor === 51 && patch >= 3) ||
        (minor === 50 && patch >= 7) ||
        (minor === 44 && patch >= 6)));
  if (isFixed) return;
  throw new UnsafeStore(
    `SQLite ${version} can lose committed writes (its WAL-reset bug). Heed needs 3.51.3 or ` +
      "later, 3.50.7 or 3.44.6: run it with the Node.js that it brings along (`npm start`).",
  );
}

/**
 * Writes what the log holds back into the file and syncs it. Throws when that fails: after a failed
 * sync the kernel may forget what was not written, and a second try would find nothing to do.
 */
export function checkpoint(database: DatabaseSync, mode: "PASSIVE" | "TRUNCATE"): void {
  const busy = singleValue(database, `PRAGMA wal_checkpoint(${mode})`);
  if (busy !== 0) throw new UnsafeStore("SQLite could not write its log back into its file.");
}

/** Reads every required setting back. */
export function assertSettings(database: DatabaseSync): void {
  for (const { pragma, set, accepts } of REQUIRED) {
    const value = singleValue(database, `PRAGMA ${pragma}`);
    if (accepts.includes(value)) continue;
    throw new UnsafeStore(
      `SQLite's ${pragma} is \`${value}\` and cannot be set to ${set}, so acknowledged opt-outs ` +
        "could be lost. Is the file on a network drive? Keep it on a local disk.",
    );
  }
}

function assertSound(database: DatabaseSync, file: string): void {
  const verdict = singleValue(database, "PRAGMA quick_check(1)");
  if (verdict === "ok") return;
  throw new UnsafeStore(
    `\`${file}\` is damaged (${verdict}). Keep a copy of it for inspection, and restore a backup.`,
  );
}

function readHead(database: DatabaseSync, file: string): number {
  const head = database.prepare("SELECT position, frontier FROM head").get();
  const treeSize = parseFrontier((head?.frontier ?? new Uint8Array()) as Uint8Array)?.size;
  const sql = "SELECT coalesce(max(position), 0) - coalesce(min(position), 1) + 1 FROM entries";
  const span = singleValue(database, sql);
  if (head?.position === span && treeSize === span) return span as number;
  throw new UnsafeStore(
    `\`${file}\` says that it has ${head?.position} entries and a tree of ` +
      `${treeSize ?? "no"}, but its entries span ${span} positions. ` +
      "Keep a copy of it for inspection, and restore a backup.",
  );
}

/** One transaction under the exclusive lock: a crash leaves the old version or the new one. */
function migrate(database: DatabaseSync, file: string, keying: MessageKeying | null): void {
  const names = database.prepare("SELECT name FROM sqlite_master").all();
  const isHeeds = names.some(({ name }) => name === "schema_version");
  if (!isHeeds && names.length > 0) {
    throw new UnsafeStore(`\`${file}\` is the database of another program. Choose another file.`);
  }
  // Before a newer step writes: an interrupted upgrade does it again. See `FIRST_SECURE_VERSION`.
  const isInsecure = isHeeds && versionOf(database) < FIRST_SECURE_VERSION;
  if (isInsecure) database.exec("VACUUM");
  database.exec("BEGIN IMMEDIATE");
  const found = buildTables(database, keying);
  if (found > NEWEST_VERSION) {
    throw new UnsafeStore(
      `\`${file}\` was written by a newer Heed (schema ${found}; this one knows schema ` +
        `${NEWEST_VERSION}). Start that version or a later one.`,
    );
  }
  database.exec("COMMIT");
  // An upgrade can write as much as the whole file again, and the writer counts only its own pages.
  if (isHeeds && found < NEWEST_VERSION) checkpoint(database, "TRUNCATE");
}

export const NEWEST_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
/** Older files were written without `secure_delete`: what was deleted is still in unused parts. */
const FIRST_SECURE_VERSION = 2;

/** Brings the tables to the newest version, and gives the one that they had: 0 for none. */
export function buildTables(database: DatabaseSync, keying: MessageKeying | null = null): number {
  database.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT");
  const current = versionOf(database);
  for (const { version, steps } of MIGRATIONS.filter(({ version }) => version > current)) {
    for (const step of steps) {
      if (typeof step === "string") database.exec(step);
      else step(database, keying);
    }
    database.prepare("INSERT INTO schema_version VALUES (?)").run(version);
  }
  return current;
}

/** Of the newest step that was taken; 0 for none. */
export function versionOf(database: DatabaseSync): number {
  return Number(singleValue(database, "SELECT coalesce(max(version), 0) FROM schema_version"));
}

/** A new file is lost in a power cut unless the folder that names it is synced as well. */
export function syncFolder(folder: string): void {
  // Windows cannot open a folder; NTFS journals names by itself.
  if (process.platform === "win32") return;
  for (const path of new Set([folder, dirname(folder)])) {
    let descriptor: number;
    try {
      descriptor = openSync(path, "r");
    } catch (error) {
      // The folder above may be one that we must not read; then we did not create this one in it.
      if (path !== folder) continue;
      throw error;
    }
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The one value that a statement gives, or `null` when it gives no row. */
function singleValue(database: DatabaseSync, sql: string): unknown {
  const row = database.prepare(sql).get();
  return row === undefined ? null : Object.values(row)[0];
}

export function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  // The low byte is the primary code; the rest says more about it.
  return typeof code === "number" ? code & 0xff : 0;
}

/** The same error in words that say what to do. */
export function explain(error: unknown, file: string): unknown {
  switch (sqliteCode(error)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return new StoreInUse(
        `\`${file}\` is in use by another Heed (or another program has it open). Stop that one ` +
          "first, or give this one a data folder of its own. Several servers can share PostgreSQL.",
      );
    case SQLITE_NOTADB:
      return new UnsafeStore(`\`${file}\` is no SQLite database. Choose another file.`);
    case SQLITE_IOERR:
    case SQLITE_FULL:
      return new BrokenStore(
        `Opening \`${file}\` failed (${(error as Error).message}). Make sure that the disk is ` +
          "healthy and has room, then start Heed again.",
        { cause: error },
      );
    case SQLITE_CANTOPEN:
      return new Error(
        `\`${file}\` cannot be opened. Make sure that this user may write the file and its folder.`,
        { cause: error },
      );
    default:
      return error;
  }
}
