/**
 * Receipts: one JSON document that proves, offline and with nothing but the log's public key, that
 * an act is in the ledger. Every part of it is needed, none can be changed, and a receipt that does
 * not hold says which part is wrong.
 * LIMIT: it proves what was written down, not that the person did it; that is what the evidence in
 * the record is for.
 */
import { openCheckpoint } from "./checkpoint.ts";
import { commitsTo, leafHashOf } from "./leaf.ts";
import {
  canonicalObject,
  contradictionOf,
  type LeafMembers,
  type Members,
  parsedObject,
  parseLeaf,
} from "./members.ts";
import { verifyInclusion } from "./merkle.ts";
import { type Problem, parseVkey, type Verifier } from "./note-key.ts";
import { parseTlogProof, tlogProofText } from "./tlog-proof.ts";

export const RECEIPT_FORMAT = "heed-receipt@v1";

export interface Receipt {
  readonly format: typeof RECEIPT_FORMAT;
  /** The act, as canonical JSON; `null` once it was erased. */
  readonly record: string | null;
  /** 64 hex digits; `null` once the record was erased. */
  readonly salt: string | null;
  /** The ledger entry without personal data, as canonical JSON. */
  readonly leaf: string;
  /** A C2SP tlog-proof: index, inclusion proof and checkpoint. */
  readonly proof: string;
  /** `name+id` of the key that signed the checkpoint. */
  readonly key: string;
}

/** What the ledger keeps of an entry. */
export interface ProvenEntry {
  readonly leaf: Uint8Array;
  /** `null` once it was erased. */
  readonly record: Uint8Array | null;
  readonly salt: Uint8Array | null;
}

export interface VerifiedReceipt {
  readonly ok: true;
  readonly leaf: LeafMembers;
  /** The act; `null` when the receipt was made after its erasure and proves the leaf only. */
  readonly record: Members | null;
  readonly origin: string;
  /** Size of the signed tree. */
  readonly size: number;
  readonly root: Uint8Array;
  /** The published key that signed it. */
  readonly vkey: string;
}

/** `checkpoint` is the signed note for the tree that the inclusion proof `hashes` leads to. */
export function buildReceipt(
  { leaf, record, salt }: ProvenEntry,
  hashes: readonly Uint8Array[],
  checkpoint: string,
  key: Pick<Verifier, "keyId">,
): Receipt {
  const text = utf8Of(leaf);
  const isErased = record === null || salt === null;
  return {
    format: RECEIPT_FORMAT,
    record: isErased ? null : utf8Of(record),
    salt: isErased ? null : Buffer.from(salt).toString("hex"),
    leaf: text,
    proof: tlogProofText({ index: indexIn(text), hashes, checkpoint }),
    key: key.keyId,
  };
}

const POSITION = '"position":';

/**
 * The index that a leaf's position stands for. It is the first member of that name: what comes
 * before it (`by`, `claimedAt`, `commit`, `kind`) holds no free text.
 */
function indexIn(leaf: string): number {
  return Number.parseInt(leaf.slice(leaf.indexOf(POSITION) + POSITION.length), 10) - 1;
}

/**
 * Checks a receipt, parsed or as JSON text, against the published keys of the log: its present one
 * and all that it ever had, because a key stays valid for what it signed.
 */
export function verifyReceipt(
  receipt: unknown,
  vkeys: readonly string[],
): VerifiedReceipt | Problem {
  const known: Verifier[] = [];
  for (const vkey of vkeys) {
    const verifier = parseVkey(vkey);
    if ("problem" in verifier) return verifier;
    known.push(verifier);
  }
  const parts = parseReceipt(receipt);
  if ("problem" in parts) return parts;
  const parsed = parseLeaf(parts.leaf);
  if (typeof parsed === "string") return { problem: parsed };
  const { leaf } = parsed;
  const record = provenRecord(parts);
  if (typeof record === "string") return { problem: record };
  const tree = provenTree(parts, leaf.position, known);
  if ("problem" in tree) return tree;
  // Only now: until the leaf is proven to be the log's, the log must not be blamed for it.
  const odd = record === null ? undefined : contradictionOf(leaf, record.members);
  if (odd !== undefined) {
    return { problem: `Leaf and record differ in \`${odd}\`: the log contradicts itself.` };
  }
  return { ok: true, leaf, record: record?.members ?? null, ...tree };
}

const MEMBERS = ["format", "key", "leaf", "proof", "record", "salt"];

function parseReceipt(receipt: unknown): Receipt | Problem {
  const value = typeof receipt === "string" ? parsedObject(receipt) : receipt;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "A receipt is a JSON object; this is none." };
  }
  const members = value as Record<string, unknown>;
  if (members.format !== RECEIPT_FORMAT) {
    return { problem: `The receipt's \`format\` is not \`${RECEIPT_FORMAT}\`.` };
  }
  const names = Object.keys(members).sort();
  // A member that nothing vouches for could say anything, and would look as if it were proven.
  const odd = names.find((name) => !MEMBERS.includes(name));
  if (odd !== undefined) return { problem: `The receipt has a member \`${odd}\`: remove it.` };
  for (const name of MEMBERS) {
    const isErased = members[name] === null && (name === "record" || name === "salt");
    if (typeof members[name] !== "string" && !isErased) {
      return { problem: `The receipt has no text in \`${name}\`.` };
    }
  }
  if ((members.record === null) !== (members.salt === null)) {
    return { problem: "The receipt has only one of `record` and `salt`; it takes both or none." };
  }
  return members as unknown as Receipt;
}

/** The record's members, `null` when there is no record, or what is wrong with it. */
function provenRecord({ record, salt, leaf }: Receipt): { members: Members } | string | null {
  if (record === null || salt === null) return null;
  // A salt of another length would move the boundary between it and the record.
  if (!/^[0-9a-f]{64}$/u.test(salt)) return "The salt is not 64 lower-case hex digits.";
  const members = canonicalObject(record);
  if (members === null) return "The record is not canonical JSON (RFC 8785): it was changed.";
  if (!commitsTo(Buffer.from(leaf), Buffer.from(salt, "hex"), Buffer.from(record))) {
    return "The leaf does not commit to this record and salt: one of the three was changed.";
  }
  return { members };
}

function provenTree(
  { leaf, proof, key }: Receipt,
  position: number,
  known: readonly Verifier[],
): Pick<VerifiedReceipt, "origin" | "size" | "root" | "vkey"> | Problem {
  const parsed = parseTlogProof(proof);
  if ("problem" in parsed) return parsed;
  const { index, hashes } = parsed;
  const checkpoint = openCheckpoint(parsed.checkpoint, known);
  if ("problem" in checkpoint) return checkpoint;
  const { origin, size, root } = checkpoint;
  const signer = checkpoint.signedBy.find(({ keyId }) => keyId === key);
  if (signer === undefined) {
    return { problem: `The key \`${key}\` that the receipt names did not sign its checkpoint.` };
  }
  if (index !== position - 1) {
    return { problem: `The proof is for index ${index}, the leaf has position ${position}.` };
  }
  if (index >= size) {
    return { problem: `Position ${position} is not in the signed tree of ${size} entries.` };
  }
  const leafHash = Buffer.from(leafHashOf(Buffer.from(leaf)), "hex");
  if (!verifyInclusion(index, size, leafHash, hashes, root)) {
    return {
      problem: "The leaf is not in the signed tree: it or a hash of the proof was changed.",
    };
  }
  return { origin, size, root, vkey: signer.vkey };
}

function utf8Of(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
