/** The hours of every bound pack, as reasons with the instants at which they open. */
import type { Reason } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { boundPackOf, type Case, inForce, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { isLifted } from "./grounds.ts";
import {
  type Closure,
  type Constraint,
  findClosure,
  findCommonOpening,
  LOOK_AHEAD_DAYS,
} from "./hours-rule.ts";
import { weekdayOf } from "./local-clock.ts";
import type { HoursRule } from "./pack.ts";
import { WEEKDAYS } from "./pack.ts";
import { RuleFailure } from "./rule-failure.ts";
import { describeWindows } from "./windows.ts";
import {
  nameDate,
  nameDoing,
  nameMessages,
  nameOtherZones,
  nameTime,
  nameWeekday,
  nameZone,
} from "./wording.ts";

export interface HoursOutcome {
  readonly reasons: readonly Reason[];
  /** When all of them are open, for a case that only has to wait. */
  readonly notBefore: Instant | null;
}

interface BoundHours {
  readonly compiled: CompiledRule;
  readonly rule: HoursRule;
  readonly constraints: readonly Constraint[];
}

/** Hours rules that may bind now or at a later instant, whether or not they are in force yet. */
function bindHours(asked: Case, rules: readonly CompiledRule[]): readonly BoundHours[] {
  const { place } = asked.facts;
  return rules.flatMap((compiled) => {
    const { rule, hours } = compiled;
    if (rule.kind !== "hours" || hours === null) return [];
    if (isLifted(compiled, rule.unless, asked)) return [];
    const countries = boundPackOf(compiled, asked)?.countries ?? [];
    const zones = rule.zone === "recipient" ? place.zones : [rule.zone];
    const goesByCountry = hours.calendar?.base === "country-of-address" && countries.length > 0;
    const those = goesByCountry ? countries : [null];
    const constraints = zones.flatMap((zone) =>
      those.map((country) => ({ plan: hours, zone, country })),
    );
    return [{ compiled, rule, constraints }];
  });
}

/** `rules`: those that are about the message, whenever they are in force. */
export function decideHours(asked: Case, rules: readonly CompiledRule[]): HoursOutcome {
  const { at } = asked.facts;
  const hours = bindHours(asked, rules);
  const reasons = hours
    .filter(({ compiled }) => inForce(compiled, at))
    .flatMap((each) => decideRule(each, asked) ?? []);
  if (!reasons.some((reason) => reason.answer === "defer")) return { reasons, notBefore: null };
  if (reasons.some((reason) => reason.answer === "unknown")) return { reasons, notBefore: null };
  const notBefore = openingOf(
    hours.flatMap((each) => each.constraints),
    at,
  );
  if (notBefore !== null) return { reasons, notBefore };
  const neverOpen = describeNeverOpen(asked.facts.place.zones.length);
  return { reasons: [...reasons, neverOpen], notBefore: null };
}

function describeNeverOpen(zones: number): Reason {
  const soon = `In the next ${LOOK_AHEAD_DAYS} days the hours are never open`;
  if (zones <= 1) return { kind: "rule-failed", answer: "unknown", text: `${soon}.` };
  const everywhere = `in all ${zones} time zones this address may be in`;
  const text = `${soon} ${everywhere}. Give the person's time zone.`;
  return { kind: "zone-unknown", answer: "unknown", text };
}

function openingOf(constraints: readonly Constraint[], at: Instant): Instant | null {
  try {
    return findCommonOpening(constraints, at);
  } catch (error) {
    // A rule that takes effect while we look ahead, and cannot be evaluated then.
    if (error instanceof RuleFailure) return null;
    throw error;
  }
}

function decideRule(hours: BoundHours, asked: Case): Reason | null {
  const { compiled, rule, constraints } = hours;
  const { at, place } = asked.facts;
  if (constraints.length === 0) {
    const text = "No time zone could be found for this address. Give the person's time zone.";
    return reasonOf(compiled, "zone-unknown", "unknown", text);
  }
  try {
    for (const constraint of constraints) {
      const closure = findClosure(constraint, at);
      if (closure === null) continue;
      const zones = rule.zone === "recipient" ? place.zones.length : 1;
      const text = describeClosure(closure, constraint, zones, asked);
      const kind = closure.wholeDay ? "banned-day" : "outside-hours";
      const reason = reasonOf(compiled, kind, "defer", text);
      const notBefore = findCommonOpening(constraints, at);
      return notBefore === null ? reason : { ...reason, notBefore };
    }
    return null;
  } catch (error) {
    return failureOf(compiled, error);
  }
}

/** A rule that throws does not pass (promise 4). Only our own messages are fit to be shown. */
export function failureOf(compiled: CompiledRule, error: unknown): Reason {
  const cause = error instanceof RuleFailure ? error.message : "it failed in a way it never should";
  const text = `The rule \`${compiled.rule.id}\` could not be evaluated: ${cause}.`;
  return reasonOf(compiled, "rule-failed", "unknown", text);
}

function describeClosure(
  closure: Closure,
  { zone, country, plan }: Constraint,
  zones: number,
  asked: Case,
): string {
  const { send, place } = asked.facts;
  const { reading, holiday, wholeDay } = closure;
  const where = `${nameZone(zone)}${nameOtherZones(zones)}`;
  const messages = nameMessages(send.class, send.channel);
  const doing = nameDoing(send.channel);
  const mayNot = `${messages} may not be ${doing}`;
  if (holiday !== null) {
    const whose =
      country !== null && place.countries.length > 1 ? `, a holiday of ${country},` : "";
    return `It is ${holiday} (${nameDate(reading)})${whose} in ${where}; ${mayNot} on holidays.`;
  }
  if (wholeDay) {
    return `It is ${nameWeekday(reading)} in ${where}; ${mayNot} on that day.`;
  }
  const windows = describeWindows(plan.rule.week[WEEKDAYS[weekdayOf(reading.epochDay)]!]);
  return `It is ${nameTime(reading)} in ${where}; ${messages} may be ${doing} ${windows}.`;
}
