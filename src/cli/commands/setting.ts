/** Listing and removing senders, sources and destinations: the same for all three. */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable } from "../print.ts";
import { withClient } from "../with-client.ts";

export interface SettingWords<T> {
  /** `senders`: the path and the member of the answer. */
  readonly plural: string;
  readonly singular: string;
  /** An id for the examples. */
  readonly example: string;
  readonly headings: readonly string[];
  readonly row: (value: T) => readonly string[];
}

export function addListAndRemove<T>(
  group: Command,
  context: Context,
  words: SettingWords<T>,
): void {
  addList(group, context, words);
  addRemove(group, context, {
    ...words,
    path: `/v1/${words.plural}`,
    said: (id) => `The ${words.singular} ${id} is removed.`,
    description: `remove a ${words.singular}; nothing in the ledger changes`,
  });
}

export function addList<T>(group: Command, context: Context, words: SettingWords<T>): void {
  const { plural, singular, headings, row } = words;
  const list = withJson(group.command("list").description(`the ${plural} there are`));
  withExamples(list, [`heed ${group.name()} list`]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const answer = await withClient(context, flags, (client) =>
      client.json<Record<string, readonly T[]>>(`/v1/${plural}`),
    );
    if (flags.json) return printJson(context.stdout, answer);
    const all = answer[plural] ?? [];
    if (all.length === 0) return printLine(context.stdout, `There is no ${singular}.`);
    printTable(context.stdout, headings, all.map(row));
  });
}

interface RemoveWords {
  readonly path: string;
  readonly description: string;
  readonly example: string;
  readonly said: (id: string) => string;
}

export function addRemove(group: Command, context: Context, words: RemoveWords): void {
  const remove = withJson(group.command("remove").description(words.description)).argument(
    "<id>",
    `the one that \`heed ${group.name()} list\` shows`,
  );
  withExamples(remove, [`heed ${group.name()} remove ${words.example}`]).action(
    async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      await withClient(context, flags, (client) =>
        client.fetch(`${words.path}/${encodeURIComponent(id)}`, { method: "DELETE" }),
      );
      if (flags.json) return printJson(context.stdout, { removed: id });
      printLine(context.stdout, words.said(id));
    },
  );
}

/** Adds or replaces a setting. Gives what is stored now. */
export async function putSetting<T>(
  context: Context,
  command: Command,
  path: string,
  value: object,
): Promise<T> {
  return await withClient(context, command.optsWithGlobals(), (client) =>
    client.json<T>(path, { method: "PUT", json: value }),
  );
}
