/**
 * The fold: from the acts about one address to its standing, and from a standing to the answer
 * whether a send is covered by an opt-out, held, or consented to.
 *
 * A standing is a short list of marks. Marks that can never again change an answer are dropped as
 * new ones arrive, so a person who wrote STOP a thousand times costs as much as one who did once.
 * `test/domain/fold.test.ts` holds this against a reference that keeps everything.
 */
import { type Act, CONSENT_LEVELS, type ConsentLevel, canLift } from "./act.ts";
import type { Entry } from "./entry.ts";
import { anyCovers, containsScope, type Scope, type Send } from "./scope.ts";
import { effectiveAt } from "./times.ts";
import { ALL, type Instant, type Position } from "./words.ts";

/** The kinds of act that leave a mark. */
export const MARK_KINDS = [
  "opt-out",
  "opt-in",
  "hold",
  "opt-in-request",
  "purchase",
  "inquiry",
  "refusal",
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export interface Mark {
  /** `opt-out` stands for an erased entry too: an erased person is suppressed everywhere. */
  readonly kind: MarkKind;
  readonly scopes: readonly Scope[];
  readonly effectiveAt: Instant;
  /** The entry behind the mark: the one that a reason names. */
  readonly position: Position;
  /** Whether this is an opt-in that can lift an opt-out. */
  readonly lifts: boolean;
  readonly hasEvidence: boolean;
  readonly level: ConsentLevel | null;
  readonly erased: boolean;
}

/** Everything on record about an address, in no particular order. Empty: nothing is known. */
export type Standing = readonly Mark[];

export const NOTHING_KNOWN: Standing = [];

const EVERYTHING: readonly Scope[] = [
  { sender: ALL, channel: ALL, program: ALL, class: ALL, use: ALL },
];

/** The mark that an act leaves, or `null` for acts that change no standing by themselves. */
export function markOf(act: Act, position: Position): Mark | null {
  switch (act.kind) {
    case "opt-out":
    case "opt-in":
    case "hold":
    case "opt-in-request":
    case "purchase":
    case "inquiry":
    case "refusal":
      return {
        kind: act.kind,
        scopes: act.scopes,
        effectiveAt: effectiveAt(act.kind, act.claimedAt, act.receivedAt),
        position,
        lifts: canLift(act),
        hasEvidence: act.evidence !== undefined,
        level: act.kind === "opt-in" ? (act.level ?? "express") : null,
        erased: false,
      };
    case "erasure":
      return erasedMark(position, effectiveAt(act.kind, act.claimedAt, act.receivedAt));
    default:
      return null;
  }
}

/** The mark of an erasure, and what is left of an entry that was erased: a denial of everything. */
function erasedMark(position: Position, effectiveAt: Instant): Mark {
  return {
    kind: "opt-out",
    scopes: EVERYTHING,
    effectiveAt,
    position,
    lifts: false,
    hasEvidence: false,
    level: null,
    erased: true,
  };
}

/**
 * What an erasure leaves of a standing. Whatever was said before it is gone, consent and holds too
 * (nobody can read a held message any more), and each of its entries denies everything, as it does
 * when it is read back from the ledger: so a server that was there and one that starts later agree.
 */
export function erasedStanding(standing: Standing, erasure: Position): Standing {
  return standing
    .map((mark) => (mark.position > erasure ? mark : erasedMark(mark.position, mark.effectiveAt)))
    .reduce(addMark, NOTHING_KNOWN);
}

/**
 * The standing after one more entry, whether its record is still there or not. An erased record's
 * own times went with it, so it counts from when it was written, which is no earlier. The erasure
 * that took it comes later in the ledger, and took everything before it too.
 */
export function foldEntry(standing: Standing, entry: Entry): Standing {
  const { act, position, recordedAt } = entry;
  if (act !== null) return foldAct(standing, act, position);
  return addMark(erasedStanding(standing, position), erasedMark(position, recordedAt));
}

/**
 * The standing after one more entry. Entries may come in any order; a second time changes nothing
 * as long as everything after it comes a second time too. A release ends the holds that came
 * before it here, so a release without its hold leaves a later copy of the hold in force.
 */
export function foldAct(standing: Standing, act: Act, position: Position): Standing {
  if (act.kind === "release") {
    return standing.filter((mark) => mark.kind !== "hold" || mark.position !== act.refersTo);
  }
  const mark = markOf(act, position);
  if (mark === null) return standing;
  return addMark(mark.erased ? erasedStanding(standing, position) : standing, mark);
}

/** Compared by value: a scope read back from a record has its members in another order. */
function sameScopes(a: readonly Scope[], b: readonly Scope[]): boolean {
  return a === b || (a.length === b.length && a.every((scope, at) => sameScope(scope, b[at]!)));
}

function sameScope(a: Scope, b: Scope): boolean {
  return (
    a.sender === b.sender &&
    a.channel === b.channel &&
    a.program === b.program &&
    a.class === b.class &&
    a.use === b.use
  );
}

/** Whether `later` comes strictly after `earlier` both by time and in the ledger. */
function isLaterInBothOrders(later: Mark, earlier: Mark): boolean {
  return later.effectiveAt > earlier.effectiveAt && later.position > earlier.position;
}

/** One standing of two about the same person; what is in both counts once. */
export function joinStandings(one: Standing, other: Standing): Standing {
  return other.reduce(addMark, one);
}

/**
 * Adds a mark and drops those that it makes superfluous: of two rivals, the one that comes no later
 * than the other in either order. Whatever lifts or outlives the later one does so to both, and
 * whatever the earlier one lifts, the later one lifts too.
 */
function addMark(standing: Standing, added: Mark): Standing {
  if (standing.some((mark) => isRival(mark, added) && isAsLate(mark, added))) return standing;
  return [...standing.filter((mark) => !(isRival(mark, added) && isAsLate(added, mark))), added];
}

function isAsLate(a: Mark, b: Mark): boolean {
  return a.effectiveAt >= b.effectiveAt && a.position >= b.position;
}

/** Whether two marks differ in nothing but their times, as far as any answer goes. */
function isRival(a: Mark, b: Mark): boolean {
  if (a.kind !== b.kind) return false;
  // Each hold waits for a review of its own.
  if (a.kind === "hold") return a.position === b.position;
  if (!sameScopes(a.scopes, b.scopes)) return false;
  if (a.kind === "opt-out") return a.erased === b.erased;
  return a.lifts === b.lifts && a.hasEvidence === b.hasEvidence && a.level === b.level;
}

/** The opt-outs that cover a send and were not lifted: none of them means none is in the way. */
export function optOutsAgainst(standing: Standing, send: Send): readonly Mark[] {
  const optIns = standing.filter(
    (mark) => mark.kind === "opt-in" && mark.lifts && anyCovers(mark.scopes, send),
  );
  return standing.filter(
    (mark) =>
      mark.kind === "opt-out" &&
      anyCovers(mark.scopes, send) &&
      !optIns.some((optIn) => isLaterInBothOrders(optIn, mark)),
  );
}

/**
 * Whether another opt-out with these scopes would change nothing: each is covered by one that no
 * opt-in has lifted any part of since, not even for a single program.
 */
export function isOptedOut(standing: Standing, scopes: readonly Scope[]): boolean {
  const inForce = standing.filter(
    (mark) =>
      mark.kind === "opt-out" &&
      !standing.some((other) => other.lifts && isLaterInBothOrders(other, mark)),
  );
  return scopes.every((scope) =>
    inForce.some((mark) => mark.scopes.some((covered) => containsScope(covered, scope))),
  );
}

/** The holds that cover a send. A START does not end a hold; only a reviewer's release does. */
export function holdsAgainst(standing: Standing, send: Send): readonly Mark[] {
  return standing.filter((mark) => mark.kind === "hold" && anyCovers(mark.scopes, send));
}

/**
 * The opt-ins that still stand for a send: with evidence, and later in both orders than every
 * opt-out that covers it, lifted or not. An opt-out ends all consent that came before it.
 */
export function consentsTo(standing: Standing, send: Send): readonly Mark[] {
  const proved = standing.filter(
    (mark) => mark.kind === "opt-in" && mark.hasEvidence && anyCovers(mark.scopes, send),
  );
  if (proved.length === 0) return proved;
  const optOuts = standing.filter(
    (mark) => mark.kind === "opt-out" && anyCovers(mark.scopes, send),
  );
  if (optOuts.length === 0) return proved;
  return proved.filter((mark) => optOuts.every((optOut) => isLaterInBothOrders(mark, optOut)));
}

/**
 * The strongest level at which the person ever agreed to a send, revoked or not: what a START
 * resumes. `null` when they never did. Consent that nothing proves does not count.
 */
export function strongestLevelOf(standing: Standing, send: Send): ConsentLevel | null {
  const ranks = standing
    .filter((mark) => mark.kind === "opt-in" && mark.hasEvidence && anyCovers(mark.scopes, send))
    .map((mark) => (mark.level === null ? -1 : CONSENT_LEVELS.indexOf(mark.level)));
  return CONSENT_LEVELS[Math.max(-1, ...ranks)] ?? null;
}
