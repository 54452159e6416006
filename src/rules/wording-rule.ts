/** Wording: what the text of a message has to say. A text that nobody gave is not asked about. */
import type { Reason } from "../domain/verdict.ts";
import type { Case } from "./case.ts";
import { reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { Facts } from "./facts.ts";
import { checkWording } from "./message/check-wording.ts";
import type { WordingQuestion } from "./message/wording.ts";
import { say } from "./phrasebook.ts";
import type { WordingRule } from "./rule-kinds.ts";

export function decideWording(
  compiled: CompiledRule,
  rule: WordingRule,
  asked: Case,
): readonly Reason[] {
  const question = wordingOf(asked.facts);
  if (question === null) return [];
  const { language } = asked.facts;
  return checkWording(rule.requires, question).map(({ kind, element, text }) => {
    const said = language === "en" ? text : say(language, `wording.${kind}`, { element });
    return reasonOf(compiled, kind, "deny", said, { element });
  });
}

function wordingOf({ message, send, senderName, person }: Facts): WordingQuestion | null {
  const { text, senderType, callKind } = message;
  if (text === null) return null;
  const languages = person.language === null ? [] : [person.language];
  return { text, channel: send.channel, senderName, senderType, callKind, languages };
}
