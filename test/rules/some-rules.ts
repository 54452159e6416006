/** Packs of one or a few rules, for tests about how rules work rather than about any law. */

import { applies, openCase } from "../../src/rules/case.ts";
import type { Facts } from "../../src/rules/facts.ts";
import type { Calendar, RulePack } from "../../src/rules/pack.ts";
import type {
  CapRule,
  CoolingOffRule,
  HoursRule,
  Rule,
  SuspensionRule,
} from "../../src/rules/rule-kinds.ts";
import { decideTiming, type Timing } from "../../src/rules/timing.ts";

export const SOURCES = [{ title: "A test", grade: "product" as const }];

const BASE = {
  title: "A rule of a test",
  appliesTo: {
    channels: ["sms", "voice", "email"] as Rule["appliesTo"]["channels"],
    classes: ["marketing"],
  },
  basis: "practice" as const,
  status: "in-force" as const,
  citation: "§ 1",
  sources: SOURCES,
  reviewed: "2026-11-21",
  effectiveFrom: "2020-01-01",
  effectiveUntil: null,
};

const WORK = ["09:00-20:00"];

export function hours(changes: Partial<HoursRule> = {}): HoursRule {
  const week = { mon: WORK, tue: WORK, wed: WORK, thu: WORK, fri: WORK, sat: WORK, sun: WORK };
  const plain = { holidays: null, eves: null, zone: "recipient", unless: [] };
  return { ...BASE, id: "hours", kind: "hours", week, ...plain, ...changes };
}

export function cap(changes: Partial<CapRule> = {}): CapRule {
  return {
    ...BASE,
    id: "cap",
    kind: "cap",
    max: 3,
    period: { hours: 24 },
    counts: { channels: ["sms", "voice"], classes: ["marketing"], replies: true },
    whose: "sender",
    perSubject: false,
    unless: [],
    ...changes,
  };
}

export function coolingOff(changes: Partial<CoolingOffRule> = {}): CoolingOffRule {
  const own = { after: "refusal" as const, lasts: "P60D", unless: [] };
  return { ...BASE, id: "cooling-off", kind: "cooling-off", ...own, ...changes };
}

export function suspension(changes: Partial<SuspensionRule> = {}): SuspensionRule {
  const events: SuspensionRule["events"] = ["state-of-emergency", "proclaimed-holiday"];
  return { ...BASE, id: "suspension", kind: "suspension", events, unless: [], ...changes };
}

/** A pack that binds the whole world: the fallback, and nothing else there is. */
export function packOf(
  rules: readonly Rule[],
  calendars: Readonly<Record<string, Calendar>> = {},
  changes: Partial<RulePack> = {},
): RulePack {
  return {
    format: 2,
    id: "default",
    version: "2026.1.1",
    title: "A pack of a test",
    binds: [],
    zone: "UTC",
    classes: [],
    topics: [],
    registries: [],
    calendars: { ...calendars },
    rules: [...rules],
    ...changes,
  };
}

/** What time says about a message under these packs. */
export function timingOf(facts: Facts, packs: readonly RulePack[]): Timing {
  const asked = openCase(facts, packs);
  return decideTiming(
    asked,
    asked.binding.rules.filter((compiled) => applies(compiled, asked)),
  );
}

export function kindsOf(timing: Timing): readonly string[] {
  return timing.reasons.map(({ kind }) => kind);
}

/** Fails unless `notBefore` is the first instant of the future at which nothing is shut. */
export function isFirstOpening(facts: Facts, packs: readonly RulePack[], timing: Timing): boolean {
  const { notBefore } = timing;
  if (notBefore === null || notBefore <= facts.at) return false;
  const isShut = (at: number) => timingOf({ ...facts, at }, packs).reasons.length > 0;
  return !isShut(notBefore) && isShut(notBefore - 1);
}
