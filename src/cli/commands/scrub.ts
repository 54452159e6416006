/** `heed scrub`: cleans a contact list, and says why each row was taken out. */
import type { Command } from "commander";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { channelOption, withExamples, withJson } from "../flags.ts";
import { type OutputFile, openOutput, refuseSameFile } from "../output-file.ts";
import { printJson, printLines } from "../print.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface Scrubbed {
  readonly id: string;
  readonly summary: string;
  readonly report: { readonly rejected: number };
}

type Flags = ReturnType<Command["optsWithGlobals"]>;

export function registerScrub(program: Command, context: Context): void {
  const command = program
    .command("scrub")
    .description("clean a contact list")
    .argument("<file>", "the list, as CSV (`-` reads standard input)")
    .addOption(channelOption("what the list is for").makeOptionMandatory())
    .requiredOption("--sender <id>", "in whose name it will be used")
    .requiredOption("--out <file>", "where the rows go that may be contacted")
    .option("--removed <file>", "where the other rows go, each with its reason")
    .option("--column <name>", "column with the address: its name, or its number from 1")
    .option("--class <class>", "class of the messages", "marketing")
    .option("--program <id>", "the sender's program")
    .option("--default-region <country>", "country of numbers written without one, such as US")
    .option("--delimiter <character>", "what separates the columns; default: found out")
    .option("--no-header", "the first row is no header");
  withExamples(
    withJson(command),
    ["heed scrub contacts.csv --for sms --sender acme --out clean.csv --removed removed.csv"],
    "The rows in --out are kept byte for byte, in their order. Files that are there are replaced,\n" +
      "once the scrub is complete.\n" +
      "Exit codes: 0 done, 13 done, but some rows could not be read (they are in --removed),\n" +
      "1 failure, 2 wrong usage.",
  ).action((file: string, _, command: Command) => run(context, file, command.optsWithGlobals()));
}

async function run(context: Context, file: string, flags: Flags): Promise<void> {
  await refuseSameFile(
    [file, flags.out, flags.removed],
    "the list, --out and --removed must be three different files",
  );
  const list = await uploadOf(context, file, flags.json === true);
  const outputs: OutputFile[] = [];
  try {
    const clean = await openOutput(flags.out, { replace: true });
    outputs.push(clean);
    const removed =
      flags.removed === undefined ? null : await openOutput(flags.removed, { replace: true });
    if (removed !== null) outputs.push(removed);
    const scrubbed = await withClient(context, flags, async (client) => {
      const done = await send(client, list, flags);
      await download(client, `/v1/scrubs/${done.id}/clean`, clean);
      if (removed !== null) await download(client, `/v1/scrubs/${done.id}/removed`, removed);
      await client.fetch(`/v1/scrubs/${done.id}`, { method: "DELETE" });
      return done;
    });
    for (const output of outputs) await output.keep();
    if (flags.json) printJson(context.stdout, scrubbed.report);
    else printLines(context.stdout, scrubbed.summary.trimEnd());
    if (scrubbed.report.rejected > 0) context.exitWith(EXIT.partly);
  } finally {
    for (const output of outputs) await output.discard();
  }
}

function send(client: Client, list: AsyncIterable<Uint8Array>, flags: Flags): Promise<Scrubbed> {
  return client.json<Scrubbed>("/v1/scrubs", {
    method: "POST",
    stream: list,
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
  });
}

async function download(client: Client, path: string, output: OutputFile): Promise<void> {
  const { body } = await client.fetch(path);
  if (body === null) throw new CliFailure("the server sent no file");
  await output.write(body);
}
