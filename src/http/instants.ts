/** Instants on the wire are RFC 3339 text; inside they are milliseconds since the epoch. */
import type { Instant } from "../domain/words.ts";
import { invalidMember } from "./validate.ts";

/** RFC 3339 §5.6 with an offset; years have four digits, and seconds may be left out. */
export const INSTANT_PATTERN =
  "^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+-]\\d{2}:\\d{2})$";

/** Reads what fitted the pattern; days that do not exist are still refused. */
export function readInstant(text: string, pointer: string): Instant {
  try {
    return Temporal.Instant.from(text.toUpperCase()).epochMilliseconds;
  } catch {
    throw invalidMember(pointer, "is no instant that exists, such as 2026-03-01T09:30:00Z");
  }
}

export function writeInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

export function writeInstantOrNull(instant: Instant | null): string | null {
  return instant === null ? null : writeInstant(instant);
}
