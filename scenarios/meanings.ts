/**
 * What each kind of reason means, in the words of the scenarios. The words of a scenario are
 * synonyms of each other, so a kind is given every word that says the same; once for all rows.
 */
import type { ReasonKind } from "../src/domain/verdict.ts";

const OPTED_OUT = ["opted-out", "opt-out", "suppressed"];
const NO_CONSENT = ["no-consent", "consent-missing", "consent-required"];
const HOURS = ["quiet-hours", "outside-hours", "outside-window"];
const DAY = ["blackout-day", "weekday-ban", "quiet-day"];

export const MEANINGS: Readonly<Record<ReasonKind, readonly string[]>> = {
  "opted-out": OPTED_OUT,
  "do-not-contact": ["do-not-contact", "deployment-wide-opt-out", ...OPTED_OUT],
  "share-opted-out": ["share-opt-out", "sharing-opt-out", ...OPTED_OUT],
  erased: ["erased", "erasure"],
  "on-hold": ["hold", "on-hold", "held"],
  "no-consent": [...NO_CONSENT, "consent-level", "consent-insufficient", "consent-scope"],
  "consent-expired": [...NO_CONSENT, "consent-expired", "expired"],
  "consent-unproven": [...NO_CONSENT, "consent-unproven", "evidence-missing"],
  "consent-pending": [...NO_CONSENT, "consent-pending", "double-opt-in-unfinished"],
  listed: ["registry-listed", "on-registry", "do-not-call-registry", "listed"],
  reassigned: ["reassigned", "number-reassigned"],
  banned: ["banned", "law-ban", "sector-ban", "topic-ban", "sender-type", "sender-banned"],
  "wrong-address": ["wrong-address", "invalid-address", "wrong-channel"],
  "wrong-number-type": ["wrong-number-type", "number-type"],
  "wording-missing": [
    "opt-out-wording-missing",
    "wording",
    "wording-missing",
    "opt-out-instruction-missing",
    "sender-not-named",
    "postal-address-missing",
  ],
  "wording-wrong": ["opt-out-wording-wrong", "opt-out-wording-missing", "wording", "wording-wrong"],
  "wrong-script": ["wrong-script", "wrong-language", "language", "wording"],
  "marketing-in-confirmation": [
    "confirmation-marketing",
    "marketing-in-confirmation",
    "confirmation",
    "wording",
  ],
  "already-confirmed": ["already-confirmed", "confirmation-already-sent", "confirmation"],
  "confirmation-late": ["confirmation-late", "confirmation"],
  "nothing-to-confirm": ["nothing-to-confirm", "confirmation"],
  "too-late": ["too-late", "expired", "message-expired"],
  locked: ["locked"],
  "outside-hours": [...HOURS, "day-before-holiday"],
  "banned-day": [...DAY, ...HOURS, "holiday", "public-holiday"],
  "cap-reached": ["cap-reached", "frequency-cap", "cap"],
  "cooling-off": ["cooling-off", "refusal", "re-ask"],
  suspended: [
    "suspended",
    "area-suspended",
    "state-of-emergency",
    "emergency",
    "proclaimed-holiday",
  ],
  stale: ["stale"],
  "list-missing": [
    "registry-missing",
    "registry-not-checked",
    "registry-unknown",
    "registry-stale",
  ],
  "list-stale": ["registry-stale", "registry-not-checked", "registry-unknown"],
  "zone-unknown": ["zone-unknown", "several-zones"],
  "rule-failed": ["rule-failed", "holiday-unknown", "calendar-unknown"],
  "unknown-sender": ["unknown-sender"],
  consented: ["consented"],
  "consent-not-needed": ["consent-not-needed"],
  "nothing-against": ["nothing-against"],
};
