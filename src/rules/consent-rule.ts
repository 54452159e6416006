/** Consent: a rule of this kind asks for an opt-in of a least level that still stands. */
import type { Reason } from "../domain/verdict.ts";
import { type Case, findConsent, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { ConsentRule } from "./pack.ts";
import { nameMessages } from "./wording.ts";

export function decideConsent(compiled: CompiledRule, rule: ConsentRule, asked: Case): Reason {
  const { send } = asked.facts;
  const what = nameMessages(send.class, send.channel);
  const consent = findConsent(asked, rule.minimumLevel);
  if (consent !== null) {
    const text = `The person consented to ${what} from ${send.sender} (entry ${consent.position}).`;
    return { ...reasonOf(compiled, "consented", "allow", text), entry: consent.position };
  }
  const weaker = findConsent(asked, "implied");
  if (weaker !== null) {
    const needed = `${what} need consent that is at least ${rule.minimumLevel}`;
    const text = `The consent on record is only ${weaker.level}; ${needed}.`;
    return { ...reasonOf(compiled, "no-consent", "deny", text), entry: weaker.position };
  }
  const text = `No consent to ${what} from ${send.sender} is on record, and they need it.`;
  return reasonOf(compiled, "no-consent", "deny", text);
}
