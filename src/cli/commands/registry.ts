/** `heed registry`: lists of others, such as a national do-not-call registry. */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";
import { ANSWER_EXAMPLE, addAnswer } from "./registry-answer.ts";
import { addLoad, LOAD_EXAMPLE } from "./registry-load.ts";

interface ListStatus {
  readonly name: string;
  readonly access: string | null;
  readonly addresses: number;
  readonly answers: number;
  readonly asOf: string | null;
  readonly newestAnswerAt: string | null;
  readonly dueAt: string | null;
  readonly state: string;
  readonly inWords: string;
  readonly neededBy: readonly string[];
}

export function registerRegistry(program: Command, context: Context): void {
  const registry = program
    .command("registry")
    .description("lists of others: national registries, deployment-wide do-not-contact lists");
  withExamples(registry, [LOAD_EXAMPLE, ANSWER_EXAMPLE, "heed registry status"]);
  addLoad(registry, context);
  addAnswer(registry, context);
  addStatus(registry, context);
}

function addStatus(registry: Command, context: Context): void {
  const status = withJson(
    registry
      .command("status")
      .description("every registry that a rule names or that is loaded, and how old it is")
      .option("--loaded", "only those that are loaded or were asked"),
  );
  withExamples(status, ["heed registry status", "heed registry status --loaded"]).action(
    async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const { lists: all } = await withClient(context, flags, (client) =>
        client.json<{ lists: readonly ListStatus[] }>("/v1/lists"),
      );
      const lists = flags.loaded === true ? all.filter(isThere) : all;
      if (flags.json) return printJson(context.stdout, { lists });
      if (lists.length === 0) return printLine(context.stdout, "No list was loaded.");
      printTable(
        context.stdout,
        ["NAME", "ACCESS", "ENTRIES", "AS OF", "DUE", "STATE"],
        lists.map(rowOf),
      );
    },
  );
}

function isThere({ asOf, answers }: ListStatus): boolean {
  return asOf !== null || answers > 0;
}

function rowOf(list: ListStatus): readonly string[] {
  const asOf = list.asOf ?? list.newestAnswerAt;
  const words = list.state === "loaded" ? `ok: ${list.inWords}` : list.inWords;
  return [
    list.name,
    list.access ?? "own",
    isThere(list) ? String(list.addresses + list.answers) : "-",
    asOf === null ? "-" : shownInstant(asOf),
    list.dueAt === null ? "-" : shownInstant(list.dueAt),
    list.state === "stale" ? words.replace(/^too old/u, "TOO OLD") : words,
  ];
}
