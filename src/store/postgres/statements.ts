/** The statements of a PostgreSQL ledger beside those of an append (see `write-batch.ts`). */
import type { ReadName, WriteName } from "../sql-store.ts";
import { ENTRY_COLUMNS } from "./write-batch.ts";

export const SQL = {
  head: "SELECT position FROM heed.head",
  // One statement and so one moment: other servers may be writing.
  headAndSpan: `
    SELECT h.position AS head, h.frontier,
      (SELECT coalesce(max(e.position) - min(e.position) + 1, 0) FROM heed.entries e) AS span
    FROM heed.head h`,
  entries: `${ENTRY_COLUMNS} WHERE e.position > $1 ORDER BY e.position LIMIT $2`,
  sealed: `
    SELECT e.position, e.recorded_at, e.leaf_hash, e.token, e.leaf, r.salt, r.record, x.erased_by
    FROM heed.entries e LEFT JOIN heed.records r ON r.position = e.position
    LEFT JOIN heed.erasures x ON x.position = e.position
    WHERE e.position > $1 ORDER BY e.position LIMIT $2`,
  tree: "SELECT position, frontier FROM heed.head",
  // Both take level, first and end; leaves have the level 0, and positions start at 1.
  leafHashes: `
    SELECT leaf_hash AS hash FROM heed.entries
    WHERE $1::int = 0 AND position > $2 AND position <= $3 ORDER BY position`,
  tileHashes: `
    SELECT hash FROM heed.tile_hashes
    WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place`,
  history: `${ENTRY_COLUMNS} WHERE e.token = $1 ORDER BY e.position`,
  // The order of code points, as SQLite has it, whatever the language of the database.
  settings: `
    SELECT kind, id, value, updated_at FROM heed.settings WHERE kind = $1 ORDER BY id COLLATE "C"`,
  setting: "SELECT kind, id, value, updated_at FROM heed.settings WHERE kind = $1 AND id = $2",
  cursors: `SELECT name, position, lease_until FROM heed.cursors ORDER BY name COLLATE "C"`,
  deliveries: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM heed.deliveries WHERE destination = $1 AND state = $2 ORDER BY position`,
  deliveriesAt: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM heed.deliveries
    WHERE destination = $1
      AND position IN (SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb))
    ORDER BY position`,
  deliveriesAfter: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM heed.deliveries WHERE destination = $1 AND position > $2 ORDER BY position LIMIT $3`,
  arrivals: `
    SELECT position, at FROM heed.arrivals
    WHERE destination = $1
      AND position IN (SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb))
    ORDER BY position`,
  sendsHead: "SELECT serial FROM heed.sends_head",
  sends: `
    SELECT serial, token, at, sender, channel, class, subject, call_kind, is_reply, confirms,
      carrier, recorded_at
    FROM heed.sends WHERE serial > $1 ORDER BY serial LIMIT $2`,
  putSetting: `
    INSERT INTO heed.settings (kind, id, value, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (kind, id) DO UPDATE SET value = $3, updated_at = $4`,
  addSetting: `
    INSERT INTO heed.settings (kind, id, value, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (kind, id) DO NOTHING RETURNING 1`,
  deleteSetting: "DELETE FROM heed.settings WHERE kind = $1 AND id = $2 RETURNING 1",
  claimCursor: `
    INSERT INTO heed.cursors AS c (name, holder, lease_until, position) VALUES ($1, $2, $3, 0)
    ON CONFLICT (name) DO UPDATE SET holder = $2, lease_until = $3
    WHERE c.holder IS NULL OR c.holder = $2 OR c.lease_until <= $4
    RETURNING position`,
  advanceCursor: `
    UPDATE heed.cursors SET position = $4, lease_until = $3
    WHERE name = $1 AND holder = $2 RETURNING 1`,
  releaseCursor: `
    UPDATE heed.cursors SET holder = NULL, lease_until = 0 WHERE name = $1 AND holder = $2`,
  putDelivery: `
    INSERT INTO heed.deliveries
      (destination, position, token, attempts, state, next_attempt_at, last_error)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (destination, position) DO UPDATE SET
      token = $3, attempts = $4, state = $5, next_attempt_at = $6, last_error = $7`,
  deleteDelivery: "DELETE FROM heed.deliveries WHERE destination = $1 AND position = $2",
  addArrivals: `
    INSERT INTO heed.arrivals (destination, position, at)
    SELECT $1, (item ->> 0)::bigint, (item ->> 1)::bigint
    FROM jsonb_array_elements($2::jsonb) AS item
    ON CONFLICT (destination, position) DO NOTHING`,
  deleteArrivals: `
    DELETE FROM heed.arrivals WHERE destination = $1 AND at < $2 AND position IN
      (SELECT position FROM heed.arrivals WHERE destination = $1 ORDER BY position LIMIT $3)
    RETURNING 1`,
  // Only the oldest are looked at, so that no removal holds its locks for long.
  deleteSends: `
    DELETE FROM heed.sends
    WHERE serial IN (SELECT serial FROM heed.sends ORDER BY serial LIMIT $2) AND recorded_at < $1
    RETURNING 1`,
} as const satisfies Record<ReadName | WriteName | "head" | "headAndSpan", string>;
