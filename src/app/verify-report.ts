/** What a verification of a whole log finds: entries and hashes that are wrong, and everything else. */
import type { Position } from "../domain/words.ts";
import type { WrongTile } from "../ledger/tree-check.ts";

/** Something is wrong with one entry, or with a hash over several. */
export interface Wrong {
  readonly first: Position;
  /** The same as `first` when it is one entry. */
  readonly last: Position;
  /** One sentence for people. */
  readonly what: string;
}

/** A log can be wrong from end to end, and nobody reads more than these. */
const MOST_KEPT = 100;

export class WrongList {
  readonly #kept: Wrong[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Single entries by position, then hashes over several: those only repeat that one is wrong. */
  get sorted(): readonly Wrong[] {
    const isRange = ({ first, last }: Wrong) => Number(first !== last);
    return [...this.#kept].sort((a, b) => isRange(a) - isRange(b) || a.first - b.first);
  }

  entry(position: Position, what: string): void {
    this.range(position, position, what);
  }

  range(first: Position, last: Position, what: string): void {
    this.#count += 1;
    this.#kept.push({ first, last, what });
    // Found last and standing first: hashes over entries that were read long ago.
    if (this.#kept.length > MOST_KEPT)
      this.#kept.splice(0, this.#kept.length, ...this.sorted.slice(0, -1));
  }

  tiles(tiles: readonly WrongTile[]): void {
    for (const { first, last, what } of tiles) this.range(first, last, `${what}.`);
  }
}

/** Says how far a verification has come: entries done, of all. */
export type Progress = (done: number, of: number) => void;
