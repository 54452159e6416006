/**
 * Deny-biased times (design §4). A late or wrong clock can make the answer stricter, never milder:
 * an opt-out is moved forward, an opt-in backward, and nothing happens in the future.
 */
import { type ActKind, canAllow } from "./act.ts";
import type { Instant } from "./words.ts";

/** An opt-out that arrives late counts as no older than this before its receipt. */
export const LATE_OPT_OUT_MS = 7 * 24 * 60 * 60 * 1000;

/** The instant from which an act counts. */
export function effectiveAt(kind: ActKind, claimedAt: Instant, receivedAt: Instant): Instant {
  const claimed = Math.min(claimedAt, receivedAt);
  return canAllow(kind) ? claimed : Math.max(claimed, receivedAt - LATE_OPT_OUT_MS);
}
