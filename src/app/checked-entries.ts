/**
 * Reads the ledger for the standings. No entry counts that was not compared with what the ledger
 * committed to: a row that was changed behind Heed's back, by a hand or a disk, could let a message
 * through to somebody who said stop. The first fault is told, and everything is denied from then on.
 */
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { ErasureCheck } from "../ledger/erasure-check.ts";
import { faultOf, type TokensOf } from "../ledger/sealed-check.ts";
import type { Standings } from "../sets/standings.ts";
import type { SealedEntry, Store } from "../store/store.ts";

export interface CheckedEntriesParts {
  readonly store: Pick<Store, "readSealed" | "head">;
  readonly tokensOf: TokensOf;
  /** What is wrong with an entry, in a sentence. It is given all the same. */
  readonly onFault: (position: Position, fault: string) => void;
  /** Told of every entry before those after it are looked at. */
  readonly onAct?: (act: Act | null) => void;
}

export class CheckedEntries {
  readonly #parts: CheckedEntriesParts;
  readonly #erasures = new ErasureCheck();

  constructor(parts: CheckedEntriesParts) {
    this.#parts = parts;
  }

  /**
   * As `Store.read`. Ends before an entry that cannot be read, when the fault is that entry's alone.
   * Each entry is to be read once, in order.
   */
  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    const sealed = await this.#readWhatCanBe(after, limit);
    for (const one of sealed) {
      this.#check(one);
      this.#parts.onAct?.(one.entry.act);
    }
    return sealed.map(({ entry }) => entry);
  }

  /**
   * Reads what comes after the standings and applies it. Gives how many entries that were: fewer
   * than `limit` at the end of the ledger, and when one cannot be read or applied.
   */
  async applyTo(standings: Standings, limit: number): Promise<number> {
    let applied = 0;
    for (const entry of await this.read(standings.position, limit)) {
      try {
        standings.apply(entry);
      } catch (error) {
        this.#parts.onFault(entry.position, `It cannot be applied (${(error as Error).message}).`);
        return applied;
      }
      applied += 1;
    }
    return applied;
  }

  /** The ledger ends here: an erasure that was still to come is none. */
  end(): void {
    for (const { position, what } of this.#erasures.end()) this.#parts.onFault(position, what);
  }

  #check({ entry, leaf, salt, record, erasedBy }: SealedEntry): void {
    const { position, recordedAt, leafHash, token, act } = entry;
    const parts = { position, recordedAt, leafHash, token, leaf, salt, record, erasedBy, act };
    const fault = faultOf(parts, this.#parts.tokensOf);
    if (fault !== null) {
      this.#parts.onFault(position, fault);
      return;
    }
    for (const wrong of this.#erasures.take(parts)) this.#parts.onFault(wrong.position, wrong.what);
  }

  /** One row that cannot be read must not keep the others out of reach, nor stop the server. */
  async #readWhatCanBe(after: Position, limit: number): Promise<readonly SealedEntry[]> {
    try {
      return await this.#parts.store.readSealed(after, limit);
    } catch (error) {
      // A database that cannot be asked at all is another matter.
      await this.#parts.store.head();
      if (limit > 1) return await this.#readHalves(after, limit);
      const again = await this.#parts.store.readSealed(after, limit).catch(() => null);
      if (again !== null) return again;
      this.#parts.onFault(after + 1, `It cannot be read (${(error as Error).message}).`);
      return [];
    }
  }

  async #readHalves(after: Position, limit: number): Promise<readonly SealedEntry[]> {
    const half = Math.ceil(limit / 2);
    const first = await this.#readWhatCanBe(after, half);
    if (first.length < half) return first;
    return [...first, ...(await this.#readWhatCanBe(after + half, limit - half))];
  }
}
