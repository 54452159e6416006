/**
 * Whether, and in which words, Heed answers a person: the confirmation of an opt-out (promise 7) and
 * the answer to HELP. Pure; `answer-people.ts` gathers the facts and does the sending.
 */
import { type Act, canLift } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Instant } from "../domain/words.ts";
import { pickTexts, renderText, type Texts } from "../rules/texts.ts";
import type { Sender } from "./settings.ts";

/**
 * 47 CFR 64.1200(a)(12): one text that confirms a revocation is presumed covered by the consent
 * that was just revoked when it is sent within five minutes.
 */
export const CONFIRM_WITHIN_MS = 5 * 60 * 1000;

export type AnswerDecision =
  | { readonly send: true; readonly kind: "confirmation" | "help-answer"; readonly text: string }
  | { readonly send: false; readonly why: string };

export function decideAnswer(facts: {
  readonly entry: Entry;
  /** Everything on record about the address, ascending, this entry included. */
  readonly history: readonly Entry[];
  readonly sender: Sender;
  readonly texts: readonly Texts[];
  readonly now: Instant;
}): AnswerDecision {
  const { entry, history, sender, texts, now } = facts;
  const act = entry.act;
  if (act === null) return no("the record was erased");
  if (act.kind !== "opt-out" && act.kind !== "help") return no("nothing to answer");
  if (act.replyFrom === undefined || act.replyChannel === undefined) {
    return no("it did not come over a channel that can be answered");
  }
  if (act.confirmedByProvider === true) return no("the provider answered already");
  if (now - act.receivedAt > CONFIRM_WITHIN_MS) return no("more than five minutes have passed");
  const words = pickTexts(texts, [act.language ?? sender.language, sender.language]);
  const fill = (template: string) => renderText(template, { sender: sender.name });
  if (act.kind === "help") {
    return { send: true, kind: "help-answer", text: fill(words.helpAnswer.sms) };
  }
  if (!sender.confirm) return no("the sender's settings leave confirmations to the provider");
  if (isConfirmedSinceLastOptIn(history, entry)) return no("an earlier opt-out was confirmed");
  return { send: true, kind: "confirmation", text: fill(words.confirmation.sms) };
}

/** A second STOP is not confirmed again, unless the person came back in between. */
function isConfirmedSinceLastOptIn(history: readonly Entry[], entry: Entry): boolean {
  let confirmed = false;
  for (const earlier of history) {
    if (earlier.position >= entry.position) break;
    if (earlier.act === null || !isAboutSameSource(earlier.act, entry.act)) continue;
    if (earlier.act.kind === "confirmation") confirmed = true;
    else if (canLift(earlier.act)) confirmed = false;
  }
  return confirmed;
}

/** Two brands that share a deployment confirm their own opt-outs; scopes name the sender. */
function isAboutSameSource(a: Act, b: Act | null): boolean {
  const senderOf = (act: Act | null) => act?.scopes[0]?.sender;
  return senderOf(a) === senderOf(b);
}

function no(why: string): AnswerDecision {
  return { send: false, why };
}
