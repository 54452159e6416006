/** A person's history in words: what happened, who did it, what it covers. Pure but for the read. */
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import { describeScopes } from "../domain/scope.ts";
import type { AddressKey } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";
import { addressOf } from "./record-told.ts";

export interface Timeline {
  readonly address: AddressKey;
  readonly events: readonly { readonly entry: Entry; readonly inWords: string }[];
}

export async function timelineOf(deps: Deps, rawAddress: string): Promise<Timeline> {
  const address = addressOf(deps, rawAddress);
  const entries = await historyOf(deps, address);
  return { address, events: entries.map((entry) => ({ entry, inWords: tell(entry) })) };
}

/** One sentence about an entry: "The person opted out by sms (“STOP”): everything from acme by sms." */
export function tell(entry: Entry): string {
  const act = entry.act;
  if (act === null) return "A record that was erased.";
  const sentence = SENTENCES[act.kind](act, WHO[act.by]);
  return act.note === undefined || act.kind.startsWith("confirmation") || act.kind === "help-answer"
    ? sentence
    : `${sentence} Note: ${act.note}`;
}

const WHO: Readonly<Record<Act["by"], string>> = {
  person: "The person",
  staff: "A member of staff",
  import: "An import",
  provider: "The provider",
  system: "Heed",
};

const SENTENCES: Readonly<Record<Act["kind"], (act: Act, who: string) => string>> = {
  "opt-out": (act, who) => `${who} opted out ${how(act)}: ${describeScopes(act.scopes)}.`,
  "opt-in": (act, who) =>
    `${who} opted in ${how(act)} (${act.level ?? "express"} consent): ${describeScopes(act.scopes)}.`,
  hold: (act) =>
    `An unclear message came in ${how(act)}. Until somebody has read it, this is held: ` +
    `${describeScopes(act.scopes)}.`,
  release: (act) =>
    `${act.author ?? "A reviewer"} read the message of entry ${act.refersTo} and released the hold.`,
  "opt-in-request": (act, who) =>
    `${who} asked ${how(act)} for messages, and the person has not confirmed it yet.`,
  purchase: (act, who) => `${who} noted a purchase ${how(act)}: ${sendersOf(act)}.`,
  inquiry: (act, who) => `${who} noted an inquiry ${how(act)}: ${sendersOf(act)}.`,
  refusal: (act, who) => `${who} noted a no in a call ${how(act)}: ${sendersOf(act)}.`,
  help: (act) => `The person asked for help ${how(act)}.`,
  "help-answer": (act) => `Heed answered the request for help of entry ${act.refersTo}.`,
  erasure: () => "The person's data was erased. They stay suppressed.",
  "key-rotation": (act, who) => `${who} put a new ${detail(act, "what")} in force.`,
  gap: (act) =>
    `${detail(act, "first")} and ${detail(act, "second")} accepted that entries are lost: ` +
    `${detail(act, "why")}.`,
  restore: (act) => `A backup of ${detail(act, "entries")} entries was put back.`,
  confirmation: (act) => `Heed confirmed the opt-out of entry ${act.refersTo}: “${act.note ?? ""}”`,
  "confirmation-outcome": (act) => `The confirmation of entry ${act.refersTo} was ${act.note}.`,
};

/** In whose name somebody dealt with the person. */
function sendersOf(act: Act): string {
  return [...new Set(act.scopes.map((scope) => scope.sender))].join(", ");
}

/** A detail of the evidence, which says what was done to the ledger. */
function detail(act: Act, name: string): string {
  return String(act.evidence?.[name] ?? "?");
}

function how(act: Act): string {
  const words = act.text === undefined ? "" : ` (“${act.text}”)`;
  return act.via === "api" || act.via === "import"
    ? `through ${doorOf(act.source)}${words}`
    : `by ${act.via}${words}`;
}

/** Keys of the process itself have a door instead of an owner. */
function doorOf(source: string): string {
  if (source === "local:command-line") return "the command line";
  return source === "local:sandbox" ? "the sandbox" : source;
}
