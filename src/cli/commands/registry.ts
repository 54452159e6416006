/** `heed registry`: lists of others, such as a national do-not-call registry. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import { type Context, EXIT, printLine } from "../context.ts";
import { readInstant, readNames, readPositiveInteger, withJson } from "../flags.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface ListStatus {
  readonly name: string;
  readonly kind: string;
  readonly addresses: number;
  readonly asOf: string;
  readonly stale: boolean;
}

interface Loaded {
  readonly name: string;
  readonly addresses: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly line: number; readonly problem: string }[];
  readonly rejectedCount: number;
}

export function registerRegistry(program: Command, context: Context): void {
  const registry = program
    .command("registry")
    .description("lists of others: national registries, deployment-wide do-not-contact lists");
  withJson(
    registry
      .command("load <name> <file>")
      .description("load or replace a list; one address a line")
      .addOption(
        new Option("--kind <kind>", "who it binds")
          .choices(["national", "do-not-contact"])
          .default("national"),
      )
      .requiredOption("--as-of <instant>", "the instant that this copy was made", readInstant)
      .option("--max-age-days <days>", "how old a copy may be relied on", readPositiveInteger)
      .option("--countries <list>", "countries it speaks for, such as US,CA", readNames, [])
      .option("--channels <list>", `channels it speaks for: ${CHANNELS.join(",")}`, readNames, [])
      .option("--default-region <country>", "country of numbers written without one"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ heed registry load us-national-dnc dnc.txt --as-of 2026-11-20T06:00:00Z \\\n" +
        "      --countries US --channels voice,sms --default-region US",
    )
    .action(async (name: string, file: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const loaded = await withClient(context, flags, async (client) =>
        client.json<Loaded>(`/v1/lists/${encodeURIComponent(name)}`, {
          method: "PUT",
          stream: await uploadOf(context, file, flags.json === true),
          contentType: "text/plain",
          query: {
            kind: flags.kind,
            asOf: flags.asOf,
            maxAgeDays: flags.maxAgeDays,
            countries: flags.countries.join(",").toUpperCase(),
            channels: flags.channels.join(","),
            defaultRegion: flags.defaultRegion?.toUpperCase(),
          },
        }),
      );
      if (loaded.rejectedCount > 0) context.exitWith(EXIT.partly);
      if (flags.json) return printLine(context.stdout, JSON.stringify(loaded));
      printLine(
        context.stdout,
        `${loaded.name} holds ${loaded.addresses} addresses from ${basename(file)}` +
          ` (${loaded.duplicates} duplicates, ${loaded.rejectedCount} lines rejected).`,
      );
      for (const { line, problem } of loaded.rejected.slice(0, 10)) {
        printLine(context.stdout, `  line ${line}: ${problem}`);
      }
    });
  withJson(
    registry.command("status").description("the lists there are, and how old they are"),
  ).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const { lists } = await withClient(context, flags, (client) =>
      client.json<{ lists: readonly ListStatus[] }>("/v1/lists"),
    );
    if (flags.json) return printLine(context.stdout, JSON.stringify({ lists }));
    if (lists.length === 0) return printLine(context.stdout, "No list was loaded.");
    for (const list of lists) {
      printLine(
        context.stdout,
        `${list.name}  ${list.kind}  ${list.addresses} addresses  as of ${list.asOf}` +
          (list.stale ? "  TOO OLD: what needs it is answered `unknown`" : ""),
      );
    }
  });
}
