/**
 * Makes idempotency keys of another ledger known to a stopped one, though it does not have their
 * entries: what was said once under such a key must not count as said anew.
 */
import type { Position } from "../../domain/words.ts";
import { checkpoint, openConnection } from "./connection.ts";
import { sumOfRow } from "./row-sum.ts";

/** No body has this hash, so whatever comes with such a key is a conflict. */
export const LOST_BODY = "the entries of this key were lost in a restore";

/** `position`: the entry that says why they are known. Durable when it returns. */
export function takeOverKeys(file: string, keys: readonly Uint8Array[], position: Position): void {
  if (keys.length === 0) return;
  const { database } = openConnection(file);
  try {
    const find = database.prepare("SELECT 1 FROM idempotency WHERE key = ?");
    const add = database.prepare(`
      INSERT INTO idempotency (key, body_hash, first_position, entries, sum)
      SELECT key, body_hash, first_position, entries, ${sumOfRow("idempotency")}
      FROM (SELECT ?1 AS key, ?2 AS body_hash, ?3 AS first_position, 1 AS entries)`);
    database.exec("BEGIN IMMEDIATE");
    for (const key of keys) {
      if (find.get(key) === undefined) add.run(key, LOST_BODY, position);
    }
    database.exec("COMMIT");
    checkpoint(database, "TRUNCATE");
  } finally {
    database.close();
  }
}
