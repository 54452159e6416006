/** Grounds: what a rule accepts as consent, or is lifted by. */

import { CONSENT_LEVELS, type ConsentLevel } from "../domain/act.ts";
import { consentsTo, type Mark } from "../domain/fold.ts";
import { anyCovers, type Send } from "../domain/scope.ts";
import { ALL, type Instant } from "../domain/words.ts";
import { classTo } from "./bind.ts";
import type { Case } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { isBeforeEnd } from "./durations.ts";
import type { Ground } from "./rule-parts.ts";

/** What a rule knows beyond the case, for the grounds that ask for it. */
export interface About {
  /** For `afterListing`: since when the list names the address. `null`: not known. */
  readonly listedSince: Instant | null;
}

const NOTHING: About = { listedSince: null };

/** Whether one of the grounds lifts a rule. */
export function isLifted(
  compiled: CompiledRule,
  unless: readonly Ground[],
  asked: Case,
  about: About = NOTHING,
): boolean {
  return unless.some((ground) => isMet(compiled, ground, asked, about));
}

/** Whether a ground is there. What nobody said or proved is not. */
export function isMet(
  compiled: CompiledRule,
  ground: Ground,
  asked: Case,
  about: About = NOTHING,
): boolean {
  switch (ground.ground) {
    case "consent":
      return findConsent(compiled, ground, asked, about) !== null;
    case "dealing":
      return findDealing(compiled, ground, asked) !== null;
    case "relationship":
      return isRelated(compiled, ground, asked);
    case "reply":
      return asked.facts.message.isReply;
  }
}

type ConsentGround = Extract<Ground, { ground: "consent" }>;
type DealingGround = Extract<Ground, { ground: "dealing" }>;
type RelationshipGround = Extract<Ground, { ground: "relationship" }>;

/** The send as a pack takes it. */
export function sendTo(compiled: CompiledRule, asked: Case): Send {
  const { send } = asked.facts;
  const messageClass = classTo(compiled.pack, send.class);
  return messageClass === send.class ? send : { ...send, class: messageClass };
}

/** The opt-ins that stand for this message as a rule's pack takes it. */
export function consentsFor(compiled: CompiledRule, asked: Case): readonly Mark[] {
  const { send } = asked.facts;
  return compiled.pack.classes.has(send.class) ? asked.consents : asked.consentsAsMarketing;
}

/** How strong a consent is, as an index of `CONSENT_LEVELS`. */
export function rankOf(level: ConsentLevel | null): number {
  return level === null ? -1 : CONSENT_LEVELS.indexOf(level);
}

/** The consent that meets a ground, the strongest and then the newest first. */
export function findConsent(
  compiled: CompiledRule,
  ground: ConsentGround,
  asked: Case,
  about: About = NOTHING,
): Mark | null {
  const needed = rankOf(ground.level);
  let best: Mark | null = null;
  for (const mark of consentsFor(compiled, asked)) {
    if (rankOf(mark.level) < needed) continue;
    if (ground.afterListing === true && !isAfter(mark, about.listedSince)) continue;
    if (best === null || isStronger(mark, best)) best = mark;
  }
  return best;
}

function isAfter(mark: Mark, listedSince: Instant | null): boolean {
  return listedSince !== null && mark.effectiveAt > listedSince;
}

function isStronger(a: Mark, b: Mark): boolean {
  return rankOf(a.level) - rankOf(b.level) > 0 || (a.level === b.level && a.position > b.position);
}

/**
 * The dealing that meets a ground: of the same sender, proved, not after the instant, young enough,
 * and not ended by an opt-out that came after it. `anyAge` asks for one however old.
 */
export function findDealing(
  compiled: CompiledRule,
  ground: DealingGround,
  asked: Case,
  anyAge = false,
): Mark | null {
  const { facts } = asked;
  const { standing, at, place } = facts;
  const isYoung = (mark: Mark) =>
    anyAge ||
    ground.within === null ||
    isBeforeEnd(at, mark.effectiveAt, ground.within, place.zones, "every");
  for (const mark of standing) {
    if (mark.kind !== "purchase" && mark.kind !== "inquiry") continue;
    if (!ground.dealings.includes(mark.kind) || !mark.hasEvidence) continue;
    if (mark.effectiveAt > at || !isYoung(mark)) continue;
    if (!mark.scopes.some(({ sender }) => sender === facts.send.sender || sender === ALL)) continue;
    if (!isEnded(mark, standing, sendTo(compiled, asked))) return mark;
  }
  return null;
}

/** An opt-out ends what was implied by a dealing before it, as it ends consent. */
function isEnded(dealing: Mark, standing: readonly Mark[], send: Send): boolean {
  return standing.some(
    (mark) =>
      mark.kind === "opt-out" &&
      anyCovers(mark.scopes, send) &&
      !(dealing.effectiveAt > mark.effectiveAt && dealing.position > mark.position),
  );
}

function isRelated(compiled: CompiledRule, ground: RelationshipGround, asked: Case): boolean {
  const { relationship } = asked.facts.person;
  if (relationship === null || relationship === "none") return false;
  if (!ground.relationships.includes(relationship)) return false;
  if (ground.topics === undefined) return true;
  const { topic } = asked.facts.message;
  if (topic === null) return false;
  const topics = compiled.pack.topics.of(topic);
  return ground.topics.some((id) => topics.has(id));
}

/** The opt-ins that would stand if they were proved. */
export function unprovenConsents(compiled: CompiledRule, asked: Case): readonly Mark[] {
  const proved = asked.facts.standing.map((mark) =>
    mark.kind === "opt-in" && !mark.hasEvidence ? { ...mark, hasEvidence: true } : mark,
  );
  const standing = consentsTo(proved, sendTo(compiled, asked));
  const before = new Set(consentsFor(compiled, asked).map(({ position }) => position));
  return standing.filter(({ position }) => !before.has(position));
}
