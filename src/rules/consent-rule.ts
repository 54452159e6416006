/** Consent: a rule of this kind asks for one of the grounds that it accepts. */
import type { ConsentLevel } from "../domain/act.ts";
import type { Mark } from "../domain/fold.ts";
import { anyCovers } from "../domain/scope.ts";
import type { Reason } from "../domain/verdict.ts";
import type { Case } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import {
  consentsFor,
  findConsent,
  findDealing,
  isMet,
  rankOf,
  sendTo,
  unprovenConsents,
} from "./grounds.ts";
import { nameDay, sayMessages } from "./naming.ts";
import { sayPart } from "./phrasebook.ts";
import type { ConsentRule } from "./rule-kinds.ts";
import type { Ground } from "./rule-parts.ts";
import { ruleReason } from "./saying.ts";

type Values = Record<string, string | number>;

export function decideConsent(compiled: CompiledRule, rule: ConsentRule, asked: Case): Reason {
  const { send, language } = asked.facts;
  const values = { messages: sayMessages(language, send), sender: send.sender };
  for (const ground of rule.accepts) {
    const reason = describeGround(compiled, ground, asked, values);
    if (reason !== null) return reason;
  }
  return describeLack(compiled, rule, asked, values);
}

/** `null`: the ground is not there. */
function describeGround(
  compiled: CompiledRule,
  ground: Ground,
  asked: Case,
  values: Values,
): Reason | null {
  const yes = ["consented", "allow"] as const;
  if (ground.ground === "consent") {
    const consent = findConsent(compiled, ground, asked);
    if (consent === null) return null;
    const more = { ...values, entry: consent.position };
    const reason = ruleReason(compiled, asked, yes, "consent.given", more);
    return { ...reason, entry: consent.position };
  }
  if (ground.ground === "dealing") {
    const dealing = findDealing(compiled, ground, asked);
    if (dealing === null) return null;
    const key = dealing.kind === "purchase" ? "consent.purchase" : "consent.inquiry";
    const reason = ruleReason(compiled, asked, yes, key, { ...values, ...datesOf(dealing) });
    return { ...reason, entry: dealing.position };
  }
  if (!isMet(compiled, ground, asked)) return null;
  if (ground.ground === "reply") return ruleReason(compiled, asked, yes, "consent.reply");
  return ruleReason(compiled, asked, yes, "consent.relationship", values);
}

function datesOf(mark: Mark): Values {
  return { date: nameDay(mark.effectiveAt), entry: mark.position };
}

/** Why there is no consent: the reason that helps most to put it right. */
function describeLack(
  compiled: CompiledRule,
  rule: ConsentRule,
  asked: Case,
  values: Values,
): Reason {
  const needed = weakestLevelOf(rule.accepts);
  if (asked.facts.standing.length === 0) return describeWeaker(compiled, needed, asked, values);
  const isEnough = (mark: Mark) => needed !== null && rankOf(mark.level) >= rankOf(needed);
  const unproven = unprovenConsents(compiled, asked).find(isEnough);
  if (unproven !== undefined) {
    const more = { ...values, entry: unproven.position };
    const kind = ["consent-unproven", "deny"] as const;
    const reason = ruleReason(compiled, asked, kind, "consent.unproven", more);
    return { ...reason, entry: unproven.position };
  }
  const expired = findExpired(compiled, rule, asked);
  if (expired !== null) {
    const more = { ...values, ...datesOf(expired) };
    const kind = ["consent-expired", "deny"] as const;
    const reason = ruleReason(compiled, asked, kind, "consent.expired", more);
    return { ...reason, entry: expired.position };
  }
  const pending = findPending(compiled, asked);
  if (pending !== null) {
    const more = { ...values, entry: pending.position };
    const kind = ["consent-pending", "deny"] as const;
    const reason = ruleReason(compiled, asked, kind, "consent.pending", more);
    return { ...reason, entry: pending.position };
  }
  return describeWeaker(compiled, needed, asked, values);
}

function describeWeaker(
  compiled: CompiledRule,
  needed: ConsentLevel | null,
  asked: Case,
  values: Values,
): Reason {
  const { language } = asked.facts;
  const no = ["no-consent", "deny"] as const;
  const weaker = findConsent(compiled, { ground: "consent", level: "implied" }, asked);
  if (weaker === null || needed === null) {
    return ruleReason(compiled, asked, no, "consent.none", values);
  }
  const more = {
    ...values,
    level: sayPart(language, `level.${weaker.level ?? "implied"}`),
    needed: sayPart(language, `level.${needed}`),
  };
  const reason = ruleReason(compiled, asked, no, "consent.weaker", more);
  return { ...reason, entry: weaker.position };
}

/** The newest dealing that an accepted ground would take if it were not so old. */
function findExpired(compiled: CompiledRule, rule: ConsentRule, asked: Case): Mark | null {
  const found = rule.accepts.flatMap((ground) =>
    ground.ground === "dealing" ? (findDealing(compiled, ground, asked, true) ?? []) : [],
  );
  return found.sort((a, b) => b.effectiveAt - a.effectiveAt)[0] ?? null;
}

/** A request that the person has not answered: anybody can type an address into a form. */
function findPending(compiled: CompiledRule, asked: Case): Mark | null {
  const send = sendTo(compiled, asked);
  const isOpen = (mark: Mark) => mark.kind === "opt-in-request" && anyCovers(mark.scopes, send);
  const requests = asked.facts.standing.filter(isOpen);
  return consentsFor(compiled, asked).length > 0 ? null : (requests.at(-1) ?? null);
}

/** `null`: the rule accepts no consent at all. */
function weakestLevelOf(accepts: readonly Ground[]): ConsentLevel | null {
  let weakest: ConsentLevel | null = null;
  for (const each of accepts) {
    if (each.ground !== "consent") continue;
    if (weakest === null || rankOf(each.level) < rankOf(weakest)) weakest = each.level;
  }
  return weakest;
}
