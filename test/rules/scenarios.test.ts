/** Every pack answers its scenarios as its sources say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runScenario } from "../../src/rules/scenario.ts";
import { loadScenarios, PACK_IDS, PACKS } from "./load-packs.ts";

for (const id of PACK_IDS) {
  test(`the scenarios of \`${id}\` come out as written`, () => {
    const scenarios = loadScenarios(id);
    assert.ok(scenarios.length >= 6);
    const wrong = scenarios.map((scenario) => runScenario(scenario, PACKS));
    assert.deepEqual(
      wrong.filter((mismatch) => mismatch !== null),
      [],
    );
  });

  test(`every rule of \`${id}\` is explained in its sources`, () => {
    const pack = PACKS.find((each) => each.id === id)!;
    const sources = readFileSync(
      new URL(`../../rulepacks/${id}/sources.md`, import.meta.url),
      "utf8",
    );
    for (const rule of pack.rules) assert.ok(sources.includes(`\`${rule.id}\``), rule.id);
  });
}

test("a scenario with the wrong answer is noticed", () => {
  const scenario = loadScenarios("us")[0]!;
  const turned = { ...scenario, expect: { ...scenario.expect, answer: "deny" as const } };
  assert.match(runScenario(turned, PACKS) ?? "", /not deny/u);
});
