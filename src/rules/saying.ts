/** Reasons made of a phrase and its values: the sentence in the asked language, the data beside it. */
import type { Answer, Reason, ReasonKind } from "../domain/verdict.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { Facts } from "./facts.ts";
import { type PhraseKey, type PhraseValues, say } from "./phrasebook.ts";

/** A reason that no rule is behind. */
export function plainReason(
  facts: Facts,
  kind: ReasonKind,
  answer: Answer,
  key: PhraseKey,
  values?: PhraseValues,
): Reason {
  const text = say(facts.language, key, values);
  return values === undefined ? { kind, answer, text } : { kind, answer, text, details: values };
}

/** A reason of a rule. */
export function ruleReason(
  compiled: CompiledRule,
  asked: Case,
  [kind, answer]: readonly [ReasonKind, Answer],
  key: PhraseKey,
  values?: PhraseValues,
): Reason {
  return reasonOf(compiled, kind, answer, say(asked.facts.language, key, values), values);
}
