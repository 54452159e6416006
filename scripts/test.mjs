// `npm test`: sets everything up, then checks style and types and runs every test. With arguments
// it runs only the tests they name: `npm test -- fold`, `npm test -- test/store`; what starts with
// `--test-` goes to Node's test runner, such as `--test-name-pattern=replay`.
import { readdirSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { runToEnd, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";
import { SetupProblem } from "./setup-problem.mjs";
import { staticChecks } from "./static-checks.mjs";

const FILE_TIMEOUT_MS = 10 * 60_000;
const MOST_AT_ONCE = 8;

script(async () => {
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
  const node = await setUp("all");
  const files = testFiles(wanted);
  const failed = [];
  if (wanted.length === 0) {
    const prepare = join(ROOT, "test", "support", "prepare.ts");
    if (!(await runToEnd(node, [prepare], { cwd: ROOT }))) failed.push("set-up");
    failed.push(...(await staticChecks(node)));
  }
  if (!(await runToEnd(node, ["--test", ...runnerFlags(), ...flags, ...files], { cwd: ROOT }))) {
    failed.push("tests");
  }
  process.stdout.write(
    failed.length === 0 ? "\nAll passed.\n" : `\nFailed: ${failed.join(", ")}.\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
});

function runnerFlags() {
  // Two at least, because many tests mostly wait for a disk or another process. Node 16 cannot say
  // how many processors may be used, only how many there are.
  const cores = os.availableParallelism?.() ?? os.cpus().length;
  const atOnce = Math.min(Math.max(cores, 2), MOST_AT_ONCE);
  return [
    "--test-reporter=spec",
    `--test-concurrency=${atOnce}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
  ];
}

/** The test files that have one of the words in their path; all of them when there is no word. */
function testFiles(words) {
  const every = walk("test").filter((path) => path.endsWith(".test.ts"));
  const chosen = words.flatMap((word) => {
    const matching = every.filter((path) => path.includes(word.replace(/^\.\//u, "")));
    if (matching.length === 0) throw new SetupProblem(`No test file has \`${word}\` in its path.`);
    return matching;
  });
  return words.length === 0 ? every : [...new Set(chosen)];
}

function walk(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    return item.isDirectory() ? walk(path) : [path];
  });
}
