/**
 * Whether what a database keeps of an entry is what the ledger committed to. A row can be changed
 * behind Heed's back by a hand or by a disk, and a changed address or token would let a message
 * through to somebody who said stop; so no entry counts before this has found nothing wrong with it.
 *
 * It says nothing about the tree: whether the leaf hash itself is the right one is for the roots and
 * the anchor to say.
 */
import { type Act, isAboutLedger, LEDGER_TOKEN, tokensOfErasure } from "../domain/act.ts";
import type { AddressKey, Instant, Position } from "../domain/words.ts";
import { canonicalJson, type Json } from "./canonical.ts";
import { commitsTo, leafFrameOf, leafHashOf, leafIn } from "./leaf.ts";
import { canonicalObject, contradictionOf, type LeafMembers, parseLeaf } from "./members.ts";

/** All that is kept of one entry. */
export interface SealedParts {
  readonly position: Position;
  readonly recordedAt: Instant;
  /** Lower-case hex. */
  readonly leafHash: string;
  readonly token: string;
  readonly leaf: Uint8Array;
  /** Both `null` once they were erased. */
  readonly salt: Uint8Array | null;
  readonly record: Uint8Array | null;
  /** The erasure that removed them. */
  readonly erasedBy: Position | null;
  /**
   * What somebody already read the record as: spares reading it again, and is not taken on trust,
   * because it must be the record when it is written again.
   */
  readonly act?: Act | null;
}

/** The tokens of an address: one under every pepper that there ever was. */
export type TokensOf = (address: AddressKey) => readonly string[];

/** What is wrong with an entry, as a sentence for people; `null` when nothing is. */
export function faultOf(parts: SealedParts, tokensOf: TokensOf): string | null {
  const { salt, record, erasedBy, position } = parts;
  if (record === null || salt === null) {
    if (record !== salt) return "Only one of its record and its salt is there.";
    if (erasedBy === null) return "Its record is gone, and no erasure removed it.";
    // A record never comes before the entry that erases it.
    if (erasedBy <= position) return `Its record was erased by the earlier entry ${erasedBy}.`;
    const leaf = leafIfSound(parts);
    return typeof leaf === "string" ? leaf : null;
  }
  if (erasedBy !== null) return `Its record is still there, though entry ${erasedBy} erased it.`;
  const act = isAsWritten(parts, salt, record) ?? provenAct(parts, salt, record);
  return typeof act === "string" ? act : tokenFaultOf(parts.token, act, tokensOf);
}

/**
 * The act, when record and leaf are byte for byte what Heed writes for it; `null` when somebody has
 * to look closer. One comparison stands for all the others, because this runs over every entry of
 * the ledger whenever a server starts.
 */
function isAsWritten(parts: SealedParts, salt: Uint8Array, record: Uint8Array): Act | null {
  try {
    const text = utf8Of(record);
    const act = parts.act ?? (JSON.parse(text) as Act);
    if (canonicalJson(act as unknown as Json) !== text) return null;
    const draft = { act, recordedAt: parts.recordedAt, salt, token: parts.token };
    const { leaf, leafHash } = leafIn(leafFrameOf(draft, record), parts.position);
    return leafHash === parts.leafHash && Buffer.compare(leaf, parts.leaf) === 0 ? act : null;
  } catch {
    return null; // It is not even UTF-8, or something in it is nothing that a leaf can hold.
  }
}

/** The act that a sound leaf commits to, or what is wrong. */
function provenAct(parts: SealedParts, salt: Uint8Array, record: Uint8Array): Act | string {
  const leaf = leafIfSound(parts);
  if (typeof leaf === "string") return leaf;
  if (salt.length !== SALT_BYTES || !commitsTo(parts.leaf, salt, record)) {
    return "Its leaf does not commit to this record and salt: one of them was changed.";
  }
  const members = textOf(record, canonicalObject);
  if (members === null) return "Its record is not canonical JSON (RFC 8785).";
  const odd = contradictionOf(leaf, members);
  if (odd !== undefined) return `Its leaf and its record differ in \`${odd}\`.`;
  return members as unknown as Act;
}

/** A salt of another length would move the boundary between it and the record. */
const SALT_BYTES = 32;

function leafIfSound(parts: SealedParts): LeafMembers | string {
  if (leafHashOf(parts.leaf) !== parts.leafHash) {
    return "Its leaf does not have its leaf hash: one of them was changed.";
  }
  const parsed = textOf(parts.leaf, parseLeaf) ?? "The leaf is not text in UTF-8.";
  if (typeof parsed === "string") return parsed;
  const { leaf } = parsed;
  if (leaf.position !== parts.position) {
    return `Its leaf has position ${leaf.position}: entries were exchanged.`;
  }
  if (leaf.recordedAt !== parts.recordedAt) {
    return "The time at which it was recorded is not the one in its leaf.";
  }
  return leaf;
}

function tokenFaultOf(token: string, act: Act, tokensOf: TokensOf): string | null {
  if (act.address !== null) {
    return tokensOf(act.address).includes(token) ? null : "Its token is not that of its address.";
  }
  if (act.kind === "erasure") {
    return tokensOfErasure(act).includes(token)
      ? null
      : "Its token is none of those that it erased.";
  }
  if (!isAboutLedger(act)) return `It is an \`${act.kind}\` of nobody: it has no address.`;
  return token === LEDGER_TOKEN ? null : "It is about the ledger, and yet has somebody's token.";
}

function textOf<T>(bytes: Uint8Array, read: (text: string) => T): T | null {
  try {
    return read(utf8Of(bytes));
  } catch {
    return null;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Of(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
