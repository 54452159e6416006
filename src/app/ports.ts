/** The doors to the world that are handed in: a clock, dice and a log. */
import type { Instant } from "../domain/words.ts";

export interface Clock {
  /** Wall clock, for what is written down. It may jump. */
  now(): Instant;
  /** Milliseconds that only go forward, for leases and freshness. */
  monotonic(): number;
}

export type RandomBytes = (length: number) => Uint8Array;

/** Structured log. No secret and no full address may reach it (promise 10). */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
