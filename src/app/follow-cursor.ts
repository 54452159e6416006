/**
 * A worker with a cursor over the ledger: the ledger is the outbox, so nothing can be skipped. One
 * server at a time holds the lease; when it dies, another goes on where the cursor stands, and sees
 * the entries of the unfinished batch again. Work must therefore bear being repeated.
 */
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { pause } from "./pause.ts";

/** A dead worker's work is taken over within this time. */
const LEASE_MS = 15_000;
const WAIT_MS = 500;
const BATCH = 200;

/** Held leases are renewed this often, so that slow work is not taken for a dead worker's. */
const RENEW_MS = 3000;

export type WorkOutcome = "done" | "not now";

export interface Work {
  /**
   * Takes the next entries. The signal aborts when the worker is stopped or has lost its lease:
   * whatever has not been begun then belongs to whoever goes on.
   */
  take(entries: readonly Entry[], signal: AbortSignal): Promise<WorkOutcome>;
  /**
   * Called at least every `WAIT_MS` while the lease is held, for work that waits for a time rather
   * than for an entry.
   */
  idle?(signal: AbortSignal): Promise<void>;
}

type Parts = Pick<Deps, "store" | "guard" | "clock" | "log" | "holder">;

/**
 * Offers every entry, in order, until the signal aborts. Work that answers `"not now"` is offered
 * the same entries again after a pause: the ledger keeps them. While the server is locked nothing is
 * offered: a cursor that went back would tell others of a return whose later opt-out is missing.
 */
export async function followCursor(
  deps: Parts,
  name: string,
  signal: AbortSignal,
  work: Work,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const position =
        deps.guard.lock === null
          ? await deps.store.claimCursor(name, deps.holder, LEASE_MS, deps.clock.now())
          : null;
      if (position === null) await pause(WAIT_MS, signal);
      else await workWhileHeld(deps, name, position, signal, work);
    } catch (error) {
      if (signal.aborted) break;
      deps.log.warn(
        { err: error, cursor: name },
        "a worker over the ledger failed; it starts again",
      );
      await pause(WAIT_MS, signal);
    }
  }
  await deps.store.releaseCursor(name, deps.holder).catch(() => undefined);
}

async function workWhileHeld(
  deps: Parts,
  name: string,
  start: number,
  stop: AbortSignal,
  work: Work,
): Promise<void> {
  let position = start;
  const lease = renewLease(deps, name, stop, () => position);
  const { signal } = lease;
  try {
    while (!signal.aborted && deps.guard.lock === null) {
      const entries = await deps.store.read(position, BATCH);
      const outcome = entries.length > 0 ? await work.take(entries, signal) : "done";
      await work.idle?.(signal);
      if (outcome === "done") position = entries.at(-1)?.position ?? position;
      const now = deps.clock.now();
      if (!(await deps.store.advanceCursor(name, deps.holder, position, LEASE_MS, now))) return;
      if (outcome === "not now") await pause(WAIT_MS, signal);
      else if (entries.length < BATCH) await deps.store.waitForEntries(position, WAIT_MS);
    }
  } finally {
    await lease.end();
  }
}

/**
 * Asks for the lease again while the work goes on. The signal aborts with `stop`, when another
 * server has the lease, or when nobody could be asked for as long as it lasts.
 * LIMIT: a process that stands still for longer than the lease learns of it only afterwards, so
 * what it had begun may reach a receiver beside the other server's.
 */
function renewLease(
  deps: Parts,
  name: string,
  stop: AbortSignal,
  reached: () => Position,
): { signal: AbortSignal; end(): Promise<void> } {
  const lost = new AbortController();
  const ended = new AbortController();
  let heldAt = deps.clock.monotonic();
  const renew = async () => {
    for (;;) {
      await pause(RENEW_MS, ended.signal);
      if (ended.signal.aborted) return;
      const askedAt = deps.clock.monotonic();
      try {
        const now = deps.clock.now();
        const held = await deps.store.claimCursor(name, deps.holder, LEASE_MS, now);
        // Further than we ever were: another server had it in the meantime and let it go.
        if (held === null || held > reached()) break;
        heldAt = askedAt;
      } catch {
        if (deps.clock.monotonic() - heldAt > LEASE_MS) break;
      }
    }
    lost.abort();
  };
  const renewing = renew();
  return {
    signal: AbortSignal.any([stop, lost.signal]),
    async end() {
      ended.abort();
      await renewing;
    },
  };
}
