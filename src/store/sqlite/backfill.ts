/** What a migration computes for the rows of a ledger that is older than the columns. */
import type { DatabaseSync } from "node:sqlite";
import { appendLeafHashes, EMPTY_FRONTIER, frontierBytes } from "../../ledger/frontier.ts";
import { assertKeying, keyedRow, type MessageKeying, SECRETS_SETTING } from "../message-keying.ts";
import { UnsafeStore } from "../store.ts";
import { registerRowSum, rowSum, type SummedTable, sumOfRow } from "./row-sum.ts";

const BATCH = 10_000;

/** The tree over the entries that are there. */
export function fillTree(database: DatabaseSync): void {
  const next = database.prepare(
    "SELECT position, leaf_hash FROM entries WHERE position > ? ORDER BY position LIMIT ?",
  );
  const addTileHash = database.prepare("INSERT INTO tile_hashes VALUES (?, ?, ?)");
  let frontier = EMPTY_FRONTIER;
  for (;;) {
    const rows = next.all(frontier.size, BATCH);
    if (rows.length === 0) break;
    if (rows.at(-1)?.position !== frontier.size + rows.length) {
      throw new UnsafeStore(
        `The ledger misses one of the entries ${frontier.size + 1} to ${rows.at(-1)?.position}. ` +
          "Keep a copy of it for inspection, and restore a backup.",
      );
    }
    const leafHashes = rows.map((row) => row.leaf_hash as Uint8Array);
    const appended = appendLeafHashes(frontier, leafHashes);
    for (const { level, index, hash } of appended.tileHashes) addTileHash.run(level, index, hash);
    frontier = appended.frontier;
  }
  database.prepare("UPDATE head SET frontier = ?").run(frontierBytes(frontier));
}

/** The sums of the rows that are there. */
export function fillSum(database: DatabaseSync, table: SummedTable): void {
  registerRowSum(database);
  database.exec(`UPDATE ${table} SET sum = ${sumOfRow(table)}`);
}

/**
 * Messages under keyed hashes. They come in no order, and a table that is filled in none writes a page
 * for each row; so they are put down as they come, and SQLite sorts them on the disk.
 */
export function fillKeys(database: DatabaseSync, keying: MessageKeying | null): void {
  const plain = database.prepare(
    "SELECT key, body_hash, first_position, entries FROM plain_idempotency",
  );
  if (plain.get() === undefined) return;
  const setting = "SELECT value FROM settings WHERE kind = 'installation' AND id = ?";
  assertKeying(keying, database.prepare(setting).get(SECRETS_SETTING)?.value);
  database.exec(`
    CREATE TEMP TABLE keyed (
      key BLOB, body_hash TEXT, first_position INTEGER, entries INTEGER, sum BLOB
    ) STRICT`);
  const add = database.prepare("INSERT INTO keyed VALUES (?, ?, ?, ?, ?)");
  for (const row of plain.iterate() as Iterable<PlainRow>) {
    const { key, body_hash } = keyedRow(keying, row);
    const values = [key, body_hash, row.first_position, row.entries] as const;
    add.run(...values, rowSum("idempotency", ...values));
  }
  database.exec("INSERT INTO idempotency SELECT * FROM keyed ORDER BY key; DROP TABLE keyed");
}

interface PlainRow {
  readonly key: Uint8Array;
  readonly body_hash: string;
  readonly first_position: number;
  readonly entries: number;
}
