/**
 * The hours: which windows of which days are open where the person may be, and the next instant at
 * which every hours rule in force is open in every zone. A clock that is set forward or back, and
 * holidays, are taken as the wall shows them.
 */
import type { Instant } from "../domain/words.ts";
import { findHoliday } from "./holidays.ts";
import { DAY_MS, instantsOf, type Reading, readClock, weekdayOf } from "./local-clock.ts";
import type { Calendar, HoursRule } from "./pack.ts";
import { WEEKDAYS } from "./pack.ts";
import { readWindow, type Window } from "./windows.ts";

/** How far ahead an open instant is looked for. */
export const LOOK_AHEAD_DAYS = 31;

/** An hours rule made ready to be asked often. */
export interface HoursPlan {
  /** Tells plans apart in the memory of openings. */
  readonly serial: number;
  readonly rule: HoursRule;
  /** Windows by weekday, Monday first. */
  readonly week: readonly (readonly Window[])[];
  readonly calendar: Calendar | null;
  /** Instants from and until which it is in force. */
  readonly from: Instant;
  readonly until: Instant;
}

/** One rule in one zone, for an address of one country. */
export interface Constraint {
  readonly plan: HoursPlan;
  readonly zone: string;
  /** Country whose holidays count, where the calendar goes by the address. */
  readonly country: string | null;
}

let plansMade = 0;

export function planHours(
  rule: HoursRule,
  calendar: Calendar | null,
  force: { from: Instant; until: Instant },
): HoursPlan {
  const week = WEEKDAYS.map((day) => rule.week[day].map(readWindow));
  plansMade += 1;
  return { serial: plansMade, rule, week, calendar, ...force };
}

/** Why a constraint is closed. */
export interface Closure {
  readonly reading: Reading;
  /** Name of the holiday that closes the day, if one does. */
  readonly holiday: string | null;
  /** Whether the whole day is closed. */
  readonly wholeDay: boolean;
}

function windowsOn(constraint: Constraint, epochDay: number): readonly Window[] {
  const { plan, country } = constraint;
  const windows = plan.week[weekdayOf(epochDay)]!;
  if (windows.length === 0 || plan.calendar === null) return windows;
  return findHoliday(plan.calendar, country, epochDay) === null ? windows : [];
}

/** `null`: open, or not in force at that instant. Throws when it cannot be told. */
export function findClosure(constraint: Constraint, at: Instant): Closure | null {
  const { plan, zone, country } = constraint;
  if (at < plan.from || at >= plan.until) return null;
  const reading = readClock(zone, at);
  const windows = windowsOn(constraint, reading.epochDay);
  const { ofDayMs } = reading;
  if (windows.some((window) => window.fromMs <= ofDayMs && ofDayMs < window.toMs)) return null;
  const wholeDay = windows.length === 0;
  const onWeekday = plan.week[weekdayOf(reading.epochDay)]!.length > 0;
  const holiday =
    wholeDay && onWeekday && plan.calendar !== null
      ? findHoliday(plan.calendar, country, reading.epochDay)
      : null;
  return { reading, holiday, wholeDay };
}

/** The next instant after a closed one at which this constraint is open, or `null`. */
function findOpening(constraint: Constraint, at: Instant, limit: Instant): Instant | null {
  const { plan, zone } = constraint;
  const today = readClock(zone, at).epochDay;
  const lastDay = today + Math.ceil((limit - at) / DAY_MS) + 1;
  for (let epochDay = today; epochDay <= lastDay; epochDay += 1) {
    const openings = windowsOn(constraint, epochDay)
      .flatMap((window) => instantsOf(zone, { epochDay, ofDayMs: window.fromMs }))
      .filter((opening) => opening > at)
      .sort((a, b) => a - b);
    for (const opening of openings) {
      if (opening >= plan.until) return plan.until <= limit ? plan.until : null;
      if (findClosure(constraint, opening) === null) return opening <= limit ? opening : null;
    }
  }
  return plan.until <= limit ? plan.until : null;
}

/** Openings found, for scrubs that ask a million times about one instant and few places. */
const openings = new Map<string, Instant | null>();
const OPENINGS_AT_MOST = 4_000;

/**
 * The first instant from `at` on at which all constraints are open, `at` itself included. `null`
 * when there is none within LOOK_AHEAD_DAYS. Throws when a constraint cannot be evaluated.
 */
export function findCommonOpening(constraints: readonly Constraint[], at: Instant): Instant | null {
  const parts = constraints.map((each) => `${each.plan.serial} ${each.zone} ${each.country}`);
  const key = `${at}|${parts.join("|")}`;
  let opening = openings.get(key);
  if (opening === undefined) {
    opening = searchCommonOpening(constraints, at);
    if (openings.size >= OPENINGS_AT_MOST) openings.clear();
    openings.set(key, opening);
  }
  return opening;
}

function searchCommonOpening(constraints: readonly Constraint[], at: Instant): Instant | null {
  const limit = at + LOOK_AHEAD_DAYS * DAY_MS;
  let candidate = at;
  for (;;) {
    const closed = constraints.find((each) => findClosure(each, candidate) !== null);
    if (closed === undefined) return candidate;
    // No instant before this constraint opens can be open for all, so nothing is skipped.
    const next = findOpening(closed, candidate, limit);
    if (next === null) return null;
    candidate = next;
  }
}
