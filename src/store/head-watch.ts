/**
 * Who waits for entries, and the highest position that this process knows of. A hint and no more:
 * whoever is woken reads the store. A database that other servers write to is asked again and
 * again while somebody waits (`poll`); one that only we write to need not be.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Position } from "../domain/words.ts";

interface Waiter {
  readonly after: Position;
  readonly wake: (found: boolean) => void;
}

export interface Poll {
  readonly head: () => Promise<Position>;
  readonly everyMs: number;
}

export class HeadWatch {
  readonly #poll: Poll | null;
  readonly #waiters = new Set<Waiter>();
  #known: Position;
  #isPolling = false;
  #isClosed = false;

  constructor(known: Position, poll: Poll | null) {
    this.#known = known;
    this.#poll = poll;
  }

  get known(): Position {
    return this.#known;
  }

  /** Somebody saw this position. Older ones than the known one change nothing. */
  advance(position: Position): void {
    if (position <= this.#known) return;
    this.#known = position;
    for (const waiter of this.#waiters) if (waiter.after < position) waiter.wake(true);
  }

  wait(after: Position, timeoutMs: number): Promise<boolean> {
    if (this.#known > after) return Promise.resolve(true);
    if (this.#isClosed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        after,
        wake: (found) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(found);
        },
      };
      const timer = setTimeout(waiter.wake, timeoutMs, false);
      this.#waiters.add(waiter);
      if (!this.#isPolling) void this.#pollWhileWaited();
    });
  }

  /** Somebody says that there is news: asks now instead of at the next turn. */
  async look(): Promise<void> {
    if (this.#poll === null || this.#waiters.size === 0 || this.#isClosed) return;
    // A database that cannot be asked right now has no news; `read` will say what is wrong.
    this.advance(await this.#poll.head().catch(() => 0));
  }

  /** Everybody who waits is told that nothing came. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.wake(false);
  }

  async #pollWhileWaited(): Promise<void> {
    if (this.#poll === null) return;
    this.#isPolling = true;
    while (this.#waiters.size > 0 && !this.#isClosed) {
      await this.look();
      if (this.#waiters.size > 0) await sleep(this.#poll.everyMs);
    }
    this.#isPolling = false;
  }
}
