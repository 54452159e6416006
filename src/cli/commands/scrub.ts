/** `heed scrub`: cleans a contact list, and says why each row was taken out. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { Client } from "../client.ts";
import { CliFailure, type Context, EXIT, printLine } from "../context.ts";
import { channelOption, withJson } from "../flags.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface Scrubbed {
  readonly id: string;
  readonly summary: string;
  readonly report: { readonly rows: number; readonly clean: number };
}

export function registerScrub(program: Command, context: Context): void {
  withJson(
    program
      .command("scrub <file>")
      .description("clean a contact list (CSV; `-` reads standard input)")
      .addOption(channelOption("what the list is for").makeOptionMandatory())
      .requiredOption("--sender <id>", "in whose name it will be used")
      .requiredOption("--out <file>", "where the rows go that may be contacted")
      .option("--removed <file>", "where the other rows go, each with its reason")
      .option("--column <name>", "column with the address: its name, or its number from 1")
      .option("--class <class>", "class of the messages", "marketing")
      .option("--program <id>", "the sender's program")
      .option("--default-region <country>", "country of numbers written without one, such as US")
      .option("--delimiter <character>", "what separates the columns; default: found out")
      .option("--no-header", "the first row is no header"),
  )
    .addHelpText(
      "after",
      "\nThe rows in --out are kept byte for byte, in their order. Exit codes: 0 done, 1 failure,\n" +
        "2 wrong usage, 13 done, but some rows could not be read (they are in --removed).\n\n" +
        "Example:\n" +
        "  $ heed scrub contacts.csv --for sms --sender acme --out clean.csv --removed removed.csv",
    )
    .action(async (file: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      refuseSameFile(file, [flags.out, flags.removed]);
      await withClient(context, flags, async (client) => {
        const scrubbed = await client.json<Scrubbed & { report: { rejected: number } }>(
          "/v1/scrubs",
          {
            method: "POST",
            stream: await uploadOf(context, file, flags.json === true),
            contentType: "text/csv",
            query: {
              for: flags.for,
              sender: flags.sender,
              class: flags.class,
              program: flags.program,
              column: flags.column,
              defaultRegion: flags.defaultRegion?.toUpperCase(),
              delimiter: flags.delimiter,
              header: flags.header === false ? false : undefined,
            },
          },
        );
        await download(client, `/v1/scrubs/${scrubbed.id}/clean`, flags.out);
        if (flags.removed !== undefined) {
          await download(client, `/v1/scrubs/${scrubbed.id}/removed`, flags.removed);
        }
        await client.fetch(`/v1/scrubs/${scrubbed.id}`, { method: "DELETE" });
        printLine(
          context.stdout,
          flags.json ? JSON.stringify(scrubbed.report) : scrubbed.summary.trimEnd(),
        );
        if (scrubbed.report.rejected > 0) context.exitWith(EXIT.partly);
      });
    });
}

function refuseSameFile(input: string, outputs: readonly (string | undefined)[]): void {
  const files = [input, ...outputs].filter((file) => file !== undefined);
  if (new Set(files).size !== files.length) {
    throw new CliFailure("the list, --out and --removed must be three different files", EXIT.usage);
  }
}

/** Complete under its own name only when everything arrived. */
async function download(client: Client, path: string, file: string): Promise<void> {
  const response = await client.fetch(path);
  const partial = `${file}.partial`;
  try {
    if (response.body === null) throw new CliFailure("the server sent no file");
    await pipeline(response.body, createWriteStream(partial));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliFailure(`\`${file}\` cannot be written (${code})`);
  }
}
