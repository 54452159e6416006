/**
 * From what a caller hands in to what a database writes. Everything that can be wrong with a
 * request is found here, before it shares a commit with others: a bad request fails alone.
 * LIMIT: one record holds at most 16 MiB, and one leaf 65,535 bytes (C2SP tlog-tiles).
 */
import { LEDGER_TOKEN } from "../domain/act.ts";
import type { Instant, Position } from "../domain/words.ts";
import { type Draft, type LeafFrame, leafFrameOf, leafIn, recordBytes } from "../ledger/leaf.ts";
import { keyBytes } from "./message-keying.ts";
import type { AppendRequest } from "./store.ts";

export const SALT_BYTES = 32;
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** tlog-tiles writes the length of a leaf in 16 bits, so a longer one could never be published. */
const MAX_LEAF_BYTES = 65_535;
/** Room for the members of a leaf that its record does not have. */
const LEAF_OVERHEAD_BYTES = 1024;

export interface PreparedDraft {
  /** Canonical JSON of the act: see `recordBytes`. */
  readonly record: Uint8Array;
  readonly salt: Uint8Array;
  readonly token: string;
  readonly recordedAt: Instant;
  /** Made here, where there are many processors, and not in the one thread that writes. */
  readonly frame: LeafFrame;
}

export interface PreparedAppend {
  /**
   * SHA-256 of the key. A key can be as long as a provider likes and can hold personal data (an
   * e-mail's message id); its hash is short, fits every index and survives an erasure.
   */
  readonly key: Uint8Array;
  readonly bodyHash: string;
  readonly drafts: readonly PreparedDraft[];
  readonly erases: PreparedErasure | null;
  /** The entry whose record must be there; `null`: none. */
  readonly about: Position | null;
}

export interface PreparedErasure {
  readonly tokens: readonly string[];
  /** Which of the drafts is the erasure, from 0. */
  readonly draft: number;
}

/** Throws a `RangeError` that says what cannot be stored. */
export function prepareAppend(request: AppendRequest): PreparedAppend {
  if (request.drafts.length === 0) throw new RangeError("an append needs at least one draft");
  return {
    key: hashKey(request.key),
    bodyHash: plainText(request.bodyHash, "a body hash"),
    drafts: request.drafts.map(prepareDraft),
    erases: request.erases === undefined ? null : prepareErasure(request, request.erases),
    about: request.about === undefined ? null : wholeNumber(request.about, "`about`"),
  };
}

/** INVARIANT: a record never goes without an entry that says so. */
function prepareErasure(request: AppendRequest, tokens: readonly string[]): PreparedErasure {
  const draft = request.drafts.findIndex(({ act }) => act.kind === "erasure");
  if (draft < 0) throw new RangeError("an append that erases needs a draft of kind `erasure`");
  if (tokens.includes(LEDGER_TOKEN)) {
    throw new RangeError("what is about the ledger itself is nobody's data and cannot be erased");
  }
  return { tokens: tokens.map((token) => plainText(token, "a token")), draft };
}

/** NUL and any other character may be in a key; only an unpaired surrogate has no bytes. */
function hashKey(key: string): Uint8Array {
  if (!key.isWellFormed()) throw new RangeError("an idempotency key has an unpaired surrogate");
  return keyBytes(key);
}

function prepareDraft(draft: Draft): PreparedDraft {
  const record = recordBytes(draft.act);
  if (record.length > MAX_RECORD_BYTES) {
    throw new RangeError(`a record of ${record.length} bytes is over ${MAX_RECORD_BYTES}`);
  }
  if (draft.salt.length !== SALT_BYTES) {
    throw new RangeError(`a salt has ${draft.salt.length} bytes instead of ${SALT_BYTES}`);
  }
  const prepared: PreparedDraft = {
    record,
    salt: Uint8Array.from(draft.salt),
    token: plainText(draft.token, "a token"),
    recordedAt: wholeNumber(draft.recordedAt, "`recordedAt`"),
    frame: leafFrameOf(draft, record),
  };
  // A leaf holds part of the record and little more, so most need not be built to be measured.
  if (record.length > MAX_LEAF_BYTES - LEAF_OVERHEAD_BYTES) {
    const { leaf } = leafIn(prepared.frame, Number.MAX_SAFE_INTEGER);
    if (leaf.length > MAX_LEAF_BYTES) {
      throw new RangeError(`a leaf of ${leaf.length} bytes is over ${MAX_LEAF_BYTES}`);
    }
  }
  return prepared;
}

/** For the limits of the group commit. */
export function weightOf({ drafts }: PreparedAppend): { drafts: number; bytes: number } {
  return { drafts: drafts.length, bytes: drafts.reduce((sum, one) => sum + one.record.length, 0) };
}

/** PostgreSQL's `text` holds neither NUL nor an unpaired surrogate; SQLite follows it here. */
export function plainText(text: string, what: string): string {
  if (!text.isWellFormed()) throw new RangeError(`${what} has an unpaired surrogate`);
  if (text.includes("\0")) throw new RangeError(`${what} has a NUL character`);
  return text;
}

/** Positions, instants and counts: 0 or more, and exact as a JavaScript number. */
export function wholeNumber(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} is ${value} instead of a whole number of 0 or more`);
  }
  return value;
}
