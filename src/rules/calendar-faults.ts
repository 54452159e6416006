/** What a schema cannot say about the calendars of a pack: days that are no days of any calendar. */
import { isHolidayRule } from "./holiday-rule.ts";
import { hasHolidays } from "./holidays.ts";
import type { Calendar, RulePack } from "./pack.ts";

type Fault = readonly [place: string, problem: string];
type CalendarDay = Calendar["add"][number];

export function* findCalendarFaults(pack: RulePack): Generator<Fault> {
  for (const [id, calendar] of Object.entries(pack.calendars)) {
    const { base } = calendar;
    if (base !== null && typeof base !== "string" && !hasHolidays(base.country, base.state)) {
      const country = base.state === undefined ? base.country : `${base.country}-${base.state}`;
      const advice = "use null and list the days under `add`";
      yield [`/calendars/${id}/base`, `no holidays are known for \`${country}\`; ${advice}`];
    }
    for (const list of ["add", "remove"] as const) {
      for (const [index, day] of calendar[list].entries()) {
        yield* findDayFaults(`/calendars/${id}/${list}/${index}`, day);
      }
    }
  }
}

function* findDayFaults(place: string, { date, from, until }: CalendarDay): Generator<Fault> {
  if (!isHolidayRule(date)) {
    const wanted =
      "YYYY-MM-DD, MM-DD, or a rule such as `easter -47` or `4th thursday in November`";
    yield [`${place}/date`, `\`${date}\` names no day of a calendar; write ${wanted}`];
  }
  for (const [field, written] of [
    ["from", from],
    ["until", until],
  ] as const) {
    if (written !== undefined && !isHolidayRule(written)) {
      yield [`${place}/${field}`, `\`${written}\` is not in the calendar`];
    }
  }
  if (from !== undefined && until !== undefined && until <= from) {
    yield [`${place}/until`, "must be after `from`"];
  }
}
