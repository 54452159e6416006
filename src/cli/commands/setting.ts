/** Listing and removing senders, sources and destinations: the same for all three. */
import type { Command } from "commander";
import { type Context, printLine } from "../context.ts";
import { withJson } from "../flags.ts";
import { withClient } from "../with-client.ts";

export interface SettingWords {
  /** `senders`: the path and the member of the answer. */
  readonly plural: string;
  readonly singular: string;
  /** One line about one of them. */
  readonly tell: (value: never) => string;
}

export function addListAndRemove(group: Command, context: Context, words: SettingWords): void {
  const { plural, singular } = words;
  const tell = words.tell as (value: unknown) => string;
  withJson(group.command("list").description(`the ${plural} there are`)).action(
    async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await withClient(context, flags, (client) =>
        client.json<Record<string, readonly unknown[]>>(`/v1/${plural}`),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify(answer));
      const all = answer[plural] ?? [];
      if (all.length === 0) printLine(context.stdout, `There is no ${singular}.`);
      for (const one of all) printLine(context.stdout, tell(one));
    },
  );
  group
    .command("remove <id>")
    .description(`remove a ${singular}; nothing in the ledger changes`)
    .action(async (id: string, _, command: Command) => {
      await withClient(context, command.optsWithGlobals(), (client) =>
        client.fetch(`/v1/${plural}/${encodeURIComponent(id)}`, { method: "DELETE" }),
      );
      printLine(context.stdout, `The ${singular} ${id} is removed.`);
    });
}

export async function putSetting(
  context: Context,
  command: Command,
  path: string,
  value: object,
  said: string,
): Promise<void> {
  const flags = command.optsWithGlobals();
  const stored = await withClient(context, flags, (client) =>
    client.json<object>(path, { method: "PUT", json: value }),
  );
  printLine(context.stdout, flags.json ? JSON.stringify(stored) : said);
}
