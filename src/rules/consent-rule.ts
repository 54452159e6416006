/** Consent: a rule of this kind asks for an opt-in of a least level that still stands. */
import { CONSENT_LEVELS, type ConsentLevel } from "../domain/act.ts";
import type { Reason } from "../domain/verdict.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { findConsent } from "./grounds.ts";
import type { ConsentRule, Ground } from "./pack.ts";
import { nameMessages } from "./wording.ts";

export function decideConsent(compiled: CompiledRule, rule: ConsentRule, asked: Case): Reason {
  const { send } = asked.facts;
  const what = nameMessages(send.class, send.channel);
  const minimumLevel = weakestLevelOf(rule.accepts);
  const consent = findConsent(compiled, { ground: "consent", level: minimumLevel }, asked);
  if (consent !== null) {
    const text = `The person consented to ${what} from ${send.sender} (entry ${consent.position}).`;
    return { ...reasonOf(compiled, "consented", "allow", text), entry: consent.position };
  }
  const weaker = findConsent(compiled, { ground: "consent", level: "implied" }, asked);
  if (weaker !== null) {
    const needed = `${what} need consent that is at least ${minimumLevel}`;
    const text = `The consent on record is only ${weaker.level}; ${needed}.`;
    return { ...reasonOf(compiled, "no-consent", "deny", text), entry: weaker.position };
  }
  const text = `No consent to ${what} from ${send.sender} is on record, and they need it.`;
  return reasonOf(compiled, "no-consent", "deny", text);
}

function weakestLevelOf(accepts: readonly Ground[]): ConsentLevel {
  const levels = accepts.flatMap((each) => (each.ground === "consent" ? [each.level] : []));
  return CONSENT_LEVELS.find((level) => levels.includes(level)) ?? "written";
}
