/** Verdicts: the answer to a check, with the reasons for it. */
import type { Instant, Position } from "./words.ts";

/**
 * - `allow`: nothing on record or in the rules is against it.
 * - `deny`: something is, and waiting will not help.
 * - `defer`: it may be sent, but not now; `notBefore` is the next instant at which it may.
 * - `unknown`: something needed could not be evaluated. Treat as `deny`.
 */
export const ANSWERS = ["allow", "deny", "defer", "unknown"] as const;
export type Answer = (typeof ANSWERS)[number];

/**
 * Kinds of reason. Stable: clients and auditors match on them, so one is added, never renamed.
 */
export const REASON_KINDS = [
  // deny
  "opted-out", // an opt-out of that sender covers it
  "do-not-contact", // an opt-out of every sender (deployment-wide) covers it
  "erased", // the person's data was erased and they stay suppressed
  "on-hold", // an unclear message waits for review
  "no-consent", // a class or channel that needs consent has none on record
  "listed", // an outside or deployment-wide list names the address
  "wrong-address", // a phone number cannot get e-mail, an e-mail address no calls
  "wrong-number-type", // a text to a landline, or the like
  "consent-expired", // what was relied on as consent is too old
  "consent-unproven", // consent is claimed, and nothing proves it
  "consent-pending", // the person was asked to confirm their consent and has not
  "reassigned", // the number went to somebody else after the consent
  "banned", // a rule bans such messages, whatever the consent
  "share-opted-out", // the person said that their data may not be passed on
  "wording-missing", // something that the text has to say is not in it
  "wording-wrong", // something in the text is there and not as it has to be
  "wrong-script", // the text is in another script or language than it has to be
  "marketing-in-confirmation", // a confirmation that advertises
  "already-confirmed", // the opt-out was confirmed before
  "confirmation-late", // too late to confirm
  "nothing-to-confirm", // the opt-out that it confirms is not on record
  "too-late", // it could only go out when it is of no more use
  "locked", // the ledger went back or was changed: nothing is allowed until somebody has decided
  // defer
  "outside-hours", // the hours of the place are closed
  "banned-day", // that day of the week or that holiday is closed
  "cap-reached", // as many as may be sent in the period were sent
  "cooling-off", // the person said no in a call, and some time has to pass
  "suspended", // an emergency or a proclaimed day suspends such messages there
  // unknown
  "stale", // this node cannot prove that it has the newest entries
  "list-missing", // a list that a rule needs was never loaded
  "list-stale", // a list that a rule needs is too old
  "zone-unknown", // no time zone could be found for the address
  "rule-failed", // a rule could not be evaluated
  "unknown-sender", // the sender is not configured
  // allow
  "consented", // an opt-in covers it
  "consent-not-needed", // the class needs none
  "nothing-against", // nothing on record is against it
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

export interface Reason {
  readonly kind: ReasonKind;
  /** What this reason alone would answer. The verdict is the strictest of them. */
  readonly answer: Answer;
  /** One sentence that a person can read. */
  readonly text: string;
  /** The ledger entry behind it. */
  readonly entry?: Position;
  /** The list behind it. */
  readonly list?: string;
  /** The rule behind it: `<pack>/<rule id>@<pack version>`. */
  readonly rule?: string;
  /** Where the rule is written. */
  readonly citation?: string;
  /** Said when the rule relied on is disputed or unverified. */
  readonly notice?: string;
  /** For `defer`: the next instant at which this rule is open. */
  readonly notBefore?: Instant;
  /** What the sentence is made of, by name, for those who write their own. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

export interface Verdict {
  readonly answer: Answer;
  readonly reasons: readonly Reason[];
  /** For `defer`: the next instant at which every rule is open. */
  readonly notBefore: Instant | null;
  /** The position of the ledger that this is true as of. */
  readonly position: Position;
}
