/** Rules that decide by what is on record and by what the message is, and not by the time of day. */
import type { Reason } from "../domain/verdict.ts";
import { type Case, inForce } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { decideConsent } from "./consent-rule.ts";
import { failureOf } from "./failed-rule.ts";
import { isLifted } from "./grounds.ts";
import { decideList } from "./list-rule.ts";
import { sayMessages } from "./naming.ts";
import { decideReassigned } from "./reassigned-rule.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { BanRule } from "./rule-kinds.ts";
import { plainReason, ruleReason } from "./saying.ts";
import { decideWording } from "./wording-rule.ts";

const NO_REASONS: readonly Reason[] = [];

/** `rules`: those that are about the message. */
export function decideRecord(asked: Case, rules: readonly CompiledRule[]): readonly Reason[] {
  const { facts } = asked;
  const reasons: Reason[] = [];
  let needsConsent = false;
  for (const compiled of rules) {
    if (!inForce(compiled, facts.at)) continue;
    if (compiled.rule.kind === "consent") needsConsent = true;
    const its = decideRule(compiled, asked);
    for (let index = 0; index < its.length; index += 1) {
      const reason = its[index]!;
      if (!isSaid(reason, reasons)) reasons.push(reason);
    }
  }
  if (!needsConsent) reasons.push(noNeedOfConsent(asked));
  return reasons;
}

/**
 * One entry of consent may meet the rules of several packs, and is given as a reason once: for the
 * first of them. A notice that was not given yet is another reason.
 */
function isSaid(reason: Reason, reasons: readonly Reason[]): boolean {
  if (reason.kind !== "consented") return false;
  for (let index = 0; index < reasons.length; index += 1) {
    const { kind, entry, text, notice } = reasons[index]!;
    if (kind !== "consented" || entry !== reason.entry || text !== reason.text) continue;
    if (reason.notice === undefined || reason.notice === notice) return true;
  }
  return false;
}

/** Of a confirmation only its wording is asked. */
export function decideWordings(asked: Case, rules: readonly CompiledRule[]): readonly Reason[] {
  return rules
    .filter((compiled) => compiled.rule.kind === "wording" && inForce(compiled, asked.facts.at))
    .flatMap((compiled) => decideRule(compiled, asked));
}

function noNeedOfConsent({ facts }: Case): Reason {
  if (facts.send.use === "share") {
    return plainReason(facts, "consent-not-needed", "allow", "consent.share-not-needed");
  }
  const messages = sayMessages(facts.language, facts.send);
  return plainReason(facts, "consent-not-needed", "allow", "consent.not-needed", { messages });
}

function decideRule(compiled: CompiledRule, asked: Case): readonly Reason[] {
  try {
    if (compiled.rule.kind === "wording") return decideWording(compiled, compiled.rule, asked);
    const reason = askRule(compiled, asked);
    return reason === null ? NO_REASONS : [reason];
  } catch (error) {
    return [failureOf(compiled, error, asked)];
  }
}

function askRule(compiled: CompiledRule, asked: Case): Reason | null {
  const { rule } = compiled;
  switch (rule.kind) {
    case "consent":
      return decideConsent(compiled, rule, asked);
    case "list":
      return decideList(compiled, rule, asked);
    case "reassigned":
      return decideReassigned(compiled, rule, asked);
    case "ban":
      return decideBan(compiled, rule, asked);
    default:
      // Promise 4: a rule that nobody here can evaluate does not pass.
      throw new RuleFailure(`nothing here knows how to decide rules of the kind \`${rule.kind}\``);
  }
}

function decideBan(compiled: CompiledRule, rule: BanRule, asked: Case): Reason | null {
  if (isLifted(compiled, rule.unless, asked)) return null;
  const { send, language } = asked.facts;
  const { title } = rule;
  if (send.use === "share") {
    return ruleReason(compiled, asked, ["banned", "deny"], "ban.share", { title });
  }
  const values = { messages: sayMessages(language, send), title };
  return ruleReason(compiled, asked, ["banned", "deny"], "ban.text", values);
}
