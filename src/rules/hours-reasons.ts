/** The hours of a rule, as a reason with what is said about it, and as gates to wait for. */
import type { Reason } from "../domain/verdict.ts";
import { boundPackOf, type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { type Gate, type Opening, shutBetween } from "./gate.ts";
import { type Closure, firstCommonOpening, isOpen, readClosure } from "./hours-rule.ts";
import { distinctZones, isoDateOf } from "./local-clock.ts";
import type { Whereabouts } from "./regions.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { HoursRule } from "./rule-kinds.ts";
import { sayClosed, sayNoZone } from "./time-words.ts";
import { type Window, writeTime } from "./windows.ts";
import { nameTime } from "./wording.ts";

const NOWHERE: Whereabouts = { countries: [], regions: [] };

function zonesOf(compiled: CompiledRule, asked: Case): readonly string[] {
  return compiled.hours?.fixedZone ?? asked.facts.place.zones;
}

/**
 * `null`: open in every zone that the person may be in. Throws `RuleFailure` when that cannot be
 * told. This is where a check of a person whom anything may be sent to spends its time.
 */
export function decideHours(compiled: CompiledRule, rule: HoursRule, asked: Case): Reason | null {
  const { at, person } = asked.facts;
  const plan = compiled.hours;
  if (plan === null) throw new RuleFailure("it has no hours");
  const all = zonesOf(compiled, asked);
  if (all.length === 0) return reasonOf(compiled, "zone-unknown", "unknown", sayNoZone(asked));
  const zones = all.length === 1 ? all : distinctZones(all, at).zones;
  const place = boundPackOf(compiled, asked) ?? NOWHERE;
  for (let index = 0; index < zones.length; index += 1) {
    const zone = zones[index]!;
    if (isOpen(plan, zone, place, person.county, at)) continue;
    const closure = readClosure(plan, { zone, place, county: person.county }, at);
    return closedReason(compiled, rule, closure, asked);
  }
  return null;
}

/** Windows of a rule are the same arrays for ever. */
const written = new WeakMap<readonly Window[], readonly string[]>();

function writtenOf(windows: readonly Window[]): readonly string[] {
  let texts = written.get(windows);
  if (texts === undefined) {
    texts = windows.map(({ fromMs, toMs }) => `${writeTime(fromMs)}-${writeTime(toMs)}`);
    written.set(windows, texts);
  }
  return texts;
}

function closedReason(
  compiled: CompiledRule,
  rule: HoursRule,
  closure: Closure,
  asked: Case,
): Reason {
  const { zone, reading, day } = closure;
  const zones = rule.zone === "recipient" ? asked.facts.place.zones.length : 1;
  const text = sayClosed(closure, zones, asked);
  const details = {
    zone,
    localTime: `${isoDateOf(reading.epochDay)} ${nameTime(reading)}`,
    windows: writtenOf(day.windows),
    holiday: day.holiday?.name ?? null,
  };
  const kind = day.windows.length === 0 ? "banned-day" : "outside-hours";
  return reasonOf(compiled, kind, "defer", text, details);
}

/** Shut while it is in any of the zones; without any zone for ever. */
export function gateOfHours(compiled: CompiledRule, asked: Case): Gate {
  const plan = compiled.hours;
  const zones = zonesOf(compiled, asked);
  if (plan === null || zones.length === 0) return shutBetween(Number.NEGATIVE_INFINITY, null);
  const place = boundPackOf(compiled, asked) ?? NOWHERE;
  const { county } = asked.facts.person;
  const opening: Opening = (at, limit) => firstCommonOpening(plan, zones, place, county, at, limit);
  return { opening, isPause: false };
}
