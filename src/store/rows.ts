/**
 * From rows to what the contract speaks of, the same for every database. Values that come from
 * outside as free text or JSON are kept as JSON text: it escapes NUL and unpaired surrogates, so
 * they survive in a database whose text cannot hold them.
 */
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { plainText, wholeNumber } from "./prepare.ts";
import {
  BrokenStore,
  type Delivery,
  SETTING_KINDS,
  type SealedEntry,
  type Setting,
  type SettingKind,
} from "./store.ts";

export interface EntryRow {
  readonly position: number;
  readonly recorded_at: number;
  readonly leaf_hash: Uint8Array;
  readonly token: string;
  readonly record: Uint8Array | null;
}

export interface SealedRow extends EntryRow {
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly erased_by: number | null;
}

export interface SettingRow {
  readonly kind: string;
  readonly id: string;
  readonly value: string;
  readonly updated_at: number;
}

export interface DeliveryRow {
  readonly destination: string;
  readonly position: number;
  readonly token: string;
  readonly attempts: number;
  readonly state: string;
  readonly next_attempt_at: number;
  readonly last_error: string;
}

export function actOf(record: Uint8Array): Act {
  try {
    return JSON.parse(new TextDecoder().decode(record)) as Act;
  } catch {
    // What JSON.parse says quotes the record, and this goes to logs and terminals.
    throw new Error("its record is no JSON: it was damaged");
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function entryOf(row: EntryRow): Entry {
  return {
    position: row.position,
    recordedAt: row.recorded_at,
    leafHash: hexOf(row.leaf_hash),
    token: row.token,
    act: row.record === null ? null : actOf(row.record),
  };
}

export function sealedOf(row: SealedRow): SealedEntry {
  return {
    entry: entryOf(row),
    leaf: ownBytes(row.leaf),
    salt: row.salt === null ? null : ownBytes(row.salt),
    record: row.record === null ? null : ownBytes(row.record),
    erasedBy: row.erased_by,
  };
}

/** `pg` gives views of what it read from the network: a small one would keep all of it in memory. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes) : bytes;
}

/**
 * Whether an erasure removes the record behind a leaf. That of an erasure stays: it names no address,
 * and it is the only place that says which tokens are erased.
 */
export function isErasable(leaf: Uint8Array): boolean {
  try {
    return JSON.parse(new TextDecoder().decode(leaf)).kind !== "erasure";
  } catch {
    // It is damaged; what is behind it can still be somebody's data.
    return true;
  }
}

/** What a database says to one append, before the acts are put back. */
export type AppendReply =
  | { readonly status: "appended"; readonly first: Position; readonly leafHashes: string[] }
  | { readonly status: "replayed"; readonly rows: readonly EntryRow[] }
  | { readonly status: "conflict" };

/** Rows that must be the entries right after `after`, without a gap. */
export function consecutive<R extends EntryRow>(rows: readonly R[], after: Position): readonly R[] {
  for (const [index, { position }] of rows.entries()) {
    // INVARIANT: a hole would let a reader miss an opt-out for ever, so none is passed over.
    if (position === after + 1 + index) continue;
    throw new BrokenStore(
      `The ledger has no entry ${after + 1 + index}, but has entry ${position}. Somebody ` +
        "removed it behind Heed's back: restore the database from a backup.",
    );
  }
  return rows;
}

export function settingOf(row: SettingRow): Setting {
  return {
    kind: row.kind as SettingKind,
    id: row.id,
    value: JSON.parse(row.value),
    updatedAt: row.updated_at,
  };
}

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    destination: row.destination,
    position: row.position,
    token: row.token,
    attempts: row.attempts,
    state: row.state as Delivery["state"],
    nextAttemptAt: row.next_attempt_at,
    lastError: JSON.parse(row.last_error),
  };
}

/** In the order of the columns: kind, id, value, updated_at. */
export function settingColumns(kind: SettingKind, id: string, value: unknown, now: number) {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new RangeError(`the value of the ${kind} \`${id}\` is no JSON`);
  return [...settingKey(kind, id), json, wholeNumber(now, "`now`")];
}

export function settingKey(kind: SettingKind, id: string): [string, string] {
  if (!SETTING_KINDS.includes(kind)) throw new RangeError(`no kind of setting is \`${kind}\``);
  return [kind, plainText(id, "the id of a setting")];
}

/** In the order of the columns of the table. */
export function deliveryColumns(delivery: Delivery) {
  return [
    plainText(delivery.destination, "the name of a destination"),
    wholeNumber(delivery.position, "`position`"),
    plainText(delivery.token, "a token"),
    wholeNumber(delivery.attempts, "`attempts`"),
    delivery.state,
    wholeNumber(delivery.nextAttemptAt, "`nextAttemptAt`"),
    JSON.stringify(delivery.lastError),
  ];
}

/** In the order `claimCursor` and `advanceCursor` need them: name, holder, lease's end, now. */
export function leaseColumns(name: string, holder: string, leaseMs: number, now: number) {
  return [
    plainText(name, "the name of a cursor"),
    plainText(holder, "the holder of a cursor"),
    wholeNumber(now, "`now`") + wholeNumber(leaseMs, "`leaseMs`"),
    now,
  ];
}
