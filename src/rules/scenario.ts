/**
 * Scenarios: questions with the answers a careful reader of the sources would give, kept beside
 * each pack and run as tests. They are data, so that who reviews the law can add to them.
 */
import { decide } from "./decide.ts";
import type { RulePack } from "./pack.ts";
import { scenarioFacts } from "./scenario-facts.ts";
import type { Scenario } from "./scenario-shape.ts";

export { SCENARIO_SENDER, scenarioAct, scenarioEvents, scenarioFacts } from "./scenario-facts.ts";
export { parseScenarios, type Scenario, ScenarioSchema } from "./scenario-shape.ts";

/** What an answer to a scenario looks like, from `decide` or from any door in front of it. */
export interface GivenAnswer {
  readonly answer: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number | null;
  readonly reasons: readonly { readonly kind: string; readonly rule?: string | undefined }[];
}

/** What is wrong with an answer, in words, or `null` when it is as expected. */
export function findMismatch(scenario: Scenario, given: GivenAnswer): string | null {
  const { expect } = scenario;
  const kinds = given.reasons.map((reason) => reason.kind);
  if (given.answer !== expect.answer) {
    return `${scenario.name}: ${given.answer} (${kinds.join(", ")}), not ${expect.answer}`;
  }
  const missing = expect.reasons.filter((kind) => !kinds.includes(kind));
  if (missing.length > 0) {
    return `${scenario.name}: no reason ${missing.join(", ")} among ${kinds.join(", ")}`;
  }
  const rules = given.reasons.flatMap(({ rule }) => rule?.split("@")[0] ?? []);
  const unnamed = (expect.rules ?? []).filter((rule) => !rules.includes(rule));
  if (unnamed.length > 0) {
    return `${scenario.name}: no reason names ${unnamed.join(", ")} among ${rules.join(", ")}`;
  }
  const notBefore = expect.notBefore === undefined ? null : Date.parse(expect.notBefore);
  if (given.notBefore === notBefore) return null;
  const named = given.notBefore === null ? "never" : new Date(given.notBefore).toISOString();
  return `${scenario.name}: not before ${named}, instead of ${expect.notBefore ?? "none"}`;
}

/** Runs a scenario through the decision itself. */
export function runScenario(scenario: Scenario, packs: readonly RulePack[]): string | null {
  return findMismatch(scenario, decide(scenarioFacts(scenario), packs));
}
