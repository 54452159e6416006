/**
 * Packs made ready for deciding: dates as instants, windows as numbers. Made once per pack and
 * kept beside it.
 */
import type { Instant } from "../domain/words.ts";
import { type HoursPlan, planHours } from "./hours-rule.ts";
import { DEFAULT_PACK, type Rule, type RulePack } from "./pack.ts";

export interface CompiledRule {
  /** `<pack>/<rule>@<version>`, as reasons name it. */
  readonly name: string;
  readonly rule: Rule;
  readonly from: Instant;
  readonly until: Instant;
  readonly hours: HoursPlan | null;
}

const compiled = new WeakMap<RulePack, readonly CompiledRule[]>();

/** The instant at which a civil date begins in a zone. */
function startOf(date: string, zone: string): Instant {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

export function compileRules(pack: RulePack): readonly CompiledRule[] {
  let rules = compiled.get(pack);
  if (rules === undefined) {
    rules = pack.rules.map((rule) => compileRule(pack, rule));
    compiled.set(pack, rules);
  }
  return rules;
}

function compileRule(pack: RulePack, rule: Rule): CompiledRule {
  const from = startOf(rule.effectiveFrom, pack.zone);
  const until =
    rule.effectiveUntil === null
      ? Number.POSITIVE_INFINITY
      : startOf(rule.effectiveUntil, pack.zone);
  const name = `${pack.id}/${rule.id}@${pack.version}`;
  if (rule.kind !== "hours") return { name, rule, from, until, hours: null };
  const calendar = rule.holidays === null ? null : pack.calendars[rule.holidays.calendar];
  return { name, rule, from, until, hours: planHours(rule, calendar ?? null, { from, until }) };
}

/** A pack and the countries of the address that it binds. */
export interface BoundPack {
  readonly pack: RulePack;
  /** Empty when no country is known. */
  readonly countries: readonly string[];
}

/**
 * The packs that bind an address of these countries: each country's own, `default` for countries
 * without one and for an address whose country nobody knows. `null`: one has no pack at all.
 */
export function bindPacks(
  packs: readonly RulePack[],
  countries: readonly string[],
): readonly BoundPack[] | null {
  const bound = new Map<RulePack, string[]>();
  const fallback = packs.filter((pack) => pack.id === DEFAULT_PACK);
  if (countries.length === 0) {
    for (const pack of fallback) bound.set(pack, []);
  }
  for (const country of countries) {
    const own = packs.filter((pack) => pack.binds.includes(country));
    const found = own.length > 0 ? own : fallback;
    if (found.length === 0) return null;
    for (const pack of found) bound.set(pack, [...(bound.get(pack) ?? []), country]);
  }
  if (bound.size === 0) return null;
  return [...bound].map(([pack, its]) => ({ pack, countries: its }));
}
