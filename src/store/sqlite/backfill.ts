/** What a migration computes for the rows of a ledger that is older than the columns. */
import type { DatabaseSync } from "node:sqlite";
import { appendLeafHashes, EMPTY_FRONTIER, frontierBytes } from "../../ledger/frontier.ts";
import { UnsafeStore } from "../store.ts";
import { registerRowSum, type SummedTable, sumOfRow } from "./row-sum.ts";

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
