/**
 * The check: may this message go to this person now, and why. Gathers facts from memory only, so
 * the answer waits for no disk, and asks the one pure function that every door asks.
 */
import { parseAddress } from "../address/parse-address.ts";
import { placeOf } from "../address/place-of.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { AddressKey } from "../domain/words.ts";
import { decide } from "../rules/decide.ts";
import { explainVerdict } from "../rules/explain.ts";
import type { ConfirmedOptOut, Facts, Suspension } from "../rules/facts.ts";
import { findConfirmedOptOut } from "./confirmed-opt-out.ts";
import type { Deps } from "./deps.ts";
import { findingsOf } from "./list-findings.ts";
import { Problem } from "./problem.ts";
import {
  messageOf,
  otherStandingsOf,
  personOf,
  placeKnown,
  type Question,
  type QuestionAbout,
  sendOf,
} from "./question.ts";

/** The class of the one message that confirms an opt-out (promise 7). */
const CONFIRMATION = "confirmation";

/** A verdict, and the same in one paragraph that a person can read. */
export interface ExplainedVerdict extends Verdict {
  readonly explanation: string;
}

/**
 * Answers one question, from memory. Throws `Problem` when the address cannot be read, or something
 * that is said of the person. Which opt-out a confirmation confirms it cannot tell, so it denies
 * one; `checkWithLedger` can tell.
 */
export function check(deps: Deps, question: Question): ExplainedVerdict {
  return answerFrom(deps, gatherFacts(deps, readAddress(deps, question), question));
}

/** Whether a question can only be answered with a look into the ledger. */
export function needsLedger(question: Pick<Question, "class" | "confirms">): boolean {
  return question.class === CONFIRMATION && question.confirms !== undefined;
}

/** Answers any question, confirmations included. Throws `Problem` as `check` does. */
export async function checkWithLedger(deps: Deps, question: Question): Promise<ExplainedVerdict> {
  const { sender, confirms } = question;
  if (!needsLedger(question) || confirms === undefined) return check(deps, question);
  const address = readAddress(deps, question);
  const optOut = await findConfirmedOptOut(deps, address, sender, confirms);
  return answerFrom(deps, gatherFacts(deps, address, question, optOut));
}

function answerFrom(deps: Deps, facts: Facts): ExplainedVerdict {
  const verdict = decide(facts, deps.packs);
  return { ...verdict, explanation: explainVerdict(verdict, facts) };
}

function readAddress(deps: Deps, { to }: Question): AddressKey {
  const parsed = parseAddress(to, { defaultRegion: deps.defaultRegion });
  if ("problem" in parsed) throw new Problem("invalid-address", parsed.message, "/to");
  return parsed.key;
}

/** Everything that the verdict may depend on, as this node knows it now. */
export function gatherFacts(
  deps: Deps,
  address: AddressKey,
  question: QuestionAbout,
  confirms: ConfirmedOptOut | null = null,
): Facts {
  const { known } = question;
  const at = question.at ?? deps.clock.now();
  const place = placeKnown(placeOf(address), known);
  return {
    at,
    address,
    send: sendOf(question),
    message: messageOf(question, confirms),
    senderName: deps.settings.senders.get(question.sender)?.name ?? null,
    standing: deps.live.standing(address),
    otherStandings: otherStandingsOf(deps, address, known),
    person: personOf(known),
    place,
    lists: findingsOf(deps.lists, address, place, question.channel),
    sends: deps.sends.recent(address, at, question.subject),
    suspensions: suspensionsOf(deps.settings.suspensions),
    fresh: deps.live.isFresh() && deps.sends.isFresh(),
    locked: deps.guard.lock !== null,
    position: deps.live.position,
    language: question.language ?? "en",
  };
}

/** The values of a map of settings, listed once: a setting that changes makes a new map. */
const suspensionLists = new WeakMap<ReadonlyMap<string, Suspension>, readonly Suspension[]>();

function suspensionsOf(byId: ReadonlyMap<string, Suspension>): readonly Suspension[] {
  let list = suspensionLists.get(byId);
  if (list === undefined) {
    list = [...byId.values()];
    suspensionLists.set(byId, list);
  }
  return list;
}
