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
import { pause } from "./pause.ts";
import type { Clock, Log } from "./ports.ts";

/** 700 ms here and 300 ms for the answer to reach the caller make the promised second. */
export const FRESHNESS_LEASE_MS = 700;
const POLL_MS = 200;
const READ_LIMIT = 5000;

export class LiveStandings {
  readonly #standings: Standings;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #alone: boolean;
  #freshAt = Number.NEGATIVE_INFINITY;
  #catchingUp: Promise<void> = Promise.resolve();

  /** `alone`: no other process can write to this store, so what we applied is all there is. */
  constructor(parts: { standings: Standings; store: Store; clock: Clock; alone: boolean }) {
    this.#standings = parts.standings;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#alone = parts.alone;
  }

  get position(): Position {
    return this.#standings.position;
  }

  get standings(): Standings {
    return this.#standings;
  }

  standing(address: AddressKey): Standing {
    return this.#standings.standing(address);
  }

  /** Whether this node may say `allow` now. */
  isFresh(): boolean {
    return this.#alone || this.#clock.monotonic() - this.#freshAt < FRESHNESS_LEASE_MS;
  }

  /** Applies entries that this node has just appended; returns when they are in force here. */
  async takeIn(entries: readonly Entry[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined || last.position <= this.position) return;
    if (entries[0]?.position === this.position + 1) {
      for (const entry of entries) this.#standings.apply(entry);
      return;
    }
    // Another server wrote in between, or an earlier batch has not been applied yet.
    await this.catchUpTo(last.position);
  }

  /** Reads from the ledger until `position` is applied. Calls queue up behind each other. */
  async catchUpTo(position: Position): Promise<void> {
    const turn = this.#catchingUp.then(async () => {
      while (this.position < position) await this.#readOnce();
    });
    this.#catchingUp = turn.catch(() => undefined);
    await turn;
  }

  /** Applies everything there is and dates the lease. */
  async refresh(): Promise<void> {
    const sentAt = this.#clock.monotonic();
    const turn = this.#catchingUp.then(async () => {
      while (!(await this.#readOnce()));
    });
    this.#catchingUp = turn.catch(() => undefined);
    await turn;
    this.#freshAt = Math.max(this.#freshAt, sentAt);
  }

  /** Follows the ledger until told to stop. A failing store lets the lease run out: `unknown`. */
  async follow(signal: AbortSignal, log: Log): Promise<void> {
    let isCutOff = false;
    while (!signal.aborted) {
      try {
        await this.refresh();
        if (isCutOff) log.info({}, "following the ledger again; checks answer as usual");
        isCutOff = false;
        await this.#store.waitForEntries(this.position, POLL_MS);
      } catch (error) {
        if (signal.aborted) return;
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

  /** Reads and applies one batch; `true` when it reached the end of the ledger. */
  async #readOnce(): Promise<boolean> {
    const entries = await this.#store.read(this.position, READ_LIMIT);
    for (const entry of entries) this.#standings.apply(entry);
    return entries.length < READ_LIMIT;
  }
}
