/**
 * Time: the hours, suspensions, caps and pauses of every bound pack, as reasons, and the first
 * instant at which all of them are open together. Rules that take effect or end while one waits are
 * taken as they will be then.
 */
import type { Reason } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { decideCap, gatesOfCap } from "./caps.ts";
import { type Case, inForce } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { decideCoolingOff, gatesOfCoolingOff } from "./cooling-off.ts";
import { failureOf } from "./failed-rule.ts";
import {
  findCommonOpening,
  type Gate,
  GateFailure,
  gateOfRule,
  LOOK_AHEAD_DAYS,
  mayYetBind,
} from "./gate.ts";
import { isLifted } from "./grounds.ts";
import { decideHours, gateOfHours } from "./hours-reasons.ts";
import { DAY_MS } from "./local-clock.ts";
import type { Ground } from "./rule-parts.ts";
import { decideSuspension, gatesOfSuspensions } from "./suspensions.ts";
import { sayNeverOpen, sayTooLate } from "./time-words.ts";

export interface Timing {
  readonly reasons: readonly Reason[];
  /** When all of it is open, for a case that only has to wait. */
  readonly notBefore: Instant | null;
}

const NOTHING: Timing = { reasons: [], notBefore: null };

/** A rule that is shut now, and what it says about that. */
interface Shut {
  readonly compiled: CompiledRule;
  readonly reason: Reason;
}

/**
 * What time has to say about a message. `rules`: those that are about the message, whenever they
 * are in force; only the kinds that go by time are looked at. Never throws for packs that
 * `parsePack` let through.
 */
export function decideTiming(asked: Case, rules: readonly CompiledRule[]): Timing {
  const { at, message } = asked.facts;
  let shut: Shut[] | null = null;
  for (let index = 0; index < rules.length; index += 1) {
    const compiled = rules[index]!;
    if (!inForce(compiled, at)) continue;
    const reason = decideRule(compiled, asked);
    if (reason === null) continue;
    shut ??= [];
    shut.push({ compiled, reason });
  }
  if (shut !== null) return decideWait(asked, rules, shut);
  const { usefulUntil } = message;
  if (usefulUntil === null || at <= usefulUntil) return NOTHING;
  return { reasons: [tooLate(asked, usefulUntil, at)], notBefore: null };
}

function decideRule(compiled: CompiledRule, asked: Case): Reason | null {
  try {
    const reason = askRule(compiled, asked);
    return reason === null || isOff(compiled, asked) ? null : reason;
  } catch (error) {
    return isOff(compiled, asked) ? null : failureOf(compiled, error, asked);
  }
}

function askRule(compiled: CompiledRule, asked: Case): Reason | null {
  const { rule } = compiled;
  switch (rule.kind) {
    case "hours":
      return decideHours(compiled, rule, asked);
    case "suspension":
      return decideSuspension(compiled, rule, asked);
    case "cap":
      return decideCap(compiled, rule, asked);
    case "cooling-off":
      return decideCoolingOff(compiled, rule, asked);
    default:
      return null;
  }
}

/** Whether a ground lifts a rule. Asked only of rules that are shut, for most are open. */
function isOff(compiled: CompiledRule, asked: Case): boolean {
  const { rule } = compiled;
  // A pause after a no is lifted by what came after the no, which only it can tell.
  if (!("unless" in rule) || rule.kind === "cooling-off") return false;
  return rule.unless.length > 0 && isLifted(compiled, rule.unless, asked);
}

const NO_GATES: readonly Gate[] = [];

function gatesOf(compiled: CompiledRule, asked: Case): readonly Gate[] {
  const { rule } = compiled;
  const { kind } = rule;
  if (kind === "hours") {
    return [gateOfRule(compiled, rule.unless, asked, gateOfHours(compiled, asked))];
  }
  if (kind !== "suspension" && kind !== "cap" && kind !== "cooling-off") return NO_GATES;
  const { sends, suspensions, standing } = asked.facts;
  if (kind === "suspension") {
    if (suspensions.length === 0) return NO_GATES;
    return under(compiled, rule.unless, asked, gatesOfSuspensions(compiled, rule, asked));
  }
  if (kind === "cap") {
    if (sends.length === 0 && rule.max > 0) return NO_GATES;
    return under(compiled, rule.unless, asked, gatesOfCap(compiled, rule, asked));
  }
  if (standing.length === 0) return NO_GATES;
  // What lifts a pause after a no is what came after the no, which only it can tell.
  return under(compiled, [], asked, gatesOfCoolingOff(compiled, rule, asked));
}

function under(
  compiled: CompiledRule,
  unless: readonly Ground[],
  asked: Case,
  gates: readonly Gate[],
): readonly Gate[] {
  return gates.map((gate) => gateOfRule(compiled, unless, asked, gate));
}

/** When something is shut: until when each of it is, and all of it together. */
function decideWait(asked: Case, rules: readonly CompiledRule[], shut: readonly Shut[]): Timing {
  const reasons = shut.map(({ reason }) => reason);
  if (reasons.some(({ answer }) => answer !== "defer")) return { reasons, notBefore: null };
  const { at, message } = asked.facts;
  const gates: Gate[] = [];
  let earliest = at;
  let next = 0;
  const dated: Reason[] = [];
  for (const compiled of rules) {
    if (!mayYetBind(compiled, at)) continue;
    const its = gatesOf(compiled, asked);
    if (its.length > 0) gates.push(...its);
    // Those that are shut now come in the same order.
    if (shut[next]?.compiled !== compiled) continue;
    const { reason } = shut[next]!;
    next += 1;
    const own = openingOf(its, asked, at);
    dated.push(typeof own === "number" ? { ...reason, notBefore: own } : reason);
    if (typeof own === "number") earliest = Math.max(earliest, own);
  }
  // Before the last of those that are shut now opens, not all of it is open; one alone is open then.
  const isAlone = gates.length === 1 && earliest > at;
  const opening = isAlone ? earliest : openingOf(gates, asked, earliest);
  const { usefulUntil } = message;
  if (typeof opening !== "number") {
    const never = opening ?? neverOpen(asked);
    const isUseless = usefulUntil !== null && usefulUntil <= at + LOOK_AHEAD_DAYS * DAY_MS;
    const more = isUseless ? [never, tooLate(asked, usefulUntil, null)] : [never];
    return { reasons: [...dated, ...more], notBefore: null };
  }
  if (usefulUntil === null || opening <= usefulUntil) return { reasons: dated, notBefore: opening };
  return { reasons: [...dated, tooLate(asked, usefulUntil, opening)], notBefore: null };
}

/** A reason instead of an instant: a rule on the way could not be evaluated. */
function openingOf(gates: readonly Gate[], asked: Case, from: Instant): Instant | Reason | null {
  try {
    return findCommonOpening(gates, asked.facts.at, from);
  } catch (error) {
    if (error instanceof GateFailure) return failureOf(error.compiled, error.cause, asked);
    throw error;
  }
}

function neverOpen(asked: Case): Reason {
  const kind = asked.facts.place.zones.length > 1 ? "zone-unknown" : "rule-failed";
  return { kind, answer: "unknown", text: sayNeverOpen(asked) };
}

function tooLate(asked: Case, usefulUntil: Instant, opening: Instant | null): Reason {
  return { kind: "too-late", answer: "deny", text: sayTooLate(asked, usefulUntil, opening) };
}
