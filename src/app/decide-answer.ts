/**
 * Whether, and in which words, Heed answers a person: the confirmation of an opt-out (promise 7) and
 * the answer to HELP. Pure; `answer-people.ts` gathers the facts and does the sending.
 */
import { type Act, canLift } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import { containsScope, plainStopScopes } from "../domain/scope.ts";
import { effectiveAt } from "../domain/times.ts";
import { ALL, type Channel, type Instant, type Position } from "../domain/words.ts";
import { pickTexts, renderText, type Texts } from "../rules/texts.ts";
import type { Sender } from "./settings.ts";

/**
 * 47 CFR 64.1200(a)(12): one text that confirms a revocation is presumed covered by the consent
 * that was just revoked when it is sent within five minutes.
 */
export const CONFIRM_WITHIN_MS = 5 * 60 * 1000;

/** Two automatic answerers that ask each other for help would never stop. */
const HELP_ANSWERS_AN_HOUR = 3;
const HOUR_MS = 60 * 60 * 1000;

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
    if (helpAnswersSince(history, now - HOUR_MS) >= HELP_ANSWERS_AN_HOUR) {
      return no("help was answered several times within the hour");
    }
    return { send: true, kind: "help-answer", text: fill(words.helpAnswer.sms) };
  }
  if (!sender.confirm) return no("the sender's settings leave confirmations to the provider");
  if (isConfirmedSinceLastOptIn(history, entry, sender.id))
    return no("an earlier opt-out was confirmed");
  const template = confirmationOf(words, act, act.replyChannel, sender.id);
  return { send: true, kind: "confirmation", text: fill(template) };
}

/** Who opted out of a part only is not told that nothing more will come. */
function confirmationOf(words: Texts, act: Act, channel: Channel, sender: string): string {
  const { sms, emailText, partialSms, partialEmailText } = words.confirmation;
  const isWhole = coversChannel(act, channel, sender);
  if (channel === "email") return isWhole ? emailText : partialEmailText;
  return isWhole ? sms : partialSms;
}

/** Whether the opt-out covers everything from the sender on the channel that is answered. */
function coversChannel(act: Act, channel: Channel, sender: string): boolean {
  const [everythingHere] = plainStopScopes(sender, channel);
  return act.scopes.some((scope) => containsScope(scope, everythingHere!));
}

/**
 * A second STOP is not confirmed again, unless the person came back in between. A confirmation is
 * counted where its opt-out stands, because it is written after it: two STOPs sent in one breath
 * are both on record before the first is answered.
 */
export function isConfirmedSinceLastOptIn(
  history: readonly Entry[],
  entry: Entry,
  sender: string,
  /** Whether somebody else is known to have confirmed the opt-out at a position. */
  wasConfirmedElsewhere: (position: Position) => boolean = () => false,
): boolean {
  const answered = new Set(
    history.map(({ act }) => (act?.kind === "confirmation" ? act.refersTo : undefined)),
  );
  let isConfirmed = false;
  let optedOutAt = Number.NEGATIVE_INFINITY;
  for (const { act, position } of history) {
    if (position >= entry.position) break;
    if (act === null || !isAbout(act, sender)) continue;
    const countsFrom = effectiveAt(act.kind, act.claimedAt, act.receivedAt);
    if (act.kind === "opt-out") {
      optedOutAt = Math.max(optedOutAt, countsFrom);
      const wasTold =
        answered.has(position) ||
        act.confirmedByProvider === true ||
        wasConfirmedElsewhere(position);
      if (wasTold && saysAsMuch(act, entry, sender)) isConfirmed = true;
    } else if (canLift(act) && countsFrom > optedOutAt) {
      isConfirmed = false;
    }
  }
  return isConfirmed;
}

/**
 * Whether the confirmation of an earlier opt-out does for this one: it was of everything on the
 * channel, after which nothing more may be sent there, or this one adds nothing to it.
 */
function saysAsMuch(earlier: Act, { act }: Entry, sender: string): boolean {
  const channel = act?.replyChannel;
  if (channel !== undefined && coversChannel(earlier, channel, sender)) return true;
  return (act?.scopes ?? []).every((scope) =>
    earlier.scopes.some((outer) => containsScope(outer, scope)),
  );
}

function helpAnswersSince(history: readonly Entry[], since: Instant): number {
  return history.filter(({ act, recordedAt }) => act?.kind === "help-answer" && recordedAt >= since)
    .length;
}

/** Two brands that share a deployment confirm their own opt-outs; scopes name the sender. */
function isAbout(act: Act, sender: string): boolean {
  return act.scopes.some((scope) => scope.sender === sender || scope.sender === ALL);
}

function no(why: string): AnswerDecision {
  return { send: false, why };
}
