/** `heed sender`: the brands and legal entities in whose name messages go. */
import { type Command, Option } from "commander";
import type { Sender } from "../../app/settings.ts";
import type { Context } from "../context.ts";
import { withJson } from "../flags.ts";
import { addListAndRemove, putSetting } from "./setting.ts";

export function registerSender(program: Command, context: Context): void {
  const sender = program
    .command("sender")
    .description("brands and legal entities in whose name messages go");
  withJson(
    sender
      .command("add <id>")
      .description("add a sender, or change it")
      .requiredOption("--name <text>", "as people know it")
      .option("--language <tag>", "used when a person's language is not known", "en")
      .addOption(
        new Option("--stop-covers <width>", "what a plain STOP covers")
          .choices(["standard", "every-channel", "every-sender"])
          .default("standard"),
      )
      .option("--no-confirm", "leave confirmations to the providers"),
  )
    .addHelpText("after", '\nExample:\n  $ heed sender add acme --name "Acme Shoes" --language es')
    .action((id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const value = {
        name: flags.name,
        language: flags.language,
        stopCovers: flags.stopCovers,
        confirm: flags.confirm,
        programs: [],
      };
      return putSetting(context, command, `/v1/senders/${id}`, value, `The sender ${id} is ready.`);
    });
  addListAndRemove(sender, context, {
    plural: "senders",
    singular: "sender",
    tell: (one: Sender) =>
      `${one.id}  ${one.name}  ${one.language}  STOP covers: ${one.stopCovers}`,
  });
}
