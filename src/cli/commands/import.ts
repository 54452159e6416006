/** `heed import`: opt-outs and opt-ins from a CSV file of another system. */
import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import { type Context, EXIT, printLine } from "../context.ts";
import { withJson } from "../flags.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface Imported {
  readonly summary: string;
  readonly report: { readonly rejected: number };
  readonly rejects: string;
}

export function registerImport(program: Command, context: Context): void {
  withJson(
    program
      .command("import <file>")
      .description("take opt-outs and opt-ins from a CSV file (`-` reads standard input)")
      .requiredOption(
        "--sender <id>",
        "the sender that rows are about when they name none, or `all`",
      )
      .addOption(
        new Option("--kind <kind>", "what rows are when they do not say").choices([
          "opt-out",
          "opt-in",
        ]),
      )
      .addOption(
        new Option("--channel <channel>", "the channel rows are about when they name none").choices(
          [...CHANNELS, "all"],
        ),
      )
      .option("--default-region <country>", "country of numbers written without one, such as US")
      .option(
        "--name <text>",
        "name of this import, kept with every entry; default: the file's name",
      )
      .option("--evidence <text>", "what proves the opt-ins of this file, when its rows do not")
      .option("--zone <zone>", "time zone of times without one; default: UTC")
      .option("--rejects <file>", "where rows go that cannot be read, with line and reason")
      .option("--dry-run", "say what would happen, and record nothing"),
  )
    .addHelpText(
      "after",
      "\nAn import never lifts an opt-out, and importing a file twice records nothing new.\n" +
        "Exit codes: 0 done, 13 done, but some rows were rejected, 1 failure, 2 wrong usage.\n\n" +
        "Example:\n" +
        "  $ heed import unsubscribed.csv --sender acme --kind opt-out --channel email --dry-run",
    )
    .action(async (file: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const imported = await withClient(context, flags, async (client) =>
        client.json<Imported>("/v1/imports", {
          method: "POST",
          stream: await uploadOf(context, file, flags.json === true),
          contentType: "text/csv",
          query: {
            sender: flags.sender,
            kind: flags.kind,
            channel: flags.channel,
            defaultRegion: flags.defaultRegion?.toUpperCase(),
            name: flags.name ?? (file === "-" ? "standard input" : file.split(/[\\/]/).at(-1)),
            evidence: flags.evidence,
            zone: flags.zone,
            dryRun: flags.dryRun === true ? true : undefined,
          },
        }),
      );
      if (flags.rejects !== undefined) await writeFile(flags.rejects, imported.rejects);
      printLine(
        context.stdout,
        flags.json ? JSON.stringify(imported.report) : imported.summary.trimEnd(),
      );
      if (imported.report.rejected > 0) context.exitWith(EXIT.partly);
    });
}
