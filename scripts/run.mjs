// Runs programs as a script of this folder should: nothing added to their output, signals handed
// on, and their exit code as our own.
import { spawn } from "node:child_process";
import { SetupProblem } from "./setup-problem.mjs";

/** The rest of this process's life is the program's: its input, output, signals and exit code. */
export function handOver(program, programArguments) {
  const child = spawn(program, programArguments, { stdio: "inherit" });
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well, and a second one would mean "at once".
      if (signal !== "SIGINT" || !terminal) child.kill(signal);
    });
  }
  if (process.env.npm_lifecycle_event) whenParentIsGone(() => child.kill("SIGTERM"));
  child.on("error", (error) => fail(error));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/**
 * npm runs a script in a shell, and hands a SIGTERM to that shell only, which ends without a word
 * to us. Without this, `npm start` ended by a supervisor would leave a server that holds the port.
 */
function whenParentIsGone(stop) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 250);
  timer.unref();
}

/** Resolves with whether it went well. Its output goes straight through. */
export function runToEnd(program, programArguments, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, { stdio: "inherit", ...options });
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Resolves with whether it went well and what it printed. */
export async function runQuietly(program, programArguments, options = {}) {
  let said = "";
  const ok = await new Promise((resolve, reject) => {
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(program, programArguments, { ...options, stdio });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        said += chunk;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0));
  });
  return { ok, said };
}

/** Runs a script's `main`, and says in words what kept it from its work. */
export function script(main) {
  main().catch(fail);
}

function fail(error) {
  const words = error instanceof SetupProblem ? error.message : (error.stack ?? String(error));
  process.stderr.write(`heed: ${words}\n`);
  process.exit(1);
}
