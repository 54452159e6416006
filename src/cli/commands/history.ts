/** `heed history`: what is on record about a person, in words. */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface History {
  readonly address: string;
  readonly events: readonly {
    readonly position: number;
    readonly recordedAt: string;
    readonly inWords: string;
    /** Of an opt-out: its deadlines, and how long it took. */
    readonly obligation?: { readonly inWords: readonly string[] };
  }[];
}

export function registerHistory(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("history")
      .description("what is on record about a person, in words")
      .argument("<address>", "phone number with its country code, or e-mail address"),
  );
  withExamples(command, [
    "heed history +12125550123",
    "heed history ana@example.com --json",
  ]).action(async (address: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const history = await withClient(context, flags, (client) =>
      client.json<History>("/v1/history", { query: { address } }),
    );
    if (flags.json) return printJson(context.stdout, history);
    if (history.events.length === 0) {
      return printLine(context.stdout, `Nothing is on record about ${history.address}.`);
    }
    printLine(context.stdout, history.address);
    for (const { recordedAt, position, inWords, obligation } of history.events) {
      const line = `  ${shownInstant(recordedAt)}  entry ${position}  ${inWords}`;
      printLine(context.stdout, line);
      for (const told of obligation?.inWords ?? []) printLine(context.stdout, `      ${told}`);
    }
  });
}
