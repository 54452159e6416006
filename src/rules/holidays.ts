/**
 * Which civil dates are holidays in a pack's calendar. `date-holidays` (ISC, data CC-BY-3.0) is the
 * base, never the authority: a pack adds and removes days with sources of its own. Dates are
 * compared as dates in the rule's zone, so no machine's zone or language plays a part.
 * LIMIT: half-days count as whole ones, and regions below a state are not looked at.
 */
import Holidays from "date-holidays";
import { DAY_MS, epochDayOf, isoDateOf } from "./local-clock.ts";
import type { Calendar } from "./pack.ts";
import { RuleFailure } from "./rule-failure.ts";

const TYPES = ["public" as const];
const HOUR_MS = 3_600_000;

/** Names of the holidays of one year, by days since 1970-01-01. */
type Days = ReadonlyMap<number, string>;

export function hasHolidays(country: string, state?: string): boolean {
  const known = new Holidays();
  if (known.getCountries()[country] === undefined) return false;
  return state === undefined || known.getStates(country)?.[state] !== undefined;
}

const baseDays = new Map<string, Days>();

function findBaseDays(country: string, state: string | undefined, year: number): Days {
  const key = `${country}/${state ?? ""}/${year}`;
  const known = baseDays.get(key);
  if (known !== undefined) return known;
  if (!hasHolidays(country, state)) {
    throw new RuleFailure(`no public holidays are known for ${country}; add a rule pack for it`);
  }
  const options = { types: TYPES, languages: ["en"] };
  const base =
    state === undefined ? new Holidays(country, options) : new Holidays(country, state, options);
  const days = new Map<number, string>();
  // A holiday of several days may begin in the year before.
  for (const holiday of [...base.getHolidays(year - 1), ...base.getHolidays(year)]) {
    const first = epochDayOf(holiday.date.slice(0, 10));
    const hours = Math.round((holiday.end.getTime() - holiday.start.getTime()) / HOUR_MS);
    // Days with a change of clocks have 23 or 25 hours.
    const count = Math.max(1, Math.round(hours / 24));
    for (let day = first; day < first + count; day += 1) days.set(day, holiday.name);
  }
  baseDays.set(key, days);
  return days;
}

/**
 * Name of the holiday that a civil date is, or `null`. `country` is that of the address, for
 * calendars that go by it. Throws `RuleFailure` when nothing is known about the country's holidays.
 */
export function findHoliday(
  calendar: Calendar,
  country: string | null,
  epochDay: number,
): string | null {
  const date = isoDateOf(epochDay);
  const isThatDay = (day: { readonly date: string }) =>
    day.date === date || day.date === date.slice(5);
  const added = calendar.add.find(isThatDay);
  if (added !== undefined) return added.name;
  if (calendar.remove.some(isThatDay)) return null;
  const { base } = calendar;
  if (base === null) return null;
  const place = typeof base === "string" ? { country, state: undefined } : base;
  if (place.country === null) {
    throw new RuleFailure("the country is not known, so neither are its public holidays");
  }
  const year = new Date(epochDay * DAY_MS).getUTCFullYear();
  return findBaseDays(place.country, place.state, year).get(epochDay) ?? null;
}
