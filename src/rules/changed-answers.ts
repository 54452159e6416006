/** Whose answers change with the rules: the same scenarios decided by two sets of packs. */
import { decide } from "./decide.ts";
import type { RulePack } from "./pack.ts";
import { type Scenario, scenarioFacts } from "./scenario.ts";

export interface ChangedAnswer {
  /** Name of the scenario. */
  readonly name: string;
  /** `defer until 2026-06-11T08:00:00.000Z`. */
  readonly before: string;
  readonly now: string;
}

/** Each scenario once, in the order given. */
export function changedAnswers(
  scenarios: readonly Scenario[],
  before: readonly RulePack[],
  now: readonly RulePack[],
): readonly ChangedAnswer[] {
  const seen = new Set<string>();
  return scenarios.flatMap((scenario) => {
    const name = JSON.stringify(scenario);
    if (seen.has(name)) return [];
    seen.add(name);
    const was = answerOf(scenario, before);
    const is = answerOf(scenario, now);
    return was === is ? [] : [{ name: scenario.name, before: was, now: is }];
  });
}

function answerOf(scenario: Scenario, packs: readonly RulePack[]): string {
  const { answer, notBefore } = decide(scenarioFacts(scenario), packs);
  return notBefore === null ? answer : `${answer} until ${new Date(notBefore).toISOString()}`;
}
