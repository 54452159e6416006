/**
 * What a clock on the wall shows at an instant, and when it will show a given time, in any zone.
 * The stretches of time over which a zone keeps one offset are remembered, so that reading a clock
 * is an addition. Nothing here depends on the machine's own zone.
 */
import type { Instant } from "../domain/words.ts";

export const DAY_MS = 86_400_000;

export interface Reading {
  /** Days since 1970-01-01 of the civil date. */
  readonly epochDay: number;
  /** Milliseconds the clock shows after 00:00. */
  readonly ofDayMs: number;
}

/** A stretch of time over which a zone keeps one offset. */
export interface Stretch {
  /** The first instant of it. */
  readonly from: Instant;
  /** The first instant after it. */
  readonly until: Instant;
  /** What to add to an instant for the milliseconds that the clock shows after 1970-01-01 00:00. */
  readonly offsetMs: number;
}

interface ZoneMemory {
  /** The one asked for last: nearly always the one that is asked for next. */
  last: Stretch;
  readonly all: Stretch[];
}

const STRETCHES_PER_ZONE = 16;
const memories = new Map<string, ZoneMemory>();

/** Throws a `RangeError` for a zone that does not exist. */
export function stretchAt(zone: string, at: Instant): Stretch {
  const memory = memories.get(zone);
  if (memory === undefined) {
    const stretch = measureStretch(zone, at);
    memories.set(zone, { last: stretch, all: [stretch] });
    return stretch;
  }
  const { last } = memory;
  if (last.from <= at && at < last.until) return last;
  memory.last = findStretch(memory.all, zone, at);
  return memory.last;
}

function findStretch(known: Stretch[], zone: string, at: Instant): Stretch {
  const found = known.find((stretch) => stretch.from <= at && at < stretch.until);
  if (found !== undefined) return found;
  const stretch = measureStretch(zone, at);
  known.unshift(stretch);
  if (known.length > STRETCHES_PER_ZONE) known.pop();
  return stretch;
}

function measureStretch(zone: string, at: Instant): Stretch {
  const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  // `previous` is strictly before, and changes fall on whole seconds.
  const from = clock.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
  const until = clock.getTimeZoneTransition("next");
  return {
    from: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: until?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: clock.offsetNanoseconds / 1_000_000,
  };
}

/** Zones of which one of each kind is left: the others go as it does for a while. */
interface DistinctZones {
  readonly from: Instant;
  readonly until: Instant;
  readonly zones: readonly string[];
}

const distinct = new WeakMap<readonly string[], DistinctZones>();

/**
 * The zones among these whose clocks differ from `at` on, up to and without `until`. A number that
 * may be anywhere in North America has 42 zones, and a dozen clocks.
 */
export function distinctZones(zones: readonly string[], at: Instant): DistinctZones {
  const known = distinct.get(zones);
  if (known !== undefined && known.from <= at && at < known.until) return known;
  const kept = new Map<string, string>();
  let from = Number.NEGATIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  for (const zone of zones) {
    const now = stretchAt(zone, at);
    const next = now.until === Number.POSITIVE_INFINITY ? now : stretchAt(zone, now.until);
    const clock = `${now.offsetMs} ${now.until} ${next.offsetMs}`;
    if (!kept.has(clock)) kept.set(clock, zone);
    from = Math.max(from, now.from);
    until = Math.min(until, next.until);
  }
  const made = { from, until, zones: [...kept.values()] };
  distinct.set(zones, made);
  return made;
}

/** Throws a `RangeError` for a zone that does not exist. */
export function readClock(zone: string, at: Instant): Reading {
  const local = at + stretchAt(zone, at).offsetMs;
  const epochDay = Math.floor(local / DAY_MS);
  return { epochDay, ofDayMs: local - epochDay * DAY_MS };
}

/** The civil date in a zone, as days since 1970-01-01. */
export function dateAt(zone: string, at: Instant): number {
  return Math.floor((at + stretchAt(zone, at).offsetMs) / DAY_MS);
}

/**
 * The first instant from `at` on at which the civil date of a zone is `epochDay` or later: `at`
 * itself when it is.
 */
export function firstInstantOn(zone: string, epochDay: number, at: Instant): Instant {
  if (dateAt(zone, at) >= epochDay) return at;
  const midnights = instantsOf(zone, { epochDay, ofDayMs: 0 });
  return midnights.find((midnight) => midnight > at) ?? at;
}

/**
 * The instants at which the clock of a zone begins to show a time: one on most days, two when it is
 * set back over it. When it is set forward over it, the first instant after the jump.
 */
export function instantsOf(zone: string, reading: Reading): readonly Instant[] {
  const local = reading.epochDay * DAY_MS + reading.ofDayMs;
  const before = stretchAt(zone, local - DAY_MS).offsetMs;
  const after = stretchAt(zone, local + DAY_MS).offsetMs;
  const shown = [...new Set([local - before, local - after])].filter((at) => {
    const then = readClock(zone, at);
    return then.epochDay === reading.epochDay && then.ofDayMs === reading.ofDayMs;
  });
  if (shown.length > 0) return shown.sort((a, b) => a - b);
  return [stretchAt(zone, local - before).from];
}

/** 0 for Monday to 6 for Sunday. 1970-01-01 was a Thursday. */
export function weekdayOf(epochDay: number): number {
  return (((epochDay + 3) % 7) + 7) % 7;
}

/** Reasons are mostly about a few days, but any day can be asked about. */
const DATES_AT_MOST = 2000;
const writtenDates = new Map<number, string>();

/** `2026-11-21` of days since 1970-01-01. */
export function isoDateOf(epochDay: number): string {
  let written = writtenDates.get(epochDay);
  if (written === undefined) {
    written = new Date(epochDay * DAY_MS).toISOString().slice(0, 10);
    if (writtenDates.size >= DATES_AT_MOST) writtenDates.clear();
    writtenDates.set(epochDay, written);
  }
  return written;
}

/** Days since 1970-01-01 of `2026-11-21`. */
export function epochDayOf(isoDate: string): number {
  return Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS;
}
