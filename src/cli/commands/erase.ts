/** `heed erase`: removes a person's data and keeps them suppressed. */
import { createInterface } from "node:readline/promises";
import type { ReadStream } from "node:tty";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printLines } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Erased {
  readonly summary: string;
}

export function registerErase(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("erase")
      .description("remove a person's data for good, and keep them suppressed")
      .argument("<address>", "phone number with its country code, or e-mail address")
      .requiredOption("--by <name>", "who erases; it stays on record")
      .option("--note <text>", "why; it stays on record, so it must not name the person")
      .option("--yes", "do not ask for the address a second time"),
  );
  withExamples(
    command,
    [
      "heed erase +12125550123 --by kim",
      'heed erase ana@example.com --by kim --note "letter of 3 May" --yes',
    ],
    "It cannot be undone. The hashes of the ledger, a token and an entry stay, so the person stays\n" +
      "denied until they opt in again themselves. Heed cannot reach backups and other systems:\n" +
      "docs/guides/erasure.md says what is left to do.",
  ).action(async (address: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const { by, note, yes } = flags;
    if (yes !== true) await askAgain(context, address);
    const erased = await withClient(context, flags, (client) =>
      client.json<Erased>("/v1/erasures", { json: { address, by: "staff", author: by, note } }),
    );
    if (flags.json) return printJson(context.stdout, erased);
    printLines(context.stdout, erased.summary);
    printLine(
      context.stdout,
      "Yours to do: backups, exports, other systems and your shell's history (docs/guides/erasure.md).",
    );
  });
}

/** A slip of the finger would erase somebody else, for good. */
async function askAgain(context: Context, address: string): Promise<void> {
  if ((context.stdin as Partial<ReadStream>).isTTY !== true) {
    throw new CliFailure("an erasure cannot be undone; add --yes if you mean it", EXIT.usage);
  }
  const { stdin: input, stderr: output } = context;
  const terminal = createInterface({ input, output });
  try {
    const question = "This cannot be undone. Write the address again to erase it: ";
    const answer = await terminal.question(question);
    if (answer.trim() === address.trim()) return;
  } finally {
    terminal.close();
  }
  throw new CliFailure("that is not the same address; nothing was erased");
}
