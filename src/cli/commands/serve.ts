/** `heed serve` for production, and `heed dev` with the sandbox, which is what `npm start` runs. */
import type { Command } from "commander";
import { type Config, type Flags, readConfig } from "../../runtime/config.ts";
import { createLog } from "../../runtime/log.ts";
import { type Serving, serve } from "../../runtime/serve.ts";
import { type Context, EXIT, printLine } from "../context.ts";

/** How long requests under way may take to end before the process ends without them. */
const STOP_WITHIN_MS = 10_000;

export function registerServe(program: Command, context: Context): void {
  addFlags(program.command("serve"))
    .description("run the server")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  $ heed serve --host 0.0.0.0 --public-url https://heed.example.com\n" +
        "  $ DATABASE_URL=postgres://heed@db/heed heed serve",
    )
    .action((_, command: Command) => run(context, command.optsWithGlobals(), "production"));
  addFlags(program.command("dev"))
    .description("run the server for trying it out: with the sandbox, a demo sender and a key")
    .action((_, command: Command) => run(context, command.optsWithGlobals(), "development"));
}

function addFlags(command: Command): Command {
  return command
    .option("--host <address>", "address to listen on (HEED_HOST; default: 127.0.0.1)")
    .option("--port <number>", "port to listen on (HEED_PORT; default: 4333)")
    .option("--public-url <url>", "address that people and providers reach (HEED_PUBLIC_URL)")
    .option("--default-region <country>", "country of numbers without one (HEED_DEFAULT_REGION)");
}

async function run(context: Context, flags: Flags, mode: Config["mode"]): Promise<void> {
  const config = readConfig(context.env, flags, mode, context.cwd);
  const log = createLog(config.logLevel);
  const serving = await serve(config, context.env, log, {
    asServer: true,
    onBroken: (error) => {
      // Promise 1: after a failed write or sync nothing may be acknowledged any more.
      log.error({ err: error }, "the store failed; the process ends so that nothing false is said");
      process.exit(EXIT.failed);
    },
  });
  for (const line of greeting(serving, config)) printLine(context.stdout, line);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  setTimeout(() => process.exit(EXIT.failed), STOP_WITHIN_MS).unref();
  await serving.stop();
}

function greeting(serving: Serving, config: Config): string[] {
  if (config.mode === "production") {
    return [`Heed listens on ${serving.url}, with ${serving.heed.deps.store.description}`];
  }
  return [
    `Sandbox        ${serving.url}/sandbox`,
    `API reference  ${serving.url}/reference`,
    `API key        ${serving.firstKey ?? "shown on the first start; `npx heed key add NAME` makes another"}`,
    "Stop           Ctrl+C",
  ];
}
