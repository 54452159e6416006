/** What a migration computes for the entries of a ledger that is older than its tree. */
import type { PoolClient } from "pg";
import { appendLeafHashes, EMPTY_FRONTIER, frontierBytes } from "../../ledger/frontier.ts";
import { UnsafeStore } from "../store.ts";

const BATCH = 10_000;

const NEXT = `
  SELECT position, leaf_hash FROM heed.entries
  WHERE position > $1 ORDER BY position LIMIT $2`;
const ADD_TILE_HASHES = `
  INSERT INTO heed.tile_hashes (level, place, hash)
  SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])`;

/** The tree over the entries that are there. */
export async function fillTree(client: PoolClient): Promise<void> {
  let frontier = EMPTY_FRONTIER;
  for (;;) {
    const { rows } = await client.query<{ position: number; leaf_hash: Buffer }>(NEXT, [
      frontier.size,
      BATCH,
    ]);
    const last = rows.at(-1);
    if (last === undefined) break;
    if (last.position !== frontier.size + rows.length) {
      throw new UnsafeStore(
        `The ledger misses one of the entries ${frontier.size + 1} to ${last.position}. Keep a ` +
          "copy of it for inspection, and restore a backup.",
      );
    }
    const leafHashes = rows.map((row) => row.leaf_hash);
    const { frontier: grown, tileHashes } = appendLeafHashes(frontier, leafHashes);
    await client.query(ADD_TILE_HASHES, [
      tileHashes.map(({ level }) => level),
      tileHashes.map(({ index }) => index),
      tileHashes.map(({ hash }) => Buffer.from(hash)),
    ]);
    frontier = grown;
  }
  const bytes = Buffer.from(frontierBytes(frontier));
  await client.query("UPDATE heed.head SET frontier = $1", [bytes]);
}
