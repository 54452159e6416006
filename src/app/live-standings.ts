/**
 * The standings of the running server, kept level with the ledger, and the proof that they are.
 *
 * Promise 2: after an acknowledgement nothing it covers is allowed. On the node that wrote, entries
 * are applied before the acknowledgement. On every other node, `allow` may only be said inside a
 * freshness lease that is dated from when the node *sent* the question that was answered with
 * everything up to the head: whatever was acknowledged before that instant is then in its state,
 * and no clocks are compared between machines.
 */
import type { Entry } from "../domain/entry.ts";
import type { Standing } from "../domain/fold.ts";
import type { AddressKey, Position } from "../domain/words.ts";
import type { Standings } from "../sets/standings.ts";
import type { Store } from "../store/store.ts";
import type { CheckedEntries } from "./checked-entries.ts";
import { behindLock } from "./decide-lock.ts";
import type { HeadGuard } from "./head-guard.ts";
import { pause } from "./pause.ts";
import type { Clock, Log } from "./ports.ts";

/** 700 ms here and 300 ms for the answer to reach the caller make the promised second. */
export const FRESHNESS_LEASE_MS = 700;
const POLL_MS = 200;
const READ_LIMIT = 5000;

export interface LiveParts {
  readonly standings: Standings;
  readonly store: Pick<Store, "tree" | "waitForEntries">;
  readonly entries: CheckedEntries;
  readonly guard: Pick<HeadGuard, "keep" | "lockNow" | "needsNewStart">;
  readonly clock: Clock;
  /** No other process can write to this store, so what we applied is all there is. */
  readonly alone: boolean;
}

export class LiveStandings {
  readonly #parts: LiveParts;
  #freshAt = Number.NEGATIVE_INFINITY;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  get position(): Position {
    return this.standings.position;
  }

  get standings(): Standings {
    return this.#parts.standings;
  }

  standing(address: AddressKey): Standing {
    return this.standings.standing(address);
  }

  /** Whether this node may say `allow` now. */
  isFresh(): boolean {
    const { alone, clock } = this.#parts;
    return alone || clock.monotonic() - this.#freshAt < FRESHNESS_LEASE_MS;
  }

  /** Applies entries that this node has just appended; returns when they are in force here. */
  async takeIn(entries: readonly Entry[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined || last.position <= this.position || this.#isOver()) return;
    // An erasure explains why records are gone, to whoever compares them with the ledger.
    const isPlain = entries.every(({ act }) => act?.kind !== "erasure");
    if (isPlain && entries[0]?.position === this.position + 1) {
      for (const entry of entries) this.standings.apply(entry);
      return;
    }
    // Another server wrote in between, or an earlier batch has not been applied yet.
    await this.catchUpTo(last.position);
  }

  /** Reads from the ledger until `position` is applied. Calls queue up behind each other. */
  async catchUpTo(position: Position): Promise<void> {
    await this.#inTurn(async () => {
      while (this.position < position && !this.#isOver()) {
        const applied = await this.#parts.entries.applyTo(this.standings, READ_LIMIT);
        if (this.#isOver()) return;
        if (applied > 0) continue;
        throw new Error(
          `entry ${position} is no more in the ledger, which ends at ${this.position}`,
        );
      }
    });
  }

  /** Applies everything there is and dates the lease. */
  async refresh(): Promise<void> {
    const sentAt = this.#parts.clock.monotonic();
    const head = this.#parts.alone ? Number.POSITIVE_INFINITY : await this.#keepHead();
    await this.#inTurn(async () => {
      while (this.position < head && !this.#isOver()) {
        const limit = Math.min(READ_LIMIT, head - this.position);
        if ((await this.#parts.entries.applyTo(this.standings, limit)) < limit) return;
      }
    });
    // INVARIANT: no lease is dated from a question that was not answered with everything up to here.
    if (this.#isOver() || (!this.#parts.alone && this.position < head)) return;
    this.#freshAt = Math.max(this.#freshAt, sentAt);
  }

  /**
   * Follows the ledger until told to stop, or until this process can follow it no more. A failing
   * store lets the lease run out: `unknown`.
   */
  async follow(signal: AbortSignal, log: Log): Promise<void> {
    let isCutOff = false;
    while (!signal.aborted && !this.#isOver()) {
      try {
        await this.refresh();
        if (isCutOff) log.info({}, "following the ledger again; checks answer as usual");
        isCutOff = false;
        await this.#parts.store.waitForEntries(this.position, POLL_MS);
      } catch (error) {
        if (signal.aborted || this.#isOver()) return;
        // Said once: an outage of an hour must not fill a disk.
        if (!isCutOff) {
          log.warn(
            { err: error },
            "cannot follow the ledger; checks answer `unknown` until it is back",
          );
        }
        isCutOff = true;
        await pause(POLL_MS, signal);
      }
    }
  }

  /** Locked while it ran: what is in memory is not the ledger's any more, and nobody is allowed. */
  #isOver(): boolean {
    return this.#parts.guard.needsNewStart;
  }

  /**
   * The head of a ledger that others write to, anchored before anything up to it is applied: what
   * counted here once must be missed when it is gone.
   */
  async #keepHead(): Promise<Position> {
    const { store, guard } = this.#parts;
    const had = this.position;
    const tree = await store.tree();
    if (tree.size < had) {
      guard.lockNow(behindLock({ had, has: tree.size, who: "this server", isRunning: true }));
    }
    await guard.keep(tree);
    return tree.size;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#catchingUp.then(work);
    this.#catchingUp = turn.catch(() => undefined);
    await turn;
  }
}
