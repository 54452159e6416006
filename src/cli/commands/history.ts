/** `heed history`: what is on record about a person, in words. */
import type { Command } from "commander";
import { type Context, printLine, visible } from "../context.ts";
import { withJson } from "../flags.ts";
import { withClient } from "../with-client.ts";

interface History {
  readonly address: string;
  readonly events: readonly {
    readonly position: number;
    readonly recordedAt: string;
    readonly inWords: string;
  }[];
}

export function registerHistory(program: Command, context: Context): void {
  withJson(
    program.command("history <address>").description("what is on record about a person, in words"),
  )
    .addHelpText("after", "\nExample:\n  $ heed history +12125550123")
    .action(async (address: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const history = await withClient(context, flags, (client) =>
        client.json<History>("/v1/history", { query: { address } }),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify(history));
      if (history.events.length === 0) {
        return printLine(context.stdout, `Nothing is on record about ${history.address}.`);
      }
      printLine(context.stdout, history.address);
      for (const event of history.events) {
        const when = event.recordedAt.replace("T", " ").replace(/\.\d+Z$/, "Z");
        printLine(context.stdout, `  ${when}  entry ${event.position}  ${visible(event.inWords)}`);
      }
    });
}
