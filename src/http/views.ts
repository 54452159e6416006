/** What the API shows of entries and verdicts. The suppression token never leaves the server. */
import type { Static } from "typebox";
import type { ExplainedVerdict } from "../app/check.ts";
import { tell } from "../app/timeline.ts";
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Reason } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { writeInstant, writeInstantOrNull } from "./instants.ts";
import type { EntryReference, EntrySchema, ReasonSchema, VerdictSchema } from "./schemas.ts";

export function referTo(entry: Entry): Static<typeof EntryReference> {
  return {
    position: entry.position,
    recordedAt: writeInstant(entry.recordedAt),
    leafHash: entry.leafHash,
  };
}

export function showEntry(entry: Entry): Static<typeof EntrySchema> {
  const { act } = entry;
  return {
    ...referTo(entry),
    inWords: tell(entry),
    act:
      act === null
        ? null
        : // The schema has the same members; its lists are mutable, as TypeBox's are.
          ({
            ...withoutTokens(act),
            claimedAt: writeInstant(act.claimedAt),
            receivedAt: writeInstant(act.receivedAt),
          } as unknown as Static<typeof EntrySchema>["act"]),
  };
}

/** An erasure says in its evidence whom it was about, to nobody but this server. */
function withoutTokens(act: Act): Act {
  if (act.kind !== "erasure" || act.evidence === undefined) return act;
  const { tokens: _, ...evidence } = act.evidence;
  return { ...act, evidence };
}

export function showVerdict(verdict: ExplainedVerdict, at: Instant): Static<typeof VerdictSchema> {
  return {
    verdict: verdict.answer,
    explanation: verdict.explanation,
    reasons: verdict.reasons.map(showReason),
    notBefore: writeInstantOrNull(verdict.notBefore),
    position: verdict.position,
    at: writeInstant(at),
  };
}

function showReason(reason: Reason): Static<typeof ReasonSchema> {
  const { notBefore } = reason;
  if (notBefore !== undefined) return { ...reason, notBefore: writeInstant(notBefore) };
  return reason as Omit<Reason, "notBefore">;
}
