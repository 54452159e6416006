/**
 * Packs made ready for deciding: dates as instants, topics as folded words, windows as numbers.
 * Made once per pack and kept beside it.
 */
import type { Instant } from "../domain/words.ts";
import { CLASSES } from "../domain/words.ts";
import { type HoursPlan, planHours } from "./hours-rule.ts";
import type { RulePack } from "./pack.ts";
import type { Rule } from "./rule-kinds.ts";
import { compileTopics, type Topics } from "./topics.ts";

/** Classes that every pack knows. A `confirmation` is decided by rules of our own. */
export const BUILT_IN_CLASSES: readonly string[] = [...CLASSES, "confirmation"];

/** Members of `appliesTo` that ask what the message or the person is. */
const BY_MESSAGE = [
  "callKinds",
  "counties",
  "subscribers",
  "numberTypes",
  "senderTypes",
  "topics",
  "exceptTopics",
] as const;

export interface CompiledPack {
  readonly pack: RulePack;
  readonly rules: readonly CompiledRule[];
  /** Classes that this pack knows. Any other is bound by it like marketing. */
  readonly classes: ReadonlySet<string>;
  readonly topics: Topics;
  /** When the first of its rules took effect. */
  readonly speaksFrom: Instant;
}

export interface CompiledRule {
  /** `<pack>/<rule>@<version>`, as reasons name it. */
  readonly name: string;
  readonly rule: Rule;
  readonly pack: CompiledPack;
  /** In force from this instant on, and before `until`. */
  readonly from: Instant;
  readonly until: Instant;
  /** Whether it is about every message of its channels, classes, uses and places. */
  readonly isForAll: boolean;
  readonly hours: HoursPlan | null;
}

const compiled = new WeakMap<RulePack, CompiledPack>();

/** The instant at which a civil date begins in a zone. */
function startOf(date: string, zone: string): Instant {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

export function compilePack(pack: RulePack): CompiledPack {
  const known = compiled.get(pack);
  if (known !== undefined) return known;
  const rules: CompiledRule[] = [];
  const classes = new Set([...BUILT_IN_CLASSES, ...pack.classes.map(({ id }) => id)]);
  const speaksFrom = Math.min(
    ...pack.rules.map(({ effectiveFrom }) => startOf(effectiveFrom, pack.zone)),
  );
  const topics = compileTopics(pack.topics);
  const made: CompiledPack = { pack, rules, classes, topics, speaksFrom };
  rules.push(...pack.rules.map((rule) => compileRule(made, rule)));
  compiled.set(pack, made);
  return made;
}

function compileRule(made: CompiledPack, rule: Rule): CompiledRule {
  const { pack } = made;
  const from = startOf(rule.effectiveFrom, pack.zone);
  const until =
    rule.effectiveUntil === null
      ? Number.POSITIVE_INFINITY
      : startOf(rule.effectiveUntil, pack.zone);
  const name = `${pack.id}/${rule.id}@${pack.version}`;
  const isForAll = BY_MESSAGE.every((member) => rule.appliesTo[member] === undefined);
  const base = { name, rule, pack: made, from, until, isForAll };
  if (rule.kind !== "hours") return { ...base, hours: null };
  return { ...base, hours: planHours(rule, pack.calendars) };
}
