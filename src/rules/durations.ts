/** ISO 8601 durations by the calendar: when something that lasts so long from an instant ends. */
import type { Instant } from "../domain/words.ts";
import { DAY_MS } from "./local-clock.ts";

interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

const PARTS = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/u;
/** A day of a clock change, and more: no zone has moved its clock by more than a day. */
const SLACK_MS = 2 * DAY_MS;
const bounds = new Map<string, Bounds>();

/** Between which lengths a duration is, whatever the calendar and the zone. */
function boundsOf(duration: string): Bounds {
  const known = bounds.get(duration);
  if (known !== undefined) return known;
  const parts = PARTS.exec(duration);
  if (parts === null) throw new RangeError(`\`${duration}\` is no duration`);
  const [years, months, days, hours, minutes] = parts.slice(1).map((part) => Number(part ?? 0));
  const fixedMs = days! * DAY_MS + hours! * 3_600_000 + minutes! * 60_000;
  const whole = years! * 12 + months!;
  const made = {
    leastMs: fixedMs + whole * 28 * DAY_MS - SLACK_MS,
    mostMs: fixedMs + whole * 31 * DAY_MS + SLACK_MS,
  };
  bounds.set(duration, made);
  return made;
}

/** The end of a duration that begins at an instant, by the calendar of a zone. */
export function endOf(start: Instant, duration: string, zone: string): Instant {
  return Temporal.Instant.fromEpochMilliseconds(start)
    .toZonedDateTimeISO(zone)
    .add(Temporal.Duration.from(duration)).epochMilliseconds;
}

/**
 * Whether an instant is before the end of a duration in each of the zones (`every`) or in one of
 * them (`some`). Without zones the calendar is that of UTC, which is always asked too.
 */
export function isBeforeEnd(
  at: Instant,
  start: Instant,
  duration: string,
  zones: readonly string[],
  wanted: "every" | "some",
): boolean {
  const { leastMs, mostMs } = boundsOf(duration);
  const passedMs = at - start;
  if (passedMs < leastMs) return true;
  if (passedMs >= mostMs) return false;
  const isBefore = (zone: string) => at < endOf(start, duration, zone);
  const all = ["UTC", ...zones];
  return wanted === "every" ? all.every(isBefore) : all.some(isBefore);
}
