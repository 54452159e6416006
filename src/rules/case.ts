/** One question on its way to a verdict: the facts, what binds them, and what rules need of them. */
import { consentsTo, type Mark } from "../domain/fold.ts";
import type { Answer, Reason, ReasonKind } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { type Binding, type BoundPack, bindMessage } from "./bind.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { mayBeInCounty } from "./county.ts";
import type { Facts } from "./facts.ts";
import type { RulePack } from "./pack.ts";

export interface Case {
  readonly facts: Facts;
  readonly binding: Binding;
  /** Opt-ins that stand for this message. */
  readonly consents: readonly Mark[];
  /** Opt-ins that would stand for it as marketing, for packs that do not know its class. */
  readonly consentsAsMarketing: readonly Mark[];
}

export function openCase(facts: Facts, packs: readonly RulePack[]): Case {
  const { send, standing } = facts;
  const binding = bindMessage(packs, facts.place, send);
  const consents = standing.length === 0 ? [] : consentsTo(standing, send);
  const consentsAsMarketing =
    send.class === "marketing" || !binding.countsAsMarketing || standing.length === 0
      ? consents
      : consentsTo(standing, { ...send, class: "marketing" });
  return { facts, binding, consents, consentsAsMarketing };
}

/** Where the person may be, as far as a rule's pack is concerned. */
export function boundPackOf(compiled: CompiledRule, asked: Case): BoundPack | null {
  return asked.binding.packs?.find((bound) => bound.compiled === compiled.pack) ?? null;
}

/** Whether a rule is in force at an instant. */
export function inForce(compiled: CompiledRule, at: Instant): boolean {
  return compiled.from <= at && at < compiled.until;
}

/**
 * Whether a rule of the case's binding is about this message, whenever it is in force. What nobody
 * said fits, but for who sends it and what it is about, which have to be said.
 */
export function applies(compiled: CompiledRule, asked: Case): boolean {
  if (compiled.isForAll) return true;
  const { message, person, place } = asked.facts;
  const { callKinds, counties, subscribers, numberTypes, senderTypes, topics, exceptTopics } =
    compiled.rule.appliesTo;
  if (callKinds !== undefined && !callKinds.includes(message.callKind ?? "unstated")) return false;
  if (counties !== undefined && !mayBeInCounty(counties, person.county)) return false;
  if (subscribers !== undefined && person.subscriber !== null) {
    if (!subscribers.includes(person.subscriber)) return false;
  }
  if (numberTypes !== undefined && !fitsNumber(numberTypes, place.numberType)) return false;
  if (senderTypes !== undefined) {
    if (message.senderType === null || !senderTypes.includes(message.senderType)) return false;
  }
  if (message.topic === null) return topics === undefined;
  const its = compiled.pack.topics.of(message.topic);
  if (exceptTopics?.some((id) => its.has(id)) === true) return false;
  return topics === undefined || topics.some((id) => its.has(id));
}

type NumberType = Facts["place"]["numberType"];

/** A number that may be of several types is of each of them. */
function fitsNumber(wanted: readonly NumberType[], type: NumberType): boolean {
  if (type === "unknown" || wanted.includes(type)) return true;
  return (
    type === "fixed-line-or-mobile" && (wanted.includes("fixed-line") || wanted.includes("mobile"))
  );
}

/** Data behind a reason, by name. */
export type Details = NonNullable<Reason["details"]>;

/** A reason of a rule, with its citation, and its notice when there is one. */
export function reasonOf(
  compiled: CompiledRule,
  kind: ReasonKind,
  answer: Answer,
  text: string,
  details?: Details,
): Reason {
  const { citation, notice } = compiled.rule;
  const rule = compiled.name;
  // Written out, for every verdict makes some: copies of copies took longer than what they say.
  if (notice === undefined) {
    return details === undefined
      ? { kind, answer, text, rule, citation }
      : { kind, answer, text, rule, citation, details };
  }
  return details === undefined
    ? { kind, answer, text, rule, citation, notice }
    : { kind, answer, text, rule, citation, notice, details };
}
