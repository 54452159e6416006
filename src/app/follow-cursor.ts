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

/**
 * Runs `work` over every entry, in order, until the signal aborts. `idle` is called at least every
 * `WAIT_MS` while the lease is held, for work that waits for a time rather than for an entry.
 */
export async function followCursor(
  deps: Pick<Deps, "store" | "clock" | "log" | "holder">,
  name: string,
  signal: AbortSignal,
  work: (entries: readonly Entry[]) => Promise<void>,
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
  work: (entries: readonly Entry[]) => Promise<void>,
  idle: () => Promise<void>,
): Promise<void> {
  let position = start;
  while (!signal.aborted) {
    const entries = await deps.store.read(position, BATCH);
    if (entries.length > 0) await work(entries);
    await idle();
    const reached = entries.at(-1)?.position ?? position;
    const held = await deps.store.advanceCursor(
      name,
      deps.holder,
      reached,
      LEASE_MS,
      deps.clock.now(),
    );
    if (!held) return;
    position = reached;
    if (entries.length < BATCH) await deps.store.waitForEntries(position, WAIT_MS);
  }
}
