/**
 * A folder of rule packs as the people who maintain it have it on disk: packs, sources and scenarios
 * beside each other. Unlike the server's own reading it goes on after a fault, to tell all of them.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { RulePack } from "../rules/pack.ts";
import { PackProblem, parsePack } from "../rules/parse-pack.ts";
import { parseScenarios, runScenario, type Scenario } from "../rules/scenario.ts";
import { ConfigProblem } from "./config.ts";

/** Fewer cannot show the edges of a pack's rules. */
export const LEAST_SCENARIOS = 6;

export interface PackFinding {
  readonly file: string;
  readonly problem: string;
}

export interface PackFolder {
  readonly packs: readonly RulePack[];
  readonly scenarios: ReadonlyMap<string, readonly Scenario[]>;
  readonly findings: readonly PackFinding[];
}

/** Reads `folder/<id>/pack.json` and what lies beside it, or one pack's own folder. */
export function readPackFolder(folder: string): PackFolder {
  const packs: RulePack[] = [];
  const scenarios = new Map<string, readonly Scenario[]>();
  const findings: PackFinding[] = [];
  for (const each of packFolders(folder)) {
    const attempt = <Value>(read: () => Value): Value | null => {
      try {
        return read();
      } catch (error) {
        findings.push(findingOf(error, each));
        return null;
      }
    };
    const pack = attempt(() => readPack(each));
    const its = attempt(() => readScenarios(each));
    if (pack !== null) {
      packs.push(pack);
      scenarios.set(pack.id, its ?? []);
      findings.push(...findingsBeside(each, pack, its));
    }
  }
  return { packs, scenarios, findings };
}

/** Scenarios that the packs answer otherwise than they say. */
export function runPackScenarios({ packs, scenarios }: PackFolder): readonly PackFinding[] {
  return [...scenarios].flatMap(([id, its]) =>
    its.flatMap((scenario) => {
      const problem = runScenario(scenario, packs);
      return problem === null ? [] : [{ file: `${id}/scenarios.json`, problem }];
    }),
  );
}

function packFolders(folder: string): readonly string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new ConfigProblem(`${folder} is no folder; give one with \`<pack>/pack.json\` in it`);
  }
  if (existsSync(path.join(folder, "pack.json"))) return [folder];
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .sort();
  if (found.length > 0) return found;
  throw new ConfigProblem(`${folder} has no pack in it; a pack is a folder with a pack.json`);
}

function readPack(folder: string): RulePack {
  const file = path.join(folder, "pack.json");
  return parsePack(readJson(file), file);
}

function readScenarios(folder: string): readonly Scenario[] {
  const file = path.join(folder, "scenarios.json");
  return parseScenarios(readJson(file), file);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new PackProblem(`${file}: is missing`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PackProblem(`${file}: is not JSON: ${(error as Error).message}`);
  }
}

function findingOf(error: unknown, folder: string): PackFinding {
  const message = (error as Error).message;
  const cut = message.indexOf(": ");
  return cut === -1
    ? { file: folder, problem: message }
    : { file: message.slice(0, cut), problem: message.slice(cut + 2) };
}

function findingsBeside(
  folder: string,
  pack: RulePack,
  scenarios: readonly Scenario[] | null,
): readonly PackFinding[] {
  const findings: PackFinding[] = [];
  const name = path.basename(folder);
  if (pack.id !== name) {
    const problem = `/id: is \`${pack.id}\`, and its folder is called \`${name}\``;
    findings.push({ file: path.join(folder, "pack.json"), problem });
  }
  const sources = path.join(folder, "sources.md");
  if (!existsSync(sources)) {
    findings.push({ file: sources, problem: "is missing: say where the rules come from" });
  }
  if (scenarios !== null && scenarios.length < LEAST_SCENARIOS) {
    const problem = `has ${scenarios.length} scenarios, of at least ${LEAST_SCENARIOS}`;
    findings.push({ file: path.join(folder, "scenarios.json"), problem });
  }
  return findings;
}
