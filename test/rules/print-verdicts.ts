/** Prints many verdicts, for a test that runs it on machines set to other zones and languages. */
import fc from "fast-check";
import { decide } from "../../src/rules/decide.ts";
import { scenarioFacts } from "../../src/rules/scenario.ts";
import { loadScenarios, PACK_IDS, PACKS } from "./load-packs.ts";
import { arbitraryFacts } from "./some-facts.ts";

const scenarios = PACK_IDS.flatMap((id) => loadScenarios(id)).map(scenarioFacts);
const others = fc.sample(arbitraryFacts, { numRuns: 200, seed: 4333 });
for (const facts of [...scenarios, ...others]) {
  process.stdout.write(`${JSON.stringify(decide(facts, PACKS))}\n`);
}
