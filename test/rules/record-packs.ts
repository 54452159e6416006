/** Rules that decide by what is on record, and marks and findings for them, for tests about each. */
import type { Mark } from "../../src/domain/fold.ts";
import type { Scope } from "../../src/domain/scope.ts";
import type { Verdict } from "../../src/domain/verdict.ts";
import { decide } from "../../src/rules/decide.ts";
import type { Facts, ListFinding } from "../../src/rules/facts.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import type { Rule } from "../../src/rules/rule-kinds.ts";
import type { Ground } from "../../src/rules/rule-parts.ts";
import { factsOf } from "./some-facts.ts";

const BASE = {
  title: "a rule of a test",
  appliesTo: {
    channels: ["sms", "voice", "email"] as Rule["appliesTo"]["channels"],
    classes: ["marketing"],
  },
  basis: "practice",
  status: "in-force",
  citation: "§ 1",
  sources: [{ title: "A test", grade: "product" }],
  reviewed: "2026-11-21",
  effectiveFrom: "2020-01-01",
  effectiveUntil: null,
} as const;

type OfKind<Kind extends Rule["kind"]> = Extract<Rule, { kind: Kind }>;
type Changes<Kind extends Rule["kind"]> = Partial<OfKind<Kind>>;

/** A rule of these fields, in arrays of its own. */
function made(fields: object): Rule {
  return structuredClone({ ...BASE, ...fields }) as unknown as Rule;
}

export function consentRule(accepts: Ground[], changes: Changes<"consent"> = {}): Rule {
  return made({ id: "consent", kind: "consent", accepts, ...changes });
}

export function listRule(changes: Changes<"list"> = {}): Rule {
  const own = { list: "registry", maxAgeDays: 31, graceDays: 0, lapsesAfter: null, unless: [] };
  return made({ id: "list", kind: "list", ...own, ...changes });
}

export function reassignedRule(): Rule {
  return made({ id: "reassigned", kind: "reassigned", list: "reassigned" });
}

export function banRule(changes: Changes<"ban"> = {}): Rule {
  return made({ id: "ban", kind: "ban", unless: [], ...changes });
}

export function stopScope(
  covers: OfKind<"stop-scope">["covers"],
  changes: Changes<"stop-scope"> = {},
): Rule {
  return made({ id: "stop", kind: "stop-scope", covers, ...changes });
}

export function wordingRule(changes: Changes<"wording"> = {}): Rule {
  return made({ id: "wording", kind: "wording", requires: [{ element: "sender" }], ...changes });
}

/** `appliesTo` of the rules above, with changes. */
export function about(changes: Partial<Rule["appliesTo"]>): Rule["appliesTo"] {
  return structuredClone({ ...BASE.appliesTo, ...changes }) as Rule["appliesTo"];
}

/** A pack of these rules that binds the United States, unless changed. */
export function packWith(rules: readonly Rule[], changes: Partial<RulePack> = {}): RulePack {
  return {
    format: 2,
    id: "test",
    version: "2026.1.1",
    title: "A pack of a test",
    binds: ["US"],
    zone: "UTC",
    classes: [],
    topics: [],
    registries: [],
    calendars: {},
    rules: [...rules],
    ...changes,
  };
}

export const ACME: Scope = {
  sender: "acme",
  channel: "all",
  program: "all",
  class: "all",
  use: "contact",
};

/** A mark about acme with proof, at position 10 and of 1 May 2026, unless changed. */
export function markOf(kind: Mark["kind"], changes: Partial<Mark> = {}): Mark {
  return {
    kind,
    scopes: [ACME],
    effectiveAt: Date.parse("2026-05-01T12:00:00Z"),
    position: 10,
    lifts: kind === "opt-in",
    hasEvidence: true,
    level: kind === "opt-in" ? "express" : null,
    erased: false,
    ...changes,
  };
}

/** A copy of yesterday that does not name the address, unless changed. */
export function findingOf(changes: Partial<ListFinding> = {}): ListFinding {
  return {
    list: "registry",
    kind: "national",
    listed: false,
    asOf: Date.parse("2026-06-09T16:00:00Z"),
    maxAgeDays: null,
    listedSince: null,
    channels: [],
    sectors: [],
    consentAt: null,
    ...changes,
  };
}

/** A text from acme to New York at noon of 10 June 2026, with what is given. */
export function askAbout(
  rules: readonly Rule[] | RulePack,
  changes: Partial<Facts> & { readonly message?: Partial<Facts["message"]> } = {},
): Verdict {
  const facts = factsOf();
  const message = { ...facts.message, ...changes.message };
  const pack = "rules" in rules ? rules : packWith(rules);
  return decide({ ...facts, ...changes, message }, [pack]);
}

export function kindsIn(verdict: Verdict): readonly string[] {
  return verdict.reasons.map(({ kind }) => kind);
}
