/**
 * Takes people's data out of the tables, inside the transaction that writes the erasure.
 * LIMIT: PostgreSQL removes the bytes of a deleted row from its files some time after a vacuum, and
 * keeps them in its write-ahead log, its archives and its standbys for as long as these are kept.
 */
import type { PoolClient } from "pg";
import type { Position } from "../../domain/words.ts";
import type { PreparedErasure } from "../prepare.ts";
import { isErasable } from "../rows.ts";

const FIND = `
  SELECT e.position, e.leaf FROM heed.entries e JOIN heed.records r ON r.position = e.position
  WHERE e.token = ANY($1) AND e.position < $2 ORDER BY e.position`;

/** `first` is the first entry of the append that erases: everything before it goes. */
export async function eraseRecords(
  client: PoolClient,
  { tokens, draft }: PreparedErasure,
  first: Position,
): Promise<void> {
  const found = await client.query<{ position: Position; leaf: Uint8Array }>(FIND, [tokens, first]);
  const positions = found.rows.filter(({ leaf }) => isErasable(leaf)).map((row) => row.position);
  await client.query(
    "INSERT INTO heed.erasures (position, erased_by) SELECT unnest($1::bigint[]), $2::bigint",
    [positions, first + draft],
  );
  await client.query("DELETE FROM heed.records WHERE position = ANY($1)", [positions]);
  await client.query("UPDATE heed.deliveries SET last_error = $2 WHERE token = ANY($1)", [
    tokens,
    JSON.stringify(""),
  ]);
  await client.query("DELETE FROM heed.sends WHERE token = ANY($1)", [tokens]);
}
