/** `heed review`: unclear messages that hold marketing until a person has read them. */
import { type Command, Option } from "commander";
import { type Context, printLine, visible } from "../context.ts";
import { readPositiveInteger, withJson } from "../flags.ts";
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
  withJson(review.command("list").description("what waits, oldest first")).action(
    async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const { holds } = await withClient(context, flags, (client) =>
        client.json<{ holds: readonly Hold[] }>("/v1/holds"),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify({ holds }));
      if (holds.length === 0) return printLine(context.stdout, "Nothing waits for review.");
      for (const hold of holds) {
        printLine(
          context.stdout,
          `entry ${hold.position}  ${hold.recordedAt}  ${hold.address ?? "(erased)"}  ` +
            `“${visible(hold.text ?? "")}”`,
        );
      }
    },
  );
  withJson(
    review
      .command("decide <entry>")
      .description("say what an unclear message meant")
      .addOption(
        new Option("--as <reading>", "what it was")
          .choices(["opt-out", "not-an-opt-out"])
          .makeOptionMandatory(),
      )
      .requiredOption("--author <name>", "who read it")
      .option("--note <text>", "why"),
  )
    .addHelpText("after", "\nExample:\n  $ heed review decide 42 --as opt-out --author kim")
    .action(async (entry: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const position = readPositiveInteger(entry);
      const reading = flags.as === "opt-out" ? "opt-out" : "release";
      const answer = await withClient(context, flags, (client) =>
        client.json<object>(`/v1/holds/${position}/${reading}`, {
          json: { author: flags.author, note: flags.note },
        }),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify(answer));
      printLine(
        context.stdout,
        reading === "opt-out"
          ? `Entry ${position} counts as an opt-out.`
          : `Entry ${position} holds nothing any more.`,
      );
    });
}
