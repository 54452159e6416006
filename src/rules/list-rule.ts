/**
 * Lists: registries that a rule asks for, and the do-not-contact lists of this deployment. A list
 * that is missing or too old does not pass; one that names the address denies, however old.
 */
import type { Reason, ReasonKind } from "../domain/verdict.ts";
import type { Case } from "./case.ts";
import type { CompiledPack, CompiledRule } from "./compiled-pack.ts";
import { isBeforeEnd } from "./durations.ts";
import type { ListFinding } from "./facts.ts";
import { foldWords, holdsPhrase } from "./fold-words.ts";
import { isLifted } from "./grounds.ts";
import { DAY_MS } from "./local-clock.ts";
import { nameDay } from "./naming.ts";
import type { RulePack } from "./pack.ts";
import type { PhraseKey, PhraseValues } from "./phrasebook.ts";
import type { ListRule } from "./rule-kinds.ts";
import { plainReason, ruleReason } from "./saying.ts";

type Say = (
  kind: ReasonKind,
  answer: Reason["answer"],
  key: PhraseKey,
  values: PhraseValues,
) => Reason;

/** `null`: the list is not needed or does not name the address. */
export function decideList(compiled: CompiledRule, rule: ListRule, asked: Case): Reason | null {
  const { list } = rule;
  const findings = asked.facts.lists.filter((each) => each.list === list);
  const say: Say = (kind, answer, key, values) => ({
    ...ruleReason(compiled, asked, [kind, answer], key, values),
    list: rule.list,
  });
  const listing = findings.find(
    (finding) =>
      finding.listed === true &&
      isMeant(finding, asked, compiled.pack) &&
      bindsYet(finding, rule, asked) &&
      !isLifted(compiled, rule.unless, asked, { listedSince: finding.listedSince }),
  );
  if (listing !== undefined) return sayListed(listing, say);
  // Grounds that need a listing to be after are none while nothing is known of one.
  if (rule.unless.length > 0 && isLifted(compiled, rule.unless, asked)) return null;
  return judgeCopies(findings, rule.list, rule.maxAgeDays, asked, say);
}

/** Whether a listing is for such messages: their channel, and their topic or every sector. */
function isMeant(finding: ListFinding, asked: Case, pack: CompiledPack | null): boolean {
  const { send, message } = asked.facts;
  if (finding.channels.length > 0 && !finding.channels.includes(send.channel)) return false;
  const { topic } = message;
  if (finding.sectors.length === 0 || topic === null) return true;
  const topics = pack?.topics.of(topic);
  const words = foldWords(topic);
  return finding.sectors.some(
    (sector) => topics?.has(sector) === true || holdsPhrase(words, foldWords(sector)),
  );
}

/** Not while the days of grace run, and not after the listing lapsed. */
function bindsYet({ listedSince }: ListFinding, rule: ListRule, asked: Case): boolean {
  if (listedSince === null) return true;
  const { at, place } = asked.facts;
  if (rule.graceDays > 0 && at - listedSince < rule.graceDays * DAY_MS) return false;
  return (
    rule.lapsesAfter === null || isBeforeEnd(at, listedSince, rule.lapsesAfter, place.zones, "some")
  );
}

const NO_REASONS: readonly Reason[] = [];

/** Names of the lists that some pack speaks of, remembered for every set of packs. */
const spokenOf = new WeakMap<readonly RulePack[], ReadonlySet<string>>();

function listsOfPacks(packs: readonly RulePack[]): ReadonlySet<string> {
  const known = spokenOf.get(packs);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const pack of packs) {
    for (const { id } of pack.registries) names.add(id);
    for (const rule of pack.rules) {
      if (rule.kind === "list" || rule.kind === "reassigned") names.add(rule.list);
    }
  }
  spokenOf.set(packs, names);
  return names;
}

/** Lists that no pack speaks of bind marketing: they are somebody's own do-not-contact lists. */
export function decideOwnLists(asked: Case, packs: readonly RulePack[]): readonly Reason[] {
  const { facts, binding } = asked;
  if (facts.lists.length === 0 || facts.send.use !== "contact") return NO_REASONS;
  if (facts.send.class !== "marketing" && !binding.countsAsMarketing) return NO_REASONS;
  const ofPacks = listsOfPacks(packs);
  let reasons: Reason[] | null = null;
  for (const finding of facts.lists) {
    if (finding.kind !== "do-not-contact" && ofPacks.has(finding.list)) continue;
    const reason = decideOwnList(finding, asked);
    if (reason === null) continue;
    reasons ??= [];
    reasons.push(reason);
  }
  return reasons ?? NO_REASONS;
}

function decideOwnList(finding: ListFinding, asked: Case): Reason | null {
  const { list } = finding;
  const say: Say = (kind, answer, key, values) => ({
    ...plainReason(asked.facts, kind, answer, key, values),
    list,
  });
  if (finding.listed === true && isMeant(finding, asked, null)) return sayListed(finding, say);
  return judgeCopies([finding], list, null, asked, say);
}

function sayListed({ list, listedSince }: ListFinding, say: Say): Reason {
  if (listedSince === null) return say("listed", "deny", "list.listed", { list });
  const date = nameDay(listedSince);
  return say("listed", "deny", "list.listed-since", { list, date });
}

/** Whether some copy is there and new enough. `null`: one is, and it does not name the address. */
function judgeCopies(
  findings: readonly ListFinding[],
  list: string,
  maxAgeDays: number | null,
  asked: Case,
  say: Say,
): Reason | null {
  let oldest: { readonly ageMs: number; readonly limit: number } | null = null;
  for (const finding of findings) {
    if (finding.listed === null || finding.asOf === null) continue;
    // "Not on the list of calls" says nothing about texts.
    const { channels } = finding;
    const isOfOthers = channels.length > 0 && !channels.includes(asked.facts.send.channel);
    if (!finding.listed && isOfOthers) continue;
    const limit = Math.min(maxAgeDays ?? Infinity, finding.maxAgeDays ?? Infinity);
    const ageMs = asked.facts.at - finding.asOf;
    if (ageMs <= limit * DAY_MS) return null;
    oldest = { ageMs, limit };
  }
  if (oldest === null) return say("list-missing", "unknown", "list.missing", { list });
  const age = Math.ceil(oldest.ageMs / DAY_MS);
  return say("list-stale", "unknown", "list.stale", { list, age, limit: oldest.limit });
}
