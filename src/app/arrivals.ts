/**
 * When destinations took what they must be told soon: kept for as long as somebody may ask whether a
 * deadline was met, and no longer.
 */
import type { ActKind } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Deps } from "./deps.ts";

/** Acts of which it is put on record when each destination took them. */
export const TIMED_KINDS: readonly ActKind[] = ["opt-out", "hold", "erasure"];

export function isTimed({ act }: Entry): boolean {
  return act !== null && TIMED_KINDS.includes(act.kind);
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than any deadline, and than it takes to be asked about one. */
export const KEEP_ARRIVALS_MS = 2 * 366 * DAY_MS;
const FORGET_EVERY_MS = 60 * 60 * 1000;
/** So many at a time, so that no delivery waits for long. */
const FORGET_AT_ONCE = 2000;

/** Removes what is too old, every hour that it is called in. */
export function forgetOldArrivals(
  deps: Pick<Deps, "store" | "clock">,
  destination: string,
): (signal: AbortSignal) => Promise<void> {
  let lastAt = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    if (deps.clock.monotonic() - lastAt < FORGET_EVERY_MS) return;
    lastAt = deps.clock.monotonic();
    const before = Math.max(0, deps.clock.now() - KEEP_ARRIVALS_MS);
    await forgetArrivals(deps, destination, before, signal);
  };
}

/** `before`: `null` for all of them, when the destination goes. */
export async function forgetArrivals(
  { store }: Pick<Deps, "store">,
  destination: string,
  before: number | null,
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    const removed = await store.deleteArrivals(destination, before, FORGET_AT_ONCE);
    if (removed < FORGET_AT_ONCE) return;
  }
}
