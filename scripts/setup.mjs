// Makes sure that what package-lock.json names is installed and that Heed's own Node runs, so that
// a fresh clone works with one command on whatever Node started it (16 or later). It uses nothing
// that has to be installed first, writes only to stderr, and is quick when nothing is to be done.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { whileLocked } from "./setup-lock.mjs";
import { problemWith, SetupProblem } from "./setup-problem.mjs";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs what is missing. `scope` is "production" (to run Heed) or "all" (to test it as well).
 * Resolves with the path of the Node to run Heed with; rejects with a `SetupProblem`.
 */
export async function setUp(scope, root = ROOT) {
  if (whatIsMissing(root, scope) !== null) {
    await whileLocked(join(root, "tmp", "setup.lock"), async () => {
      // Another start may have installed it while this one waited.
      if (whatIsMissing(root, scope) !== null) await install(root, scope);
    });
  }
  return await ownNode(root);
}

/**
 * The first package that is not installed as the lock file says, or `null`. Compares with the list
 * that npm leaves in node_modules, so that what somebody installed or pruned by hand is noticed.
 */
export function whatIsMissing(root, scope) {
  const wanted = packagesOf(join(root, "package-lock.json"));
  if (wanted === null) {
    throw new SetupProblem(
      `\`${join(root, "package-lock.json")}\` is missing or damaged. It says which packages Heed ` +
        "runs with: get it back with `git checkout package-lock.json`, or clone again.",
    );
  }
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json")) ?? {};
  for (const [path, { version, integrity, dev, optional }] of Object.entries(wanted)) {
    // Optional ones are for one platform each: npm leaves out those of the others.
    if (path === "" || optional || (dev && scope === "production")) continue;
    const found = installed[path];
    const same = found && found.version === version && found.integrity === integrity;
    if (!same || !existsSync(join(root, path))) return path.replace(/^.*node_modules\//u, "");
  }
  return null;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return null;
  }
}

async function install(root, scope) {
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json")) ?? {};
  // Whoever tests here keeps the means to: `npm start` takes no development package away.
  const all = scope === "all" || Object.values(installed).some((found) => found.dev);
  const wanted = all ? ["--include=dev"] : ["--omit=dev"];
  // `npm ci` begins by removing everything, under a Heed that may be running in another terminal.
  // Where only development packages are missing they are added to what is there.
  const onlyAdd = all && whatIsMissing(root, "production") === null;
  const command = onlyAdd ? ["install", "--no-save"] : ["ci"];
  await runNpm(root, [...command, ...wanted, "--include=optional"], "Installing (once, a minute)");
}

/** npm's own words are kept back and shown when it fails: they are no progress to anybody. */
function runNpm(root, npmArguments, doing) {
  const quiet = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const { program, before, shell } = npmProgram();
  const stopTelling = tell(doing);
  return new Promise((resolve, reject) => {
    const npm = spawn(program, [...before, ...npmArguments, ...quiet], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell,
    });
    let said = "";
    npm.stdout.on("data", (chunk) => {
      said += chunk;
    });
    npm.stderr.on("data", (chunk) => {
      said += chunk;
    });
    npm.on("error", (error) => {
      stopTelling("failed");
      reject(problemWith(`${error.code} ${error.message}`, root));
    });
    npm.on("close", (code, signal) => {
      stopTelling(code === 0 ? "done" : "failed");
      if (code === 0) resolve();
      else reject(problemWith(said.trim() || `npm ended with ${signal ?? code}`, root));
    });
  });
}

/** The npm that started us, so that a machine with several is not mixed up; else the PATH's. */
function npmProgram() {
  const { npm_execpath: path = "" } = process.env;
  if (/npm-cli\.c?js$/u.test(path) && existsSync(path)) {
    return { program: process.execPath, before: [path], shell: false };
  }
  // On Windows npm is a command file, which only a shell can run.
  if (process.platform === "win32") return { program: "npm.cmd", before: [], shell: true };
  return { program: "npm", before: [], shell: false };
}

/** Says what goes on, with the seconds passing where somebody watches. */
function tell(doing) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  if (!process.stderr.isTTY) {
    process.stderr.write(`${doing} …\n`);
    return (outcome) => process.stderr.write(`${doing}: ${outcome} after ${seconds()}.\n`);
  }
  process.stderr.write(`${doing} … `);
  const timer = setInterval(() => process.stderr.write(`\r${doing} … ${seconds()} `), 1000);
  return (outcome) => {
    clearInterval(timer);
    process.stderr.write(`\r${doing} … ${outcome} after ${seconds()}.\n`);
  };
}

/**
 * The Node of the npm package `node`, whose install script fetches it. Where scripts are switched
 * off that did not happen, so it is asked for once more by name.
 */
async function ownNode(root) {
  const wanted = packagesOf(join(root, "package-lock.json"))["node_modules/node"].version;
  const file = process.platform === "win32" ? "node.exe" : "node";
  const program = join(root, "node_modules", "node", "bin", file);
  if (runs(program, wanted)) return program;
  const retry = ["rebuild", "node", "--ignore-scripts=false"];
  let npmSaid = "";
  await whileLocked(join(root, "tmp", "setup.lock"), async () => {
    if (!runs(program, wanted)) await runNpm(root, retry, `Fetching Node ${wanted}`);
  }).catch((error) => {
    npmSaid = `\n${error.message}`;
  });
  if (runs(program, wanted)) return program;
  throw new SetupProblem(
    `Heed runs on its own Node ${wanted}, and that is missing or does not run here: \`${program}\`. ` +
      "The npm package `node` brings it, for Linux with glibc, macOS and Windows, in an install " +
      "script. If scripts are switched off (`npm config get ignore-scripts`), allow them and run " +
      `\`npm rebuild node\` in \`${root}\`.${npmSaid}`,
  );
}

function runs(program, version) {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 && stdout.trim() === `v${version}`;
}
