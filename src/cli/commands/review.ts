/** `heed review`: unclear messages that hold marketing until a person has read them. */
import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { readPositiveInteger, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Hold {
  readonly position: number;
  readonly recordedAt: string;
  readonly address: string | null;
  readonly text?: string;
}

export function registerReview(program: Command, context: Context): void {
  const review = program
    .command("review")
    .description("unclear messages that hold marketing until a person has read them");
  withExamples(review, [
    "heed review list",
    "heed review decide 42 --as not-an-opt-out --author kim",
  ]);
  addList(review, context);
  addDecide(review, context);
}

function addList(review: Command, context: Context): void {
  const list = withJson(review.command("list").description("what waits, oldest first"));
  withExamples(list, ["heed review list"]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const { holds } = await withClient(context, flags, (client) =>
      client.json<{ holds: readonly Hold[] }>("/v1/holds"),
    );
    if (flags.json) return printJson(context.stdout, { holds });
    if (holds.length === 0) return printLine(context.stdout, "Nothing waits for review.");
    printTable(
      context.stdout,
      ["ENTRY", "WRITTEN", "BY", "TEXT"],
      holds.map((hold) => [
        String(hold.position),
        shownInstant(hold.recordedAt),
        hold.address ?? "(erased)",
        `“${hold.text ?? ""}”`,
      ]),
    );
  });
}

function addDecide(review: Command, context: Context): void {
  const decide = withJson(
    review
      .command("decide")
      .description("say what an unclear message meant")
      .argument("<entry>", "the number that `heed review list` shows", readPositiveInteger)
      .addOption(
        new Option("--as <reading>", "what it was")
          .choices(["opt-out", "not-an-opt-out"])
          .makeOptionMandatory(),
      )
      .requiredOption("--author <name>", "who read it")
      .option("--note <text>", "why"),
  );
  withExamples(decide, [
    "heed review decide 42 --as opt-out --author kim",
    'heed review decide 43 --as not-an-opt-out --author kim --note "asked for directions"',
  ]).action(async (position: number, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const reading = flags.as === "opt-out" ? "opt-out" : "release";
    const answer = await withClient(context, flags, (client) =>
      client.json<object>(`/v1/holds/${position}/${reading}`, {
        json: { author: flags.author, note: flags.note },
      }),
    );
    if (flags.json) return printJson(context.stdout, answer);
    printLine(
      context.stdout,
      reading === "opt-out"
        ? `Entry ${position} counts as an opt-out.`
        : `Entry ${position} holds nothing any more.`,
    );
  });
}
