/** Every statement that runs on a SQLite ledger, by name: only names cross the thread. */
import type { ReadName, WriteName } from "../sql-store.ts";

/** What was erased is a record with nothing in it: see `ERASURES` in `migrations.ts`. */
const ENTRY_COLUMNS = `
  SELECT e.position, e.recorded_at, e.leaf_hash, e.token, nullif(r.record, x'') AS record
  FROM entries e LEFT JOIN records r ON r.position = e.position`;

export const READS = {
  entries: `${ENTRY_COLUMNS} WHERE e.position > ? ORDER BY e.position LIMIT ?`,
  sealed: `
    SELECT e.position, e.recorded_at, e.leaf_hash, e.token, e.leaf,
      nullif(r.salt, x'') AS salt, nullif(r.record, x'') AS record, x.erased_by
    FROM entries e LEFT JOIN records r ON r.position = e.position
    LEFT JOIN erasures x ON x.position = e.position
    WHERE e.position > ? ORDER BY e.position LIMIT ?`,
  tree: "SELECT position, frontier FROM head",
  // Both take level, first and end; leaves have the level 0, and positions start at 1.
  leafHashes: `
    SELECT leaf_hash AS hash FROM entries
    WHERE ?1 = 0 AND position > ?2 AND position <= ?3 ORDER BY position`,
  tileHashes: `
    SELECT hash FROM tile_hashes WHERE level = ?1 AND place >= ?2 AND place < ?3 ORDER BY place`,
  history: `${ENTRY_COLUMNS} WHERE e.token = ? ORDER BY e.position`,
  settings: "SELECT kind, id, value, updated_at FROM settings WHERE kind = ? ORDER BY id",
  setting: "SELECT kind, id, value, updated_at FROM settings WHERE kind = ? AND id = ?",
  cursors: "SELECT name, position, lease_until FROM cursors ORDER BY name",
  deliveries: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM deliveries WHERE destination = ? AND state = ? ORDER BY position`,
  deliveriesAt: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM deliveries
    WHERE destination = ? AND position IN (SELECT value FROM json_each(?)) ORDER BY position`,
  deliveriesAfter: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM deliveries WHERE destination = ? AND position > ? ORDER BY position LIMIT ?`,
  arrivals: `
    SELECT position, at FROM arrivals
    WHERE destination = ? AND position IN (SELECT value FROM json_each(?)) ORDER BY position`,
  sendsHead: "SELECT serial FROM sends_head",
  sends: `
    SELECT serial, token, at, sender, channel, class, subject, call_kind, is_reply, confirms,
      carrier, recorded_at
    FROM sends WHERE serial > ? ORDER BY serial LIMIT ?`,
} as const satisfies Record<ReadName, string>;

export const WRITES = {
  putSetting: `
    INSERT INTO settings (kind, id, value, updated_at, sum)
    VALUES (?1, ?2, ?3, ?4, row_sum('settings', ?1, ?2, ?3, ?4))
    ON CONFLICT (kind, id) DO UPDATE SET value = ?3, updated_at = ?4, sum = excluded.sum`,
  addSetting: `
    INSERT INTO settings (kind, id, value, updated_at, sum)
    VALUES (?1, ?2, ?3, ?4, row_sum('settings', ?1, ?2, ?3, ?4))
    ON CONFLICT (kind, id) DO NOTHING RETURNING 1`,
  deleteSetting: "DELETE FROM settings WHERE kind = ? AND id = ? RETURNING 1",
  claimCursor: `
    INSERT INTO cursors (name, holder, lease_until, position, sum)
    VALUES (?1, ?2, ?3, 0, row_sum('cursors', ?1, 0, ?2, ?3))
    ON CONFLICT (name) DO UPDATE SET holder = ?2, lease_until = ?3,
      sum = row_sum('cursors', name, position, ?2, ?3)
    WHERE holder IS NULL OR holder = ?2 OR lease_until <= ?4
    RETURNING position`,
  advanceCursor: `
    UPDATE cursors SET position = ?4, lease_until = ?3,
      sum = row_sum('cursors', name, ?4, holder, ?3)
    WHERE name = ?1 AND holder = ?2 RETURNING 1`,
  releaseCursor: `
    UPDATE cursors SET holder = NULL, lease_until = 0,
      sum = row_sum('cursors', name, position, NULL, 0)
    WHERE name = ? AND holder = ?`,
  putDelivery: `
    INSERT INTO deliveries
      (destination, position, token, attempts, state, next_attempt_at, last_error, sum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, row_sum('deliveries', ?1, ?2, ?3, ?4, ?5, ?6, ?7))
    ON CONFLICT (destination, position) DO UPDATE SET token = ?3, attempts = ?4, state = ?5,
      next_attempt_at = ?6, last_error = ?7, sum = excluded.sum`,
  deleteDelivery: "DELETE FROM deliveries WHERE destination = ? AND position = ?",
  // Without the WHERE, SQLite takes ON for a part of the join.
  addArrivals: `
    INSERT INTO arrivals (destination, position, at, sum)
    SELECT ?1, value ->> 0, value ->> 1, row_sum('arrivals', ?1, value ->> 0, value ->> 1)
    FROM json_each(?2) WHERE true
    ON CONFLICT (destination, position) DO NOTHING`,
  deleteArrivals: `
    DELETE FROM arrivals WHERE destination = ?1 AND at < ?2 AND position IN
      (SELECT position FROM arrivals WHERE destination = ?1 ORDER BY position LIMIT ?3)
    RETURNING 1`,
  // Only the oldest are looked at, so that no removal keeps the writer for long.
  deleteSends: `
    DELETE FROM sends
    WHERE serial IN (SELECT serial FROM sends ORDER BY serial LIMIT ?2) AND recorded_at < ?1
    RETURNING 1`,
} as const satisfies Record<WriteName, string>;

/** The statements of an append; only the worker runs them, inside its transaction. */
export const APPENDS = {
  findKey: "SELECT body_hash, first_position, entries FROM idempotency WHERE key = ?",
  findRecord: "SELECT 1 FROM records WHERE position = ? AND length(record) > 0",
  addEntry: `
    INSERT INTO entries (position, leaf, leaf_hash, token, recorded_at) VALUES (?, ?, ?, ?, ?)`,
  addRecord: "INSERT INTO records (position, salt, record) VALUES (?, ?, ?)",
  addKey: `
    INSERT INTO idempotency (key, body_hash, first_position, entries, sum)
    VALUES (?, ?, ?, ?, ?)`,
  addTileHash: "INSERT INTO tile_hashes (level, place, hash) VALUES (?, ?, ?)",
  moveHead: "UPDATE head SET position = ?, frontier = ?",
} as const;

/** The statements that put sends on record; only the worker runs them, inside its transaction. */
export const SENDS = {
  findSendKey: "SELECT body_hash FROM send_keys WHERE key = ?",
  addSend: `
    INSERT INTO sends (serial, token, at, sender, channel, class, subject, call_kind, is_reply,
      confirms, carrier, recorded_at, sum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  addSendKey: "INSERT INTO send_keys (key, body_hash, serial, sum) VALUES (?, ?, ?, ?)",
  moveSendsHead: "UPDATE sends_head SET serial = ?, sum = ?",
} as const;

/** The statements of an erasure; only the worker runs them, inside the same transaction. */
export const ERASES = {
  findRecords: `
    SELECT e.position, e.leaf FROM entries e JOIN records r ON r.position = e.position
    WHERE e.token = ? AND e.position < ? AND length(r.record) > 0 ORDER BY e.position`,
  addErasure: `
    INSERT INTO erasures (position, erased_by, sum)
    VALUES (?1, ?2, row_sum('erasures', ?1, ?2))`,
  eraseRecord: "UPDATE records SET salt = x'', record = x'' WHERE position = ?",
  allDeliveries: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM deliveries`,
  clearDeliveries: "DELETE FROM deliveries",
  deleteSendsTo: "DELETE FROM sends WHERE token = ?",
} as const;
