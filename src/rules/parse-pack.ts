/**
 * From a file's JSON to a rule pack, or an error that names the file, the place in it and what is
 * wrong. A pack that passes here can be decided with: no window is impossible, no calendar is
 * missing, nothing is without a source.
 */
import type { TSchema } from "typebox";
import Value from "typebox/value";
import { findCalendarFaults } from "./calendar-faults.ts";
import { DEFAULT_PACK, PackSchema, type RulePack } from "./pack.ts";
import { type Fault, findReferenceFaults } from "./reference-faults.ts";
import { RULE_SCHEMAS, type Rule } from "./rule-kinds.ts";
import { WEEKDAYS } from "./rule-parts.ts";
import { readWindow } from "./windows.ts";

/** A pack that cannot be used. The message is for the person who wrote it. */
export class PackProblem extends Error {
  override readonly name = "PackProblem";
}

/** Throws `PackProblem`. `path` is only for the message. */
export function parsePack(json: unknown, path: string): RulePack {
  if (!Value.Check(PackSchema, json)) throw new PackProblem(`${path}: ${explainShape(json)}`);
  for (const [place, problem] of findFaults(json)) {
    throw new PackProblem(`${path}: ${place}: ${problem}`);
  }
  return json;
}

/** The first fault against the schema, with a rule held against the schema of its own kind. */
function explainShape(json: unknown): string {
  const rules = (json as { rules?: unknown } | null)?.rules;
  if (Array.isArray(rules)) {
    for (const [index, rule] of rules.entries()) {
      const kind = (rule as { kind?: unknown } | null)?.kind;
      const schema = RULE_SCHEMAS[kind as keyof typeof RULE_SCHEMAS];
      if (schema === undefined) {
        const kinds = Object.keys(RULE_SCHEMAS).join("`, `");
        return `/rules/${index}/kind: must be one of \`${kinds}\`, not \`${String(kind)}\``;
      }
      const fault = firstFault(schema, rule);
      if (fault !== null) return `/rules/${index}${fault}`;
    }
  }
  return firstFault(PackSchema, json) ?? "is not a rule pack; see docs/formats/rule-pack.md";
}

function firstFault(schema: TSchema, json: unknown): string | null {
  const fault = Value.Errors(schema, json).find((error) => error.keyword !== "boolean");
  if (fault === undefined) return null;
  const where = fault.instancePath === "" ? "" : fault.instancePath;
  if (fault.keyword === "additionalProperties") {
    return `${where}: has an unknown field \`${fault.params.additionalProperties.join("`, `")}\``;
  }
  if (fault.keyword === "enum") {
    return `${where}: must be one of \`${fault.params.allowedValues.join("`, `")}\``;
  }
  return `${where}: ${fault.message}`;
}

/** What a schema cannot say. */
function* findFaults(pack: RulePack): Generator<Fault> {
  if (!isZone(pack.zone)) yield ["/zone", `\`${pack.zone}\` is no IANA time zone`];
  if ((pack.id === DEFAULT_PACK) !== (pack.binds.length === 0)) {
    yield ["/binds", "must name at least one country or region, and none in the pack `default`"];
  }
  yield* findCalendarFaults(pack);
  const seen = new Set<string>();
  for (const [index, rule] of pack.rules.entries()) {
    if (seen.has(rule.id)) yield [`/rules/${index}/id`, `\`${rule.id}\` is used twice`];
    seen.add(rule.id);
    for (const [place, problem] of findRuleFaults(rule, pack)) {
      yield [`/rules/${index}${place}`, `${problem} (rule \`${rule.id}\`)`];
    }
  }
  yield* findReferenceFaults(pack);
}

function* findRuleFaults(rule: Rule, pack: RulePack): Generator<Fault> {
  for (const field of ["reviewed", "effectiveFrom", "effectiveUntil"] as const) {
    const date = rule[field];
    if (date !== null && !isDate(date)) yield [`/${field}`, `\`${date}\` is not in the calendar`];
  }
  if (rule.effectiveUntil !== null && rule.effectiveUntil <= rule.effectiveFrom) {
    yield ["/effectiveUntil", "must be after `effectiveFrom`"];
  }
  if (rule.status !== "in-force" && rule.notice === undefined) {
    yield ["/notice", `is needed because the status is \`${rule.status}\`: say what is in doubt`];
  }
  if (rule.kind !== "hours") return;
  if (rule.zone !== "recipient" && !isZone(rule.zone)) {
    yield ["/zone", `\`${rule.zone}\` is neither \`recipient\` nor an IANA time zone`];
  }
  for (const field of ["holidays", "eves"] as const) {
    const calendar = rule[field]?.calendar;
    if (calendar === undefined || pack.calendars[calendar] !== undefined) continue;
    yield [`/${field}/calendar`, `there is no calendar \`${calendar}\` in this pack`];
  }
  if (WEEKDAYS.every((day) => rule.week[day].length === 0)) {
    yield ["/week", "has no open window at all"];
  }
  for (const day of WEEKDAYS) yield* findWindowFaults(`/week/${day}`, rule.week[day]);
  for (const field of ["holidays", "eves"] as const) {
    yield* findWindowFaults(`/${field}/windows`, rule[field]?.windows ?? []);
  }
}

function* findWindowFaults(list: string, windows: readonly string[]): Generator<Fault> {
  let closedUntilMs = -1;
  for (const [index, written] of windows.entries()) {
    const place = `${list}/${index}`;
    const window = readWindow(written);
    if (window.fromMs >= window.toMs) yield [place, `\`${written}\` ends before it begins`];
    if (window.fromMs <= closedUntilMs) {
      yield [place, `\`${written}\` overlaps or touches the window before it`];
    }
    closedUntilMs = window.toMs;
  }
}

function isZone(zone: string): boolean {
  try {
    return new Temporal.ZonedDateTime(0n, zone).timeZoneId !== "";
  } catch {
    return false;
  }
}

function isDate(date: string): boolean {
  try {
    return Temporal.PlainDate.from(date).toString() === date;
  } catch {
    return false;
  }
}
