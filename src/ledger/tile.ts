/**
 * Tiles: how a tree and its entries are cut into files that never change, and what these files are
 * called (C2SP tlog-tiles, https://c2sp.org/tlog-tiles).
 */
import { HASH_BYTES, MAX_TREE_SIZE } from "./merkle.ts";

/** A tile spans this many levels of the tree, so a full one is 2^8 hashes wide. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;
/** The length of an entry in a bundle is written in two bytes. */
export const MAX_LEAF_BYTES = 0xffff;
const MAX_LEVEL = 63;

/**
 * A run of hashes: number i of the tile is the root over the entries from (256 · index + i) · 256^
 * level, 256^level of them. Level 0 holds leaf hashes.
 */
export interface Tile {
  readonly level: number;
  /** Which tile of the level, from 0. */
  readonly index: number;
  /** Hashes in it, 1 to 256; a tile with fewer than 256 is called partial. */
  readonly width: number;
}

/** The entries of the level-0 tile with the same index and width, as one file. */
export interface EntryBundle {
  readonly level: "entries";
  readonly index: number;
  readonly width: number;
}

/** How wide that tile is in a tree of `size` entries; 0 when there is none. */
export function tileWidth(level: number, index: number, size: number): number {
  // 256^7 is more than any size that can be counted.
  const hashes = level > 6 ? 0 : Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** `tile/0/x001/x234/067`, `tile/1/000.p/17`, `tile/entries/000`. */
export function tilePath(tile: Tile | EntryBundle): string {
  const groups: string[] = [];
  for (let rest = tile.index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    const group = String(rest % 1000).padStart(3, "0");
    groups.unshift(groups.length === 0 ? group : `x${group}`);
  }
  const partial = tile.width === TILE_WIDTH ? "" : `.p/${tile.width}`;
  return `tile/${tile.level}/${groups.join("/")}${partial}`;
}

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/u;

/** The tile or bundle that has exactly this path; `null` when none has. */
export function parseTilePath(path: string): Tile | EntryBundle | null {
  const [, level, groups, partial] = PATH.exec(path) ?? [];
  if (level === undefined || groups === undefined) return null;
  const index = Number(groups.replace(/[x/]/gu, ""));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (index > MAX_TREE_SIZE || width < 1 || width > TILE_WIDTH) return null;
  const tile: Tile | EntryBundle =
    level === "entries" ? { level, index, width } : { level: Number(level), index, width };
  if (level !== "entries" && Number(level) > MAX_LEVEL) return null;
  // Leading zeros, needless `x000/` groups and `.p/256` are other names for the same tile.
  return tilePath(tile) === path ? tile : null;
}

/** A copy of the hash at `at` (from 0) of a tile's bytes. */
export function hashAt(tileBytes: Uint8Array, at: number): Uint8Array {
  return new Uint8Array(tileBytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** A file of entries: each leaf behind its length as two bytes, big-endian. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(leaves.reduce((sum, leaf) => sum + 2 + leaf.length, 0));
  let at = 0;
  for (const leaf of leaves) {
    if (leaf.length > MAX_LEAF_BYTES) {
      throw new RangeError(`A leaf of ${leaf.length} bytes does not fit: ${MAX_LEAF_BYTES} do.`);
    }
    bytes.set([leaf.length >> 8, leaf.length & 0xff], at);
    bytes.set(leaf, at + 2);
    at += 2 + leaf.length;
  }
  return bytes;
}

/** The leaves of a bundle; `null` when it ends within one or does not hold exactly `width`. */
export function parseBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] | null {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && leaves.length < width) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + bytes[at]! * 256 + bytes[at + 1]!;
    if (end > bytes.length) return null;
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return at === bytes.length && leaves.length === width ? leaves : null;
}
