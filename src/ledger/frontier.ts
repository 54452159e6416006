/**
 * What must be remembered of a tree to append to it and to know its root: the roots of the full
 * subtrees along its right edge (a "compact range"), at most one per bit of its size.
 */
import { emptyRoot, HASH_BYTES, MAX_TREE_SIZE, nodeHash } from "./merkle.ts";
import { TILE_HEIGHT } from "./tile.ts";

export interface Frontier {
  /** Entries in the tree. */
  readonly size: number;
  /** One root for every 1 in the binary form of `size`, the largest subtree first. */
  readonly roots: readonly Uint8Array[];
}

/** A hash of a tile at level 1 or above: the root of the full tile `index` one level below. */
export interface TileHash {
  readonly level: number;
  /** Place within the level, from 0. It stands in tile `index / 256`, at `index % 256`. */
  readonly index: number;
  readonly hash: Uint8Array;
}

export interface Appended {
  readonly frontier: Frontier;
  /** The tile hashes that became final, in the order in which they did. */
  readonly tileHashes: readonly TileHash[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, roots: [] };

/** The frontier after these leaf hashes (32 bytes each). The given frontier is not changed. */
export function appendLeafHashes(frontier: Frontier, leafHashes: readonly Uint8Array[]): Appended {
  if (frontier.size + leafHashes.length > MAX_TREE_SIZE) {
    throw new RangeError(`A tree has at most ${MAX_TREE_SIZE} entries.`);
  }
  const roots = [...frontier.roots];
  const tileHashes: TileHash[] = [];
  let size = frontier.size;
  for (const leafHash of leafHashes) {
    if (leafHash.length !== HASH_BYTES) throw new RangeError("A leaf hash has 32 bytes.");
    let root = leafHash;
    // `index` is the place of `root` among the full subtrees of its height. An odd one has its left
    // neighbour at the end of `roots`, and the two become one subtree.
    let index = size;
    for (let height = 1; index % 2 === 1; height++) {
      root = nodeHash(roots.pop()!, root);
      index = (index - 1) / 2;
      if (height % TILE_HEIGHT === 0) {
        tileHashes.push({ level: height / TILE_HEIGHT, index, hash: root });
      }
    }
    roots.push(root);
    size += 1;
  }
  return { frontier: { size, roots }, tileHashes };
}

/** The root of the whole tree (RFC 6962 §2.1). */
export function rootOf(frontier: Frontier): Uint8Array {
  return foldRoots(frontier.roots) ?? emptyRoot();
}

/** Joins neighbouring subtrees, the largest first, into the hash over all; `null` for none. */
export function foldRoots(roots: readonly Uint8Array[]): Uint8Array | null {
  return roots.reduceRight<Uint8Array | null>(
    (right, left) => (right === null ? left : nodeHash(left, right)),
    null,
  );
}

/** Eight bytes of size, big-endian, and the roots. */
export function frontierBytes(frontier: Frontier): Uint8Array {
  const bytes = new Uint8Array(8 + HASH_BYTES * frontier.roots.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(frontier.size));
  for (const [at, root] of frontier.roots.entries()) bytes.set(root, 8 + HASH_BYTES * at);
  return bytes;
}

/** The reverse of `frontierBytes`; `null` when these bytes are not what it writes. */
export function parseFrontier(bytes: Uint8Array): Frontier | null {
  if (bytes.length < 8) return null;
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  if (size > MAX_TREE_SIZE || bytes.length !== 8 + HASH_BYTES * rootCount(size)) return null;
  // Copies: the bytes may be part of a buffer that their owner uses again.
  const copy = new Uint8Array(bytes);
  const roots = Array.from({ length: rootCount(size) }, (_, at) =>
    copy.slice(8 + HASH_BYTES * at, 8 + HASH_BYTES * (at + 1)),
  );
  return { size, roots };
}

function rootCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
