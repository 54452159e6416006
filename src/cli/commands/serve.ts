/** `heed serve` for production, and `heed dev` with the sandbox, which is what `npm start` runs. */
import type { Command } from "commander";
import type { Config } from "../../runtime/config.ts";
import type { Serving } from "../../runtime/serve.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { withExamples } from "../flags.ts";
import { printLine } from "../print.ts";

/** How long requests under way may take to end before the process ends without them. */
const STOP_WITHIN_MS = 10_000;

export function registerServe(program: Command, context: Context): void {
  withExamples(
    addFlags(program.command("serve")).description("run the server"),
    [
      "heed serve --host 0.0.0.0 --public-url https://heed.example.com",
      "DATABASE_URL=postgres://heed@db/heed heed serve",
    ],
    "It keeps everything in the data folder, or in PostgreSQL when DATABASE_URL names one.\n" +
      "It ends on SIGTERM and Ctrl+C, after what is under way. HEED_LOG_LEVEL: debug, info, warn,\n" +
      "error or silent; the log goes to standard error, as JSON lines.",
  ).action((_, command: Command) => run(context, command, "production"));
}

export function registerDev(program: Command, context: Context): void {
  withExamples(
    addFlags(program.command("dev")).description(
      "run the server for trying it out: with the sandbox, a demo sender and a key",
    ),
    ["heed dev", "heed dev --port 4334 --data /tmp/heed"],
  ).action((_, command: Command) => run(context, command, "development"));
}

function addFlags(command: Command): Command {
  return command
    .option("--host <address>", "address to listen on (HEED_HOST; default: 127.0.0.1)")
    .option("--port <number>", "port to listen on (HEED_PORT; default: 4333)")
    .option("--public-url <url>", "address that people and providers reach (HEED_PUBLIC_URL)")
    .option("--default-region <country>", "country of numbers without one (HEED_DEFAULT_REGION)");
}

async function run(context: Context, command: Command, mode: Config["mode"]): Promise<void> {
  const config = context.config(command.optsWithGlobals(), mode);
  const { createLog } = await import("../../runtime/log.ts");
  const { serve } = await import("../../runtime/serve.ts");
  const log = createLog(config.logLevel);
  const end = (message: string) => (error: Error) => {
    log.error({ err: error }, message);
    process.exit(EXIT.failed);
  };
  const serving = await serve(config, context.env, log, {
    asServer: true,
    // Promise 1: after a failed write or sync nothing may be acknowledged any more.
    onBroken: end("the store failed; the process ends so that nothing false is said"),
  });
  process.on("uncaughtException", end("something unforeseen went wrong; the process ends"));
  for (const line of greeting(serving, config)) printLine(context.stdout, line);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  setTimeout(() => process.exit(EXIT.failed), STOP_WITHIN_MS).unref();
  await serving.stop();
}

const LOCKED_HINT =
  "Every check is denied, opt-outs are still taken. `heed doctor` says which ways out there are.";

function greeting(serving: Serving, config: Config): string[] {
  const { store, guard } = serving.heed.deps;
  const locked = guard.lock === null ? [] : ["", `LOCKED: ${guard.lock.text}`, LOCKED_HINT];
  if (config.mode === "production") {
    return [`Heed listens on ${serving.url}, with ${store.description}`, ...locked];
  }
  return [
    `Sandbox        ${serving.url}/sandbox`,
    `API reference  ${serving.url}/reference`,
    `API key        ${serving.firstKey ?? "shown on the first start; `npx heed key add NAME` makes another"}`,
    "Stop           Ctrl+C",
    ...locked,
  ];
}
