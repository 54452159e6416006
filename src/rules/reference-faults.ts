/**
 * What a pack names and does not have, and values that contradict each other. A rule that names a
 * topic, a calendar or a class that nobody defined would bind nothing, without a word.
 */
import { CLASSES } from "../domain/words.ts";
import { EVERYWHERE, type RulePack } from "./pack.ts";
import type { Rule } from "./rule-kinds.ts";
import type { Ground } from "./rule-parts.ts";

/** A place in the pack as a JSON pointer, and what is wrong there. */
export type Fault = readonly [place: string, problem: string];

/** Classes that every pack knows. */
const BUILT_IN: ReadonlySet<string> = new Set([...CLASSES, "confirmation"]);

export function* findReferenceFaults(pack: RulePack): Generator<Fault> {
  yield* findDoubles("topics", pack.topics);
  yield* findDoubles("classes", pack.classes);
  yield* findDoubles("registries", pack.registries);
  for (const [index, rule] of pack.rules.entries()) {
    for (const [place, problem] of faultsOfRule(rule, pack)) {
      yield [`/rules/${index}${place}`, `${problem} (rule \`${rule.id}\`)`];
    }
  }
}

function* findDoubles(member: string, named: readonly { readonly id: string }[]): Generator<Fault> {
  for (const [index, { id }] of named.entries()) {
    if (named.findIndex((other) => other.id === id) === index) continue;
    yield [`/${member}/${index}/id`, `\`${id}\` is there twice`];
  }
}

function* faultsOfRule(rule: Rule, pack: RulePack): Generator<Fault> {
  yield* faultsOfReach(rule, pack);
  for (const [place, ground] of groundsOf(rule)) yield* faultsOfGround(place, ground, rule, pack);
  if (rule.kind === "list" || rule.kind === "reassigned") yield* faultsOfList(rule, pack);
  if (rule.kind === "deadline" && "calendar" in rule.within) {
    const { calendar } = rule.within;
    if (calendar !== null && pack.calendars[calendar] === undefined) {
      yield ["/within/calendar", `there is no calendar \`${calendar}\` in this pack`];
    }
  }
  if (rule.kind === "cap") yield* faultsOfCap(rule);
  if (rule.kind === "wording") yield* faultsOfPatterns(rule);
}

function* faultsOfReach({ appliesTo }: Rule, pack: RulePack): Generator<Fault> {
  const { classes, topics, exceptTopics, regions, exceptRegions, counties } = appliesTo;
  for (const name of classes) {
    if (BUILT_IN.has(name) || pack.classes.some(({ id }) => id === name)) continue;
    yield ["/appliesTo/classes", `\`${name}\` is no class; define it under \`classes\``];
  }
  for (const name of topics ?? []) {
    if (pack.topics.some(({ id }) => id === name)) continue;
    yield ["/appliesTo/topics", `\`${name}\` is no topic; define it under \`topics\``];
  }
  for (const name of exceptTopics ?? []) {
    if (topics?.includes(name) === true) {
      yield ["/appliesTo/exceptTopics", `\`${name}\` is both in and out`];
    }
    if (pack.topics.some(({ id }) => id === name)) continue;
    yield ["/appliesTo/exceptTopics", `\`${name}\` is no topic; define it under \`topics\``];
  }
  for (const region of [...(regions ?? []), ...(exceptRegions ?? [])]) {
    if (pack.binds.length === 0 || pack.binds.includes(EVERYWHERE)) continue;
    if (bindsPartOf(pack, region)) continue;
    yield ["/appliesTo/regions", `\`${region}\` is not part of what the pack binds`];
  }
  const both = regions?.filter((region) => exceptRegions?.includes(region)) ?? [];
  if (both.length > 0) {
    yield ["/appliesTo/exceptRegions", `\`${both.join("`, `")}\` is both in and out`];
  }
  if (counties !== undefined && regions === undefined && !bindsOneRegion(pack)) {
    yield ["/appliesTo/counties", "needs `regions`: two places may have a county of that name"];
  }
}

function bindsPartOf(pack: RulePack, region: string): boolean {
  return pack.binds.some(
    (bound) => bound === region || region.startsWith(`${bound}-`) || bound.startsWith(`${region}-`),
  );
}

function bindsOneRegion(pack: RulePack): boolean {
  return pack.binds.length === 1 && pack.binds[0]!.includes("-");
}

function groundsOf(rule: Rule): readonly (readonly [place: string, ground: Ground])[] {
  const accepted = rule.kind === "consent" ? rule.accepts : [];
  const lifting = "unless" in rule ? rule.unless : [];
  return [
    ...accepted.map((ground, index) => [`/accepts/${index}`, ground] as const),
    ...lifting.map((ground, index) => [`/unless/${index}`, ground] as const),
  ];
}

function* faultsOfGround(
  place: string,
  ground: Ground,
  rule: Rule,
  pack: RulePack,
): Generator<Fault> {
  if (ground.ground === "consent" && ground.afterListing === true && rule.kind !== "list") {
    yield [`${place}/afterListing`, "has a meaning only in a rule of the kind `list`"];
  }
  if (ground.ground !== "relationship") return;
  for (const name of ground.topics ?? []) {
    if (pack.topics.some(({ id }) => id === name)) continue;
    yield [`${place}/topics`, `\`${name}\` is no topic; define it under \`topics\``];
  }
}

function* faultsOfList(
  rule: Extract<Rule, { kind: "list" | "reassigned" }>,
  pack: RulePack,
): Generator<Fault> {
  const registry = pack.registries.find(({ id }) => id === rule.list);
  if (registry === undefined) {
    yield ["/list", `\`${rule.list}\` is no registry; describe it under \`registries\``];
    return;
  }
  if (registry.access === "operator-side") {
    yield ["/list", `nobody here can read \`${rule.list}\`, so no rule can ask for it`];
  }
  const unheard = rule.appliesTo.channels.filter((channel) => !registry.channels.includes(channel));
  if (unheard.length > 0) {
    yield ["/appliesTo/channels", `\`${rule.list}\` says nothing of ${unheard.join(", ")}`];
  }
}

function* faultsOfCap(rule: Extract<Rule, { kind: "cap" }>): Generator<Fault> {
  if (rule.max === 0 && rule.counts.otherChannelsOnly !== true) {
    yield ["/max", "is 0, which would allow nothing ever; a rule of the kind `ban` says that"];
  }
}

function* faultsOfPatterns(rule: Extract<Rule, { kind: "wording" }>): Generator<Fault> {
  for (const [index, element] of rule.requires.entries()) {
    if (element.element !== "opt-out" || element.shortCode === undefined) continue;
    try {
      new RegExp(`^(?:${element.shortCode})$`, "u");
    } catch (error) {
      yield [`/requires/${index}/shortCode`, `is no pattern: ${(error as Error).message}`];
    }
  }
}
