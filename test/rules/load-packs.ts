/** The product's own packs and scenarios, read as the product reads them. */
import { readdirSync, readFileSync } from "node:fs";
import type { RulePack } from "../../src/rules/pack.ts";
import { parsePack } from "../../src/rules/parse-pack.ts";
import { parseScenarios, type Scenario } from "../../src/rules/scenario.ts";

const FOLDER = new URL("../../rulepacks/", import.meta.url);

export const PACK_IDS = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
}

export const PACKS: readonly RulePack[] = PACK_IDS.map((id) =>
  parsePack(readJson(`${id}/pack.json`), `${id}/pack.json`),
);

export function loadScenarios(id: string): readonly Scenario[] {
  return parseScenarios(readJson(`${id}/scenarios.json`), `${id}/scenarios.json`);
}

export const PUBLISHED_SCHEMA = readJson("schema.json");
