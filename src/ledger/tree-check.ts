/**
 * Rebuilds the tree from the leaf hashes of a whole log and holds everything that is kept or
 * published of it against the result: tiles above the leaves, and roots of earlier sizes. It needs
 * one tile per level in memory, however long the log is.
 */
import { appendLeafHashes, EMPTY_FRONTIER, type Frontier, rootOf } from "./frontier.ts";
import { HASH_BYTES, sameHash } from "./merkle.ts";
import type { ReadTile } from "./proof.ts";
import { hashAt, TILE_HEIGHT, TILE_WIDTH } from "./tile.ts";

/** A kept hash that is not the one of the entries under it. */
export interface WrongTile {
  /** Positions of the entries that the hash is over. */
  readonly first: number;
  readonly last: number;
  readonly what: string;
}

export class TreeCheck {
  readonly #readTile: ReadTile;
  /** Sizes whose roots are wanted, ascending; those that were passed are taken off. */
  readonly #wanted: number[];
  readonly #roots = new Map<number, Uint8Array>();
  /** The hashes of the tile that is being filled, by level. */
  readonly #open = new Map<number, { readonly index: number; readonly hashes: Uint8Array[] }>();
  #frontier: Frontier = EMPTY_FRONTIER;

  /** `readTile` is asked for tiles at level 1 and above only. */
  constructor(readTile: ReadTile, sizes: Iterable<number> = []) {
    this.#readTile = readTile;
    this.#wanted = [...new Set(sizes)].sort((a, b) => a - b);
    this.#keepRoot();
  }

  get size(): number {
    return this.#frontier.size;
  }

  get frontier(): Frontier {
    return this.#frontier;
  }

  get root(): Uint8Array {
    return rootOf(this.#frontier);
  }

  /** The root that the log had at one of the sizes; `null` when it has not come so far. */
  rootAt(size: number): Uint8Array | null {
    return this.#roots.get(size) ?? null;
  }

  /** Takes in the next leaf hashes. What is wrong with tiles that they complete comes back. */
  async add(leafHashes: readonly Uint8Array[]): Promise<WrongTile[]> {
    const wrong: WrongTile[] = [];
    for (let at = 0; at < leafHashes.length; ) {
      const next = this.#wanted[0] ?? Number.POSITIVE_INFINITY;
      const run = leafHashes.slice(at, at + next - this.size);
      const { frontier, tileHashes } = appendLeafHashes(this.#frontier, run);
      this.#frontier = frontier;
      this.#keepRoot();
      for (const { level, index, hash } of tileHashes) {
        const tile = this.#open.get(level) ?? { index: Math.floor(index / TILE_WIDTH), hashes: [] };
        tile.hashes.push(hash);
        this.#open.set(level, tile);
        if (tile.hashes.length === TILE_WIDTH) wrong.push(...(await this.#compare(level)));
      }
      at += run.length;
    }
    return wrong;
  }

  /** What is wrong with the tiles that are not full. */
  async end(): Promise<WrongTile[]> {
    const wrong: WrongTile[] = [];
    for (const level of [...this.#open.keys()]) wrong.push(...(await this.#compare(level)));
    return wrong;
  }

  #keepRoot(): void {
    if (this.#wanted[0] !== this.size) return;
    this.#wanted.shift();
    this.#roots.set(this.size, this.root);
  }

  async #compare(level: number): Promise<WrongTile[]> {
    const { index, hashes } = this.#open.get(level)!;
    this.#open.delete(level);
    const width = hashes.length;
    const perHash = 2 ** (TILE_HEIGHT * level);
    const firstOf = (at: number) => (index * TILE_WIDTH + at) * perHash + 1;
    const name = `tile ${index} at level ${level}`;
    let kept: Uint8Array;
    try {
      kept = await this.#readTile({ level, index, width });
    } catch (error) {
      const what = `${name} cannot be read: ${(error as Error).message}`;
      return [{ first: firstOf(0), last: firstOf(width) - 1, what }];
    }
    if (kept.length !== width * HASH_BYTES) {
      const what = `${name} has ${kept.length} bytes instead of ${width * HASH_BYTES}`;
      return [{ first: firstOf(0), last: firstOf(width) - 1, what }];
    }
    return hashes.flatMap((hash, at) => {
      if (sameHash(hash, hashAt(kept, at))) return [];
      const what = `hash ${at} of ${name} is not that of its entries`;
      return [{ first: firstOf(at), last: firstOf(at + 1) - 1, what }];
    });
  }
}
