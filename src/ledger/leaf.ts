/**
 * From an act to what is stored: a record with everything in it, which an erasure can remove, and
 * a leaf without personal data, which can never change. The leaf commits to the record, so the
 * record can be proven as long as it exists and tells nothing once it is gone.
 */
import { createHash, createHmac, hash } from "node:crypto";
import type { Act } from "../domain/act.ts";
import type { AddressKey, Instant, Position } from "../domain/words.ts";
import { canonicalJson, type Json } from "./canonical.ts";

/** An act on its way to the ledger; the store adds the position. */
export interface Draft {
  readonly act: Act;
  readonly recordedAt: Instant;
  /** 32 random bytes. Without them the short record of a phone number could be guessed. */
  readonly salt: Uint8Array;
  /** See `addressToken`. */
  readonly token: string;
}

export interface Leaf {
  readonly leaf: Uint8Array;
  readonly leafHash: string;
}

/** The bytes of the record: canonical JSON of the act. */
export function recordBytes(act: Act): Uint8Array {
  return new TextEncoder().encode(canonicalJson(act as unknown as Json));
}

/** A leaf but for its position, which only the store can give: what stands before and after it. */
export interface LeafFrame {
  readonly before: string;
  readonly after: string;
}

/** Canonical members stand in alphabetical order, so those up to `kind` go in front of `position`. */
export function leafFrameOf(draft: Draft, record: Uint8Array): LeafFrame {
  const { act, recordedAt } = draft;
  const { by, claimedAt, kind, receivedAt, refersTo, source, via } = act;
  const commit = createHash("sha256").update(draft.salt).update(record).digest("hex");
  const scopes = act.scopes as unknown as Json;
  const before = canonicalJson({ by, claimedAt, commit, kind });
  const after = canonicalJson({ receivedAt, recordedAt, refersTo, scopes, source, v: 1, via });
  return { before: `${before.slice(0, -1)},"position":`, after: `,${after.slice(1)}` };
}

export function leafIn(frame: LeafFrame, position: Position): Leaf {
  const leaf = leafBytes(frame, position);
  return { leaf, leafHash: leafHashOf(leaf) };
}

/** For whoever needs no hash: with it a leaf takes twice as long. */
export function leafBytes({ before, after }: LeafFrame, position: Position): Uint8Array {
  return new TextEncoder().encode(`${before}${position}${after}`);
}

/** Builds the leaf of a draft at the position that the store gave it. */
export function leafOf(draft: Draft, position: Position, record: Uint8Array): Leaf {
  return leafIn(leafFrameOf(draft, record), position);
}

const BEFORE_LEAF = Uint8Array.of(0);

/** RFC 6962 §2.1: leaves are hashed behind a zero byte, so that no leaf can pass for a node. */
export function leafHashOf(leaf: Uint8Array): string {
  return hash("sha256", Buffer.concat([BEFORE_LEAF, leaf]), "hex");
}

/** Whether a record and its salt are what a leaf committed to. */
export function commitsTo(leaf: Uint8Array, salt: Uint8Array, record: Uint8Array): boolean {
  const commit: unknown = JSON.parse(new TextDecoder().decode(leaf)).commit;
  return commit === createHash("sha256").update(salt).update(record).digest("hex");
}

/**
 * The suppression token of an address. Keyed with a pepper that is kept outside the database,
 * because plain hashes of phone numbers are tabulated (there are only so many numbers).
 */
export function addressToken(pepper: Uint8Array, address: AddressKey): string {
  return createHmac("sha256", pepper).update(address).digest("hex");
}
