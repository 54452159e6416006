/**
 * Group commit: what arrives while a commit is on its way to the disk shares the next one. One sync
 * then serves many callers, and nobody waits for a timer: an idle store commits at once.
 * Bounded on both sides: a batch by its size, the queue by what may wait in memory.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { StoreOverloaded } from "./store.ts";

export interface GroupLimits {
  /** Drafts in one commit. A single larger request is still committed, alone. */
  readonly maxBatchDrafts: number;
  /** Bytes of records in one commit, so that a few large ones do not make it endless. */
  readonly maxBatchBytes: number;
  /** Drafts that may wait. More are refused with `StoreOverloaded`. */
  readonly maxQueuedDrafts: number;
}

export const DEFAULT_GROUP_LIMITS: GroupLimits = {
  maxBatchDrafts: 1000,
  maxBatchBytes: 8 * 1024 * 1024,
  maxQueuedDrafts: 50_000,
};

/** What an item weighs against the limits. */
export interface Weight {
  readonly drafts: number;
  readonly bytes: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly weight: Weight;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one item of a batch that was committed. */
export type Settled<Outcome> = { readonly outcome: Outcome } | { readonly error: Error };

export class GroupCommit<Item, Outcome> {
  readonly #commit: (batch: readonly Item[]) => Promise<readonly Settled<Outcome>[]>;
  readonly #limits: GroupLimits;
  #queue: Waiting<Item, Outcome>[] = [];
  #queuedDrafts = 0;
  #running: Promise<void> | null = null;

  /**
   * `commit` writes a whole batch durably and answers for each item, in order. When it rejects,
   * every item of the batch rejects with the same error. It is never called twice at a time.
   */
  constructor(
    commit: (batch: readonly Item[]) => Promise<readonly Settled<Outcome>[]>,
    limits: GroupLimits,
  ) {
    this.#commit = commit;
    this.#limits = limits;
  }

  submit(item: Item, weight: Weight): Promise<Outcome> {
    const total = this.#queuedDrafts + weight.drafts;
    if (this.#queue.length > 0 && total > this.#limits.maxQueuedDrafts) {
      const message = `${this.#queuedDrafts} acts wait to be written already. Try again shortly.`;
      return Promise.reject(new StoreOverloaded(message));
    }
    this.#queuedDrafts = total;
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, weight, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything submitted so far has its answer. */
  async drain(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // Callers of one turn of the event loop belong together: those who come at once to an idle
      // store, and those whom the last batch has just let go on.
      await nextTurn();
      await this.#commitBatch(this.#takeBatch());
    }
    this.#running = null;
  }

  async #commitBatch(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const settled = await this.#commit(batch.map((waiting) => waiting.item));
      for (const [index, waiting] of batch.entries()) {
        const answer = settled[index];
        // INVARIANT: without an answer of its own an item must not pass for written.
        if (answer === undefined) waiting.reject(new Error("the commit gave no answer"));
        else if ("error" in answer) waiting.reject(answer.error);
        else waiting.resolve(answer.outcome);
      }
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }

  #takeBatch(): readonly Waiting<Item, Outcome>[] {
    let drafts = 0;
    let bytes = 0;
    let count = 0;
    for (const { weight } of this.#queue) {
      drafts += weight.drafts;
      bytes += weight.bytes;
      const isFull = drafts > this.#limits.maxBatchDrafts || bytes > this.#limits.maxBatchBytes;
      if (count > 0 && isFull) break;
      count += 1;
    }
    const batch = this.#queue.splice(0, count);
    for (const { weight } of batch) this.#queuedDrafts -= weight.drafts;
    return batch;
  }
}
