/** `heed accept-gap`: two named people end the lock of a ledger that lost entries for good. */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

interface AcceptedGap {
  readonly entry: { readonly position: number; readonly inWords: string };
  readonly origin: string;
}

export function registerAcceptGap(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("accept-gap")
      .description("end the lock of a ledger whose missing entries cannot be found")
      .requiredOption("--first <name>", "who accepts it")
      .requiredOption("--second <name>", "who accepts it as well: somebody else")
      .requiredOption("--why <text>", "what happened, and what was done to find the entries"),
  );
  withExamples(
    command,
    [
      'heed accept-gap --first "Ana Torres" --second "Ben Okafor" \\\n' +
        '--why "The disk died; the backup of the night before is all there is."',
    ],
    "Look for the missing entries first, and import what providers and other systems still know:\n" +
      "afterwards nobody is denied for an opt-out that the ledger does not have. The ledger goes on\n" +
      "as another log, with a new key and a new name; what the old one signed stays valid.",
  ).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const { first, second, why } = flags;
    const accepted = await withClient(context, flags, (client) =>
      client.json<AcceptedGap>("/v1/ledger/gap", { json: { first, second, why } }),
    );
    if (flags.json) return printJson(context.stdout, accepted);
    const { entry, origin } = accepted;
    printLine(context.stdout, `Entry ${entry.position}: ${entry.inWords}`);
    printLine(context.stdout, `The ledger goes on as the log ${origin}. The lock is ended.`);
  });
}
