/**
 * Proof files: an entry's index, its inclusion proof and the signed checkpoint of the tree, as one
 * text that can be checked offline (C2SP tlog-proof, https://c2sp.org/tlog-proof).
 * LIMIT: the optional `extra` line is neither written nor taken; nothing vouches for what it says.
 */
import { fromBase64, toBase64 } from "./base64.ts";
import { HASH_BYTES, MAX_TREE_SIZE } from "./merkle.ts";
import type { Problem } from "./note-key.ts";

export interface TlogProof {
  /** From 0: one less than the entry's position. */
  readonly index: number;
  /** The inclusion proof, the hash next to the leaf first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
}

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
/** A tree of 2^64 entries has no longer proof. */
const MAX_HASHES = 64;

export function tlogProofText({ index, hashes, checkpoint }: TlogProof): string {
  return `${FIRST_LINE}\nindex ${index}\n${linesOf(hashes)}\n${checkpoint}`;
}

/**
 * The proof before this one. Those of one commit come one after the other and share their upper
 * hashes as the same arrays, and each acknowledgement may carry one.
 * INVARIANT: nobody changes the bytes of a hash.
 */
let recent: { readonly hashes: readonly Uint8Array[]; readonly lines: readonly string[] } = {
  hashes: [],
  lines: [],
};

function linesOf(hashes: readonly Uint8Array[]): string {
  const { hashes: known, lines } = recent;
  recent = {
    hashes,
    lines: hashes.map((hash, at) => (hash === known[at] ? lines[at]! : `${toBase64(hash)}\n`)),
  };
  return recent.lines.join("");
}

/** Reads a proof file; nothing in it is verified yet. */
export function parseTlogProof(text: string): TlogProof | Problem {
  const end = text.indexOf("\n\n");
  const [first, second = "", ...hashLines] = text.slice(0, Math.max(end, 0)).split("\n");
  if (end === -1 || first !== FIRST_LINE) {
    return { problem: `A proof begins with the line \`${FIRST_LINE}\`.` };
  }
  const index = /^index (0|[1-9]\d*)$/u.exec(second)?.[1];
  if (index === undefined || Number(index) > MAX_TREE_SIZE) {
    return { problem: `The second line of a proof is its index, not \`${second}\`.` };
  }
  if (hashLines.length > MAX_HASHES) return { problem: "The proof has more than 64 hashes." };
  const hashes: Uint8Array[] = [];
  for (const line of hashLines) {
    const hash = fromBase64(line);
    if (hash === null || hash.length !== HASH_BYTES) {
      return { problem: `\`${line}\` in the proof is not 32 bytes in base64.` };
    }
    hashes.push(hash);
  }
  return { index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}
