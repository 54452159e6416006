// The tree of RFC 6962 §2.1 as its recursion says it, slow and obvious, to hold ours against; and
// readers of tiles for trees that were appended to, and for trees too large to be built.
import { createHash } from "node:crypto";
import { appendLeafHashes, EMPTY_FRONTIER, type Frontier } from "../../src/ledger/frontier.ts";
import type { ReadTile } from "../../src/ledger/proof.ts";
import type { Tile } from "../../src/ledger/tile.ts";

function sha256(...parts: (Uint8Array | string)[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array | string): Uint8Array {
  return sha256(ZERO, leaf);
}

/** As many different leaf hashes. */
export function leafHashes(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`));
}

/** The largest power of two smaller than n. */
function k(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}

export class ReferenceTree {
  readonly #leaves: readonly Uint8Array[];
  readonly #known = new Map<number, Uint8Array>();

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
  }

  /** MTH(D[start:end]), §2.1. */
  root(start: number, end: number): Uint8Array {
    if (start === end) return sha256("");
    if (end - start === 1) return this.#leaves[start]!;
    const key = start * 2 ** 26 + end;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const split = start + k(end - start);
    const root = sha256(ONE, this.root(start, split), this.root(split, end));
    this.#known.set(key, root);
    return root;
  }

  /** PATH(index, D[start:end]), §2.1.1. */
  inclusion(index: number, end: number, start = 0): Uint8Array[] {
    if (end - start === 1) return [];
    const split = start + k(end - start);
    const isLeft = index < split;
    const path = isLeft ? this.inclusion(index, split, start) : this.inclusion(index, end, split);
    path.push(isLeft ? this.root(split, end) : this.root(start, split));
    return path;
  }

  /** PROOF(oldSize, D[0:newSize]), §2.1.2. */
  consistency(oldSize: number, newSize: number): Uint8Array[] {
    return this.#subProof(oldSize, 0, newSize, true);
  }

  #subProof(old: number, start: number, end: number, isWhole: boolean): Uint8Array[] {
    if (old === end) return isWhole ? [] : [this.root(start, end)];
    const split = start + k(end - start);
    const isLeft = old <= split;
    const proof = isLeft
      ? this.#subProof(old, start, split, isWhole)
      : this.#subProof(old, split, end, false);
    proof.push(isLeft ? this.root(split, end) : this.root(start, split));
    return proof;
  }
}

export interface Shelf {
  readonly frontier: Frontier;
  /** All hashes of each level, in order, as `appendLeafHashes` gave them. */
  readonly levels: readonly (readonly Uint8Array[])[];
  readonly read: ReadTile;
  /** The tiles that were read, newest last. */
  readonly wasRead: Tile[];
}

/** A tree built by appending in runs of `runLength`, with the tiles that came out of it. */
export function appended(leaves: readonly Uint8Array[], runLength: number): Shelf {
  const levels: Uint8Array[][] = [[...leaves]];
  let frontier = EMPTY_FRONTIER;
  for (let at = 0; at < leaves.length; at += runLength) {
    const run = appendLeafHashes(frontier, leaves.slice(at, at + runLength));
    frontier = run.frontier;
    for (const { level, index, hash } of run.tileHashes) {
      levels[level] ??= [];
      if (levels[level].length !== index) throw new Error(`${level}/${index} is out of order`);
      levels[level].push(hash);
    }
  }
  const wasRead: Tile[] = [];
  const read: ReadTile = async (tile) => {
    wasRead.push(tile);
    const start = tile.index * 256;
    return Buffer.concat((levels[tile.level] ?? []).slice(start, start + tile.width));
  };
  return { frontier, levels, read, wasRead };
}

/**
 * Tiles of a tree of any size in which all entries are the same but the one at `index`: large
 * enough to leave every integer of 32 bits behind, and still one where places cannot be confused.
 */
export function sparseTiles(index: number, wasRead: Tile[] = []): ReadTile {
  const same: Uint8Array[] = [leafHash("same")];
  for (let height = 1; height <= 53; height++) {
    same.push(sha256(ONE, same[height - 1]!, same[height - 1]!));
  }
  const hashAt = (height: number, place: number): Uint8Array => {
    if (place !== Math.floor(index / 2 ** height)) return same[height]!;
    if (height === 0) return leafHash("other");
    return sha256(ONE, hashAt(height - 1, place * 2), hashAt(height - 1, place * 2 + 1));
  };
  return async (tile) => {
    wasRead.push(tile);
    const hashes = Array.from({ length: tile.width }, (_, at) =>
      hashAt(tile.level * 8, tile.index * 256 + at),
    );
    return Buffer.concat(hashes);
  };
}
