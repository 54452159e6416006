/** What a migration computes for the entries of a ledger that is older than its tree. */
import type { PoolClient } from "pg";
import { appendLeafHashes, EMPTY_FRONTIER, frontierBytes } from "../../ledger/frontier.ts";
import { assertKeying, keyedRow, type MessageKeying, SECRETS_SETTING } from "../message-keying.ts";
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

const SETTING = "SELECT value FROM heed.settings WHERE kind = 'installation' AND id = $1";
const NEXT_PLAIN = `
  SELECT key, body_hash, first_position, entries FROM heed.plain_idempotency
  WHERE key > $1 ORDER BY key LIMIT $2`;
const ADD_KEYED = `
  INSERT INTO heed.idempotency (key, body_hash, first_position, entries)
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::int[])`;

/** Messages under keyed hashes. */
export async function fillKeys(client: PoolClient, keying: MessageKeying | null): Promise<void> {
  let after = Buffer.alloc(0);
  for (;;) {
    const { rows } = await client.query<PlainRow>(NEXT_PLAIN, [after, BATCH]);
    const last = rows.at(-1);
    if (last === undefined) return;
    const setting = await client.query<{ value: string }>(SETTING, [SECRETS_SETTING]);
    assertKeying(keying, setting.rows[0]?.value);
    const keyed = rows.map((row) => keyedRow(keying, row));
    await client.query(ADD_KEYED, [
      keyed.map(({ key }) => Buffer.from(key)),
      keyed.map(({ body_hash }) => body_hash),
      rows.map(({ first_position }) => first_position),
      rows.map(({ entries }) => entries),
    ]);
    after = last.key;
  }
}

interface PlainRow {
  readonly key: Buffer<ArrayBuffer>;
  readonly body_hash: string;
  readonly first_position: number;
  readonly entries: number;
}
