/**
 * Reassigned numbers: whether a number went to somebody else after its consent. Asking is a safe
 * harbour and no duty (47 CFR 64.1200(m)), so a registry that was not asked says nothing.
 */
import type { Mark } from "../domain/fold.ts";
import type { Reason } from "../domain/verdict.ts";
import type { Case } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { ListFinding } from "./facts.ts";
import { consentsFor } from "./grounds.ts";
import { nameDay } from "./naming.ts";
import type { PhraseKey, PhraseValues } from "./phrasebook.ts";
import type { ReassignedRule } from "./rule-kinds.ts";
import { ruleReason } from "./saying.ts";

/** `null`: nothing is known of it, or the number is still the person's. */
export function decideReassigned(
  compiled: CompiledRule,
  rule: ReassignedRule,
  asked: Case,
): Reason | null {
  const { list } = rule;
  const findings = asked.facts.lists.filter((finding) => finding.list === list);
  const consent = newestOf(consentsFor(compiled, asked));
  const deny = findings.some((finding) => finding.listed === true && !isOlder(finding, consent));
  if (deny) {
    const reason = ruleReason(compiled, asked, ["reassigned", "deny"], "reassigned.yes", { list });
    return { ...reason, list };
  }
  const note = (key: PhraseKey, values: PhraseValues) => ({
    ...ruleReason(compiled, asked, ["nothing-against", "allow"], key, values),
    list,
  });
  for (const { listed, asOf, consentAt } of findings) {
    if (listed === null && asOf !== null) return note("reassigned.no-data", { list });
    const isLate = listed === false && consentAt !== null && consent !== null;
    if (isLate && consent.effectiveAt < consentAt) {
      const values = { list, asked: nameDay(consentAt), date: nameDay(consent.effectiveAt) };
      return note("reassigned.too-late", values);
    }
  }
  return null;
}

function newestOf(consents: readonly Mark[]): Mark | null {
  const newest = (a: Mark | null, b: Mark) => (a === null || b.effectiveAt > a.effectiveAt ? b : a);
  return consents.reduce<Mark | null>(newest, null);
}

/** An answer from before the consent: whoever consented since is whom the number is with now. */
function isOlder({ asOf }: ListFinding, consent: Mark | null): boolean {
  return asOf !== null && consent !== null && consent.effectiveAt > asOf;
}
