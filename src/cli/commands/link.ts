/** `heed link`: the opt-out link of one person, to put into a message. */
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import { type Context, printLine } from "../context.ts";
import { withJson } from "../flags.ts";
import { withClient } from "../with-client.ts";

export function registerLink(program: Command, context: Context): void {
  withJson(
    program
      .command("link <address>")
      .description("the opt-out link of one person, to put into a message")
      .requiredOption("--sender <id>", "the sender that the link opts out of")
      .addOption(
        new Option("--channel <channel>", "the channel it goes out on").choices([...CHANNELS]),
      )
      .option("--language <tag>", "language of the page, such as fr"),
  )
    .addHelpText("after", "\nExample:\n  $ heed link ana@example.com --sender acme --language es")
    .action(async (address: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const link = await withClient(context, flags, (client) =>
        client.json<{ url: string }>("/v1/links", {
          json: {
            address,
            sender: flags.sender,
            channel: flags.channel,
            language: flags.language,
          },
        }),
      );
      printLine(context.stdout, flags.json ? JSON.stringify(link) : link.url);
    });
}
