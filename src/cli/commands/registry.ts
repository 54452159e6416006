/** `heed registry`: lists of others, such as a national do-not-call registry. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import type { AddressProblem } from "../../address/problem.ts";
import { CHANNELS } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { readInstant, readNames, readPositiveInteger, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable, shownInstant } from "../print.ts";
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

const LOAD_EXAMPLE = `heed registry load us-national-dnc dnc.txt --as-of 2026-11-20T06:00:00Z \\
--countries US --channels voice,sms --default-region US`;
const REJECTED_SHOWN = 10;

const WHY_REJECTED: Readonly<Record<string, string>> = {
  "not-an-address": "neither a phone number nor an e-mail address",
  "too-short": "too few digits for a phone number",
  "too-long": "too many digits for a phone number",
  "needs-region": "a number without its country code; --default-region names its country",
} satisfies Partial<Record<AddressProblem["problem"], string>>;

export function registerRegistry(program: Command, context: Context): void {
  const registry = program
    .command("registry")
    .description("lists of others: national registries, deployment-wide do-not-contact lists");
  withExamples(registry, [LOAD_EXAMPLE, "heed registry status"]);
  addLoad(registry, context);
  addStatus(registry, context);
}

function addLoad(registry: Command, context: Context): void {
  const load = withJson(
    registry
      .command("load")
      .description("load or replace a list; one address a line")
      .argument("<name>", "name of the list; rules ask for `us-national-dnc` and the like")
      .argument("<file>", "text or CSV, the address first (`-` reads standard input)")
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
  );
  withExamples(
    load,
    [LOAD_EXAMPLE],
    "The list takes the place of the one with the same name, or nothing changes at all.\n" +
      "Exit codes: 0 done, 13 done, but some lines were rejected, 1 failure, 2 wrong usage.",
  ).action(async (name: string, file: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const stream = await uploadOf(context, file, flags.json === true);
    const loaded = await withClient(context, flags, async (client) =>
      client.json<Loaded>(`/v1/lists/${encodeURIComponent(name)}`, {
        method: "PUT",
        stream,
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
    if (flags.json) return printJson(context.stdout, loaded);
    tellLoaded(context, file, loaded);
  });
}

function tellLoaded(context: Context, file: string, loaded: Loaded): void {
  printLine(
    context.stdout,
    `${loaded.name} holds ${count(loaded.addresses, "address", "addresses")} from ` +
      `${basename(file)} (${count(loaded.duplicates, "duplicate", "duplicates")}, ` +
      `${count(loaded.rejectedCount, "line", "lines")} rejected).`,
  );
  for (const { line, problem } of loaded.rejected.slice(0, REJECTED_SHOWN)) {
    printLine(context.stdout, `  line ${line}: ${WHY_REJECTED[problem] ?? problem}`);
  }
  const more = loaded.rejectedCount - Math.min(REJECTED_SHOWN, loaded.rejected.length);
  if (more > 0) printLine(context.stdout, `  and ${more} more`);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function addStatus(registry: Command, context: Context): void {
  const status = withJson(
    registry.command("status").description("the lists there are, and how old they are"),
  );
  withExamples(status, ["heed registry status"]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const { lists } = await withClient(context, flags, (client) =>
      client.json<{ lists: readonly ListStatus[] }>("/v1/lists"),
    );
    if (flags.json) return printJson(context.stdout, { lists });
    if (lists.length === 0) return printLine(context.stdout, "No list was loaded.");
    printTable(
      context.stdout,
      ["NAME", "KIND", "ADDRESSES", "AS OF", "STATE"],
      lists.map((list) => [
        ...[list.name, list.kind, String(list.addresses), shownInstant(list.asOf)],
        list.stale ? "TOO OLD: what needs it is answered `unknown`" : "ok",
      ]),
    );
  });
}
