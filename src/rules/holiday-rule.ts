/**
 * Days of a calendar that are written as a rule, in the part of the grammar of `date-holidays` that
 * speaks of whole civil days (its docs/specification.md). What is outside of that part is refused
 * when a pack is read: the library itself takes `02-30` for 2 March, and leaves out in silence what
 * it cannot read, which would open a day that the law closes.
 */
import Holidays from "date-holidays";
import { epochDayOf } from "./local-clock.ts";
import { RuleFailure } from "./rule-failure.ts";

const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day";
const WEEKDAYS = `${WEEKDAY}(?:, ?${WEEKDAY})*`;
const GREGORIAN =
  "January|February|March|April|May|June|July|August|September|October|November|December";
const HIJRI =
  "Muharram|Safar|Rabi al-awwal|Rabi al-thani|Jumada al-awwal|Jumada al-thani|Rajab|Shaban|" +
  "Ramadan|Shawwal|Dhu al-Qidah|Dhu al-Hijjah";
const HEBREW = "Nisan|Iyyar|Sivan|Tamuz|Av|Elul|Tishrei|Cheshvan|Kislev|Tevet|Shvat|Adar";
const DATE = "(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}";
const DAY_OF_MONTH = "(?:[12]?[0-9]|30)";

/** What the rest of a rule counts from. */
const ANCHOR = [
  DATE,
  GREGORIAN,
  "(?:easter|orthodox)(?: [+-]?[0-9]{1,2})?",
  `${DAY_OF_MONTH} (?:${HIJRI})`,
  `${DAY_OF_MONTH} (?:${HEBREW})`,
  `(?:chinese|korean|vietnamese) (?:0[1-9]|1[0-2])-[01]-(?:[0-2][0-9]|30)`,
  `(?:chinese|korean|vietnamese) (?:[1-9]|1[0-9]|2[0-4])-(?:0[1-9]|1[0-5]) solarterm`,
].join("|");
const COUNTED = `(?:[1-5](?:st|nd|rd|th) )?${WEEKDAY} (?:in|after|before) `;
const SINCE = "[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?";
const TAIL = [
  `(?:and )?if ${WEEKDAYS} then (?:next|previous) ${WEEKDAY}`,
  `(?:not )?on ${WEEKDAYS}`,
  "in (?:even|odd|leap|non-leap) years",
  "every [1-9][0-9]? years since [0-9]{4}",
  `since ${SINCE}(?: and prior to ${SINCE})?`,
  `prior to ${SINCE}`,
  "P[1-9]D",
].join("|");
const RULE = new RegExp(
  `^(?:substitutes )?(?:${COUNTED}){0,2}(?:${ANCHOR})(?: (?:${TAIL}))*$`,
  "u",
);
const ANY_DATE = /(?:([0-9]{4})-)?\b([0-9]{2})-([0-9]{2})\b/gu;
const FIXED = /^(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}$/u;

/** A date that comes every year has to be in every year, unless it stands alone: `02-29`. */
function hasOnlyRealDates(text: string): boolean {
  if (/^(?:chinese|korean|vietnamese) /u.test(text)) return true;
  for (const [, year, month, day] of text.matchAll(ANY_DATE)) {
    const of = year ?? (FIXED.test(text) ? "2024" : "2023");
    const written = `${of}-${month}-${day}`;
    const days = Date.parse(`${written}T00:00:00Z`);
    if (Number.isNaN(days) || new Date(days).toISOString().slice(0, 10) !== written) return false;
  }
  return true;
}

/** Whether `YYYY-MM-DD`, `MM-DD` or a rule of `date-holidays` can be read as days of a calendar. */
export function isHolidayRule(text: string): boolean {
  return RULE.test(text) && hasOnlyRealDates(text);
}

const daysByRule = new Map<string, ReadonlySet<number>>();
const REMEMBERED_AT_MOST = 5_000;

/**
 * The days of a year that a rule names, as days since 1970-01-01. Throws `RuleFailure` for a rule
 * that cannot be read.
 */
export function daysOfRule(text: string, year: number): ReadonlySet<number> {
  const key = `${year} ${text}`;
  const known = daysByRule.get(key);
  if (known !== undefined) return known;
  if (!isHolidayRule(text)) throw new RuleFailure(`\`${text}\` names no days of a calendar`);
  const days = FIXED.test(text) ? fixedDays(text, year) : reckonDays(text, year);
  if (daysByRule.size >= REMEMBERED_AT_MOST) daysByRule.clear();
  daysByRule.set(key, days);
  return days;
}

function fixedDays(text: string, year: number): ReadonlySet<number> {
  const date = text.length === 5 ? `${String(year).padStart(4, "0")}-${text}` : text;
  const day = epochDayOf(date);
  // `02-29` is no day in most years.
  const isReal = !Number.isNaN(day) && new Date(day * 86_400_000).toISOString().startsWith(date);
  return isReal && date.startsWith(`${year}-`) ? new Set([day]) : new Set();
}

function reckonDays(text: string, year: number): ReadonlySet<number> {
  const rules = new Holidays({ types: ["public"] });
  if (!rules.setHoliday(text, { name: "Holiday", type: "public" })) {
    throw new RuleFailure(`\`${text}\` names no days of a calendar`);
  }
  const days = new Set<number>();
  // An observed day, or the days that follow a first one, may fall into a neighbouring year.
  for (const near of [year - 1, year, year + 1]) {
    for (const holiday of rules.getHolidays(near)) {
      for (const day of daysOfHoliday(holiday)) {
        if (new Date(day * 86_400_000).getUTCFullYear() === year) days.add(day);
      }
    }
  }
  return days;
}

/** The civil days of one holiday of the library: half-days count as whole ones. */
export function daysOfHoliday(holiday: {
  readonly date: string;
  readonly start: Date;
  readonly end: Date;
}): readonly number[] {
  const first = epochDayOf(holiday.date.slice(0, 10));
  const hours = Math.round((holiday.end.getTime() - holiday.start.getTime()) / 3_600_000);
  // Days with a change of clocks have 23 or 25 hours.
  const count = Math.max(1, Math.round(hours / 24));
  return Array.from({ length: count }, (_, index) => first + index);
}
