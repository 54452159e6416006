/** `heed registry load`: loads a list of others from files, or changes the copy that is there. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { LIST_FORMATS, type LineProblem, type ListReport } from "../../app/lists.ts";
import { CHANNELS } from "../../domain/words.ts";
import { HASH_ALGORITHMS, PHONE_FORMS } from "../../sets/hash-way.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { readInstant, readNames, readPositiveInteger, withExamples, withJson } from "../flags.ts";
import { JoinedFiles } from "../joined-files.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

export const LOAD_EXAMPLE = `heed registry load us-national-dnc 212.txt 646.txt --format us-dnc \\
--as-of 2026-11-20T06:00:00Z --max-age-days 31`;
const OTHER_EXAMPLES = [
  `heed registry load us-national-dnc changes.txt --format us-dnc-change \\
--as-of 2026-11-27T06:00:00Z`,
  `heed registry load house-list stop.csv --kind do-not-contact \\
--as-of 2026-11-20T06:00:00Z --default-region US`,
  `heed registry load data-brokers hashes.txt --format hashed --hash sha256 \\
--as-of 2026-11-20T06:00:00Z`,
];
const SHOWN = 10;
/** Each file of the others may have a header of its own. */
const FORMATS_OF_SEVERAL_FILES: readonly string[] = ["plain", "us-dnc", "us-dnc-change"];

const WHAT_IS_WRONG: Readonly<Record<string, string>> = {
  "not-an-address": "neither a phone number nor an e-mail address",
  "too-short": "too few digits for a phone number",
  "too-long": "too many digits for a phone number",
  "needs-region": "a number without its country code; --default-region names its country",
  "not-an-area-code-and-number": "not an area code and a number of seven digits",
  "not-a-hash": "not a hash of that kind",
  "no-change": "neither `A` for added nor `D` for deleted",
  "no-channel": "listed for none of the channels that Heed knows",
  "bad-date": "the date cannot be read, so it is listed since nobody knows when",
  "unknown-channel": "a channel is not known, so it is listed for all of them",
};

export function addLoad(registry: Command, context: Context): void {
  const load = withJson(
    registry
      .command("load")
      .description("load or replace a list, or change the copy that is there")
      .argument("<name>", "name of the list; rules ask for `us-national-dnc` and the like")
      .argument("<files...>", "text, CSV or XML (`-` reads standard input)")
      .addOption(
        new Option("--format <format>", "what the files look like")
          .choices([...LIST_FORMATS])
          .default("csv"),
      )
      .addOption(
        new Option("--kind <kind>", "who it binds")
          .choices(["national", "do-not-contact"])
          .default("national"),
      )
      .requiredOption("--as-of <instant>", "the instant that this copy was made", readInstant)
      .option("--max-age-days <days>", "how old a copy may be relied on", readPositiveInteger)
      .option("--countries <list>", "countries it speaks for, such as US,CA", readNames, [])
      .option("--channels <list>", `channels it speaks for: ${CHANNELS.join(",")}`, readNames, [])
      .option("--default-region <country>", "country of numbers written without one")
      .option("--columns <list>", "columns of a CSV without a header, such as address,since")
      .option("--area-codes <list>", "area codes of a `us-dnc` list; default: those in the file")
      .addOption(
        new Option("--hash <algorithm>", "how addresses are hashed").choices([...HASH_ALGORITHMS]),
      )
      .addOption(
        new Option("--hash-phones <form>", "how numbers were written before")
          .choices([...PHONE_FORMS])
          .default("digits"),
      )
      .option("--hash-prefix <text>", "what was written before each address")
      .option("--hash-suffix <text>", "what was written behind each address"),
  );
  withExamples(
    load,
    [LOAD_EXAMPLE, ...OTHER_EXAMPLES],
    "The list takes the place of the one with the same name, or nothing changes at all.\n" +
      "Exit codes: 0 done, 13 done, but some lines were rejected, 1 failure, 2 wrong usage.",
  ).action(async (name: string, files: readonly string[], _, command: Command) => {
    const flags = command.optsWithGlobals();
    refuseSeveral(files, flags.format);
    const joined = await JoinedFiles.open(context, files, flags.json === true);
    const answer = await withClient(context, flags, async (client) =>
      client.json<ListReport>(`/v1/lists/${encodeURIComponent(name)}`, {
        method: "PUT",
        stream: joined.stream(),
        contentType: "text/plain",
        query: queryOf(flags as unknown as LoadFlags),
      }),
    );
    const loaded = {
      ...answer,
      rejected: answer.rejected.map((one) => joined.place(one)),
      unclear: answer.unclear.map((one) => joined.place(one)),
    };
    if (loaded.rejectedCount + loaded.unclearCount > 0) context.exitWith(EXIT.partly);
    if (flags.json) return printJson(context.stdout, loaded);
    tellLoaded(context, files, loaded);
  });
}

interface LoadFlags {
  readonly format: string;
  readonly kind: string;
  readonly asOf: string;
  readonly maxAgeDays?: number;
  readonly countries: readonly string[];
  readonly channels: readonly string[];
  readonly defaultRegion?: string;
  readonly columns?: string;
  readonly areaCodes?: string;
  readonly hash?: string;
  readonly hashPhones: string;
  readonly hashPrefix?: string;
  readonly hashSuffix?: string;
}

function queryOf(given: LoadFlags) {
  const hashed = given.format === "hashed";
  return {
    format: given.format,
    kind: given.kind,
    asOf: given.asOf,
    maxAgeDays: given.maxAgeDays,
    countries: given.countries.join(",").toUpperCase(),
    channels: given.channels.join(","),
    defaultRegion: given.defaultRegion?.toUpperCase(),
    columns: given.columns,
    areaCodes: given.areaCodes,
    hashAlgorithm: given.hash,
    hashPhones: hashed ? given.hashPhones : undefined,
    hashPrefix: given.hashPrefix,
    hashSuffix: given.hashSuffix,
  };
}

function refuseSeveral(files: readonly string[], format: string): void {
  if (files.length === 1 || FORMATS_OF_SEVERAL_FILES.includes(format)) return;
  throw new CliFailure(
    `a list of the format ${format} comes in one file, because each has a header of its own; put ` +
      "them together first",
    EXIT.usage,
  );
}

type Placed = LineProblem & { readonly file?: string };

function tellLoaded(
  context: Context,
  files: readonly string[],
  loaded: ListReport & {
    readonly rejected: readonly Placed[];
    readonly unclear: readonly Placed[];
  },
): void {
  const { changes } = loaded;
  const from = files.length === 1 ? basename(files[0]!) : `${files.length} files`;
  const done =
    changes === null
      ? `${count(loaded.duplicates, "duplicate", "duplicates")}`
      : `${changes.added} added, ${changes.deleted} deleted, ${changes.notThere} to be deleted and not there`;
  printLine(
    context.stdout,
    `${loaded.name} holds ${count(loaded.addresses, "address", "addresses")} from ${from} ` +
      `(${done}, ${count(loaded.rejectedCount, "line", "lines")} rejected).`,
  );
  tellLines(context, loaded.rejected, loaded.rejectedCount);
  if (loaded.unclearCount === 0) return;
  printLine(
    context.stdout,
    `${count(loaded.unclearCount, "line was", "lines were")} read strictly, because part of what ` +
      "is said there cannot be read:",
  );
  tellLines(context, loaded.unclear, loaded.unclearCount);
}

function tellLines(context: Context, lines: readonly Placed[], total: number): void {
  for (const { file, line, problem } of lines.slice(0, SHOWN)) {
    const place = file === undefined ? `line ${line}` : `${file} line ${line}`;
    printLine(context.stdout, `  ${place}: ${WHAT_IS_WRONG[problem] ?? problem}`);
  }
  const more = total - Math.min(SHOWN, lines.length);
  if (more > 0) printLine(context.stdout, `  and ${more} more`);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
