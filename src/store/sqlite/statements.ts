/** Every statement that runs on a SQLite ledger, by name: only names cross the thread. */
import type { ReadName, WriteName } from "../sql-store.ts";

const ENTRY_COLUMNS = `
  SELECT e.position, e.recorded_at, e.leaf_hash, e.token, r.record
  FROM entries e LEFT JOIN records r ON r.position = e.position`;

export const READS = {
  entries: `${ENTRY_COLUMNS} WHERE e.position > ? ORDER BY e.position LIMIT ?`,
  history: `${ENTRY_COLUMNS} WHERE e.token = ? ORDER BY e.position`,
  settings: "SELECT kind, id, value, updated_at FROM settings WHERE kind = ? ORDER BY id",
  setting: "SELECT kind, id, value, updated_at FROM settings WHERE kind = ? AND id = ?",
  cursors: "SELECT name, position, lease_until FROM cursors ORDER BY name",
  deliveries: `
    SELECT destination, position, token, attempts, state, next_attempt_at, last_error
    FROM deliveries WHERE destination = ? AND state = ? ORDER BY position`,
} as const satisfies Record<ReadName, string>;

export const WRITES = {
  putSetting: `
    INSERT INTO settings (kind, id, value, updated_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (kind, id) DO UPDATE SET value = ?3, updated_at = ?4`,
  addSetting: `
    INSERT INTO settings (kind, id, value, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (kind, id) DO NOTHING RETURNING 1`,
  deleteSetting: "DELETE FROM settings WHERE kind = ? AND id = ? RETURNING 1",
  claimCursor: `
    INSERT INTO cursors (name, holder, lease_until, position) VALUES (?1, ?2, ?3, 0)
    ON CONFLICT (name) DO UPDATE SET holder = ?2, lease_until = ?3
    WHERE holder IS NULL OR holder = ?2 OR lease_until <= ?4
    RETURNING position`,
  advanceCursor: `
    UPDATE cursors SET position = ?4, lease_until = ?3
    WHERE name = ?1 AND holder = ?2 RETURNING 1`,
  releaseCursor: "UPDATE cursors SET holder = NULL, lease_until = 0 WHERE name = ? AND holder = ?",
  putDelivery: `
    INSERT INTO deliveries
      (destination, position, token, attempts, state, next_attempt_at, last_error)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (destination, position) DO UPDATE SET
      token = ?3, attempts = ?4, state = ?5, next_attempt_at = ?6, last_error = ?7`,
  deleteDelivery: "DELETE FROM deliveries WHERE destination = ? AND position = ?",
} as const satisfies Record<WriteName, string>;

/** The statements of an append; only the worker runs them, inside its transaction. */
export const APPENDS = {
  head: "SELECT position FROM head",
  findKey: "SELECT body_hash, first_position, entries FROM idempotency WHERE key = ?",
  addEntry: `
    INSERT INTO entries (position, leaf, leaf_hash, token, recorded_at) VALUES (?, ?, ?, ?, ?)`,
  addRecord: "INSERT INTO records (position, salt, record) VALUES (?, ?, ?)",
  addKey: `
    INSERT INTO idempotency (key, body_hash, first_position, entries) VALUES (?, ?, ?, ?)`,
  moveHead: "UPDATE head SET position = ?",
} as const;
