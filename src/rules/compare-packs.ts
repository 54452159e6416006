/** What changed between two versions of a pack, rule by rule, for the people who maintain them. */
import { describeForce, describeReach, describeRule } from "./describe-rule.ts";
import type { RulePack } from "./pack.ts";
import type { Rule } from "./rule-kinds.ts";

export interface RuleChange {
  readonly pack: string;
  readonly rule: string;
  readonly change: "added" | "removed" | "changed";
  /** Members that differ, by name; empty for what was added or removed. */
  readonly members: readonly string[];
  /** What the rule said before and says now; `null` where there was or is none. */
  readonly before: string | null;
  readonly now: string | null;
}

/** Changes in the order of the packs' and rules' names. Packs are paired by their id. */
export function comparePacks(
  before: readonly RulePack[],
  now: readonly RulePack[],
): readonly RuleChange[] {
  const old = rulesOf(before);
  const current = rulesOf(now);
  const names = [...new Set([...old.keys(), ...current.keys()])].sort();
  return names.flatMap((name) => compareRule(name, old.get(name), current.get(name)) ?? []);
}

function rulesOf(packs: readonly RulePack[]): ReadonlyMap<string, Rule> {
  return new Map(
    packs.flatMap((pack) => pack.rules.map((rule) => [`${pack.id}/${rule.id}`, rule] as const)),
  );
}

function compareRule(name: string, before?: Rule, now?: Rule): RuleChange | null {
  const [pack = "", rule = ""] = name.split("/");
  const said = {
    pack,
    rule,
    before: before === undefined ? null : describe(before),
    now: now === undefined ? null : describe(now),
  };
  if (before === undefined) return { ...said, change: "added", members: [] };
  if (now === undefined) return { ...said, change: "removed", members: [] };
  const members = membersThatDiffer(before, now);
  return members.length === 0 ? null : { ...said, change: "changed", members };
}

function membersThatDiffer(before: Rule, now: Rule): readonly string[] {
  const one: Readonly<Record<string, unknown>> = { ...before };
  const other: Readonly<Record<string, unknown>> = { ...now };
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((member) => JSON.stringify(one[member]) !== JSON.stringify(other[member]))
    .sort();
}

function describe(rule: Rule): string {
  return `${describeReach(rule)}: ${describeRule(rule)} (${describeForce(rule)}; ${rule.status})`;
}
