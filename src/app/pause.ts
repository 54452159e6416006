/** Waiting that ends early when the work is called off. */
import { setTimeout as wait } from "node:timers/promises";

/** Resolves after `durationMs`, or at once when the signal aborts; never rejects. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await wait(durationMs, undefined, { signal }).catch(() => undefined);
}
