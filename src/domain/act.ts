/**
 * Acts: what a person did or said, what was done about them, and what was done to the ledger itself.
 * An act written down is an entry.
 */
import type { Scope } from "./scope.ts";
import type { AddressKey, Channel, Instant, Position } from "./words.ts";

/**
 * - `opt-out`, `opt-in`: the person's choice.
 * - `hold`: an unclear message; marketing waits until somebody has read it.
 * - `release`: a reviewer found that a hold (`refersTo`) was no opt-out. It never lifts an opt-out.
 * - `opt-in-request`: somebody asked for messages to this address and has not confirmed it yet.
 *   It is no consent: anybody can type an address into a form.
 * - `purchase`, `inquiry`: the person's dealings with a sender, on which some laws let a sender write
 *   or call for a time (CASL s. 10(10); 47 CFR 64.1200(f)(5)).
 * - `refusal`: a no in a call, short of an opt-out, after which some laws want a pause (Code de la
 *   consommation, D. 223-9).
 * - `help`: the person asked what this is. Changes nothing; kept as a record.
 * - `erasure`: the person's data was erased; they stay suppressed. It names no address, only their
 *   token does: an erasure that says whom it erased would be none.
 * - `confirmation`: Heed is about to confirm the opt-out `refersTo`. Written before the message is
 *   handed to a provider, so that a crash can lose a confirmation but never send two.
 * - `confirmation-outcome`: what became of the confirmation of `refersTo`, in `note`.
 * - `help-answer`: Heed is about to answer the `help` in `refersTo`; written first, like a
 *   confirmation.
 * - `key-rotation`, `gap`, `restore`: about the ledger and about nobody. A new signing key or pepper
 *   took over; two named people accepted that entries are lost; a backup was put back.
 */
export const ACT_KINDS = [
  "opt-out",
  "opt-in",
  "hold",
  "release",
  "opt-in-request",
  "purchase",
  "inquiry",
  "refusal",
  "help",
  "erasure",
  "confirmation",
  "confirmation-outcome",
  "help-answer",
  "key-rotation",
  "gap",
  "restore",
] as const;
export type ActKind = (typeof ACT_KINDS)[number];

/**
 * What a person did with a sender, or said to one, that is neither a choice nor about messages that came.
 * They leave marks of their own kind, and none of them is consent or lifts an opt-out.
 */
export const DEALING_KINDS = ["purchase", "inquiry", "refusal", "opt-in-request"] as const;
export type DealingKind = (typeof DEALING_KINDS)[number];

/** Whether somebody may be contacted because of an act of this kind. Such acts need evidence. */
export function canAllow(kind: ActKind): boolean {
  return kind === "opt-in" || kind === "purchase" || kind === "inquiry";
}

/** Who did it. Only a `person` can lift an opt-out; everybody can deny. */
export const ACTORS = ["person", "staff", "import", "provider", "system"] as const;
export type Actor = (typeof ACTORS)[number];

/** How it came in: over a channel of the person's, or by one of our own doors. */
export const VIAS = ["sms", "voice", "email", "web", "api", "import", "system"] as const;
export type Via = (typeof VIAS)[number];

/** How strong a consent is, weakest first. `written` is "prior express written consent". */
export const CONSENT_LEVELS = ["implied", "soft", "express", "written"] as const;
export type ConsentLevel = (typeof CONSENT_LEVELS)[number];

/**
 * What proves an act to somebody who was not there. Free-form on purpose: a form, a call recording,
 * a letter and a webhook leave different traces. `kind` says which; the rest is kept as it came.
 */
export interface Evidence {
  readonly kind: string;
  readonly [detail: string]: string | number | boolean | null;
}

/** What the recogniser said about the person's words, kept with the act that followed from them. */
export interface Recognised {
  readonly intent: string;
  readonly rules: readonly string[];
  readonly language: string | null;
  readonly lexicon: string;
}

export interface Act {
  readonly kind: ActKind;
  /** `null` for an erasure and for what is about nobody. */
  readonly address: AddressKey | null;
  /** What it covers, as a union. Empty for acts that cover nothing, such as `help`. */
  readonly scopes: readonly Scope[];
  readonly by: Actor;
  readonly via: Via;
  /** The configured source, API key, page or import that brought it. Names no person. */
  readonly source: string;
  /** When the source says it happened, as claimed, before any clamping. */
  readonly claimedAt: Instant;
  readonly receivedAt: Instant;
  /** The source's own id of the message; remembered for ever, so that a replay changes nothing. */
  readonly messageId: string;
  readonly level?: ConsentLevel;
  /** The person's words, as they wrote them. */
  readonly text?: string;
  /** BCP 47 tag of the language the person used or chose, if known. */
  readonly language?: string;
  readonly recognised?: Recognised;
  readonly evidence?: Evidence;
  /** The entry this one is about: a `release` names its hold, a `confirmation` its opt-out. */
  readonly refersTo?: Position;
  /** The provider already told the person that it took their opt-out. */
  readonly confirmedByProvider?: boolean;
  /** Where an answer to this person goes out: the number or address of ours that they wrote to. */
  readonly replyFrom?: string;
  /** Channel on which the person can be answered, when there is one. */
  readonly replyChannel?: Channel;
  /** The member of staff who acted. Personal data, so it is in the record and not in the leaf. */
  readonly author?: string;
  readonly note?: string;
}

/**
 * Whether an opt-in can lift an earlier opt-out (promise 3): the person did it, and there is
 * evidence of it. Imports, staff, providers and sync can add consent, but never lift.
 */
export function canLift(act: Pick<Act, "kind" | "by" | "evidence">): boolean {
  return act.kind === "opt-in" && act.by === "person" && act.evidence !== undefined;
}

/** An act about somebody whose address is in it: every act that a person or an adapter brings. */
export type PersonsAct = Act & { readonly address: AddressKey };

export function isPersons(act: Act): act is PersonsAct {
  return act.address !== null;
}

const ABOUT_THE_LEDGER: readonly ActKind[] = ["key-rotation", "gap", "restore"];

/** Whether an act is about the ledger itself and about nobody. Its token is `LEDGER_TOKEN`. */
export function isAboutLedger(act: Pick<Act, "kind">): boolean {
  return ABOUT_THE_LEDGER.includes(act.kind);
}

/** Stands where an entry about a person has their token. No HMAC in hex is empty. */
export const LEDGER_TOKEN = "";

/** The tokens that an erasure names. */
export function tokensOfErasure(act: Act): readonly string[] {
  const tokens = act.evidence?.tokens;
  return typeof tokens === "string" ? tokens.split(" ").filter((token) => token !== "") : [];
}
