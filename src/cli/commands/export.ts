/**
 * `heed export`: the ledger's entries as JSON lines, exact, for machines and archives; or everything
 * about one person as a folder, with what proves it to a stranger.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Flags } from "../../runtime/config.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import type { Evidence } from "../evidence.ts";
import { openFolder, summaryOf } from "../evidence-folder.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { openOutput } from "../output-file.ts";
import { jsonLine, printJson, printLine, printLines } from "../print.ts";
import { withClient } from "../with-client.ts";

const PAGE = 1000;

interface Page {
  readonly entries: readonly { readonly position: number }[];
}

export function registerExport(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("export")
      .description("write the ledger as JSON lines, or what one person said with its proofs")
      .option("--after <position>", "only entries after this one", readPosition, 0)
      .addOption(
        new Option("--for <address>", "all about this person, as a folder with proofs").conflicts(
          "after",
        ),
      )
      .option("--out <path>", "write to this new file; with --for: to this new folder"),
  );
  withExamples(command, [
    "heed export --out entries.ndjson",
    "heed export --after 120 | grep '\"opt-out\"'",
    "heed export --for +12125550123 --out evidence",
  ]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    if (flags.for !== undefined) return await exportPerson(context, flags as PersonFlags);
    if (flags.json) {
      throw new CliFailure("--json goes with --for; without it every line is JSON", EXIT.usage);
    }
    if (flags.out === undefined) {
      return await withClient(context, flags, async (client) => {
        for await (const text of pagesOf(client, flags.after)) {
          if (!(await isTaken(context.stdout, text))) return;
        }
      });
    }
    const out = await openOutput(flags.out, { mode: 0o600, replace: false });
    try {
      const seen = { count: 0, last: flags.after as number };
      await withClient(context, flags, (client) => out.write(pagesOf(client, flags.after, seen)));
      await out.keep();
      const upTo = seen.count === 0 ? "" : `, up to entry ${seen.last}`;
      printLine(context.stderr, `Wrote ${seen.count} entries to ${flags.out}${upTo}.`);
    } finally {
      await out.discard();
    }
  });
}

interface PersonFlags extends Flags {
  readonly for: string;
  readonly out?: string;
  readonly json?: boolean;
}

async function exportPerson(context: Context, flags: PersonFlags): Promise<void> {
  const { out: folder, for: address } = flags;
  if (folder === undefined) {
    throw new CliFailure("--for writes a folder; name it with --out", EXIT.usage);
  }
  const out = await openFolder(folder);
  try {
    const evidence = await withClient(context, flags, (client) =>
      client.json<Evidence>("/v1/evidence", { query: { address } }),
    );
    if (evidence.acts.length === 0) {
      throw new CliFailure(`nothing is on record about ${evidence.address}; nothing was written`);
    }
    await out.write(evidence);
    if (flags.json) printJson(context.stdout, resultOf(folder, evidence));
    else printLines(context.stdout, summaryOf(folder, evidence));
    if (evidence.note === undefined) return;
    printLine(context.stderr, evidence.note);
    context.exitWith(EXIT.partly);
  } finally {
    await out.discard();
  }
}

function resultOf(folder: string, { address, acts, ledger, note }: Evidence): object {
  const receipts = [...acts, ...ledger].filter(({ receipt }) => receipt !== null).length;
  const counts = { acts: acts.length, ledger: ledger.length, receipts };
  return { address, folder, ...counts, ...(note === undefined ? {} : { note }) };
}

async function* pagesOf(
  client: Client,
  from: number,
  seen = { count: 0, last: from },
): AsyncIterable<string> {
  for (;;) {
    const query = { after: seen.last, limit: PAGE };
    const { entries } = await client.json<Page>("/v1/entries", { query });
    seen.count += entries.length;
    seen.last = entries.at(-1)?.position ?? seen.last;
    yield entries.map(jsonLine).join("");
    if (entries.length < PAGE) return;
  }
}

/** Waits until the reader can take more; `false` once it has gone, as `head` does. */
async function isTaken(stream: Writable, text: string): Promise<boolean> {
  if (stream.errored !== null || stream.destroyed) return false;
  if (stream.write(text)) return true;
  await Promise.race([once(stream, "drain"), once(stream, "close")]).catch(() => undefined);
  return stream.errored === null && !stream.destroyed;
}

function readPosition(text: string): number {
  const position = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(position)) return position;
  throw new InvalidArgumentError("Use the position of an entry, or 0.");
}
