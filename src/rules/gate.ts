/**
 * Gates: everything that is closed at some instants and open at others, asked one question, so that
 * the hours of several places, pauses and caps can be waited for together.
 */
import type { Instant } from "../domain/words.ts";
import { type Case, inForce } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { isLifted } from "./grounds.ts";
import { DAY_MS } from "./local-clock.ts";
import type { Ground } from "./rule-parts.ts";

/** How far ahead open hours are looked for, from when every pause and cap is over. */
export const LOOK_AHEAD_DAYS = 31;

/**
 * The first instant from `at` on, `at` itself included, at which something is open. `null`: never,
 * or for hours not up to and with `limit`. Throws when it cannot be told.
 */
export type Opening = (at: Instant, limit: Instant) => Instant | null;

export interface Gate {
  readonly opening: Opening;
  /** Whether it is a pause, which ends at one known instant, however far away. */
  readonly isPause: boolean;
}

/** A rule on the way to an opening that could not be evaluated. */
export class GateFailure extends Error {
  override readonly name = "GateFailure";
  readonly compiled: CompiledRule;

  constructor(compiled: CompiledRule, cause: unknown) {
    super(`the rule ${compiled.name} could not be evaluated`, { cause });
    this.compiled = compiled;
  }
}

/**
 * A gate that a rule puts up while it is in force, and while no ground lifts it: a purchase that
 * lifts it today may be too old at the instant that it is waited for.
 */
export function gateOfRule(
  compiled: CompiledRule,
  unless: readonly Ground[],
  asked: Case,
  gate: Gate,
): Gate {
  const isLiftedAt = (at: Instant) =>
    unless.length > 0 && isLifted(compiled, unless, { ...asked, facts: { ...asked.facts, at } });
  const openingInForce: Opening = (at, limit) => {
    const found = gate.opening(at, limit);
    if (found !== null && found < compiled.until) return found;
    return compiled.until <= (gate.isPause ? Number.MAX_SAFE_INTEGER : limit)
      ? compiled.until
      : null;
  };
  const opening: Opening = (at, limit) => {
    try {
      return inForce(compiled, at) && !isLiftedAt(at) ? openingInForce(at, limit) : at;
    } catch (error) {
      throw new GateFailure(compiled, error);
    }
  };
  return { opening, isPause: gate.isPause };
}

/** A gate that is shut from one instant up to another, or for ever. */
export function shutBetween(from: Instant, until: Instant | null): Gate {
  const opening: Opening = (at) => (at < from || (until !== null && at >= until) ? at : until);
  return { opening, isPause: true };
}

/** To the end of a day in UTC, so that what was looked through once a day need not be again. */
function lookAheadFrom(at: Instant): Instant {
  return (Math.ceil(at / DAY_MS) + LOOK_AHEAD_DAYS) * DAY_MS;
}

/**
 * The first instant from `from` on at which all gates are open; `null` when there is none. `at`: the
 * instant that is asked about, from which hours are looked ahead.
 */
export function findCommonOpening(
  gates: readonly Gate[],
  at: Instant,
  from: Instant,
): Instant | null {
  let limit = lookAheadFrom(Math.max(at, from));
  let candidate = from;
  // No instant before a gate opens can be open for all, so nothing is skipped.
  for (let settled = 0, next = 0; settled < gates.length; next = (next + 1) % gates.length) {
    const gate = gates[next]!;
    const opening = gate.opening(candidate, limit);
    if (opening === null) return null;
    if (opening === candidate) {
      settled += 1;
      continue;
    }
    candidate = opening;
    settled = 1;
    if (gate.isPause) limit = Math.max(limit, lookAheadFrom(candidate));
  }
  return candidate;
}

/** Whether a rule may still shut at some instant from now on. */
export function mayYetBind(compiled: CompiledRule, at: Instant): boolean {
  return inForce(compiled, at) || compiled.from > at;
}
