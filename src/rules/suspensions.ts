/** Suspensions: what an operator switched on for an area, and the rules that it makes bind. */
import type { Reason } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { mayBeInCounty } from "./county.ts";
import type { Suspension } from "./facts.ts";
import { type Gate, shutBetween } from "./gate.ts";
import { dateAt, instantsOf } from "./local-clock.ts";
import { mayBeWithin } from "./regions.ts";
import type { SuspensionRule } from "./rule-kinds.ts";
import { saySuspended } from "./time-words.ts";

function isMeant(rule: SuspensionRule, suspension: Suspension, asked: Case): boolean {
  const { place, person } = asked.facts;
  if (!rule.events.includes(suspension.kind)) return false;
  if (place.countries.length > 0 && !mayBeWithin(place, suspension.region)) return false;
  return suspension.county === null || mayBeInCounty([suspension.county], person.county);
}

/** `null`: until somebody ends it. */
function endOf(suspension: Suspension, compiled: CompiledRule, asked: Case): Instant | null {
  const { kind, from, until } = suspension;
  if (until !== null || kind !== "proclaimed-holiday") return until;
  // A proclaimed day without an end is that civil day, as the pack's own zone and the person's have
  // it: when midnight has come in one of them and not in another, the later day and end count.
  const own = compiled.pack.pack.zone;
  const zones = asked.facts.place.zones.length > 0 ? asked.facts.place.zones : [own];
  const day = Math.max(...[own, ...zones].map((zone) => dateAt(zone, from)));
  const midnights = zones.flatMap((zone) => instantsOf(zone, { epochDay: day + 1, ofDayMs: 0 }));
  return Math.max(...midnights);
}

/** When the suspensions that a rule is about shut, each on its own. */
export function gatesOfSuspensions(
  compiled: CompiledRule,
  rule: SuspensionRule,
  asked: Case,
): readonly Gate[] {
  return asked.facts.suspensions
    .filter((suspension) => isMeant(rule, suspension, asked))
    .map((suspension) => shutBetween(suspension.from, endOf(suspension, compiled, asked)));
}

/** `null`: nothing is suspended there now. */
export function decideSuspension(
  compiled: CompiledRule,
  rule: SuspensionRule,
  asked: Case,
): Reason | null {
  const { at, suspensions } = asked.facts;
  let longest: { readonly suspension: Suspension; readonly until: Instant | null } | null = null;
  for (const suspension of suspensions) {
    if (at < suspension.from || !isMeant(rule, suspension, asked)) continue;
    const until = endOf(suspension, compiled, asked);
    if (until !== null && at >= until) continue;
    if (longest === null || isLater(until, longest.until)) longest = { suspension, until };
  }
  if (longest === null) return null;
  const { suspension, until } = longest;
  const { kind, region, county, from } = suspension;
  const text = saySuspended(asked, suspension, until);
  const details = { event: kind, region, county, from: iso(from), until: until && iso(until) };
  return reasonOf(compiled, "suspended", until === null ? "deny" : "defer", text, details);
}

function isLater(until: Instant | null, than: Instant | null): boolean {
  return than !== null && (until === null || until > than);
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
