/** A verdict as one paragraph that a person can read, in the language of its facts. */
import type { Reason, Verdict } from "../domain/verdict.ts";
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
  const deciding = verdict.reasons.filter((reason) => reason.answer === verdict.answer);
  const sentences = [sayAnswer(verdict, facts), ...new Set(deciding.map(({ text }) => text))];
  const citation = deciding.find((reason) => reason.citation !== undefined)?.citation;
  if (citation !== undefined) sentences.push(say(language, "explain.source", { citation }));
  for (const notice of new Set(deciding.flatMap((reason: Reason) => reason.notice ?? []))) {
    sentences.push(say(language, "explain.notice", { notice }));
  }
  return sentences.join(" ");
}

function sayAnswer(verdict: Verdict, { language, place }: Pick<Facts, "language" | "place">) {
  const { answer, notBefore } = verdict;
  if (answer !== "defer" || notBefore === null) return say(language, `explain.${answer}`);
  const zone = place.zones[0] ?? "UTC";
  const reading = readClock(zone, notBefore);
  const values = { date: nameDate(reading), time: nameTime(reading), place: nameZone(zone) };
  return say(language, "explain.defer-until", values);
}
