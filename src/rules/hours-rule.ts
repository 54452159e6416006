/**
 * The hours: which windows of which days are open where the person may be, and the first instant at
 * which a rule is open in a zone. A clock that is set forward or back, and holidays, are taken as
 * the wall shows them.
 */
import type { Instant } from "../domain/words.ts";
import { type CalendarPlan, findHoliday, type Holiday, planCalendar } from "./holidays.ts";
import { DAY_MS, distinctZones, type Reading, stretchAt, weekdayOf } from "./local-clock.ts";
import type { RulePack } from "./pack.ts";
import type { Whereabouts } from "./regions.ts";
import type { HoursRule } from "./rule-kinds.ts";
import { WEEKDAYS } from "./rule-parts.ts";
import { readWindow, type Window } from "./windows.ts";

/** Days with windows of their own, instead of the weekday's. */
interface SpecialDays {
  readonly calendar: CalendarPlan;
  readonly windows: readonly Window[];
}

/** An hours rule made ready to be asked often. */
export interface HoursPlan {
  /** Windows by weekday, Monday first. */
  readonly week: readonly (readonly Window[])[];
  readonly holidays: SpecialDays | null;
  readonly eves: SpecialDays | null;
  /** The one zone whose clock counts, in a list; `null`: those of the recipient. */
  readonly fixedZone: readonly string[] | null;
  /** The openings that were found last, for the zones of each place. */
  readonly openings: WeakMap<readonly string[], KnownOpening[]>;
}

/** From `from` on up to `opening` nothing is open, so that it is the opening from anywhere there. */
interface KnownOpening {
  readonly place: Whereabouts;
  readonly county: string | null;
  readonly from: Instant;
  /** Up to and with which it was looked for. */
  readonly limit: Instant;
  /** `null`: there was none. */
  readonly opening: Instant | null;
}

/** Where somebody may be, as far as a rule's pack is concerned, for one of the zones. */
export interface Spot {
  readonly zone: string;
  readonly place: Whereabouts;
  readonly county: string | null;
}

export function planHours(rule: HoursRule, calendars: RulePack["calendars"]): HoursPlan {
  const special = (days: HoursRule["holidays"]): SpecialDays | null => {
    const calendar = days === null ? undefined : calendars[days.calendar];
    if (days === null || calendar === undefined) return null;
    return { calendar: planCalendar(calendar), windows: days.windows.map(readWindow) };
  };
  return {
    week: WEEKDAYS.map((day) => rule.week[day].map(readWindow)),
    holidays: special(rule.holidays),
    eves: special(rule.eves),
    fixedZone: rule.zone === "recipient" ? null : [rule.zone],
    openings: new WeakMap(),
  };
}

/** What a civil day is to a rule: a day of the week, a holiday, or the day before one. */
export interface DayOfRule {
  readonly windows: readonly Window[];
  readonly holiday: Holiday | null;
  /** The holiday that the day is the eve of. */
  readonly eveOf: Holiday | null;
}

/** Throws `RuleFailure` when it cannot be told whether the day is a holiday. */
export function readDay(
  plan: HoursPlan,
  place: Whereabouts,
  county: string | null,
  epochDay: number,
): DayOfRule {
  const windows = plan.week[weekdayOf(epochDay)]!;
  // What is closed by its weekday stays closed, whatever else the day is.
  if (windows.length === 0) return { windows, holiday: null, eveOf: null };
  const holidayIn = (days: SpecialDays | null, day: number) =>
    days === null ? null : findHoliday(days.calendar, place, county, day);
  const holiday = holidayIn(plan.holidays, epochDay);
  if (holiday !== null) return { windows: plan.holidays!.windows, holiday, eveOf: null };
  const eveOf = holidayIn(plan.eves, epochDay + 1);
  if (eveOf === null || holidayIn(plan.eves, epochDay) !== null) {
    return { windows, holiday: null, eveOf: null };
  }
  return { windows: plan.eves!.windows, holiday: null, eveOf };
}

/** The same as the windows of `readDay`, without a thing made for the days that are only weekdays. */
function windowsOn(
  plan: HoursPlan,
  place: Whereabouts,
  county: string | null,
  epochDay: number,
): readonly Window[] {
  const windows = plan.week[weekdayOf(epochDay)]!;
  const { holidays, eves } = plan;
  if (windows.length === 0) return windows;
  if (holidays !== null && findHoliday(holidays.calendar, place, county, epochDay) !== null) {
    return holidays.windows;
  }
  if (eves === null || findHoliday(eves.calendar, place, county, epochDay + 1) === null) {
    return windows;
  }
  return findHoliday(eves.calendar, place, county, epochDay) === null ? eves.windows : windows;
}

/** Whether a rule's hours are open. Throws `RuleFailure` when it cannot be told. */
export function isOpen(
  plan: HoursPlan,
  zone: string,
  place: Whereabouts,
  county: string | null,
  at: Instant,
): boolean {
  const local = at + stretchAt(zone, at).offsetMs;
  const epochDay = Math.floor(local / DAY_MS);
  const ofDayMs = local - epochDay * DAY_MS;
  const windows = windowsOn(plan, place, county, epochDay);
  for (let index = 0; index < windows.length; index += 1) {
    const window = windows[index]!;
    if (window.fromMs <= ofDayMs && ofDayMs < window.toMs) return true;
  }
  return false;
}

/** Why a rule is closed. */
export interface Closure {
  readonly zone: string;
  readonly reading: Reading;
  readonly day: DayOfRule;
}

export function readClosure(plan: HoursPlan, { zone, place, county }: Spot, at: Instant): Closure {
  const local = at + stretchAt(zone, at).offsetMs;
  const epochDay = Math.floor(local / DAY_MS);
  const reading = { epochDay, ofDayMs: local - epochDay * DAY_MS };
  return { zone, reading, day: readDay(plan, place, county, epochDay) };
}

/**
 * The first instant from `at` on, `at` itself included, at which a rule's hours are open; `null`
 * when there is none up to and with `limit`. Throws `RuleFailure` when it cannot be told.
 */
export function firstOpening(
  plan: HoursPlan,
  spot: Spot,
  at: Instant,
  limit: Instant,
): Instant | null {
  // Within a stretch the clock runs evenly; where it jumps, into a window or out of one, a new
  // stretch begins and is looked through from its first instant.
  for (let from = at; from <= limit; ) {
    const stretch = stretchAt(spot.zone, from);
    const until = Math.min(stretch.until, limit + 1);
    const opening = openingIn(plan, spot, from, until, stretch.offsetMs);
    if (opening !== null) return opening;
    from = stretch.until;
  }
  return null;
}

function openingIn(
  plan: HoursPlan,
  { place, county }: Spot,
  from: Instant,
  until: Instant,
  offsetMs: number,
): Instant | null {
  const fromLocal = from + offsetMs;
  const untilLocal = until + offsetMs;
  for (let day = Math.floor(fromLocal / DAY_MS); day * DAY_MS < untilLocal; day += 1) {
    for (const window of windowsOn(plan, place, county, day)) {
      const opening = Math.max(day * DAY_MS + window.fromMs, fromLocal);
      if (opening < day * DAY_MS + window.toMs && opening < untilLocal) return opening - offsetMs;
    }
  }
  return null;
}

const KNOWN_AT_MOST = 4;

/** The same for several zones, in all of which the hours have to be open. */
export function firstCommonOpening(
  plan: HoursPlan,
  zones: readonly string[],
  place: Whereabouts,
  county: string | null,
  at: Instant,
  limit: Instant,
): Instant | null {
  const known = plan.openings.get(zones) ?? [];
  for (const each of known) {
    if (each.place !== place || each.county !== county || each.from > at) continue;
    if (each.opening === null ? limit <= each.limit : at <= each.opening && each.opening <= limit) {
      return each.opening;
    }
  }
  const opening = searchCommonOpening(plan, zones, place, county, at, limit);
  known.unshift({ place, county, from: at, limit, opening });
  // One for now, and a few for the instants at which other rules open.
  if (known.length > KNOWN_AT_MOST) known.pop();
  plan.openings.set(zones, known);
  return opening;
}

function searchCommonOpening(
  plan: HoursPlan,
  zones: readonly string[],
  place: Whereabouts,
  county: string | null,
  at: Instant,
  limit: Instant,
): Instant | null {
  for (let candidate = at; ; ) {
    const clocks = distinctZones(zones, candidate);
    let latest = candidate;
    for (const zone of clocks.zones) {
      const opening = firstOpening(plan, { zone, place, county }, latest, limit);
      if (opening === null) return null;
      latest = opening;
    }
    if (latest === candidate) return candidate;
    // Beyond that instant other clocks may differ, and none before it is open.
    candidate = Math.min(latest, clocks.until);
  }
}
