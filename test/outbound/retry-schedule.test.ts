/** The retry schedule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextAttempt, RETRY_DELAYS_MS } from "../../src/outbound/retry-schedule.ts";

const dice = (value: number) => () => Buffer.from([value, value, value, value]);

test("ten attempts, the last one 75 hours and 35 minutes after the first, then no more", () => {
  let spentMs = 0;
  let attempts = 1;
  for (let next = nextAttempt(1, null, dice(0)); next !== null; attempts += 1) {
    spentMs += next.afterMs;
    next = nextAttempt(attempts + 1, null, dice(0));
  }
  assert.equal(attempts, 10);
  assert.equal(spentMs, ((75 * 60 + 35) * 60 + 5) * 1000);
  assert.equal(nextAttempt(1000, 5000, dice(0)), null);
});

test("dice and receivers can lengthen a wait by their share and never shorten it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.option(fc.oneof(fc.integer(), fc.double({ noNaN: true }))),
      (attempts, bytes, retryAfterMs) => {
        const next = nextAttempt(attempts, retryAfterMs, () => bytes);
        assert.ok(next !== null);
        const delay = RETRY_DELAYS_MS[attempts] ?? 0;
        assert.ok(next.afterMs >= delay && next.afterMs <= 1.2 * 24 * 60 * 60 * 1000);
        if ((retryAfterMs ?? 0) <= delay) assert.ok(next.afterMs <= delay * 1.2 + 1);
      },
    ),
  );
});

test("a receiver's wish for a longer pause is heeded, up to a day", () => {
  assert.deepEqual(nextAttempt(1, 60_000, dice(0)), { afterMs: 60_000 });
  assert.deepEqual(nextAttempt(1, 10 ** 12, dice(0)), { afterMs: 24 * 60 * 60 * 1000 });
});
