/**
 * Makes proofs from tiles: RFC 6962 §2.1.1 (inclusion) and §2.1.2 (consistency). The reader is
 * handed in and asked for whole tiles, all at once: a proof in a tree of 10 million entries takes
 * at most five of them. It can be a database, a folder or somebody's server; what a proof from its
 * hashes is worth is for `verifyInclusion` and `verifyConsistency` to say.
 */
import { type Frontier, foldRoots, rootOf } from "./frontier.ts";
import { HASH_BYTES, nodeHash, splitOf } from "./merkle.ts";
import { hashAt, TILE_HEIGHT, TILE_WIDTH, type Tile, tileWidth } from "./tile.ts";

/** Gives `width` times 32 bytes: the hashes of the tile, of which all are final. */
export type ReadTile = (tile: Tile) => Promise<Uint8Array>;

/** Entries from `start` up to, without, `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The proof that entry `index` (from 0) is in the tree of the first `size` entries, the hash next
 * to the leaf first. Rejects with a RangeError when it is not in there.
 */
export async function inclusionProof(
  index: number,
  size: number,
  readTile: ReadTile,
): Promise<readonly Uint8Array[]> {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`There is no entry with index ${index} in a tree of size ${size}.`);
  }
  const siblings: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const split = start + splitOf(end - start);
    if (index < split) {
      siblings.push({ start: split, end });
      end = split;
    } else {
      siblings.push({ start, end: split });
      start = split;
    }
  }
  return hashRanges(siblings.reverse(), size, readTile);
}

/**
 * The proof that the tree of the first `newSize` entries begins with the tree of the first
 * `oldSize`. Empty when they are the same. Rejects with a RangeError when `oldSize` is 0 (nothing
 * is to be proven) or larger than `newSize`.
 */
export async function consistencyProof(
  oldSize: number,
  newSize: number,
  readTile: ReadTile,
): Promise<readonly Uint8Array[]> {
  if (!Number.isSafeInteger(newSize) || !Number.isSafeInteger(oldSize)) {
    throw new RangeError(`Tree sizes are whole numbers, not ${oldSize} and ${newSize}.`);
  }
  if (oldSize < 1 || oldSize > newSize) {
    throw new RangeError(`A tree of size ${newSize} has no proof that starts at ${oldSize}.`);
  }
  const ranges: Range[] = [];
  let [start, end] = [0, newSize];
  while (oldSize !== end) {
    const split = start + splitOf(end - start);
    if (oldSize <= split) {
      ranges.push({ start: split, end });
      end = split;
    } else {
      ranges.push({ start, end: split });
      start = split;
    }
  }
  // When it starts at 0, this range is the old tree itself, whose root the reader of a proof has.
  if (start !== 0) ranges.push({ start, end });
  return hashRanges(ranges.reverse(), newSize, readTile);
}

/** The frontier of the tree of the first `size` entries, as its tiles say it. */
export async function frontierAt(size: number, readTile: ReadTile): Promise<Frontier> {
  const subtrees = subtreesOf({ start: 0, end: size });
  const tiles = await readTiles(subtrees, size, readTile);
  return { size, roots: subtrees.map((subtree) => hashOfSubtree(subtree, size, tiles)) };
}

/** The root of the tree of the first `size` entries, as its tiles say it. */
export async function rootAt(size: number, readTile: ReadTile): Promise<Uint8Array> {
  return rootOf(await frontierAt(size, readTile));
}

/** A full subtree: 2^height entries, from index · 2^height. */
interface Subtree {
  readonly height: number;
  readonly index: number;
}

async function hashRanges(
  ranges: readonly Range[],
  size: number,
  readTile: ReadTile,
): Promise<readonly Uint8Array[]> {
  const subtrees = ranges.map(subtreesOf);
  const tiles = await readTiles(subtrees.flat(), size, readTile);
  return subtrees.map(
    (run) => foldRoots(run.map((subtree) => hashOfSubtree(subtree, size, tiles)))!,
  );
}

/** The fewest full subtrees that make up a range, the largest first. */
function subtreesOf({ start, end }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = start; at < end; ) {
    let [height, width] = [0, 1];
    while (width * 2 <= end - at) {
      width *= 2;
      height += 1;
    }
    subtrees.push({ height, index: at / width });
    at += width;
  }
  return subtrees;
}

/** The tile in which a subtree's root is, or from whose hashes it can be computed. */
function tileOf({ height, index }: Subtree, size: number): Tile {
  const level = Math.floor(height / TILE_HEIGHT);
  const tile = Math.floor((index * 2 ** (height % TILE_HEIGHT)) / TILE_WIDTH);
  return { level, index: tile, width: tileWidth(level, tile, size) };
}

type Tiles = ReadonlyMap<string, Uint8Array>;

const keyOf = (tile: Tile): string => `${tile.level}/${tile.index}`;

async function readTiles(
  subtrees: readonly Subtree[],
  size: number,
  readTile: ReadTile,
): Promise<Tiles> {
  const wanted = new Map<string, Tile>();
  for (const tile of subtrees.map((subtree) => tileOf(subtree, size)))
    wanted.set(keyOf(tile), tile);
  return new Map(
    await Promise.all(
      [...wanted].map(async ([key, tile]) => [key, await readWhole(tile, readTile)] as const),
    ),
  );
}

async function readWhole(tile: Tile, readTile: ReadTile): Promise<Uint8Array> {
  const bytes = await readTile(tile);
  if (bytes.length === tile.width * HASH_BYTES) return bytes;
  const hashes = bytes.length / HASH_BYTES;
  throw new Error(
    `Tile ${tile.index} of level ${tile.level} has ${hashes} hashes instead of ${tile.width}.`,
  );
}

function hashOfSubtree(subtree: Subtree, size: number, tiles: Tiles): Uint8Array {
  const bytes = tiles.get(keyOf(tileOf(subtree, size)))!;
  const width = 2 ** (subtree.height % TILE_HEIGHT);
  const first = (subtree.index * width) % TILE_WIDTH;
  return fullHash(bytes, first, width);
}

/** The hash over `width` hashes of a tile from number `first`; `width` is a power of two. */
function fullHash(tileBytes: Uint8Array, first: number, width: number): Uint8Array {
  if (width === 1) return hashAt(tileBytes, first);
  const middle = width / 2;
  return nodeHash(fullHash(tileBytes, first, middle), fullHash(tileBytes, first + middle, middle));
}
