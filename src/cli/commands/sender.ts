/** `heed sender`: the brands and legal entities in whose name messages go. */
import { type Command, Option } from "commander";
import type { Sender } from "../../app/settings.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";
import { addListAndRemove } from "./setting.ts";

export function registerSender(program: Command, context: Context): void {
  const sender = program
    .command("sender")
    .description("brands and legal entities in whose name messages go");
  withExamples(sender, ['heed sender add acme --name "Acme Shoes"', "heed sender list"]);
  const add = withJson(
    sender
      .command("add")
      .description("add a sender, or change what you name of one that is there")
      .argument("<id>", "lower-case letters, digits and hyphens")
      .option("--name <text>", "as people know it; a new sender needs it")
      .option("--language <tag>", "used when a person's language is not known; default: en")
      .addOption(
        new Option("--stop-covers <width>", "what a plain STOP covers; default: standard").choices([
          "standard",
          "every-channel",
          "every-sender",
        ]),
      )
      .option("--confirm", "confirm opt-outs that the provider did not confirm; default")
      .option("--no-confirm", "leave confirmations to the providers"),
  );
  withExamples(add, [
    'heed sender add acme --name "Acme Shoes" --language es',
    "heed sender add acme --stop-covers every-channel",
  ]).action((id: string, _, command: Command) => put(context, id, command));
  addListAndRemove<Sender>(sender, context, {
    plural: "senders",
    singular: "sender",
    example: "acme",
    headings: ["ID", "NAME", "LANGUAGE", "STOP COVERS", "CONFIRMS"],
    row: ({ id, name, language, stopCovers, confirm }) => [
      ...[id, name, language, stopCovers],
      confirm ? "yes" : "no",
    ],
  });
}

/** What is not named stays as it was: a new name must not narrow what STOP covers. */
async function put(context: Context, id: string, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  const stored = await withClient(context, flags, async (client) => {
    const { senders } = await client.json<{ senders: readonly Sender[] }>("/v1/senders");
    const before = senders.find((one) => one.id === id);
    const name = flags.name ?? before?.name;
    if (name === undefined) {
      throw new CliFailure(`a new sender needs its name: --name "Acme Shoes"`, EXIT.usage);
    }
    const value = {
      name,
      language: flags.language ?? before?.language,
      stopCovers: flags.stopCovers ?? before?.stopCovers,
      confirm: flags.confirm ?? before?.confirm,
      programs: before?.programs,
    };
    const path = `/v1/senders/${encodeURIComponent(id)}`;
    return await client.json<Sender>(path, { method: "PUT", json: value });
  });
  if (flags.json) printJson(context.stdout, stored);
  else printLine(context.stdout, `The sender ${stored.id} is ready.`);
}
