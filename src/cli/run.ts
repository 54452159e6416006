/** Runs one command of the real process: its streams, its environment, its exit code. */
import { CommanderError } from "commander";
import { type Config, type Flags, readConfig } from "../runtime/config.ts";
import { explainFailure } from "../runtime/explain-failure.ts";
import { connect } from "./client.ts";
import type { Context } from "./context.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { printLines } from "./print.ts";
import { buildProgram } from "./program.ts";

const { env, stdin, stdout, stderr } = process;
const cwd = process.cwd();

/** What the command was told, once it was read: explanations name its port and its folder. */
let config: Config = readConfig({}, {}, "production", cwd);

const context: Context = {
  env,
  cwd,
  stdin,
  stdout,
  stderr,
  exitWith: (code) => {
    process.exitCode = code;
  },
  config: (flags: Flags, mode = "production") => {
    config = readConfig(env, flags, mode, cwd);
    return config;
  },
  connect: (flags) => connect(context.config(flags), env, (error) => process.exit(explain(error))),
};

export async function run(argv: readonly string[]): Promise<void> {
  // `heed export | head` ends the reader early. A command goes on to its own exit code: that of a
  // check must never become the 0 of an `allow`.
  for (const stream of [stdout, stderr]) stream.on("error", ignoreClosedPipe);
  try {
    await buildProgram(context).parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") process.exit(explain(error));
}

/** Says in a line what went wrong and gives the exit code. */
function explain(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliFailure) {
    printLines(stderr, `heed: ${error.message}`);
    return error.exitCode;
  }
  printLines(stderr, `heed: ${explainFailure(error, config) ?? unforeseen(error)}`);
  return EXIT.failed;
}

/** One line with the place in the code; the whole stack for those who ask for it. */
function unforeseen(error: unknown): string {
  if (!(error instanceof Error)) return `something unforeseen went wrong: ${String(error)}`;
  if (env.HEED_LOG_LEVEL === "debug") return error.stack ?? error.message;
  const place = /^\s+at .*$/m.exec(error.stack ?? "")?.[0]?.trim() ?? "at an unknown place";
  return (
    `something unforeseen went wrong: ${error.message.split("\n")[0]} (${place}). ` +
    "HEED_LOG_LEVEL=debug shows more; please report it."
  );
}
