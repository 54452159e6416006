/** `heed source`: where opt-outs come in. */
import { type Command, InvalidArgumentError } from "commander";
import type { Source } from "../../app/settings.ts";
import { type Context, printLine } from "../context.ts";
import { withJson } from "../flags.ts";
import { addListAndRemove, putSetting } from "./setting.ts";

export function registerSource(program: Command, context: Context): void {
  const source = program.command("source").description("where opt-outs come in");
  withJson(
    source
      .command("add <id>")
      .description("add a source, or change it")
      .requiredOption("--adapter <name>", "twilio, standard-webhook")
      .requiredOption("--sender <id>", "in whose name people are written to there")
      .requiredOption(
        "--config <json>",
        "settings of the adapter; `env:NAME` reads the environment",
        readObject,
      )
      .option("--reply-provider <name>", "who answers people: twilio")
      .option("--reply-config <json>", "settings of that provider", readObject)
      .option("--default-region <country>", "country of numbers written without one"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ heed source add twilio-main --adapter twilio --sender acme \\\n" +
        `      --config '{"accountSid":"AC…","authTokens":["env:TWILIO_AUTH_TOKEN"]}' \\\n` +
        `      --reply-provider twilio --reply-config '{"accountSid":"AC…","authToken":"env:TWILIO_AUTH_TOKEN"}'`,
    )
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const value = {
        adapter: flags.adapter,
        sender: flags.sender,
        enabled: true,
        config: flags.config,
        ...(flags.defaultRegion === undefined
          ? {}
          : { defaultRegion: flags.defaultRegion.toUpperCase() }),
        ...(flags.replyProvider === undefined
          ? {}
          : { reply: { provider: flags.replyProvider, config: flags.replyConfig ?? {} } }),
      };
      await putSetting(context, command, `/v1/sources/${id}`, value, `The source ${id} is ready.`);
      if (flags.json) return;
      printLine(context.stdout, `Let the provider call <public URL>/v1/inbound/${id}`);
    });
  addListAndRemove(source, context, {
    plural: "sources",
    singular: "source",
    tell: (one: Source) =>
      `${one.id}  ${one.adapter}  sender ${one.sender}${one.enabled ? "" : "  OFF"}` +
      (one.reply === undefined ? "  answers nobody" : `  answers by ${one.reply.provider}`),
  });
}

export function readObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Use a JSON object, such as \'{"url":"https://…"}\'.');
}
