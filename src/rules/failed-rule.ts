/** A rule that could not be evaluated, as the reason that it does not pass (promise 4). */
import type { Reason } from "../domain/verdict.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { say, sayPart } from "./phrasebook.ts";
import { RuleFailure } from "./rule-failure.ts";

/** Only our own messages are fit to be shown. */
export function failureOf(compiled: CompiledRule, error: unknown, asked: Case): Reason {
  const { language } = asked.facts;
  const isOurs = error instanceof RuleFailure;
  const cause = isOurs ? error.message : sayPart(language, "decide.unforeseen");
  const values = { rule: compiled.rule.id, cause };
  const text = say(language, "decide.rule-failed", values);
  return reasonOf(compiled, "rule-failed", "unknown", text);
}
