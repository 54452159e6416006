/**
 * The decision: facts and rule packs in, a verdict with all its reasons out. Pure: no clock but
 * `facts.at`, no zone or language of the machine. The answer is the strictest of the reasons, and
 * what cannot be evaluated does not pass.
 * LIMIT: `notBefore` is when the hours open. Whether anything else is against it then, such as a
 * rule that takes effect meanwhile, is for the check at that time to say.
 */
import type { Answer, Reason, Verdict } from "../domain/verdict.ts";
import { decideAddress } from "./address-reasons.ts";
import { applies, type Case, inForce, openCase } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { decideConsent } from "./consent-rule.ts";
import type { Facts } from "./facts.ts";
import { decideHours, failureOf } from "./hours-reasons.ts";
import { decideList, decideOwnLists } from "./list-rule.ts";
import type { RulePack } from "./pack.ts";
import { RuleFailure } from "./rule-failure.ts";
import { decideStanding } from "./standing-reasons.ts";
import { nameMessages } from "./wording.ts";

/** Strictest first. */
const STRICTNESS: readonly Answer[] = ["deny", "unknown", "defer", "allow"];

function rankOf(reason: Reason): number {
  return STRICTNESS.indexOf(reason.answer);
}

/** Never throws for facts and packs of the right shape. */
export function decide(facts: Facts, packs: readonly RulePack[]): Verdict {
  const asked = openCase(facts, packs);
  const boundSend = { ...facts.send, class: "marketing" };
  const sends = asked.binding.countsAsMarketing ? [facts.send, boundSend] : [facts.send];
  const rules = asked.binding.rules.filter((compiled) => applies(compiled, asked));

  const reasons: Reason[] = facts.locked ? [LOCKED] : [];
  reasons.push(...decideStanding(facts, sends), ...decideAddress(facts));
  if (facts.senderName === null) reasons.push(unknownSender(facts));
  if (!facts.fresh) reasons.push(STALE);
  reasons.push(...decideOwnLists(asked, packs));

  if (asked.binding.packs === null) reasons.push(NO_PACK);
  reasons.push(...decideSilence(asked));
  reasons.push(...decideRules(asked, rules));
  const hours = decideHours(asked, rules);
  reasons.push(...hours.reasons);

  if (reasons.length === 0) {
    const text = "Nothing on record and no rule is against it.";
    reasons.push({ kind: "nothing-against", answer: "allow", text });
  }
  reasons.sort((a, b) => rankOf(a) - rankOf(b));
  const { answer } = reasons[0]!;
  return {
    answer,
    reasons,
    notBefore: answer === "defer" ? hours.notBefore : null,
    position: facts.position,
  };
}

/**
 * Before its first rule took effect a pack says nothing, which must not read as "nothing is against
 * it": more often than a question about that time it is a clock that starts in 1970.
 */
function decideSilence(asked: Case): readonly Reason[] {
  const { at, send } = asked.facts;
  if (send.use !== "contact") return [];
  return (asked.binding.packs ?? [])
    .filter(({ compiled }) => compiled.rules.every((rule) => at < rule.from))
    .map(({ compiled }) => {
      const { id } = compiled.pack;
      const text = `The pack \`${id}\` has no rule that was in force so early. Check the time.`;
      return { kind: "rule-failed", answer: "unknown", text };
    });
}

/** Consent and lists, of every bound pack. */
function decideRules(asked: Case, all: readonly CompiledRule[]): readonly Reason[] {
  const { send, at } = asked.facts;
  if (send.use !== "contact") return [];
  const rules = all.filter((compiled) => compiled.rule.kind !== "hours" && inForce(compiled, at));
  const reasons = rules.flatMap((compiled) => decideRule(compiled, asked) ?? []);
  if (rules.some((compiled) => compiled.rule.kind === "consent")) return reasons;
  const text = `${nameMessages(send.class, send.channel)} need no consent here.`;
  const sentence = `${text[0]!.toUpperCase()}${text.slice(1)}`;
  return [...reasons, { kind: "consent-not-needed", answer: "allow", text: sentence }];
}

function decideRule(compiled: CompiledRule, asked: Case): Reason | null {
  try {
    const { rule } = compiled;
    if (rule.kind === "consent") return decideConsent(compiled, rule, asked);
    if (rule.kind === "list") return decideList(compiled, rule, asked);
    // Promise 4: a rule that nobody here can evaluate does not pass.
    throw new RuleFailure(`nothing here knows how to decide rules of the kind \`${rule.kind}\``);
  } catch (error) {
    return failureOf(compiled, error);
  }
}

function unknownSender(facts: Facts): Reason {
  const text = `The sender \`${facts.send.sender}\` is not known here. Add it first.`;
  return { kind: "unknown-sender", answer: "unknown", text };
}

const LOCKED: Reason = {
  kind: "locked",
  answer: "deny",
  text:
    "The ledger went back or was changed, so somebody's opt-out may be missing: nothing may be sent " +
    "to anybody until somebody has decided what to do. See `heed doctor`.",
};

const STALE: Reason = {
  kind: "stale",
  answer: "unknown",
  text: "This node cannot prove that it has the newest opt-outs. Ask again in a moment.",
};

const NO_PACK: Reason = {
  kind: "rule-failed",
  answer: "unknown",
  text: "No rule pack binds this address, and the pack `default` is missing. Add it.",
};
