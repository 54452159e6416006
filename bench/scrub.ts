// Rows a second and memory of the scrub, against the script that people write instead: readline,
// split, libphonenumber-js and a Set of strings. Each in a process of its own, taken in turn.
// LIMIT: one machine, one file; the script neither reads quoted line ends nor other encodings,
// finds no duplicates of other spellings and gives no reasons, so it does less for its time.
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { suppressedNumbers, writeMixedList } from "../test/scrub/mixed-list.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

export const title = "Scrub of a mixed list";

const SUPPRESSED = 100_000;
const SEED = 7;
const ROUNDS = 3;
/** Below what was measured (7 to 8), so that only a real loss of speed fails a run. */
const LEAST_SPEED_UP = 5;

interface Measured {
  readonly clean: number;
  readonly rowsPerSecond: number;
  readonly peakMegabytes: number;
}

async function measure(script: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  const printed = JSON.parse(stdout);
  return {
    clean: printed.report?.rows.clean ?? printed.clean,
    rowsPerSecond: printed.rowsPerSecond,
    peakMegabytes: printed.peakKilobytes / 1024,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const rows = options.full ? 300_000 : 100_000;
  const folder = mkdtempSync(join(tmpdir(), "heed-bench-"));
  try {
    const [list, clean, removed] = ["list.csv", "clean.csv", "removed.csv"].map((name) =>
      join(folder, name),
    );
    const expected = await writeMixedList(list!, rows, SUPPRESSED, SEED);
    const args = [list!, clean!, removed!, String(SUPPRESSED), String(SEED)];
    const ours: Measured[] = [];
    const usual: Measured[] = [];
    const scrubFile = fileURLToPath(new URL("../test/scrub/scrub-file.ts", import.meta.url));
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await measure(scrubFile, args));
      usual.push(await measure(fileURLToPath(import.meta.url), ["usual-script", ...args]));
    }
    // INVARIANT: a fast wrong answer is no measurement.
    assert.ok([...ours, ...usual].every((measured) => measured.clean === expected.clean));
    return resultOf(rows, ours, usual);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf(rows: number, ours: readonly Measured[], usual: readonly Measured[]) {
  const speed = (runs: readonly Measured[]) => median(runs.map((run) => run.rowsPerSecond));
  const memory = (runs: readonly Measured[]) => median(runs.map((run) => run.peakMegabytes));
  const what = `${rows.toLocaleString("en")} rows`;
  return {
    rows: [
      { label: `scrub, ${what}`, value: speed(ours), unit: "rows/s" },
      { label: `usual script, ${what}`, value: speed(usual), unit: "rows/s" },
      { label: "scrub, peak of the process", value: memory(ours), unit: "MB" },
      { label: "usual script, peak of the process", value: memory(usual), unit: "MB" },
    ],
    ratios: [
      {
        label: "scrub / usual script, rows a second",
        value: speed(ours) / speed(usual),
        atLeast: LEAST_SPEED_UP,
      },
      {
        label: "scrub / usual script, peak memory",
        value: memory(ours) / memory(usual),
        atMost: 1,
      },
    ],
  } satisfies BenchResult;
}

/** The baseline, as it is found in many places. */
async function usualScript([list, clean, removed, count, seed]: readonly string[]) {
  const suppressed = new Set(suppressedNumbers(Number(count), Number(seed)));
  const seen = new Set<string>();
  const files = { clean: createWriteStream(clean!), removed: createWriteStream(removed!) };
  const startedAt = performance.now();
  let [rows, kept] = [-1, 0];
  for await (const line of createInterface({ input: createReadStream(list!) })) {
    rows += 1;
    if (rows === 0) continue;
    const phone = parsePhoneNumberFromString(line.split(",")[1]!, "US");
    const number = phone?.isValid() === true ? phone.number : null;
    const isKept = number !== null && !suppressed.has(number) && !seen.has(number);
    if (isKept) {
      seen.add(number);
      kept += 1;
    }
    const file = isKept ? files.clean : files.removed;
    if (!file.write(`${line}\n`)) await once(file, "drain");
  }
  await Promise.all(Object.values(files).map((file) => finished(file.end())));
  const rowsPerSecond = (rows / (performance.now() - startedAt)) * 1000;
  return { clean: kept, rowsPerSecond, peakKilobytes: process.resourceUsage().maxRSS };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [mode, ...args] = process.argv.slice(2);
  const printed = mode === "usual-script" ? await usualScript(args) : await run({ full: true });
  process.stdout.write(`${JSON.stringify(printed, null, mode === undefined ? 2 : 0)}\n`);
}
