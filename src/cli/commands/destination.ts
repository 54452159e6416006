/** `heed destination`: systems that are told of every entry. */
import type { Command } from "commander";
import type { DestinationSetting } from "../../app/settings.ts";
import { type Context, printLine } from "../context.ts";
import { readPositiveInteger, withJson } from "../flags.ts";
import { withClient } from "../with-client.ts";
import { addListAndRemove, putSetting } from "./setting.ts";
import { readObject } from "./source.ts";

interface DeadLetters {
  readonly deliveries: readonly {
    readonly position: number;
    readonly attempts: number;
    readonly lastError: string;
  }[];
}

export function registerDestination(program: Command, context: Context): void {
  const destination = program
    .command("destination")
    .description("systems that are told of every entry");
  withJson(
    destination
      .command("add <id>")
      .description("add a destination, or change it; switches it on again")
      .option("--adapter <name>", "webhook", "webhook")
      .requiredOption("--config <json>", "settings of the adapter", readObject),
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ heed destination add crm \\\n" +
        `      --config '{"url":"https://crm.example.com/heed","secrets":["env:CRM_WEBHOOK_SECRET"]}'`,
    )
    .action((id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const value = { adapter: flags.adapter, enabled: true, config: flags.config };
      const said = `The destination ${id} is told of every entry from the first one on.`;
      return putSetting(context, command, `/v1/destinations/${id}`, value, said);
    });
  addListAndRemove(destination, context, {
    plural: "destinations",
    singular: "destination",
    tell: (one: DestinationSetting) =>
      `${one.id}  ${one.adapter}  ${one.enabled ? "on" : `OFF (${one.disabledBecause ?? "by hand"})`}`,
  });
  withJson(destination.command("dead <id>").description("entries that it would not take")).action(
    async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await withClient(context, flags, (client) =>
        client.json<DeadLetters>(`/v1/destinations/${id}/deliveries`, { query: { state: "dead" } }),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify(answer));
      if (answer.deliveries.length === 0) printLine(context.stdout, "There is no dead letter.");
      for (const one of answer.deliveries) {
        printLine(
          context.stdout,
          `entry ${one.position}  ${one.attempts} attempts  ${one.lastError}`,
        );
      }
    },
  );
  destination
    .command("replay <id>")
    .description("try dead letters again, all of them or one")
    .option("--entry <position>", "only this one", readPositiveInteger)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const { replayed } = await withClient(context, flags, (client) =>
        client.json<{ replayed: number }>(`/v1/destinations/${id}/replay`, {
          json: { position: flags.entry },
        }),
      );
      printLine(context.stdout, `${replayed} dead letters are tried again.`);
    });
}
