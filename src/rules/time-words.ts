/** What is said about time: every sentence that timing rules give as their reason. */
import type { Instant } from "../domain/words.ts";
import type { Case } from "./case.ts";
import type { ExplanationLanguage, Suspension } from "./facts.ts";
import { LOOK_AHEAD_DAYS } from "./gate.ts";
import type { Closure } from "./hours-rule.ts";
import { isoDateOf, readClock, weekdayOf } from "./local-clock.ts";
import { sayMessages } from "./naming.ts";
import { say, sayPart } from "./phrasebook.ts";
import type { CapRule, CoolingOffRule } from "./rule-kinds.ts";
import { WEEKDAYS } from "./rule-parts.ts";
import { type Window, writeTime } from "./windows.ts";
import { nameTime, nameZone } from "./wording.ts";

function nameMessages(asked: Case): string {
  return sayMessages(asked.facts.language, asked.facts.send);
}

function nameDone(asked: Case): string {
  const { language, send } = asked.facts;
  return sayPart(language, send.channel === "voice" ? "time.made" : "time.sent");
}

/** Windows of a rule are the same arrays for ever. */
const namedWindows = {
  en: new WeakMap<readonly Window[], string>(),
  es: new WeakMap<readonly Window[], string>(),
} satisfies Record<ExplanationLanguage, unknown>;

function nameWindows(windows: readonly Window[], asked: Case): string {
  const { language } = asked.facts;
  let said = namedWindows[language].get(windows);
  if (said === undefined) {
    said = sayWindows(windows, language);
    namedWindows[language].set(windows, said);
  }
  return said;
}

function sayWindows(windows: readonly Window[], language: ExplanationLanguage): string {
  const named = windows.map(({ fromMs, toMs }) =>
    sayPart(language, "time.window", { from: writeTime(fromMs), to: writeTime(toMs) }),
  );
  return named.reduce((first, last) => sayPart(language, "time.windows", { first, last }));
}

/** `2026-06-11 08:00 (New York)`, in the first zone that the person may be in. */
function nameMoment(at: Instant, asked: Case): string {
  const { language, place } = asked.facts;
  const zone = place.zones[0] ?? "UTC";
  const reading = readClock(zone, at);
  const date = isoDateOf(reading.epochDay);
  return sayPart(language, "time.moment", { date, time: nameTime(reading), zone: nameZone(zone) });
}

/** Why the hours are closed. `zones`: how many the rule has to be open in. */
export function sayClosed(closure: Closure, zones: number, asked: Case): string {
  const { language } = asked.facts;
  const { reading, day } = closure;
  const zone = nameZone(closure.zone);
  const where = zones > 1 ? sayPart(language, "time.zones", { zone, count: zones }) : zone;
  const both = { where, messages: nameMessages(asked), done: nameDone(asked) };
  const holiday = (day.holiday ?? day.eveOf)?.name ?? "";
  if (day.windows.length > 0) {
    const special = day.eveOf === null ? "time.hours" : "time.eve-hours";
    const key = day.holiday === null ? special : "time.holiday-hours";
    const windows = nameWindows(day.windows, asked);
    return say(language, key, { ...both, time: nameTime(reading), windows, holiday });
  }
  const date = isoDateOf(reading.epochDay);
  if (day.holiday !== null) return sayHoliday(day.holiday, date, both, asked);
  if (day.eveOf !== null) return say(language, "time.eve", { ...both, date, holiday });
  const weekday = sayPart(language, `weekday.${WEEKDAYS[weekdayOf(reading.epochDay)]!}`);
  return say(language, "time.weekday", { ...both, weekday });
}

function sayHoliday(
  { name, country }: { readonly name: string; readonly country: string | null },
  date: string,
  both: Readonly<Record<string, string>>,
  asked: Case,
): string {
  const { language, place } = asked.facts;
  const isPlain = country === null || place.countries.length <= 1;
  if (isPlain) return say(language, "time.holiday", { ...both, holiday: name, date });
  const holiday = sayPart(language, "time.holiday-country", { holiday: name, country });
  return say(language, "time.holiday", { ...both, holiday, date });
}

export function sayNoZone(asked: Case): string {
  return say(asked.facts.language, "time.no-zone");
}

export function sayNeverOpen(asked: Case): string {
  const { language, place } = asked.facts;
  const values = { days: LOOK_AHEAD_DAYS, count: place.zones.length };
  const key = place.zones.length > 1 ? "time.never-open-zones" : "time.never-open";
  return say(language, key, values);
}

/** `opening`: when it may go at last; `null`: at no time that is looked at. */
export function sayTooLate(asked: Case, usefulUntil: Instant, opening: Instant | null): string {
  const { language, at } = asked.facts;
  const until = nameMoment(usefulUntil, asked);
  if (opening === null) return say(language, "time.too-late-closed", { until });
  if (opening === at) return say(language, "time.too-late-now", { until });
  return say(language, "time.too-late", { until, opening: nameMoment(opening, asked) });
}

const EVENTS = {
  "state-of-emergency": "time.emergency",
  "proclaimed-holiday": "time.proclaimed",
} as const;

/** `until`: `null` while nobody has ended it. */
export function saySuspended(
  asked: Case,
  { kind, county, region, from }: Suspension,
  until: Instant | null,
): string {
  const { language } = asked.facts;
  const area = county === null ? region : sayPart(language, "time.area-county", { county, region });
  const values = {
    event: sayPart(language, EVENTS[kind]),
    area,
    from: nameMoment(from, asked),
    messages: nameMessages(asked),
  };
  if (until === null) return say(language, "time.suspended", values);
  return say(language, "time.suspended-until", { ...values, until: nameMoment(until, asked) });
}

/** `sent`: how many count in the period. */
export function sayCapReached(asked: Case, rule: CapRule, sent: number): string {
  const { language } = asked.facts;
  const { period, max, counts } = rule;
  const isHours = "hours" in period;
  const values = { sent, max, period: isHours ? period.hours : period.calendarDays };
  if (sent === 0) return say(language, "time.cap-none");
  if (counts.otherChannelsOnly === true) {
    return say(language, isHours ? "time.cap-other-hours" : "time.cap-other-days", values);
  }
  if (isHours) return say(language, "time.cap-hours", values);
  return say(language, values.period === 1 ? "time.cap-today" : "time.cap-days", values);
}

export function sayCoolingOff(
  asked: Case,
  rule: CoolingOffRule,
  event: { readonly effectiveAt: Instant; readonly position: number },
  until: Instant,
): string {
  const { language, place } = asked.facts;
  const key = rule.after === "refusal" ? "time.cooling-refusal" : "time.cooling-opt-out";
  const date = isoDateOf(readClock(place.zones[0] ?? "UTC", event.effectiveAt).epochDay);
  return say(language, key, {
    date,
    entry: event.position,
    messages: nameMessages(asked),
    lasts: nameDuration(rule.lasts, asked),
    until: nameMoment(until, asked),
  });
}

/** `1 year 6 months` of `P1Y6M`. */
function nameDuration(written: string, asked: Case): string {
  const duration = Temporal.Duration.from(written);
  const units = ["year", "month", "day", "hour", "minute"] as const;
  const parts = units
    .map((unit) => [unit, duration[`${unit}s`]] as const)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) =>
      sayPart(asked.facts.language, `duration.${unit}${count === 1 ? "" : "s"}`, { count }),
    );
  return parts.join(" ");
}
