/**
 * Reads the file of a SQLite ledger without changing a byte of it, and keeps every server off it
 * meanwhile. It takes what can be read: a ledger that is about to be replaced may well be damaged,
 * and the opt-outs in it count all the same.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Instant, Position } from "../../domain/words.ts";
import { type SettingKind, StoreInUse, UnsafeStore } from "../store.ts";
import { sqliteCode } from "./connection.ts";

const SQLITE_BUSY = 5;
/** SQLITE_IOERR, CORRUPT and NOTADB: this part of the file is gone, another may be there. */
const DAMAGE: readonly number[] = [10, 11, 26];
const BATCH = 5000;
/** Less than any entry takes in the file. */
const LEAST_BYTES_OF_AN_ENTRY = 64;

/** All that the file has of one entry. */
export interface FiledEntry {
  readonly position: Position;
  readonly recordedAt: Instant;
  readonly leafHash: Uint8Array;
  readonly token: string;
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly record: Uint8Array | null;
}

interface Row {
  readonly position: number;
  readonly recorded_at: number;
  readonly leaf_hash: Uint8Array;
  readonly token: string;
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly record: Uint8Array | null;
}

export class LedgerFile {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #hadIndex: boolean;
  readonly #hadLog: boolean;
  #unreadable = 0;

  private constructor(file: string) {
    this.#file = file;
    this.#hadIndex = existsSync(`${file}-shm`);
    this.#hadLog = existsSync(`${file}-wal`);
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  }

  /**
   * Throws `StoreInUse` while a server has the file, and `UnsafeStore` when nothing in it can be
   * read. A reader of a write-ahead log shares a lock that a server wants for itself alone, so none
   * starts on the file until this is closed.
   */
  static open(file: string): LedgerFile {
    const opened = new LedgerFile(file);
    try {
      opened.#database.prepare("SELECT position FROM entries LIMIT 1").get();
      return opened;
    } catch (error) {
      opened.close();
      if (sqliteCode(error) === SQLITE_BUSY) {
        throw new StoreInUse(`\`${file}\` is in use by a running Heed.`);
      }
      throw new UnsafeStore(`\`${file}\` cannot be read (${(error as Error).message}).`);
    }
  }

  /** Entries that there are according to the file, damaged ones counted. */
  get size(): Position {
    const last = this.#number("SELECT max(position) AS number FROM entries");
    if (last !== undefined) return last;
    // The end of the table cannot be read. The head says how far it went, if it is not damaged too.
    const head = this.#number("SELECT position AS number FROM head") ?? Number.POSITIVE_INFINITY;
    return Math.min(head, Math.floor(statSync(this.#file).size / LEAST_BYTES_OF_AN_ENTRY));
  }

  /** Entries that `entries` met and could not read. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Ascending; those that `isKnown` by position and leaf hash are left out without being read whole. */
  *entries(isKnown: (position: Position, leafHash: Uint8Array) => boolean): Iterable<FiledEntry> {
    const size = this.size;
    const hashes = this.#database.prepare(
      "SELECT position, leaf_hash FROM entries WHERE position > ? AND position <= ?",
    );
    const whole = this.#database.prepare(`
      SELECT e.position, e.recorded_at, e.leaf_hash, e.token, e.leaf, r.salt, r.record
      FROM entries e LEFT JOIN records r ON r.position = e.position WHERE e.position = ?`);
    for (let after = 0; after < size; after += BATCH) {
      for (const position of this.#unknownIn(
        hashes,
        after,
        Math.min(after + BATCH, size),
        isKnown,
      )) {
        const row = this.#try(() => whole.get(position)) as Row | undefined;
        if (row === undefined) this.#unreadable += 1;
        else yield filedEntry(row);
      }
    }
  }

  /** The ids of its settings of a kind. */
  settingIds(kind: SettingKind): readonly string[] {
    const rows = this.#database.prepare("SELECT id FROM settings WHERE kind = ?").all(kind);
    return rows.map(({ id }) => String(id));
  }

  /**
   * Leaves nothing beside the file that was not there before; unless it was moved away meanwhile,
   * because what stands there now belongs to another ledger.
   */
  close(wasMoved = false): void {
    this.#database.close();
    if (wasMoved) return;
    if (!this.#hadIndex) rmSync(`${this.#file}-shm`, { force: true });
    if (!this.#hadLog) rmSync(`${this.#file}-wal`, { force: true });
  }

  /** Positions from after `after` up to `upTo`. What cannot be compared is taken for unknown. */
  #unknownIn(
    hashes: StatementSync,
    after: Position,
    upTo: Position,
    isKnown: (position: Position, leafHash: Uint8Array) => boolean,
  ): readonly Position[] {
    type HashRow = { readonly position: number; readonly leaf_hash: Uint8Array };
    const rows = this.#try(() => hashes.all(after, upTo) as unknown as HashRow[]);
    const positions = Array.from({ length: upTo - after }, (_, index) => after + 1 + index);
    if (rows === undefined && upTo - after > 1) {
      return positions.flatMap((position) =>
        this.#unknownIn(hashes, position - 1, position, isKnown),
      );
    }
    const found = new Map(rows?.map((row) => [row.position, row.leaf_hash]));
    return positions.filter((position) => {
      const hash = found.get(position);
      return hash === undefined || !isKnown(position, hash);
    });
  }

  #number(sql: string): number | undefined {
    const row = this.#try(() => this.#database.prepare(sql).get() ?? {});
    return row === undefined ? undefined : Number(row.number ?? 0);
  }

  /** `undefined` where the file is damaged. */
  #try<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      // A damaged number may be too large for JavaScript.
      const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_OUT_OF_RANGE";
      if (isTooLarge || DAMAGE.includes(sqliteCode(error))) return undefined;
      throw error;
    }
  }
}

function filedEntry(row: Row): FiledEntry {
  return {
    position: row.position,
    recordedAt: row.recorded_at,
    leafHash: row.leaf_hash,
    token: row.token,
    leaf: row.leaf,
    salt: row.salt,
    record: row.record,
  };
}
