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
  "locked", // the ledger went back or was changed: nothing is allowed until somebody has decided
  // defer
  "outside-hours", // the hours of the place are closed
  "banned-day", // that day of the week or that holiday is closed
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
}

export interface Verdict {
  readonly answer: Answer;
  readonly reasons: readonly Reason[];
  /** For `defer`: the next instant at which every rule is open. */
  readonly notBefore: Instant | null;
  /** The position of the ledger that this is true as of. */
  readonly position: Position;
}
