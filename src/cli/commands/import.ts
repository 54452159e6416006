/** `heed import`: opt-outs, opt-ins and dealings from a CSV file of another system. */
import { type Command, Option } from "commander";
import { DEALING_KINDS } from "../../domain/act.ts";
import { ALL, CHANNELS } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { openOutput, refuseSameFile } from "../output-file.ts";
import { printJson, printLines } from "../print.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface Imported {
  readonly summary: string;
  readonly report: { readonly rejected: number };
  readonly rejects: string;
}

export function registerImport(program: Command, context: Context): void {
  const command = program
    .command("import")
    .description("take opt-outs, opt-ins and dealings from a CSV file")
    .argument("<file>", "the CSV file (`-` reads standard input)")
    .requiredOption("--sender <id>", "the sender that rows are about when they name none, or `all`")
    .addOption(
      new Option("--kind <kind>", "what rows are when they do not say").choices([
        "opt-out",
        "opt-in",
        ...DEALING_KINDS,
      ]),
    )
    .addOption(
      new Option("--channel <channel>", "the channel rows are about when they name none").choices([
        ...CHANNELS,
        ALL,
      ]),
    )
    .option("--default-region <country>", "country of numbers written without one, such as US")
    .option("--name <text>", "name of this import, kept with every entry; default: the file's")
    .option("--evidence <text>", "what proves what this file says, when its rows do not")
    .option("--zone <zone>", "time zone of times without one; default: UTC")
    .option("--column <name>", "column with the address: its name, or its number from 1")
    .option("--delimiter <character>", "what separates the columns; default: found out")
    .option("--rejects <file>", "where rows go that cannot be read, with line and reason")
    .option("--dry-run", "say what would happen, and record nothing");
  withExamples(
    withJson(command),
    [
      "heed import unsubscribed.csv --sender acme --kind opt-out --channel email --dry-run",
      "heed import unsubscribed.csv --sender acme --kind opt-out --channel email \\\n" +
        "--rejects rejects.csv",
    ],
    "An import never lifts an opt-out, and importing a file twice records nothing new.\n" +
      "Exit codes: 0 done, 13 done, but some rows were rejected, 1 failure, 2 wrong usage.",
  ).action((file: string, _, command: Command) => run(context, file, command));
}

async function run(context: Context, file: string, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  await refuseSameFile([file, flags.rejects], "the list and --rejects must be different files");
  const upload = await uploadOf(context, file, flags.json === true);
  const rejects =
    flags.rejects === undefined ? null : await openOutput(flags.rejects, { replace: true });
  try {
    const imported = await send(context, file, upload, flags);
    // First of all what was done: it stays done when the rejects cannot be written.
    if (flags.json) printJson(context.stdout, imported.report);
    else printLines(context.stdout, imported.summary.trimEnd());
    if (imported.report.rejected > 0) context.exitWith(EXIT.partly);
    await rejects?.write([imported.rejects]);
    await rejects?.keep();
  } finally {
    await rejects?.discard();
  }
}

function send(
  context: Context,
  file: string,
  stream: AsyncIterable<Uint8Array>,
  flags: ReturnType<Command["optsWithGlobals"]>,
): Promise<Imported> {
  const { sender, kind, channel, evidence, zone, column, delimiter } = flags;
  return withClient(context, flags, (client) =>
    client.json<Imported>("/v1/imports", {
      method: "POST",
      stream,
      contentType: "text/csv",
      query: {
        ...{ sender, kind, channel, evidence, zone, column, delimiter },
        defaultRegion: flags.defaultRegion?.toUpperCase(),
        name: flags.name ?? (file === "-" ? "standard input" : file.split(/[\\/]/).at(-1)),
        dryRun: flags.dryRun === true ? true : undefined,
      },
    }),
  );
}
