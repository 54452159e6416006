/**
 * Why a row is not in the clean file. What the judge gives are the reasons of a check, unchanged;
 * the rest are things that only a list can have: duplicates, empty cells, rows nobody can read.
 */
import type { Reason } from "../domain/verdict.ts";
import type { Channel } from "../domain/words.ts";

/** Reasons beside those of a verdict. Stable: one is added, never renamed. */
export const ROW_REASONS = ["duplicate", "invalid-address", "no-address"] as const;
/** The row could not be read; it is in the removed file too, but nobody looked at its address. */
export const REJECT_REASONS = ["broken-quoting", "row-too-long", "wrong-encoding"] as const;
export type RowReason = (typeof ROW_REASONS)[number];
export type RejectReason = (typeof REJECT_REASONS)[number];

/** What the last columns of the removed file say about a row. */
export interface RemovalNote {
  readonly reason: Reason["kind"] | RowReason | RejectReason;
  readonly text: string;
  readonly entry?: number;
  readonly list?: string;
  readonly rule?: string;
}

export const DUPLICATE: RemovalNote = {
  reason: "duplicate",
  text: "The address stands further up in this file, in a row that was kept.",
};
export const NO_ADDRESS: RemovalNote = {
  reason: "no-address",
  text: "The address is empty. Fill it in, or leave the row out.",
};
export const NOT_IN_ANY_PLAN: RemovalNote = {
  reason: "invalid-address",
  text: "No numbering plan knows this number. Look for a wrong or missing digit.",
};
export const WRONG_ENCODING: RemovalNote = {
  reason: "wrong-encoding",
  text: "The address is not in the encoding of the rest of the file. Save it all as UTF-8.",
};

export function notAnAddress(message: string): RemovalNote {
  return { reason: "invalid-address", text: message };
}

export function wrongKind(channel: Channel): RemovalNote {
  const text =
    channel === "email"
      ? "A phone number cannot get e-mail."
      : `An e-mail address cannot get ${channel === "sms" ? "a text message" : "a call"}.`;
  return { reason: "wrong-address", text };
}

/**
 * The reasons of a judge as one note: the first that denies decides, all of them are told, and the
 * entry, the list and the rule are the first that any of them names.
 */
export function noteOf(reasons: readonly Reason[]): RemovalNote {
  const deciding = reasons.find((reason) => reason.answer === "deny") ?? reasons[0];
  // INVARIANT: a judge says `null` when nothing is against an address.
  if (deciding === undefined) throw new Error("INVARIANT: a removed row has a reason");
  const entry = deciding.entry ?? reasons.find((reason) => reason.entry !== undefined)?.entry;
  const list = deciding.list ?? reasons.find((reason) => reason.list !== undefined)?.list;
  const rule = deciding.rule ?? reasons.find((reason) => reason.rule !== undefined)?.rule;
  const others = reasons.filter((reason) => reason !== deciding);
  return {
    reason: deciding.kind,
    text: [deciding, ...others].map((reason) => reason.text).join(" "),
    ...(entry === undefined ? {} : { entry }),
    ...(list === undefined ? {} : { list }),
    ...(rule === undefined ? {} : { rule }),
  };
}
