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
    addAll(reasons, decideStanding(asked));
    addAll(reasons, decideStopScopes(asked, asked.binding.stopScopes));
    addAll(reasons, decideNode(facts));
    addAll(reasons, decideOwnLists(asked, packs));
    addAll(reasons, decideSilence(asked));
    if (asked.binding.packs === null) {
      reasons.push(plainReason(facts, "rule-failed", "unknown", "decide.no-pack"));
    }
    addAll(reasons, decideRecord(asked, thatApply(asked.binding.byRecord, asked)));
    const timing = decideTiming(asked, thatApply(asked.binding.byTime, asked));
    addAll(reasons, timing.reasons);
    ({ notBefore } = timing);
  }
  putStrictestFirst(reasons);
  const { answer } = reasons[0]!;
  return {
    answer,
    reasons,
    notBefore: answer === "defer" ? notBefore : null,
    position: facts.position,
  };
}

/** Stable, and by hand: a verdict has a few reasons, which mostly come in order. */
function putStrictestFirst(reasons: Reason[]): void {
  for (let next = 1; next < reasons.length; next += 1) {
    const reason = reasons[next]!;
    const rank = RANKS[reason.answer];
    let at = next;
    for (; at > 0 && RANKS[reasons[at - 1]!.answer] > rank; at -= 1) reasons[at] = reasons[at - 1]!;
    reasons[at] = reason;
  }
}

const NO_REASONS: readonly Reason[] = [];

/** Most parts of a decision have nothing to say. */
function addAll(reasons: Reason[], more: readonly Reason[]): void {
  for (let index = 0; index < more.length; index += 1) reasons.push(more[index]!);
}

function thatApply(rules: readonly CompiledRule[], asked: Case): readonly CompiledRule[] {
  let kept: CompiledRule[] | null = null;
  for (let index = 0; index < rules.length; index += 1) {
    const compiled = rules[index]!;
    if (!applies(compiled, asked)) kept ??= rules.slice(0, index);
    else if (kept !== null) kept.push(compiled);
  }
  return kept ?? rules;
}

/** What the address and this node have to say, whatever the message is. */
function decideNode(facts: Facts): readonly Reason[] {
  const address = decideAddress(facts);
  if (address === null && facts.senderName !== null && facts.fresh) return NO_REASONS;
  const reasons: Reason[] = [];
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
  if (send.use !== "contact" || at >= asked.binding.allSpeakFrom) return NO_REASONS;
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
