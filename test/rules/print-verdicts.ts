/** Prints many verdicts, for a test that runs it on machines set to other zones and languages. */
import fc from "fast-check";
import { decide } from "../../src/rules/decide.ts";
import { explainVerdict } from "../../src/rules/explain.ts";
import { scenarioFacts } from "../../src/rules/scenario.ts";
import { anyFacts } from "./any-facts.ts";
import { loadScenarios, PACK_IDS, PACKS } from "./load-packs.ts";

const scenarios = PACK_IDS.flatMap((id) => loadScenarios(id)).map(scenarioFacts);
const others = fc.sample(anyFacts, { numRuns: 400, seed: 4333 });
for (const facts of [...scenarios, ...others]) {
  const verdict = decide(facts, PACKS);
  process.stdout.write(`${JSON.stringify(verdict)} ${explainVerdict(verdict, facts)}\n`);
}
