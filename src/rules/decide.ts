/**
 * The decision: facts and rule packs in, a verdict with all its reasons out. Pure: no clock but
 * `facts.at`, no zone or language of the machine. The answer is the strictest of the reasons, and
 * what cannot be evaluated does not pass.
 * LIMIT: `notBefore` is when time is no longer against it. Whether anything else is against it then,
 * such as a consent that is too old by then, is for the check at that time to say.
 */
import type { Answer, Reason, Verdict } from "../domain/verdict.ts";
import { decideAddress } from "./address-reasons.ts";
import { type BoundPack, isEverywhere } from "./bind.ts";
import { applies, type Case, openCase } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { decideConfirmation, isConfirmation } from "./confirmation.ts";
import type { Facts } from "./facts.ts";
import { decideOwnLists } from "./list-rule.ts";
import type { RulePack } from "./pack.ts";
import { decideRecord, decideWordings } from "./record-rules.ts";
import { plainReason } from "./saying.ts";
import { decideErasure, decideStanding, decideStopScopes } from "./standing-reasons.ts";
import { decideTiming } from "./timing.ts";

/** Strictest first. */
const RANKS: Readonly<Record<Answer, number>> = { deny: 0, unknown: 1, defer: 2, allow: 3 };

/** Never throws for facts and packs of the right shape. */
export function decide(facts: Facts, packs: readonly RulePack[]): Verdict {
  const asked = openCase(facts, packs);
  const reasons: Reason[] = [];
  if (facts.locked) reasons.push(plainReason(facts, "locked", "deny", "decide.locked"));
  let notBefore: Verdict["notBefore"] = null;
  if (isConfirmation(facts)) {
    reasons.push(...decideErasure(asked), ...decideNode(facts), ...decideConfirmation(facts));
    reasons.push(...decideWordings(asked, thatApply(asked.binding.byRecord, asked)));
  } else {
    reasons.push(...decideStanding(asked), ...decideStopScopes(asked, asked.binding.stopScopes));
    reasons.push(...decideNode(facts), ...decideOwnLists(asked, packs), ...decideSilence(asked));
    if (asked.binding.packs === null) {
      reasons.push(plainReason(facts, "rule-failed", "unknown", "decide.no-pack"));
    }
    reasons.push(...decideRecord(asked, thatApply(asked.binding.byRecord, asked)));
    const timing = decideTiming(asked, thatApply(asked.binding.byTime, asked));
    reasons.push(...timing.reasons);
    ({ notBefore } = timing);
  }
  reasons.sort((a, b) => RANKS[a.answer] - RANKS[b.answer]);
  const { answer } = reasons[0]!;
  return {
    answer,
    reasons,
    notBefore: answer === "defer" ? notBefore : null,
    position: facts.position,
  };
}

function thatApply(rules: readonly CompiledRule[], asked: Case): readonly CompiledRule[] {
  for (const compiled of rules) {
    if (!applies(compiled, asked)) return rules.filter((each) => applies(each, asked));
  }
  return rules;
}

/** What the address and this node have to say, whatever the message is. */
function decideNode(facts: Facts): readonly Reason[] {
  const reasons: Reason[] = [];
  const address = decideAddress(facts);
  if (address !== null) reasons.push(address);
  if (facts.senderName === null) {
    const { sender } = facts.send;
    reasons.push(
      plainReason(facts, "unknown-sender", "unknown", "decide.unknown-sender", { sender }),
    );
  }
  if (!facts.fresh) reasons.push(plainReason(facts, "stale", "unknown", "decide.stale"));
  return reasons;
}

/**
 * Before the first rule of a country took effect its packs say nothing, which must not read as
 * "nothing is against it": more often than a question about that time it is a clock that starts in
 * 1970. The packs of its parts only add to it, so their silence about a time before them is no
 * doubt: nothing was added yet.
 */
function decideSilence(asked: Case): readonly Reason[] {
  const { at, send } = asked.facts;
  if (send.use !== "contact" || at >= asked.binding.allSpeakFrom) return [];
  const whole = (asked.binding.packs ?? []).filter(({ compiled }) => bindsWhole(compiled.pack));
  const isSilent = ({ compiled }: BoundPack) => at < compiled.speaksFrom;
  const speaking = new Set(
    whole.filter((pack) => !isSilent(pack)).flatMap(({ countries }) => countries),
  );
  const isSpokenFor = ({ countries }: BoundPack) =>
    countries.length > 0 && countries.every((country) => speaking.has(country));
  return whole
    .filter((pack) => isSilent(pack) && !isSpokenFor(pack))
    .map(({ compiled }) => {
      const values = { pack: compiled.pack.id };
      return plainReason(asked.facts, "rule-failed", "unknown", "decide.silent-pack", values);
    });
}

/** Whether a pack is about whole countries, as one that says what holds there when no other does. */
function bindsWhole(pack: RulePack): boolean {
  if (isEverywhere(pack)) return false;
  return pack.binds.length === 0 || pack.binds.some((region) => !region.includes("-"));
}
