/**
 * Confirmations (promise 7): one message that says that an opt-out was taken, within five minutes
 * and without marketing (47 CFR 64.1200(a)(12)). It answers the person, so no opt-out, hour, cap or
 * need of consent is in its way. Built in: no pack can make it more, and none has to.
 */
import type { Reason } from "../domain/verdict.ts";
import type { Facts } from "./facts.ts";
import { findMarketing } from "./message/marketing.ts";
import { plainReason } from "./saying.ts";

export const CONFIRMATION = "confirmation";

const MINUTE_MS = 60_000;
/** How long after its receipt an opt-out can be confirmed. */
const LIMIT_MINUTES = 5;

/** Whether the message is one that only these rules decide. */
export function isConfirmation({ send }: Facts): boolean {
  return send.class === CONFIRMATION && send.use === "contact";
}

export function decideConfirmation(facts: Facts): readonly Reason[] {
  const { confirms, text } = facts.message;
  const reasons: Reason[] = [];
  const words = text === null ? null : findMarketing(text);
  if (words !== null) {
    const kind = "marketing-in-confirmation";
    reasons.push(plainReason(facts, kind, "deny", "confirmation.marketing", { words }));
  }
  if (confirms === null) {
    return [...reasons, plainReason(facts, "nothing-to-confirm", "deny", "confirmation.nothing")];
  }
  const entry = confirms.position;
  if (confirms.isConfirmed) {
    const said = plainReason(facts, "already-confirmed", "deny", "confirmation.already", { entry });
    reasons.push({ ...said, entry });
  }
  const passedMs = facts.at - confirms.receivedAt;
  if (passedMs > LIMIT_MINUTES * MINUTE_MS) {
    const minutes = Math.ceil(passedMs / MINUTE_MS);
    const values = { minutes, limit: LIMIT_MINUTES };
    reasons.push(plainReason(facts, "confirmation-late", "deny", "confirmation.late", values));
  }
  if (reasons.length > 0) return reasons;
  const fine = plainReason(facts, "nothing-against", "allow", "confirmation.allowed", { entry });
  return [{ ...fine, entry }];
}
