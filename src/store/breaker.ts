/**
 * Fail-stop: after the first failed write or sync nothing may be acknowledged, because nobody can
 * know what reached the disk (after a failed fsync the kernel may forget the unwritten pages:
 * Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
 */
import { BrokenStore } from "./store.ts";

export type OnBroken = (error: BrokenStore) => void;

export class Breaker {
  readonly #description: string;
  readonly #onBroken: OnBroken | undefined;
  #broken: BrokenStore | null = null;

  constructor(description: string, onBroken: OnBroken | undefined) {
    this.#description = description;
    this.#onBroken = onBroken;
  }

  get broken(): BrokenStore | null {
    return this.#broken;
  }

  /** Breaks the store for good, and gives the error that every append rejects with from now on. */
  break(cause: Error): BrokenStore {
    if (this.#broken !== null) return this.#broken;
    this.#broken = new BrokenStore(
      `Writing to ${this.#description} failed (${cause.message}), so nothing more is accepted. ` +
        "Make sure that the disk is healthy and has room, then start Heed again. What was being " +
        "written may or may not be there: it can be sent again with the same key.",
      { cause },
    );
    this.#onBroken?.(this.#broken);
    return this.#broken;
  }
}
