/**
 * The hashes of RFC 6962 §2.1, and the two checks of RFC 9162 §2.1.3.2 and §2.1.4.2 as they are
 * written there: an entry is in a tree, and one tree begins with another. A proof can come from
 * anybody, so whatever is odd about it (sizes, lengths, a hash too many) makes the answer `false`.
 */
import { hash } from "node:crypto";

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;
/** Sizes and indexes are plain numbers, which count exactly up to here. */
export const MAX_TREE_SIZE = Number.MAX_SAFE_INTEGER;

/** RFC 6962 §2.1: two subtrees are hashed behind a one byte. Both must be 32 bytes long. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  NODE.set(left, 1);
  NODE.set(right, 1 + HASH_BYTES);
  return sha256(NODE);
}

/** One for all of them: nothing comes between filling it and hashing it. */
const NODE = new Uint8Array(1 + 2 * HASH_BYTES);
NODE[0] = 1;

/** The root of a tree without entries: the hash of nothing (RFC 6962 §2.1). */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

function sha256(bytes: Uint8Array): Uint8Array {
  // By way of text it takes half the time: a short array needs no memory outside of V8's own.
  // A plain array: what `slice` of a Buffer gives is changed together with it.
  return new Uint8Array(Buffer.from(hash("sha256", bytes, "hex"), "hex"));
}

/** The largest power of two smaller than `size`, which is at least 2: where a tree is split. */
export function splitOf(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * Whether `proof` shows that the entry with this leaf hash is number `index` (from 0) of the tree
 * of `size` entries with this root. RFC 9162 §2.1.3.2.
 */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (!areHashes([leafHash, ...proof])) return false;
  let node = index;
  let last = size - 1;
  let computed = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      computed = nodeHash(sibling, computed);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      computed = nodeHash(computed, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && sameHash(computed, root);
}

/**
 * Whether `proof` shows that the tree of `newSize` entries with root `newRoot` begins with the
 * tree of `oldSize` entries with root `oldRoot`. RFC 9162 §2.1.4.2.
 *
 * An old tree without entries is refused: every tree begins with it, so such a proof would say
 * nothing and could only be mistaken for one that does.
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize < 1 || oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && sameHash(oldRoot, newRoot);
  if (proof.length === 0) return false;
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (!areHashes(path)) return false;

  let node = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(node)) {
    node = half(node);
    last = half(last);
  }
  let oldHash = path[0]!;
  let newHash = path[0]!;
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && sameHash(oldHash, oldRoot) && sameHash(newHash, newRoot);
}

/** Hashes of another length would let two different pairs have the same bytes in `nodeHash`. */
function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((each) => each.length === HASH_BYTES);
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

// Arithmetic instead of shifts: the bit operators of JavaScript end at 32 bits.
function isOdd(count: number): boolean {
  return count % 2 === 1;
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function isPowerOfTwo(count: number): boolean {
  let power = 1;
  while (power < count) power *= 2;
  return power === count;
}
