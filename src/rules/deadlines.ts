/**
 * By when the law wants an opt-out to be done: every `deadline` rule that binds somebody who opts out,
 * and when it is due. Where it is not known where somebody is, the earlier end counts: a day is a
 * holiday only when it is one wherever they may be, and what has no known length is due at once.
 */
import type { Place } from "../domain/place.ts";
import type { Scope, Send } from "../domain/scope.ts";
import { ALL, type Channel, CLASSES, type Instant, USES } from "../domain/words.ts";
import { type BoundPack, bindMessage } from "./bind.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { endOf } from "./durations.ts";
import { type CalendarPlan, findHoliday, planCalendar } from "./holidays.ts";
import { dateAt, instantsOf, isoDateOf, readClock, weekdayOf } from "./local-clock.ts";
import type { RulePack } from "./pack.ts";
import { candidatesIn, type Whereabouts } from "./regions.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { DeadlineRule } from "./rule-kinds.ts";
import { WEEKDAYS } from "./rule-parts.ts";
import { nameTime, nameZone } from "./wording.ts";

/** What somebody asked for. */
export interface Request {
  /** When they asked: the clocks run from then, and the rules in force then count. */
  readonly at: Instant;
  readonly scopes: readonly Scope[];
  /** Those that can reach the address. */
  readonly channels: readonly Channel[];
}

export interface Deadline {
  /** `<pack>/<rule>@<version>`. */
  readonly rule: string;
  /** The title of its pack: "United States, federal". */
  readonly place: string;
  readonly citation: string;
  readonly basis: DeadlineRule["basis"];
  readonly status: DeadlineRule["status"];
  /** What is disputed or unverified about it; `null`: nothing. */
  readonly notice: string | null;
  /** What has to be done: honour it, stop the sharing, confirm it, answer the person. */
  readonly about: DeadlineRule["about"];
  /** The last instant that is in time. */
  readonly dueAt: Instant;
  /** Its civil date in the zone of the pack, `YYYY-MM-DD`. */
  readonly dueOn: string;
  /** After this it is overdue: `dueAt`, or a moment later for what is due at once. */
  readonly overdueAfter: Instant;
  /** "within 10 business days, by the end of 2026-12-08 (New York)". */
  readonly words: string;
}

/** Nothing reaches anybody at the instant at which it is said; "at once" is kept within a minute. */
export const MOMENT_MS = 60_000;
/** No law gives so many days off in a row. Beyond it a rule is broken, and its day is counted. */
const MOST_DAYS_OFF = 366;

/** Each deadline once, the earliest first. `packs` is every pack there is. */
export function deadlinesOf(
  packs: readonly RulePack[],
  place: Place,
  request: Request,
): readonly Deadline[] {
  const found = new Map<CompiledRule, Deadline>();
  for (const send of sendsOf(request)) {
    const binding = bindMessage(packs, place, send);
    for (const compiled of binding.rules) {
      const { rule, from, until } = compiled;
      if (rule.kind !== "deadline" || request.at < from || request.at >= until) continue;
      if (found.has(compiled)) continue;
      const bound = binding.packs!.find((each) => each.compiled === compiled.pack)!;
      found.set(compiled, makeDeadline(compiled, rule, bound, request.at));
    }
  }
  return [...found.values()].sort((a, b) => a.dueAt - b.dueAt);
}

/**
 * One message of each kind that the request covers. A scope covers messages about any topic and of
 * any kind of call, so what a rule says about those leaves it in.
 */
function sendsOf({ scopes, channels }: Request): readonly Send[] {
  return scopes.flatMap((scope) =>
    (scope.channel === ALL ? channels : channels.filter((one) => one === scope.channel)).flatMap(
      (channel) =>
        classesOf(scope).flatMap((cls) =>
          (scope.use === ALL ? USES : [scope.use]).map((use) => ({
            ...{ sender: scope.sender, program: null, channel, class: cls, use },
          })),
        ),
    ),
  );
}

/** An opt-out is confirmed whatever it covers. */
function classesOf(scope: Scope): readonly string[] {
  return [...(scope.class === ALL ? CLASSES : [scope.class]), "confirmation"];
}

function makeDeadline(
  compiled: CompiledRule,
  rule: DeadlineRule,
  bound: BoundPack,
  at: Instant,
): Deadline {
  const { pack } = compiled.pack;
  const { dueAt, length } = endOfRule(compiled, rule, bound, at);
  const reading = readClock(pack.zone, dueAt);
  const dueOn = isoDateOf(reading.epochDay);
  const isToTheDay = "businessDays" in rule.within;
  const isAtOnce = "immediately" in rule.within;
  const time = isToTheDay ? `the end of ${dueOn}` : `${dueOn} ${nameTime(reading)}`;
  return {
    rule: compiled.name,
    place: pack.title,
    citation: rule.citation,
    basis: rule.basis,
    status: rule.status,
    notice: rule.notice ?? null,
    about: rule.about,
    dueAt,
    dueOn,
    overdueAfter: isAtOnce ? dueAt + MOMENT_MS : dueAt,
    words: isAtOnce ? "at once" : `within ${length}, by ${time} (${nameZone(pack.zone)})`,
  };
}

function endOfRule(
  { pack: { pack } }: CompiledRule,
  { within }: DeadlineRule,
  bound: BoundPack,
  at: Instant,
): { readonly dueAt: Instant; readonly length: string } {
  if ("immediately" in within) return { dueAt: at, length: "" };
  if ("duration" in within) {
    const { duration } = within;
    return { dueAt: endOf(at, duration, pack.zone), length: nameDuration(duration) };
  }
  const { businessDays, weekend, calendar } = within;
  const plan = calendar === null ? null : planOf(pack, calendar);
  const offWeekdays = new Set(weekend.map((day) => WEEKDAYS.indexOf(day)));
  const isOff = (day: number) =>
    offWeekdays.has(weekdayOf(day)) || (plan !== null && isHoliday(plan, bound, day));
  const last = countDays(dateAt(pack.zone, at), businessDays, isOff);
  const length = `${businessDays} business ${businessDays === 1 ? "day" : "days"}`;
  return { dueAt: endOfDay(last, pack.zone), length };
}

/** The day that is the `count`th that is not off, from the day after `first` on. */
function countDays(first: number, count: number, isOff: (day: number) => boolean): number {
  let day = first;
  for (let left = count; left > 0; left -= 1) {
    day += 1;
    for (let off = 0; off < MOST_DAYS_OFF && isOff(day); off += 1) day += 1;
  }
  return day;
}

/** The last millisecond of a civil day: the one before the next day's first. */
function endOfDay(epochDay: number, zone: string): Instant {
  const [midnight] = instantsOf(zone, { epochDay: epochDay + 1, ofDayMs: 0 });
  return midnight! - 1;
}

function planOf(pack: RulePack, calendar: string): CalendarPlan | null {
  const found = pack.calendars[calendar];
  return found === undefined ? null : planCalendar(found);
}

/** A county that is none, so that holidays of counties count for nobody whose county is not known. */
const NO_COUNTY = "";

/** Whether a day is a holiday wherever the person may be. What is not known gives no more time. */
function isHoliday(plan: CalendarPlan, bound: BoundPack, epochDay: number): boolean {
  return spotsOf(bound).every((spot) => {
    try {
      return findHoliday(plan, spot, NO_COUNTY, epochDay) !== null;
    } catch (error) {
      if (error instanceof RuleFailure) return false;
      throw error;
    }
  });
}

const spots = new WeakMap<BoundPack, readonly Whereabouts[]>();

/**
 * Each single place where the person may be. `ZZ` stands for a part of a country that no rule names:
 * with it, what is a holiday in some parts only is none.
 */
function spotsOf(bound: BoundPack): readonly Whereabouts[] {
  const known = spots.get(bound);
  if (known !== undefined) return known;
  const made = bound.countries.flatMap((country) => {
    const candidates = candidatesIn(bound, country);
    const regions = candidates.length === 0 ? [`${country}-ZZ`] : candidates;
    return regions.map((region) => ({ countries: [country], regions: [region] }));
  });
  const all = made.length === 0 ? [{ countries: [], regions: [] }] : made;
  spots.set(bound, all);
  return all;
}

const UNITS = ["year", "month", "day", "hour", "minute"] as const;

/** `1 month` of `P1M`. */
function nameDuration(written: string): string {
  const duration = Temporal.Duration.from(written);
  return UNITS.map((unit) => [duration[`${unit}s`], unit] as const)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`)
    .join(" ");
}
