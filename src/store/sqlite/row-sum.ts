/**
 * Checksums of rows that the ledger's tree does not cover: what a disk turned over in a setting, a
 * cursor or an idempotency key would change what Heed does, and nothing else would tell.
 * LIMIT: against accidents only. Who can write the file can write a sum that fits.
 */
import { hash } from "node:crypto";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { hexOf } from "../rows.ts";

/** Enough to tell any accident. */
const SUM_BYTES = 8;

/** The columns under a sum, in their order; the name of the table goes in front. */
export const SUMMED_COLUMNS = {
  settings: ["kind", "id", "value", "updated_at"],
  idempotency: ["key", "body_hash", "first_position", "entries"],
  cursors: ["name", "position", "holder", "lease_until"],
  deliveries: [
    "destination",
    "position",
    "token",
    "attempts",
    "state",
    "next_attempt_at",
    "last_error",
  ],
  arrivals: ["destination", "position", "at"],
  erasures: ["position", "erased_by"],
  sends_head: ["id", "serial"],
  sends: [
    "serial",
    "token",
    "at",
    "sender",
    "channel",
    "class",
    "subject",
    "call_kind",
    "is_reply",
    "confirms",
    "carrier",
    "recorded_at",
  ],
  send_keys: ["key", "body_hash", "serial"],
} as const;
export type SummedTable = keyof typeof SUMMED_COLUMNS;
export const SUMMED_TABLES = Object.keys(SUMMED_COLUMNS) as readonly SummedTable[];

/** `row_sum('settings', kind, id, value, updated_at)`, for rows that are there. */
export function sumOfRow(table: SummedTable): string {
  return `row_sum('${table}', ${SUMMED_COLUMNS[table].join(", ")})`;
}

/**
 * Lets the statements of a connection call `row_sum`. Only the statements: a trigger or a column
 * with it would make the file unreadable for other programs.
 */
export function registerRowSum(database: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true, varargs: true } as const;
  database.function("row_sum", { ...options, useBigIntArguments: true }, rowSum);
}

/** What `row_sum` gives. A call through SQLite takes several times as long as this. */
export function rowSum(...values: readonly SQLInputValue[]): Uint8Array {
  let row = "";
  // Each value behind its type and length, so that no two rows have the same text.
  for (const value of values) {
    const text = value instanceof Uint8Array ? hexOf(value) : String(value);
    row += `${typeOf(value)}${text.length}:${text}`;
  }
  return Buffer.from(hash("sha256", row, "hex").slice(0, 2 * SUM_BYTES), "hex");
}

function typeOf(value: SQLInputValue): string {
  if (value === null) return "n";
  if (typeof value === "string") return "t";
  return value instanceof Uint8Array ? "b" : "i";
}
