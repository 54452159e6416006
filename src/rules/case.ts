/** One question on its way to a verdict: the facts, and what every kind of rule needs of them. */
import { CONSENT_LEVELS, type ConsentLevel } from "../domain/act.ts";
import type { Mark } from "../domain/fold.ts";
import type { Answer, Reason, ReasonKind } from "../domain/verdict.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { Facts } from "./facts.ts";
import type { Ground } from "./pack.ts";

export interface Case {
  readonly facts: Facts;
  /** The class whose rules bind the message. An unknown class is bound like marketing. */
  readonly boundClass: string;
  /** Opt-ins that stand for this message. */
  readonly consents: readonly Mark[];
}

/** A consent of this level or better, the strongest first. */
export function findConsent(asked: Case, minimum: ConsentLevel): Mark | null {
  const needed = CONSENT_LEVELS.indexOf(minimum);
  const rankOf = (mark: Mark) => (mark.level === null ? -1 : CONSENT_LEVELS.indexOf(mark.level));
  const good = asked.consents.filter((mark) => rankOf(mark) >= needed);
  return good.sort((a, b) => rankOf(b) - rankOf(a) || b.position - a.position)[0] ?? null;
}

/** Whether one of the grounds lifts a rule. */
export function isLifted(unless: readonly Ground[], asked: Case): boolean {
  return unless.some(
    (each) => each.ground === "consent" && findConsent(asked, each.level) !== null,
  );
}

/** Whether a rule is about this message and in force at its instant. */
export function binds(compiled: CompiledRule, asked: Case): boolean {
  const { rule, from, until } = compiled;
  const { at, send } = asked.facts;
  return (
    send.use === "contact" &&
    from <= at &&
    at < until &&
    rule.appliesTo.channels.includes(send.channel) &&
    rule.appliesTo.classes.includes(asked.boundClass)
  );
}

/** A reason of a rule, with its citation, and its notice when it is in doubt. */
export function reasonOf(
  compiled: CompiledRule,
  kind: ReasonKind,
  answer: Answer,
  text: string,
): Reason {
  const { citation, notice } = compiled.rule;
  const reason: Reason = { kind, answer, text, rule: compiled.name, citation };
  return notice === undefined ? reason : { ...reason, notice };
}
