/**
 * Checksums of rows that the ledger's tree does not cover: what a disk turned over in a setting, a
 * cursor or an idempotency key would change what Heed does, and nothing else would tell.
 * LIMIT: against accidents only. Who can write the file can write a sum that fits.
 */
import { hash } from "node:crypto";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

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
  erasures: ["position", "erased_by"],
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

/** Each value behind its type and length, so that no two rows have the same bytes. */
function rowSum(...values: readonly SQLInputValue[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const value of values) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
    parts.push(Buffer.from(`${typeOf(value)}${bytes.length}:`), bytes);
  }
  const digest = hash("sha256", Buffer.concat(parts), "hex");
  return Buffer.from(digest.slice(0, 2 * SUM_BYTES), "hex");
}

function typeOf(value: SQLInputValue): string {
  if (value === null) return "n";
  if (typeof value === "string") return "t";
  return value instanceof Uint8Array ? "b" : "i";
}
