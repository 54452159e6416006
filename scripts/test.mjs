// `npm test`: sets everything up, then checks style and types and runs every test. With arguments
// it runs only the tests they name: `npm test -- fold`, `npm test -- test/store`; what starts with
// `--test-` goes to Node's test runner, such as `--test-name-pattern=replay`.
import { existsSync, statSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { runToEnd, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";
import { staticChecks } from "./static-checks.mjs";

const FILE_TIMEOUT_MS = 10 * 60_000;
const MOST_AT_ONCE = 8;

script(async () => {
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
  const node = await setUp("all");
  const failed = [];
  if (wanted.length === 0) {
    const prepare = join(ROOT, "test", "support", "prepare.ts");
    if (!(await runToEnd(node, [prepare], { cwd: ROOT }))) failed.push("set-up");
    failed.push(...(await staticChecks(node)));
  }
  const files = wanted.length === 0 ? ["test/**/*.test.ts"] : wanted.flatMap(patternsFor);
  if (!(await runToEnd(node, ["--test", ...runnerFlags(), ...flags, ...files], { cwd: ROOT }))) {
    failed.push("tests");
  }
  process.stdout.write(
    failed.length === 0 ? "\nAll passed.\n" : `\nFailed: ${failed.join(", ")}.\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
});

function runnerFlags() {
  // Node 16 has no availableParallelism. Two at least: many tests wait for a disk or another process most of the time.
  const cores = os.availableParallelism?.() ?? os.cpus().length;
  const atOnce = Math.min(Math.max(cores, 2), MOST_AT_ONCE);
  return [
    "--test-reporter=spec",
    `--test-concurrency=${atOnce}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
  ];
}

/** A file or folder of the tests, or a part of such a name. */
function patternsFor(word) {
  const path = join(ROOT, word);
  if (!word.startsWith("test/") || !existsSync(path)) {
    return [`test/**/*${word}*.test.ts`, `test/**/*${word}*/**/*.test.ts`];
  }
  return statSync(path).isDirectory() ? [`${word.replace(/\/$/u, "")}/**/*.test.ts`] : [word];
}
