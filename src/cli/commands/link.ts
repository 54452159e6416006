/** `heed link`: the opt-out link of one person, to put into a message. */
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

export function registerLink(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("link")
      .description("the opt-out link of one person, to put into a message")
      .argument("<address>", "phone number with its country code, or e-mail address")
      .requiredOption("--sender <id>", "the sender that the link opts out of")
      .addOption(
        new Option("--channel <channel>", "the channel it goes out on").choices([...CHANNELS]),
      )
      .option("--language <tag>", "language of the page, such as fr"),
  );
  withExamples(command, [
    "heed link ana@example.com --sender acme --language es",
    "heed link ana@example.com --sender acme --json",
  ]).action(async (address: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const { sender, channel, language } = flags;
    const link = await withClient(context, flags, (client) =>
      client.json<{ url: string }>("/v1/links", { json: { address, sender, channel, language } }),
    );
    if (flags.json) printJson(context.stdout, link);
    else printLine(context.stdout, link.url);
  });
}
