/** A verdict as one paragraph that a person can read, in the language of its facts. */
import type { Verdict } from "../domain/verdict.ts";
import type { Facts } from "./facts.ts";
import { readClock } from "./local-clock.ts";
import { say } from "./phrasebook.ts";
import { nameDate, nameTime, nameZone } from "./wording.ts";

/**
 * The answer, the reasons that decide it, when to come back, where the first of them is written and
 * what is in doubt about them. Reasons that are milder than the answer are left to the data.
 */
export function explainVerdict(verdict: Verdict, facts: Pick<Facts, "language" | "place">): string {
  const { language } = facts;
  const texts: string[] = [];
  const notices: string[] = [];
  let source: string | undefined;
  for (const { answer, text, citation, notice } of verdict.reasons) {
    if (answer !== verdict.answer) continue;
    if (!texts.includes(text)) texts.push(text);
    source ??= citation;
    if (notice !== undefined && !notices.includes(notice)) notices.push(notice);
  }
  let paragraph = sayAnswer(verdict, facts);
  for (const text of texts) paragraph += ` ${text}`;
  if (source !== undefined)
    paragraph += ` ${say(language, "explain.source", { citation: source })}`;
  for (const notice of notices) paragraph += ` ${say(language, "explain.notice", { notice })}`;
  return paragraph;
}

function sayAnswer(verdict: Verdict, { language, place }: Pick<Facts, "language" | "place">) {
  const { answer, notBefore } = verdict;
  if (answer !== "defer" || notBefore === null) return say(language, `explain.${answer}`);
  const zone = place.zones[0] ?? "UTC";
  const reading = readClock(zone, notBefore);
  const values = { date: nameDate(reading), time: nameTime(reading), place: nameZone(zone) };
  return say(language, "explain.defer-until", values);
}
