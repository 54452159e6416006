/** `heed registry answer`: keeps what a registry answered about single numbers. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import { splitCells } from "../../scrub/list-rows.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { readInstant, readNames, withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Answer {
  readonly address: string;
  readonly listed: boolean | null;
  readonly asOf: string;
  readonly listedSince?: string;
  readonly channels?: readonly string[];
  readonly sectors?: readonly string[];
  readonly consentAt?: string;
}

interface Kept {
  readonly taken: number;
  readonly older: number;
  readonly addresses: number;
  readonly rejected: readonly { readonly index: number; readonly problem: string }[];
  readonly rejectedCount: number;
}

export const ANSWER_EXAMPLE = `heed registry answer au-dncr +61412345678 --listed no \\
--as-of 2026-11-20T06:00:00Z`;
const FILE_EXAMPLE = `heed registry answer us-reassigned-numbers --file answers.csv \\
--as-of 2026-11-20T06:00:00Z`;
const ANSWERS_AT_ONCE = 5000;
const SHOWN = 10;
const LISTED: ReadonlyMap<string, boolean | null> = new Map([
  ...["yes", "y", "true", "1", "listed", "registered"].map((word) => [word, true] as const),
  ...["no", "n", "false", "0", "not listed", "not registered"].map(
    (word) => [word, false] as const,
  ),
  ...["no-data", "no data", "nodata", "unknown"].map((word) => [word, null] as const),
]);
const COLUMNS = "address, listed, as-of, listed-since, channels, sectors, consent-at";

export function addAnswer(registry: Command, context: Context): void {
  const answer = withJson(
    registry
      .command("answer")
      .description("keep what a registry answered about single numbers")
      .argument("<name>", "name of the list, such as au-dncr or us-reassigned-numbers")
      .argument("[address]", "the number that was asked about; or give --file")
      .addOption(
        new Option("--listed <answer>", "whether it is listed, or was reassigned").choices([
          "yes",
          "no",
          "no-data",
        ]),
      )
      .option("--as-of <instant>", "the instant of the answer", readInstant)
      .option("--listed-since <instant>", "since when it is listed", readInstant)
      .option("--channels <list>", `channels it is listed for: ${CHANNELS.join(",")}`, readNames)
      .option("--sectors <list>", "sectors it is listed for", readNames)
      .option("--consent-at <instant>", "the date of the consent that was asked about", readInstant)
      .option("--file <csv>", `many answers, in columns called: ${COLUMNS}`),
  );
  withExamples(
    answer,
    [ANSWER_EXAMPLE, FILE_EXAMPLE],
    "The newest answer about a number counts. What a row of the file does not say, the flags say.\n" +
      "Exit codes: 0 done, 13 done, but some answers were rejected, 1 failure, 2 wrong usage.",
  ).action(async (name: string, address: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const answers = await answersOf(address, flags);
    const kept = await withClient(context, flags, (client) => send(client, name, answers));
    if (kept.rejectedCount > 0) context.exitWith(EXIT.partly);
    if (flags.json) return printJson(context.stdout, { name, ...kept });
    tellKept(context, name, kept);
  });
}

type Flags = Readonly<
  Partial<Record<"listed" | "asOf" | "listedSince" | "consentAt" | "file", string>>
> & {
  readonly channels?: readonly string[];
  readonly sectors?: readonly string[];
};

async function answersOf(address: string | undefined, flags: Flags): Promise<readonly Answer[]> {
  if ((address === undefined) === (flags.file === undefined)) {
    throw new CliFailure("give one address, or --file with many", EXIT.usage);
  }
  if (address !== undefined) return [answerOf({ address }, flags, "the command line")];
  const file = flags.file!;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliFailure(`\`${file}\` cannot be read (${error.code})`);
  });
  const lines = text.replace(/^\uFEFF/u, "").split(/\r\n|\n|\r/u);
  const header = lines[0] ?? "";
  const delimiter = header.includes(";") ? ";" : header.includes("\t") ? "\t" : ",";
  const names = splitCells(header, delimiter).map(columnName);
  if (!names.includes("address")) {
    throw new CliFailure(`\`${file}\` has no column \`address\`; its columns are: ${COLUMNS}`);
  }
  return lines.flatMap((line, at) => {
    if (at === 0 || line.trim() === "") return [];
    const cells = splitCells(line, delimiter).map((cell) => cell.trim());
    const row = Object.fromEntries(names.map((name, column) => [name, cells[column] ?? ""]));
    return [answerOf(row, flags, `line ${at + 1}`)];
  });
}

/** `Listed-Since` and `listed_since` are `listedsince`. */
function columnName(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z]/gu, "");
  return ["phone", "phonenumber", "number", "email"].includes(plain) ? "address" : plain;
}

function answerOf(row: Readonly<Record<string, string>>, flags: Flags, place: string): Answer {
  const address = row.address ?? "";
  if (address === "") throw new CliFailure(`${place} has no address`);
  const said = (column: string) => (row[column] === "" ? undefined : row[column]);
  const listed = LISTED.get((said("listed") ?? flags.listed ?? "").toLowerCase());
  if (listed === undefined) {
    throw new CliFailure(`${place} does not say whether it is listed: yes, no or no-data`);
  }
  const asOf = instantOf(said("asof"), place) ?? flags.asOf;
  if (asOf === undefined) {
    throw new CliFailure(`${place} does not say when that was answered; give --as-of`);
  }
  const listedSince = instantOf(said("listedsince"), place) ?? flags.listedSince;
  const consentAt = instantOf(said("consentat"), place) ?? flags.consentAt;
  const channels = partsOf(said("channels")) ?? flags.channels;
  const sectors = partsOf(said("sectors")) ?? flags.sectors;
  return {
    address,
    listed,
    asOf,
    ...(listedSince === undefined ? {} : { listedSince }),
    ...(consentAt === undefined ? {} : { consentAt }),
    ...(channels === undefined ? {} : { channels }),
    ...(sectors === undefined ? {} : { sectors }),
  };
}

/** A date alone is its start in UTC. */
function instantOf(text: string | undefined, place: string): string | undefined {
  if (text === undefined) return undefined;
  const written = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00Z` : text;
  try {
    return readInstant(written);
  } catch {
    throw new CliFailure(`${place} has a date that cannot be read; write it as 2026-11-20`);
  }
}

function partsOf(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : readNames(text.replaceAll(/[;|]/gu, ","));
}

/** In pieces, each of which is on disk when it is answered. */
async function send(client: Client, name: string, answers: readonly Answer[]): Promise<Kept> {
  let all: Kept = { taken: 0, older: 0, addresses: 0, rejected: [], rejectedCount: 0 };
  for (let from = 0; from < answers.length; from += ANSWERS_AT_ONCE) {
    const kept = await client.json<Kept>(`/v1/lists/${encodeURIComponent(name)}/answers`, {
      json: { answers: answers.slice(from, from + ANSWERS_AT_ONCE) },
    });
    const moved = kept.rejected.map(({ index, problem }) => ({ index: index + from, problem }));
    all = {
      taken: all.taken + kept.taken,
      older: all.older + kept.older,
      addresses: kept.addresses,
      rejected: [...all.rejected, ...moved],
      rejectedCount: all.rejectedCount + kept.rejectedCount,
    };
  }
  return all;
}

function tellKept(context: Context, name: string, kept: Kept): void {
  const older = kept.older === 0 ? "" : ` ${kept.older} older than what was known.`;
  printLine(
    context.stdout,
    `${kept.taken} kept.${older} ${name} has answers about ${kept.addresses} ` +
      `${kept.addresses === 1 ? "address" : "addresses"}.`,
  );
  for (const { index, problem } of kept.rejected.slice(0, SHOWN)) {
    printLine(context.stdout, `  answer ${index + 1} was rejected: ${problem}`);
  }
  const more = kept.rejectedCount - Math.min(SHOWN, kept.rejected.length);
  if (more > 0) printLine(context.stdout, `  and ${more} more were`);
}
