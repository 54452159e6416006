/** The real clock: the only place in the product that asks what time it is. */
import type { Clock } from "../app/ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
