/**
 * A worker with a cursor over the ledger: the ledger is the outbox, so nothing can be skipped. One
 * server at a time holds the lease; when it dies, another goes on where the cursor stands, and sees
 * the entries of the unfinished batch again. Work must therefore bear being repeated.
 */
import type { Entry } from "../domain/entry.ts";
import type { Deps } from "./deps.ts";
import { pause } from "./pause.ts";

/** A dead worker's work is taken over within this time. */
const LEASE_MS = 15_000;
const WAIT_MS = 500;
const BATCH = 200;

export type WorkOutcome = "done" | "not now";

/**
 * Runs `work` over every entry, in order, until the signal aborts. Work that answers `"not now"` is
 * offered the same entries again after a pause: the ledger keeps them. `idle` is called at least every
 * `WAIT_MS` while the lease is held, for work that waits for a time rather than for an entry.
 */
export async function followCursor(
  deps: Pick<Deps, "store" | "clock" | "log" | "holder">,
  name: string,
  signal: AbortSignal,
  work: (entries: readonly Entry[]) => Promise<WorkOutcome>,
  idle: () => Promise<void> = async () => undefined,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const position = await deps.store.claimCursor(name, deps.holder, LEASE_MS, deps.clock.now());
      if (position === null) await pause(WAIT_MS, signal);
      else await workWhileHeld(deps, name, position, signal, work, idle);
    } catch (error) {
      if (signal.aborted) return;
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
  deps: Pick<Deps, "store" | "clock" | "holder">,
  name: string,
  start: number,
  signal: AbortSignal,
  work: (entries: readonly Entry[]) => Promise<WorkOutcome>,
  idle: () => Promise<void>,
): Promise<void> {
  let position = start;
  while (!signal.aborted) {
    const entries = await deps.store.read(position, BATCH);
    const outcome = entries.length > 0 ? await work(entries) : "done";
    await idle();
    const reached = outcome === "done" ? (entries.at(-1)?.position ?? position) : position;
    const held = await deps.store.advanceCursor(
      name,
      deps.holder,
      reached,
      LEASE_MS,
      deps.clock.now(),
    );
    if (!held) return;
    position = reached;
    if (outcome === "not now") await pause(WAIT_MS, signal);
    else if (entries.length < BATCH) await deps.store.waitForEntries(position, WAIT_MS);
  }
}
