/** `heed source`: where opt-outs come in. */
import type { Command } from "commander";
import type { Source } from "../../app/settings.ts";
import type { Context } from "../context.ts";
import { readObject, withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { addListAndRemove, putSetting } from "./setting.ts";

export function registerSource(program: Command, context: Context): void {
  const source = program.command("source").description("where opt-outs come in");
  withExamples(source, ["heed source list", "heed source add --help"]);
  const add = withJson(
    source
      .command("add")
      .description("add a source, or replace one that is there")
      .argument("<id>", "lower-case letters, digits and hyphens; it ends the URL to call")
      .requiredOption("--adapter <name>", "twilio, standard-webhook")
      .requiredOption("--sender <id>", "in whose name people are written to there")
      .requiredOption(
        "--config <json>",
        "settings of the adapter; `env:NAME` reads the server's environment",
        readObject,
      )
      .option("--reply-provider <name>", "who answers people: twilio")
      .option("--reply-config <json>", "settings of that provider", readObject)
      .option("--default-region <country>", "country of numbers written without one"),
  );
  withExamples(add, [
    `heed source add shop --adapter standard-webhook --sender acme \\
--config '{"secrets":["env:SHOP_WEBHOOK_SECRET"]}'`,
    `heed source add acme-sms --adapter twilio --sender acme \\
--config '{"accountSid":"AC…","authTokens":["env:TWILIO_AUTH_TOKEN"]}' \\
--reply-provider twilio \\
--reply-config '{"accountSid":"AC…","authToken":"env:TWILIO_AUTH_TOKEN"}'`,
  ]).action((id: string, _, command: Command) => put(context, id, command));
  addListAndRemove<Source & { url: string }>(source, context, {
    plural: "sources",
    singular: "source",
    example: "acme-sms",
    headings: ["ID", "ADAPTER", "SENDER", "STATE", "ANSWERS BY", "URL"],
    row: (one) => [
      ...[one.id, one.adapter, one.sender, one.enabled ? "on" : "OFF"],
      one.reply?.provider ?? "nobody",
      one.url,
    ],
  });
}

async function put(context: Context, id: string, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  const { adapter, sender, config, defaultRegion, replyProvider } = flags;
  const value = {
    ...{ adapter, sender, enabled: true, config },
    ...(defaultRegion === undefined ? {} : { defaultRegion: defaultRegion.toUpperCase() }),
    ...(replyProvider === undefined
      ? {}
      : { reply: { provider: replyProvider, config: flags.replyConfig ?? {} } }),
  };
  const path = `/v1/sources/${encodeURIComponent(id)}`;
  const stored = await putSetting<Source & { url: string }>(context, command, path, value);
  if (flags.json) return printJson(context.stdout, stored);
  printLine(context.stdout, `The source ${stored.id} is ready. Let the provider call:`);
  printLine(context.stdout, `  ${stored.url}`);
}
