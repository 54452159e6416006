/**
 * Reads the file of a SQLite ledger without changing a byte of it, and keeps every server off it
 * meanwhile. It takes what can be read: a ledger that is about to be replaced may well be damaged,
 * and the opt-outs in it count all the same.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Instant, Position } from "../../domain/words.ts";
import { HASH_BYTES } from "../../ledger/merkle.ts";
import { TILE_WIDTH } from "../../ledger/tile.ts";
import { frontierOf, treeHeadOf } from "../commit.ts";
import {
  FIRST_KEYED_VERSION,
  keyedRow,
  type MessageKeying,
  type MessageRow,
} from "../message-keying.ts";
import { hexOf } from "../rows.ts";
import { type SendRow, sendOf } from "../send-rows.ts";
import {
  type RecordedSend,
  type SettingKind,
  StoreInUse,
  type TreeHead,
  UnsafeStore,
} from "../store.ts";
import { sqliteCode, versionOf } from "./connection.ts";

const SQLITE_BUSY = 5;
/** SQLITE_IOERR, CORRUPT and NOTADB: this part of the file is gone, another may be there. */
const DAMAGE: readonly number[] = [10, 11, 26];
/** Positions that are compared at once: whole tiles of 256. */
const COMPARED_AT_ONCE = 20 * TILE_WIDTH;
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
  readonly erasedBy: Position | null;
}

/** A recorded send, with what it is known again by. */
export interface FiledSend {
  readonly send: RecordedSend;
  readonly key: string | null;
  readonly bodyHash: string | null;
}

interface FiledSendRow extends SendRow {
  readonly key: Uint8Array | null;
  readonly body_hash: string | null;
}

const SENDS = `
  SELECT s.serial, s.token, s.at, s.sender, s.channel, s.class, s.subject, s.call_kind, s.is_reply,
    s.confirms, s.carrier, s.recorded_at, k.key, k.body_hash
  FROM sends s LEFT JOIN send_keys k ON k.serial = s.serial
  WHERE s.serial > ? ORDER BY s.serial LIMIT ?`;

interface Row {
  readonly position: number;
  readonly recorded_at: number;
  readonly leaf_hash: Uint8Array;
  readonly token: string;
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly record: Uint8Array | null;
  readonly erased_by: number | null;
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

  /** The tree as the file keeps it. Throws when that cannot be read. */
  tree(): TreeHead {
    const row = this.#database.prepare("SELECT frontier FROM head").get();
    return treeHeadOf(frontierOf(row?.frontier as Uint8Array));
  }

  /** Entries that `missingIn` met and could not read. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /**
   * Its entries, ascending, but for those that another ledger has at the same position. `others`
   * gives leaf hashes of that ledger from after a position up to another one, 32 bytes each, and
   * fewer where it ends.
   */
  async *missingIn(
    others: (after: Position, upTo: Position) => Promise<Uint8Array>,
  ): AsyncIterable<FiledEntry> {
    const size = this.size;
    const whole = this.#database.prepare(this.#sqlOfWhole());
    for (let after = 0; after < size; after += COMPARED_AT_ONCE) {
      const upTo = Math.min(after + COMPARED_AT_ONCE, size);
      const hashes = await others(after, upTo);
      const isThere = (position: Position, hash: Uint8Array): boolean => {
        const at = (position - 1 - after) * HASH_BYTES;
        return Buffer.compare(hashes.subarray(at, at + HASH_BYTES), hash) === 0;
      };
      for (const position of this.#missingFrom(after, upTo, isThere)) {
        const row = this.#try(() => whole.get(position)) as Row | undefined;
        if (row === undefined) this.#unreadable += 1;
        else yield filedEntry(row);
      }
    }
  }

  /** The idempotency keys of appends that wrote one of these entries, as a ledger of today has them. */
  keysOf(positions: readonly Position[], keying: MessageKeying): readonly Uint8Array[] {
    const [first] = positions;
    if (first === undefined) return [];
    const sql =
      "SELECT key, body_hash, first_position, entries FROM idempotency WHERE first_position + entries > ?";
    const wanted = new Set(positions);
    type KeyRow = MessageRow & { first_position: number; entries: number };
    const rows = this.#try(() => this.#database.prepare(sql).all(first)) ?? [];
    const isPlain =
      (this.#try(() => versionOf(this.#database)) ?? FIRST_KEYED_VERSION) < FIRST_KEYED_VERSION;
    return (rows as unknown as KeyRow[]).flatMap((row) => {
      const ofKey = Array.from({ length: row.entries }, (_, at) => row.first_position + at);
      if (!ofKey.some((position) => wanted.has(position))) return [];
      return [isPlain ? keyedRow(keying, row).key : row.key];
    });
  }

  /** The ids of its settings of a kind. */
  settingIds(kind: SettingKind): readonly string[] {
    const rows = this.#database.prepare("SELECT id FROM settings WHERE kind = ?").all(kind);
    return rows.map(({ id }) => String(id));
  }

  /** Its settings of a kind, as they are: their owner validates them. */
  settings(kind: SettingKind): readonly { readonly id: string; readonly value: unknown }[] {
    const sql = "SELECT id, value FROM settings WHERE kind = ?";
    const rows = this.#try(() => this.#database.prepare(sql).all(kind)) ?? [];
    return rows.flatMap(({ id, value }) => {
      const parsed = parsedOr(String(value));
      return parsed === undefined ? [] : [{ id: String(id), value: parsed }];
    });
  }

  /**
   * What it has on record of sends, ascending, so many at a time. A part that cannot be read is left
   * out, and an older ledger has none.
   */
  *sends(atOnce: number): Iterable<readonly FiledSend[]> {
    for (let after = 0; ; ) {
      const rows = this.#try(() => this.#database.prepare(SENDS).all(after, atOnce), isNoSuchTable);
      if (rows === undefined || rows.length === 0) return;
      const sends = (rows as unknown as FiledSendRow[]).map((row) => ({
        send: sendOf(row),
        key: row.key === null ? null : hexOf(row.key),
        bodyHash: row.body_hash,
      }));
      yield sends;
      after = sends.at(-1)!.send.serial;
    }
  }

  /** Leaves nothing beside the file, wherever it is by now, that was not there before. */
  close(movedTo = this.#file): void {
    this.#database.close();
    if (!this.#hadIndex) rmSync(`${movedTo}-shm`, { force: true });
    if (!this.#hadLog) rmSync(`${movedTo}-wal`, { force: true });
  }

  /** Positions from after `after` up to `upTo`. What cannot be compared is taken for missing. */
  #missingFrom(
    after: Position,
    upTo: Position,
    isThere: (position: Position, leafHash: Uint8Array) => boolean,
  ): readonly Position[] {
    const sql = "SELECT position, leaf_hash FROM entries WHERE position > ? AND position <= ?";
    type HashRow = { readonly position: number; readonly leaf_hash: Uint8Array };
    const rows = this.#try(
      () => this.#database.prepare(sql).all(after, upTo) as unknown as HashRow[],
    );
    const positions = Array.from({ length: upTo - after }, (_, index) => after + 1 + index);
    if (rows === undefined && upTo - after > 1) {
      return positions.flatMap((position) => this.#missingFrom(position - 1, position, isThere));
    }
    const found = new Map(rows?.map((row) => [row.position, row.leaf_hash]));
    return positions.filter((position) => {
      const hash = found.get(position);
      return hash === undefined || !isThere(position, hash);
    });
  }

  /** A ledger that an older Heed wrote last has no erasures. */
  #sqlOfWhole(): string {
    const erasures = "SELECT 1 FROM sqlite_master WHERE name = 'erasures'";
    const hasErasures = this.#database.prepare(erasures).get() !== undefined;
    return `
      SELECT e.position, e.recorded_at, e.leaf_hash, e.token, e.leaf,
        nullif(r.salt, x'') AS salt, nullif(r.record, x'') AS record,
        ${hasErasures ? "x.erased_by" : "NULL AS erased_by"}
      FROM entries e LEFT JOIN records r ON r.position = e.position
      ${hasErasures ? "LEFT JOIN erasures x ON x.position = e.position" : ""}
      WHERE e.position = ?`;
  }

  #number(sql: string): number | undefined {
    const row = this.#try(() => this.#database.prepare(sql).get() ?? {});
    return row === undefined ? undefined : Number(row.number ?? 0);
  }

  /** `undefined` where the file is damaged, or where it may lack something. */
  #try<Value>(read: () => Value, mayFail = (_: unknown) => false): Value | undefined {
    try {
      return read();
    } catch (error) {
      // A damaged number may be too large for JavaScript.
      const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_OUT_OF_RANGE";
      if (isTooLarge || DAMAGE.includes(sqliteCode(error)) || mayFail(error)) return undefined;
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
    erasedBy: row.erased_by,
  };
}

function isNoSuchTable(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("no such table");
}

function parsedOr(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
