/**
 * Every registry that a rule pack speaks of or that is loaded: whether it can be relied on, until
 * when, and what its absence does. For `heed registry status`, `GET /v1/lists` and the doctor.
 */
import type { Channel, Instant } from "../domain/words.ts";
import { compilePack } from "../rules/compiled-pack.ts";
import type { RulePack } from "../rules/pack.ts";
import type { NamedList } from "./lists.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

type PackRegistry = RulePack["registries"][number];

/**
 * - `loaded`: there is a copy, young enough. - `stale`: it is too old for a rule or for its owner.
 * - `answered`: there is no copy, but answers about single numbers. - `missing`: nothing is there.
 * - `unreadable`: the operators apply it and nobody else can read it.
 */
export const REGISTRY_STATES = ["loaded", "stale", "answered", "missing", "unreadable"] as const;
export type RegistryState = (typeof REGISTRY_STATES)[number];

export interface RegistryStatus {
  readonly name: string;
  /** `null`: no pack speaks of it. */
  readonly title: string | null;
  readonly kind: "national" | "do-not-contact";
  /** How it can be read; `null`: no pack says. */
  readonly access: PackRegistry["access"] | null;
  readonly channels: readonly Channel[];
  readonly state: RegistryState;
  readonly inWords: string;
  /** Of the copy. */
  readonly addresses: number;
  readonly asOf: Instant | null;
  /** Whole days. */
  readonly ageDays: number | null;
  /** Area codes of +1 that the copy has; `null`: all, or it has no area codes. */
  readonly areaCodes: readonly string[] | null;
  /** Numbers that were asked about one by one, and the newest answer. */
  readonly answers: number;
  readonly newestAnswerAt: Instant | null;
  /** How old a copy may be, as whoever loaded it said. */
  readonly maxAgeDays: number | null;
  /** The strictest of that and of the rules in force. */
  readonly limitDays: number | null;
  /** When the copy will be too old. */
  readonly dueAt: Instant | null;
  /** Rules in force that ask it, `<pack>/<rule>@<version>`. */
  readonly neededBy: readonly string[];
}

interface Need {
  readonly rule: string;
  readonly maxAgeDays: number | null;
  /** A list rule says `unknown` without it; a rule about reassigned numbers says nothing. */
  readonly isDuty: boolean;
}

export function registryStatus(
  packs: readonly RulePack[],
  named: readonly NamedList[],
  now: Instant,
): readonly RegistryStatus[] {
  const spokenOf = registriesOf(packs);
  const needs = needsOf(packs, now);
  const lists = new Map(named.map((list) => [list.name, list]));
  const names = new Set([...spokenOf.keys(), ...needs.keys(), ...lists.keys()]);
  return [...names].sort().map((name) => {
    const list = lists.get(name) ?? { name, copy: null, answers: null };
    return statusOf(list, spokenOf.get(name) ?? null, needs.get(name) ?? [], now);
  });
}

function registriesOf(packs: readonly RulePack[]): ReadonlyMap<string, PackRegistry> {
  const found = new Map<string, PackRegistry>();
  for (const registry of packs.flatMap((pack) => pack.registries)) {
    if (!found.has(registry.id)) found.set(registry.id, registry);
  }
  return found;
}

/** Every list that a rule names, also those whose rules are not in force. */
function needsOf(packs: readonly RulePack[], now: Instant): ReadonlyMap<string, readonly Need[]> {
  const found = new Map<string, Need[]>();
  for (const { rule, name, from, until } of packs.flatMap((pack) => compilePack(pack).rules)) {
    if (rule.kind !== "list" && rule.kind !== "reassigned") continue;
    const needs = found.get(rule.list) ?? [];
    found.set(rule.list, needs);
    if (now < from || now >= until) continue;
    const isDuty = rule.kind === "list";
    needs.push({ rule: name, isDuty, maxAgeDays: isDuty ? rule.maxAgeDays : null });
  }
  return found;
}

function statusOf(
  { name, copy, answers }: NamedList,
  registry: PackRegistry | null,
  needs: readonly Need[],
  now: Instant,
): RegistryStatus {
  const limits = [copy?.maxAgeDays ?? null, ...needs.map((need) => need.maxAgeDays)];
  const known = limits.filter((days) => days !== null);
  const limitDays = known.length === 0 ? null : Math.min(...known);
  const asOf = copy?.asOf ?? null;
  const dueAt = asOf === null || limitDays === null ? null : asOf + limitDays * DAY_MS;
  const answered = answers?.size ?? 0;
  const state = stateOf(registry, asOf, answered, dueAt, now);
  const status = {
    name,
    title: registry?.title ?? null,
    kind: copy?.kind ?? "national",
    access: registry?.access ?? null,
    channels: copy?.channels ?? registry?.channels ?? [],
    state,
    addresses: copy?.size ?? 0,
    asOf,
    ageDays: asOf === null ? null : Math.max(0, Math.floor((now - asOf) / DAY_MS)),
    areaCodes: copy?.areaCodes ?? null,
    answers: answered,
    newestAnswerAt: answers?.newest ?? null,
    maxAgeDays: copy?.maxAgeDays ?? null,
    limitDays,
    dueAt,
    neededBy: needs.map(({ rule }) => rule),
  };
  return { ...status, inWords: sayState(status, needs) };
}

function stateOf(
  registry: PackRegistry | null,
  asOf: Instant | null,
  answered: number,
  dueAt: Instant | null,
  now: Instant,
): RegistryState {
  if (asOf !== null) return dueAt !== null && now > dueAt ? "stale" : "loaded";
  if (answered > 0) return "answered";
  return registry?.access === "operator-side" ? "unreadable" : "missing";
}

function sayState(status: Omit<RegistryStatus, "inWords">, needs: readonly Need[]): string {
  const { state, ageDays, limitDays, access } = status;
  const isDuty = needs.some((need) => need.isDuty);
  switch (state) {
    case "loaded":
      return limitDays === null
        ? `${days(ageDays ?? 0)} old, of any age`
        : `${days(ageDays ?? 0)} old, of at most ${limitDays}`;
    case "stale":
      return `too old: ${days(ageDays ?? 0)}, of at most ${limitDays}; what needs it is answered \`unknown\``;
    case "answered":
      return isDuty
        ? "asked number by number; a number that was not asked about is answered `unknown`"
        : "asked number by number";
    case "unreadable":
      return "nobody can load it: the operators apply it themselves";
    case "missing":
      if (needs.length === 0) return "not loaded, and no rule in force needs it";
      if (!isDuty) return "not asked, and no verdict waits for it";
      return access === "wash"
        ? "nothing was asked of it; what needs it is answered `unknown`"
        : "not loaded; what needs it is answered `unknown`";
  }
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}
