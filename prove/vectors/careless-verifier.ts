// A second verifier of Merkle proofs, from RFC 9162 §2.1.3.2 and §2.1.4.2 step by step, that can
// leave out one of its checks. Whole, it has to judge as ours does; without a check it has to be
// caught.
import { hash } from "node:crypto";
import type { Verifier } from "./published-vectors.ts";

const HASH_BYTES = 32;

export const CHECKS = [
  "that hashes have 32 bytes",
  "that the index is in the tree",
  "that the path ends at the root",
  "the root",
  "that the older tree has entries",
  "that a tree is consistent with itself only without hashes",
] as const;
export type Check = (typeof CHECKS)[number];

export function verifierWithout(left: Check | null): Verifier {
  const checks = (check: Check, holds: boolean) => check === left || holds;
  const areHashes = (hashes: readonly Uint8Array[]) =>
    checks(
      "that hashes have 32 bytes",
      hashes.every(({ length }) => length === HASH_BYTES),
    );
  return {
    inclusion({ index, size, leafHash, root, proof }) {
      if (!checks("that the index is in the tree", index < size)) return false;
      if (!areHashes([leafHash, root, ...proof])) return false;
      let [f, s, r] = [BigInt(index), BigInt(size) - 1n, leafHash];
      for (const p of proof) {
        if (!checks("that the path ends at the root", s !== 0n)) return false;
        const isRight = f % 2n === 1n || f === s;
        r = isRight ? join(p, r) : join(r, p);
        [f, s] = isRight ? climbed(f, s) : [f / 2n, s / 2n];
      }
      return (
        checks("that the path ends at the root", s === 0n) && checks("the root", same(r, root))
      );
    },
    consistency({ size1, size2, root1, root2, proof }) {
      if (!checks("that the older tree has entries", size1 > 0) || size1 > size2) return false;
      if (size1 === size2) {
        const isEmpty = proof.length === 0;
        if (!checks("that a tree is consistent with itself only without hashes", isEmpty))
          return false;
        return checks("the root", same(root1, root2));
      }
      if (!areHashes([root1, root2, ...proof])) return false;
      const isFull = Number.isInteger(Math.log2(size1));
      const [first, ...rest] = isFull ? [root1, ...proof] : proof;
      // With nothing to start from there is nothing to check, only an older tree to believe.
      if (first === undefined || proof.length === 0) return size1 === 0;
      let [f, s] = [BigInt(size1) - 1n, BigInt(size2) - 1n];
      for (; f % 2n === 1n; s /= 2n) f /= 2n;
      let [fr, sr] = [first, first];
      for (const c of rest) {
        if (!checks("that the path ends at the root", s !== 0n)) return false;
        const isRight = f % 2n === 1n || f === s;
        if (isRight) fr = join(c, fr);
        sr = isRight ? join(c, sr) : join(sr, c);
        [f, s] = isRight ? climbed(f, s) : [f / 2n, s / 2n];
      }
      return (
        checks("that the path ends at the root", s === 0n) &&
        // No published vector is wrong in nothing but this; test/ledger/merkle.test.ts has some.
        same(fr, root1) &&
        checks("the root", same(sr, root2))
      );
    },
  };
}

/** §2.1.3.2, 4 b: up to the next place where there is a node to the left, and one more. */
function climbed(f: bigint, s: bigint): [bigint, bigint] {
  let [up, last] = [f, s];
  while (up % 2n === 0n && up !== 0n) [up, last] = [up / 2n, last / 2n];
  return [up / 2n, last / 2n];
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Uint8Array.of(1), left, right]), "buffer");
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
