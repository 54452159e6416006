/**
 * Lists: registries that a rule asks for, and the do-not-contact lists of this deployment. A list
 * that is missing or too old does not pass; one that names the address denies, however old.
 */
import type { Reason, ReasonKind } from "../domain/verdict.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { ListFinding } from "./facts.ts";
import { isLifted } from "./grounds.ts";
import { DAY_MS } from "./local-clock.ts";
import type { ListRule, RulePack } from "./pack.ts";

type Say = (kind: ReasonKind, answer: Reason["answer"], text: string) => Reason;

/** `null`: the list is not needed or does not name the address. */
export function decideList(compiled: CompiledRule, rule: ListRule, asked: Case): Reason | null {
  if (isLifted(compiled, rule.unless, asked)) return null;
  const finding = asked.facts.lists.find((each) => each.list === rule.list) ?? null;
  const say: Say = (kind, answer, text) => ({
    ...reasonOf(compiled, kind, answer, text),
    list: rule.list,
  });
  return judgeFinding(finding, rule.list, rule.maxAgeDays, asked, say);
}

/** Lists that no pack speaks of bind marketing: they are somebody's own do-not-contact lists. */
export function decideOwnLists(asked: Case, packs: readonly RulePack[]): readonly Reason[] {
  const { facts } = asked;
  if (facts.lists.length === 0) return [];
  if (
    facts.send.use !== "contact" ||
    !(facts.send.class === "marketing" || asked.binding.countsAsMarketing)
  )
    return [];
  const isOfPack = (list: string) =>
    packs.some((pack) => pack.rules.some((rule) => rule.kind === "list" && rule.list === list));
  const own = facts.lists.filter(
    (finding) => finding.kind === "do-not-contact" || !isOfPack(finding.list),
  );
  return own.flatMap((finding) => {
    const say: Say = (kind, answer, text) => ({ kind, answer, text, list: finding.list });
    return judgeFinding(finding, finding.list, null, asked, say) ?? [];
  });
}

function judgeFinding(
  finding: ListFinding | null,
  list: string,
  maxAgeDays: number | null,
  asked: Case,
  say: Say,
): Reason | null {
  if (finding?.listed === true) {
    return say("listed", "deny", `The list \`${list}\` names this address.`);
  }
  if (finding === null || finding.listed === null || finding.asOf === null) {
    return say(
      "list-missing",
      "unknown",
      `The list \`${list}\` has to be looked at first, and was never loaded. Load it.`,
    );
  }
  const limits = [maxAgeDays, finding.maxAgeDays].filter((days) => days !== null);
  const ageMs = asked.facts.at - finding.asOf;
  const limitDays = Math.min(...limits);
  if (limits.length > 0 && ageMs > limitDays * DAY_MS) {
    const ageDays = Math.ceil(ageMs / DAY_MS);
    return say(
      "list-stale",
      "unknown",
      `The copy of \`${list}\` is ${ageDays} days old, of at most ${limitDays}. Load a new one.`,
    );
  }
  return null;
}
