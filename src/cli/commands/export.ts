/** `heed export`: the ledger's entries as JSON lines, exact, for machines and archives. */
import { createWriteStream } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { type Context, printLine } from "../context.ts";
import { withClient } from "../with-client.ts";

const PAGE = 1000;

interface Page {
  readonly entries: readonly { readonly position: number }[];
}

export function registerExport(program: Command, context: Context): void {
  program
    .command("export")
    .description("write the ledger's entries as JSON lines, oldest first")
    .option("--after <position>", "only entries after this one", readPosition, 0)
    .option("--out <file>", "write to this file instead of standard output")
    .addHelpText("after", "\nExample:\n  $ heed export --after 120 --out entries.ndjson")
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const out =
        flags.out === undefined
          ? context.stdout
          : createWriteStream(flags.out, { flags: "wx", mode: 0o600 });
      let after: number = flags.after;
      let count = 0;
      await withClient(context, flags, async (client) => {
        for (;;) {
          const page = await client.json<Page>("/v1/entries", { query: { after, limit: PAGE } });
          for (const entry of page.entries) {
            if (!out.write(`${JSON.stringify(entry)}\n`)) {
              await new Promise((resolve) => out.once("drain", resolve));
            }
          }
          count += page.entries.length;
          after = page.entries.at(-1)?.position ?? after;
          if (page.entries.length < PAGE) break;
        }
      });
      if (flags.out === undefined) return;
      await new Promise((resolve) => out.end(resolve));
      printLine(context.stderr, `Wrote ${count} entries to ${flags.out}, up to entry ${after}.`);
    });
}

function readPosition(text: string): number {
  const position = Number(text);
  if (Number.isSafeInteger(position) && position >= 0) return position;
  throw new InvalidArgumentError("Use the position of an entry, or 0.");
}
