/**
 * What a use case may reach for. Everything with a clock, a disk, a network or dice is handed in
 * here, so that a test or a simulator can own it; `runtime/start.ts` fills it with the real ones.
 */
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
