/**
 * When a failed delivery is tried again: the schedule of the Standard Webhooks specification, ten
 * attempts over 75 hours and 35 minutes, then no more. Pure; the dice are handed in.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The wait before each attempt, the first one included. */
export const RETRY_DELAYS_MS: readonly number[] = [
  ...[0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
  ...[5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];

/** A receiver that asks for a longer pause than a day gets a day. */
export const MAX_RETRY_AFTER_MS = 24 * HOUR;

/** How much of a delay the dice may add to it. */
const JITTER = 0.2;

/**
 * The wait after `attempts` failed attempts, or `null` when the entry is a dead letter. The dice
 * only ever add, so that a receiver that was down never gets less time than the schedule promises.
 * `retryAfterMs` is what the receiver asked for; it can lengthen the wait and not shorten it.
 */
export function nextAttempt(
  attempts: number,
  retryAfterMs: number | null,
  random: (length: number) => Uint8Array,
): { readonly afterMs: number } | null {
  const delay = RETRY_DELAYS_MS[Math.max(0, attempts)];
  if (delay === undefined) return null;
  const bytes = random(4);
  const dice = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
  const asked = Math.min(Math.max(0, retryAfterMs ?? 0), MAX_RETRY_AFTER_MS);
  return { afterMs: Math.round(Math.max(delay, asked) * (1 + JITTER * dice)) };
}
