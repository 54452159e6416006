// Runs every benchmark of this folder, one after the other, each in a process of its own so that
// none inherits another's heap, and prints the machine, the values and the ratios. Writes the same
// to bench/results/latest.json. Exits with 1 when a promised ratio does not hold.
// `--full` takes the sizes the documentation quotes; other words choose files by name.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Bench, BenchRatio, BenchResult } from "./bench-result.ts";

const FOLDER = import.meta.dirname;
const NO_BENCHES = new Set(["run.ts", "bench-result.ts"]);
/** The argument with which this file runs one benchmark in a process of its own. */
const ONE = "--one=";

interface Outcome extends BenchResult {
  file: string;
  title: string;
  seconds: number;
}

const full = process.argv.includes("--full");
const one = process.argv.find((word) => word.startsWith(ONE))?.slice(ONE.length);
if (one !== undefined) await runHere(one);
else
  process.exitCode = await runAll(process.argv.slice(2).filter((word) => !word.startsWith("--")));

async function runHere(file: string): Promise<void> {
  const bench: Bench = await import(new URL(file, import.meta.url).href);
  const startedAt = performance.now();
  const result = await bench.run({ full });
  const seconds = (performance.now() - startedAt) / 1000;
  const outcome: Outcome = { file, title: bench.title, seconds, ...result };
  // A benchmark may have left something open; its result is all that is wanted of it.
  process.send?.(outcome, () => process.exit(0));
}

async function runAll(words: string[]): Promise<number> {
  const files = readdirSync(FOLDER).filter(
    (name) => isBench(name) && (words.length === 0 || words.some((word) => name.includes(word))),
  );
  if (files.length === 0) {
    console.error(`No benchmark has \`${words.join(" ")}\` in its file name. See bench/.`);
    return 1;
  }
  const machine = describeMachine();
  console.log(
    `${machine}\nSizes: ${full ? "full" : "quick (`npm run bench -- --full` for more)"}\n`,
  );
  const outcomes: Outcome[] = [];
  const failed: string[] = [];
  for (const file of files) {
    const outcome = await runApart(file);
    if (outcome === null) failed.push(`${file} did not finish`);
    else {
      outcomes.push(outcome);
      printOutcome(outcome);
      failed.push(...outcome.ratios.filter((ratio) => !holds(ratio)).map(describeBreach));
    }
  }
  save({ machine, full, at: new Date().toISOString(), outcomes, failed });
  console.log(
    failed.length === 0 ? "Every promised ratio holds." : `FAILED: ${failed.join("; ")}.`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** TypeScript files that export `run`; the folder also holds what several of them share. */
function isBench(name: string): boolean {
  if (!name.endsWith(".ts") || NO_BENCHES.has(name)) return false;
  return /^export (async )?function run\b/mu.test(readFileSync(join(FOLDER, name), "utf8"));
}

function runApart(file: string): Promise<Outcome | null> {
  return new Promise((resolve) => {
    const script = join(FOLDER, "run.ts");
    const flags = ["--expose-gc", script, `${ONE}${file}`, ...(full ? ["--full"] : [])];
    const child = spawn(process.execPath, flags, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    let outcome: Outcome | null = null;
    child.on("message", (message) => {
      outcome = message as Outcome;
    });
    child.on("error", () => resolve(null));
    child.on("close", (code) => resolve(code === 0 ? outcome : null));
  });
}

/** What a reader needs to compare with a machine of their own; no host name. */
function describeMachine(): string {
  const processors = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const model = processors[0]?.model.trim() || arch();
  return (
    `${availableParallelism()} cores of ${model}, ${gigabytes} GiB of memory, ` +
    `${process.platform} ${release()}, Node ${process.versions.node}`
  );
}

function printOutcome({ title, seconds, rows, ratios }: Outcome): void {
  console.log(`${title} (${seconds.toFixed(1)} s)`);
  const width = Math.max(...[...rows, ...ratios].map(({ label }) => label.length));
  for (const { label, value, unit } of rows) {
    console.log(`  ${label.padEnd(width)}  ${formatValue(value).padStart(14)} ${unit}`);
  }
  for (const ratio of ratios) {
    const mark = promiseOf(ratio) === "" ? " " : holds(ratio) ? "✔" : "✖";
    const value = `× ${ratio.value.toFixed(2)}`.padStart(14);
    console.log(`${mark} ${ratio.label.padEnd(width)}  ${value} ${promiseOf(ratio)}`);
  }
  console.log();
}

/** Whole numbers with separators; small ones with three figures. */
function formatValue(value: number): string {
  const digits =
    Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return value.toLocaleString("en-US", digits);
}

function holds({ value, atLeast, atMost }: BenchRatio): boolean {
  // Written so that a value that is no number does not hold.
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

function promiseOf({ atLeast, atMost }: BenchRatio): string {
  const parts = [];
  if (atLeast !== undefined) parts.push(`at least ${atLeast}`);
  if (atMost !== undefined) parts.push(`at most ${atMost}`);
  return parts.length === 0 ? "" : `(promised: ${parts.join(", ")})`;
}

function describeBreach(ratio: BenchRatio): string {
  return `${ratio.label}: ${ratio.value.toFixed(2)} ${promiseOf(ratio)}`;
}

function save(report: object): void {
  const folder = join(FOLDER, "results");
  if (!existsSync(folder)) mkdirSync(folder);
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
}
