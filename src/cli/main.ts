/** The command line: `heed <command>`. One file per command under `commands/`. */
import { Command, CommanderError } from "commander";
import { readConfig } from "../runtime/config.ts";
import { explainFailure } from "../runtime/explain-failure.ts";
import { createLog } from "../runtime/log.ts";
import { connect } from "./client.ts";
import { registerCheck } from "./commands/check.ts";
import { registerDestination } from "./commands/destination.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExport } from "./commands/export.ts";
import { registerHistory } from "./commands/history.ts";
import { registerImport } from "./commands/import.ts";
import { registerKey } from "./commands/key.ts";
import { registerLink } from "./commands/link.ts";
import { registerRecognize } from "./commands/recognize.ts";
import { registerRecord } from "./commands/record.ts";
import { registerRegistry } from "./commands/registry.ts";
import { registerReview } from "./commands/review.ts";
import { registerScrub } from "./commands/scrub.ts";
import { registerSender } from "./commands/sender.ts";
import { registerServe } from "./commands/serve.ts";
import { registerSource } from "./commands/source.ts";
import { CliFailure, type Context, EXIT, printLine } from "./context.ts";

const context: Context = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  exitWith: (code) => {
    process.exitCode = code;
  },
  config: (flags) => readConfig(process.env, flags, "production", process.cwd()),
  connect: (flags) => {
    const config = readConfig(process.env, flags, "production", process.cwd());
    return connect(config, process.env, createLog(process.env.HEED_LOG_LEVEL ?? "warn"));
  },
};

const program = new Command("heed")
  .description("Every opt-out, heeded: everywhere, at once, provably.")
  .option("--data <folder>", "data folder (HEED_DATA; default: ./data)")
  .showHelpAfterError("(`heed --help` lists the commands)")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

for (const register of [
  registerServe,
  registerCheck,
  registerRecord,
  registerHistory,
  registerReview,
  registerScrub,
  registerImport,
  registerExport,
  registerLink,
  registerRecognize,
  registerSender,
  registerSource,
  registerDestination,
  registerKey,
  registerRegistry,
  registerDoctor,
]) {
  register(program, context);
}

// `heed export | head` ends the reader early; that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong and gives the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof CliFailure) {
    printLine(process.stderr, `heed: ${error.message}`);
    return error.exitCode;
  }
  const words = explainFailure(error, context.config(program.opts()));
  printLine(process.stderr, words === null ? `heed: ${(error as Error).stack}` : `heed: ${words}`);
  return EXIT.failed;
}
