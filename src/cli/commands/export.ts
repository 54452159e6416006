/** `heed export`: the ledger's entries as JSON lines, exact, for machines and archives. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Command, InvalidArgumentError } from "commander";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { withExamples } from "../flags.ts";
import { openOutput } from "../output-file.ts";
import { jsonLine, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

const PAGE = 1000;

interface Page {
  readonly entries: readonly { readonly position: number }[];
}

export function registerExport(program: Command, context: Context): void {
  const command = program
    .command("export")
    .description("write the ledger's entries as JSON lines, oldest first")
    .option("--after <position>", "only entries after this one", readPosition, 0)
    .option("--out <file>", "write to this new file instead of standard output");
  withExamples(command, [
    "heed export --out entries.ndjson",
    "heed export --after 120 | grep '\"opt-out\"'",
  ]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
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
