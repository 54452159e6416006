/** `heed packs`: for the people who maintain the rules. Needs no server and changes nothing. */
import path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { RuleChange } from "../../rules/compare-packs.ts";
import type { RulePack } from "../../rules/pack.ts";
import type { Rule } from "../../rules/rule-kinds.ts";
import type { PackFinding } from "../../runtime/pack-folder.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/u;

export function registerPacks(program: Command, context: Context): void {
  const packs = program
    .command("packs")
    .description("the rules of each place: check, read, compare");
  withExamples(packs, [
    "heed packs lint",
    "heed packs explain us-tx --at 2026-06-01",
    "heed packs diff ./rulepacks-of-last-month ./rulepacks",
  ]);
  addLint(packs, context);
  addExplain(packs, context);
  addDiff(packs, context);
}

function addLint(packs: Command, context: Context): void {
  const lint = withJson(
    packs
      .command("lint")
      .description("check packs and run their scenarios; exits with 1 when something is wrong")
      .argument("[folder]", "a folder of packs, or one pack's (default: the product's own)"),
  );
  withExamples(lint, ["heed packs lint", "heed packs lint rulepacks/fr"]).action(
    async (folder: string | undefined, _, command: Command) => {
      const { readPackFolder, runPackScenarios } = await folders();
      const read = readPackFolder(await folderOf(context, folder));
      const findings = [...read.findings, ...(await scenarioFindings(read, runPackScenarios))];
      const rules = read.packs.reduce((sum, pack) => sum + pack.rules.length, 0);
      const scenarios = [...read.scenarios.values()].reduce((sum, its) => sum + its.length, 0);
      if (findings.length > 0) context.exitWith(EXIT.failed);
      if (command.optsWithGlobals().json) {
        return printJson(context.stdout, { packs: read.packs.length, rules, scenarios, findings });
      }
      for (const finding of findings) printFinding(context, finding);
      const verdict = findings.length === 0 ? "Nothing is wrong" : `${findings.length} faults`;
      printLine(
        context.stdout,
        `${verdict}: packs ${read.packs.length}, rules ${rules}, scenarios ${scenarios}.`,
      );
    },
  );
}

/**
 * A pack's scenarios need the packs beside it: those of a state the federal one. So a single pack is
 * run together with the product's own others.
 */
async function scenarioFindings(
  read: Awaited<ReturnType<Folders["readPackFolder"]>>,
  run: Folders["runPackScenarios"],
): Promise<readonly PackFinding[]> {
  if (read.packs.length !== 1) return run(read);
  const { loadPacks } = await import("../../runtime/reviewed-files.ts");
  const others = (await loadPacks()).filter((pack) => pack.id !== read.packs[0]?.id);
  return run({ ...read, packs: [...read.packs, ...others] });
}

function printFinding(context: Context, { file, problem }: PackFinding): void {
  printLine(context.stdout, `${file}: ${problem}`);
}

function addExplain(packs: Command, context: Context): void {
  const explain = withJson(
    packs
      .command("explain")
      .description("what a pack, or one rule of it, says in words, with its sources")
      .argument("[pack]", "a pack, or `pack/rule`; without it, the list of packs")
      .option("--at <date>", "only the rules in force on that date (YYYY-MM-DD)", readDate),
  );
  withExamples(explain, [
    "heed packs explain",
    "heed packs explain fr --at 2026-09-01",
    "heed packs explain us/national-dnc",
  ]).action(async (name: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const { loadAllPacks } = await import("../../runtime/reviewed-files.ts");
    const all = await loadAllPacks(context.config(flags).rulepacks);
    if (name === undefined) return listPacks(context, all, flags.json === true);
    const [id, rule] = name.split("/");
    const pack = all.find((each) => each.id === id);
    const rules = rulesOf(pack, rule, flags.at);
    if (pack === undefined || rules.length === 0) {
      const known = all.map((each) => each.id).join(", ");
      throw new CliFailure(
        `there is no \`${name}\` to explain; the packs are ${known}`,
        EXIT.usage,
      );
    }
    if (flags.json) return printJson(context.stdout, { ...pack, rules });
    printLine(context.stdout, `${pack.title} (${pack.id}, version ${pack.version})`);
    for (const each of rules) await printRule(context, each);
  });
}

function rulesOf(
  pack: RulePack | undefined,
  rule: string | undefined,
  at: string | undefined,
): readonly Rule[] {
  return (pack?.rules ?? []).filter(
    ({ id, effectiveFrom, effectiveUntil }) =>
      (rule === undefined || id === rule) &&
      (at === undefined ||
        (effectiveFrom <= at && (effectiveUntil === null || at < effectiveUntil))),
  );
}

function listPacks(context: Context, packs: readonly RulePack[], json: boolean): void {
  const shown = packs.map(({ id, title, version, binds }) => ({ id, title, version, binds }));
  if (json) printJson(context.stdout, { packs: shown });
  else
    for (const { id, title, version } of shown)
      printLine(context.stdout, `${id.padEnd(10)} ${title} (${version})`);
}

async function printRule(context: Context, rule: Rule): Promise<void> {
  const { describeForce, describeReach, describeRule } = await import(
    "../../rules/describe-rule.ts"
  );
  const lines = [
    "",
    `${rule.id}: ${rule.title}`,
    `  ${describeRule(rule)}`,
    `  Binds ${describeReach(rule)}; ${describeForce(rule)}; ${rule.basis}, ${rule.status}.`,
    `  ${rule.citation}`,
    ...(rule.notice === undefined ? [] : [`  Note: ${rule.notice}`]),
    ...rule.sources.map(({ title, url, grade }) => `  [${grade}] ${title}${url ? `, ${url}` : ""}`),
    `  Reviewed ${rule.reviewed}.`,
  ];
  for (const line of lines) printLine(context.stdout, line);
}

function addDiff(packs: Command, context: Context): void {
  const diff = withJson(
    packs
      .command("diff")
      .description("what changed between two folders of packs, and whose answers change with it")
      .argument("<before>", "folder of packs, or one pack's")
      .argument("[now]", "the same (default: the product's own)"),
  );
  withExamples(diff, ["heed packs diff ./rulepacks-of-last-month"]).action(
    async (before: string, now: string | undefined, _, command: Command) => {
      const { readPackFolder } = await folders();
      const { comparePacks } = await import("../../rules/compare-packs.ts");
      const { changedAnswers } = await import("../../rules/changed-answers.ts");
      const old = readPackFolder(await folderOf(context, before));
      const current = readPackFolder(await folderOf(context, now));
      refuseFaulty([...old.findings, ...current.findings]);
      const changes = comparePacks(old.packs, current.packs);
      const asked = [...old.scenarios.values(), ...current.scenarios.values()].flat();
      const answers = changedAnswers(asked, old.packs, current.packs);
      if (command.optsWithGlobals().json) return printJson(context.stdout, { changes, answers });
      for (const change of changes) printChange(context, change);
      for (const { name, before: was, now: is } of answers) {
        printLine(context.stdout, `answer: ${name}: was ${was}, is ${is}`);
      }
      if (changes.length === 0) printLine(context.stdout, "No rule differs.");
    },
  );
}

function printChange(context: Context, change: RuleChange): void {
  const { pack, rule, before, now, members } = change;
  const what = members.length === 0 ? "" : ` (${members.join(", ")})`;
  printLine(context.stdout, `${change.change}: ${pack}/${rule}${what}`);
  if (before !== null) printLine(context.stdout, `  - ${before}`);
  if (now !== null) printLine(context.stdout, `  + ${now}`);
}

function refuseFaulty(findings: readonly PackFinding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  throw new CliFailure(`${first.file}: ${first.problem} (\`heed packs lint\` tells all faults)`);
}

type Folders = typeof import("../../runtime/pack-folder.ts");

function folders(): Promise<Folders> {
  return import("../../runtime/pack-folder.ts");
}

async function folderOf(context: Context, given: string | undefined): Promise<string> {
  if (given !== undefined) return path.resolve(context.cwd, given);
  const { PRODUCT_FOLDER } = await import("../../runtime/reviewed-files.ts");
  return path.join(PRODUCT_FOLDER, "rulepacks");
}

function readDate(text: string): string {
  if (DATE.test(text)) return text;
  throw new InvalidArgumentError("Use a date such as 2026-11-21.");
}
