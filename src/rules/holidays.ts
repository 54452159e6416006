/**
 * Which civil dates are holidays in a pack's calendar. `date-holidays` (ISC, data CC-BY-3.0) is the
 * base, never the authority: a pack adds and removes days with sources of its own. Dates are
 * compared as dates in the rule's zone, so no machine's zone or language plays a part. Where it is
 * not known where somebody is, every day that may be a holiday there is one.
 * LIMIT: half-days count as whole ones, and the base knows no places below a state.
 */
import Holidays from "date-holidays";
import { isInCounty, mayBeInCounty } from "./county.ts";
import { foldText } from "./fold-words.ts";
import { statesOf } from "./holiday-regions.ts";
import { daysOfHoliday, daysOfRule } from "./holiday-rule.ts";
import { DAY_MS, epochDayOf } from "./local-clock.ts";
import type { Calendar } from "./pack.ts";
import { areAllWithin, candidatesIn, mayBeWithin, type Whereabouts } from "./regions.ts";
import { RuleFailure } from "./rule-failure.ts";

/** A day that is a holiday. */
export interface Holiday {
  readonly name: string;
  /** The country whose holiday it is, where the calendar goes by the address. */
  readonly country: string | null;
}

/** A calendar made ready to be asked often. */
export interface CalendarPlan {
  readonly calendar: Calendar;
  /** For each country, and by blocks of days: which may be a holiday in any part of it. */
  readonly possible: Map<string, Map<number, Uint8Array>>;
  /** What was found for places of which no county is known, by days since 1970-01-01. */
  readonly found: WeakMap<Whereabouts, Map<number, Holiday | null>>;
}

type CalendarDay = Calendar["add"][number];
/** Names of holidays by days since 1970-01-01. */
type Days = ReadonlyMap<number, readonly string[]>;

let library: Holidays | null = null;

function statesKnownIn(country: string): readonly string[] {
  library ??= new Holidays();
  return Object.keys(library.getStates(country) ?? {});
}

export function hasHolidays(country: string, state?: string): boolean {
  library ??= new Holidays();
  if (library.getCountries()[country] === undefined) return false;
  return state === undefined || statesKnownIn(country).includes(state);
}

const baseDays = new Map<string, Days>();

function findBaseDays(country: string, state: string | undefined, year: number): Days {
  const key = `${country}/${state ?? ""}/${year}`;
  const known = baseDays.get(key);
  if (known !== undefined) return known;
  if (!hasHolidays(country, state)) {
    throw new RuleFailure(`no public holidays are known for ${country}; add a rule pack for it`);
  }
  const options = { types: ["public" as const], languages: ["en"] };
  const base =
    state === undefined ? new Holidays(country, options) : new Holidays(country, state, options);
  const days = new Map<number, string[]>();
  // A holiday of several days may begin in the year before.
  for (const holiday of [...base.getHolidays(year - 1), ...base.getHolidays(year)]) {
    for (const day of daysOfHoliday(holiday)) {
      const names = days.get(day) ?? [];
      if (!names.includes(holiday.name)) days.set(day, [...names, holiday.name]);
    }
  }
  baseDays.set(key, days);
  return days;
}

const plans = new WeakMap<Calendar, CalendarPlan>();

export function planCalendar(calendar: Calendar): CalendarPlan {
  const plan = plans.get(calendar) ?? { calendar, possible: new Map(), found: new WeakMap() };
  plans.set(calendar, plan);
  return plan;
}

const BLOCK_BITS = 9;
const BLOCK_DAYS = 1 << BLOCK_BITS;
/** The days of a calendar that does not go by the address are the same for everybody. */
const EVERYWHERE = "";

/**
 * The holiday that a civil date is, or `null`. `place`: where somebody may be, as far as the pack is
 * concerned; `county`: `null` when it is not known. Throws `RuleFailure` when nothing is known about
 * the holidays of the place.
 */
export function findHoliday(
  plan: CalendarPlan,
  place: Whereabouts,
  county: string | null,
  epochDay: number,
): Holiday | null {
  // Nearly all days are no holiday anywhere, and are told so by a look at a table.
  if (!isPossible(plan, place, epochDay)) return null;
  if (county !== null) return lookUpHoliday(plan, place, county, epochDay);
  let found = plan.found.get(place);
  if (found === undefined) {
    found = new Map();
    plan.found.set(place, found);
  }
  let holiday = found.get(epochDay);
  if (holiday === undefined) {
    holiday = lookUpHoliday(plan, place, null, epochDay);
    found.set(epochDay, holiday);
  }
  return holiday;
}

function isPossible(plan: CalendarPlan, place: Whereabouts, epochDay: number): boolean {
  const { base } = plan.calendar;
  if (typeof base !== "string") return isPossibleIn(plan, EVERYWHERE, epochDay);
  const { countries } = place;
  if (countries.length === 0) {
    throw new RuleFailure("the country is not known, so neither are its public holidays");
  }
  for (let index = 0; index < countries.length; index += 1) {
    if (isPossibleIn(plan, countries[index]!, epochDay)) return true;
  }
  return false;
}

function isPossibleIn(plan: CalendarPlan, country: string, epochDay: number): boolean {
  const number = epochDay >> BLOCK_BITS;
  const block = plan.possible.get(country)?.get(number) ?? makeBlock(plan, country, number);
  return block[epochDay & (BLOCK_DAYS - 1)] === 1;
}

function makeBlock(plan: CalendarPlan, country: string, number: number): Uint8Array {
  const first = number << BLOCK_BITS;
  const block = new Uint8Array(BLOCK_DAYS);
  const anywhere = { countries: country === EVERYWHERE ? [] : [country], regions: [] };
  for (let year = yearOf(first); year <= yearOf(first + BLOCK_DAYS - 1); year += 1) {
    const added = plan.calendar.add.map((day) => daysOfRule(day.date, year));
    const base = basesOf(plan.calendar, anywhere).map((one) =>
      findBaseDays(one.country, one.state, year),
    );
    for (const days of [...added, ...base]) {
      for (const day of days.keys()) {
        if (day >= first && day < first + BLOCK_DAYS) block[day - first] = 1;
      }
    }
  }
  const blocks = plan.possible.get(country) ?? new Map<number, Uint8Array>();
  plan.possible.set(country, blocks.set(number, block));
  return block;
}

function yearOf(epochDay: number): number {
  return new Date(epochDay * DAY_MS).getUTCFullYear();
}

interface Base {
  readonly country: string;
  readonly state?: string;
}

/** The calendars of the library that count for a place: several are the union of their days. */
function basesOf({ base }: Calendar, place: Whereabouts): readonly Base[] {
  if (base === null) return [];
  if (typeof base !== "string") return [base];
  return place.countries.flatMap((country) => [
    { country },
    ...(base === "region-of-address" ? regionalBases(country, place) : []),
  ]);
}

function regionalBases(country: string, place: Whereabouts): readonly Base[] {
  const known = statesKnownIn(country);
  const candidates = candidatesIn(place, country).map((region) => statesOf(region, known));
  const isUnknown = candidates.length === 0 || candidates.includes(null);
  const states = isUnknown ? known : candidates.flatMap((each) => each ?? []);
  return [...new Set(states)].map((state) => ({ country, state }));
}

function lookUpHoliday(
  plan: CalendarPlan,
  place: Whereabouts,
  county: string | null,
  epochDay: number,
): Holiday | null {
  const { calendar } = plan;
  const year = yearOf(epochDay);
  const isToday = (day: CalendarDay) => isInDates(day, epochDay, year);
  for (const day of calendar.add) {
    if (isToday(day) && mayHave(day, place, county)) return { name: day.name, country: null };
  }
  const found: Holiday[] = [];
  const goesByAddress = typeof calendar.base === "string";
  for (const { country, state } of basesOf(calendar, place)) {
    for (const name of findBaseDays(country, state, year).get(epochDay) ?? []) {
      if (found.some((holiday) => isNamed(holiday, name))) continue;
      found.push({ name, country: goesByAddress ? country : null });
    }
  }
  if (found.length === 0) return null;
  const gone = calendar.remove.filter((day) => isToday(day) && hasForSure(day, place, county));
  return removeDays(found, gone)[0] ?? null;
}

/** A day that is taken out leaves another holiday that happens to fall on it. */
function removeDays(found: readonly Holiday[], gone: readonly CalendarDay[]): readonly Holiday[] {
  if (found.length <= 1 && gone.length > 0) return [];
  return found.filter((holiday) => !gone.some(({ name }) => isNamed(holiday, name)));
}

function isNamed(holiday: Holiday, name: string): boolean {
  return foldText(holiday.name) === foldText(name);
}

function isInDates(day: CalendarDay, epochDay: number, year: number): boolean {
  if (day.from !== undefined && epochDay < epochDayOf(day.from)) return false;
  if (day.until !== undefined && epochDay >= epochDayOf(day.until)) return false;
  return daysOfRule(day.date, year).has(epochDay);
}

/** Whether somebody may be where a day is a holiday: what is not known counts. */
function mayHave(day: CalendarDay, place: Whereabouts, county: string | null): boolean {
  const { regions, counties } = day;
  if (regions !== undefined && place.countries.length > 0) {
    if (!regions.some((region) => mayBeWithin(place, region))) return false;
  }
  return counties === undefined || mayBeInCounty(counties, county);
}

/** Whether somebody is where a day is taken out, wherever they may be. */
function hasForSure(day: CalendarDay, place: Whereabouts, county: string | null): boolean {
  if (day.regions !== undefined && !areAllWithin(place, day.regions)) return false;
  return day.counties === undefined || isInCounty(day.counties, county);
}
