/** `heed destination`: systems that are told of every entry. */
import type { Command } from "commander";
import type { DestinationSetting } from "../../app/settings.ts";
import type { Context } from "../context.ts";
import { readObject, readPositiveInteger, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable } from "../print.ts";
import { withClient } from "../with-client.ts";
import { addListAndRemove, putSetting } from "./setting.ts";

interface DeadLetters {
  readonly deliveries: readonly {
    readonly position: number;
    readonly attempts: number;
    readonly lastError: string;
  }[];
}

const ADD_EXAMPLE = `heed destination add crm \\
--config '{"url":"https://crm.example.com/heed","secrets":["env:CRM_WEBHOOK_SECRET"]}'`;

export function registerDestination(program: Command, context: Context): void {
  const destination = program
    .command("destination")
    .description("systems that are told of every entry");
  withExamples(destination, [ADD_EXAMPLE, "heed destination dead crm"]);
  const add = withJson(
    destination
      .command("add")
      .description("add a destination, or replace one that is there; switches it on again")
      .argument("<id>", "lower-case letters, digits and hyphens")
      .option("--adapter <name>", "webhook", "webhook")
      .requiredOption(
        "--config <json>",
        "settings of the adapter; `env:NAME` reads the server's environment",
        readObject,
      ),
  );
  withExamples(add, [ADD_EXAMPLE]).action(async (id: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const value = { adapter: flags.adapter, enabled: true, config: flags.config };
    const path = `/v1/destinations/${encodeURIComponent(id)}`;
    const stored = await putSetting<DestinationSetting>(context, command, path, value);
    if (flags.json) return printJson(context.stdout, stored);
    const said = `The destination ${stored.id} is ready. It is told of every entry it has not had.`;
    printLine(context.stdout, said);
  });
  addListAndRemove<DestinationSetting>(destination, context, {
    plural: "destinations",
    singular: "destination",
    example: "crm",
    headings: ["ID", "ADAPTER", "STATE"],
    row: (one) => [
      ...[one.id, one.adapter],
      one.enabled ? "on" : `OFF (${one.disabledBecause ?? "by hand"})`,
    ],
  });
  addDead(destination, context);
  addReplay(destination, context);
}

function addDead(destination: Command, context: Context): void {
  const dead = withJson(
    destination
      .command("dead")
      .description("entries that it would not take, after all tries")
      .argument("<id>", "the destination"),
  );
  withExamples(dead, ["heed destination dead crm"]).action(
    async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const path = `/v1/destinations/${encodeURIComponent(id)}/deliveries`;
      const answer = await withClient(context, flags, (client) =>
        client.json<DeadLetters>(path, { query: { state: "dead" } }),
      );
      if (flags.json) return printJson(context.stdout, answer);
      const { deliveries } = answer;
      if (deliveries.length === 0) return printLine(context.stdout, "There is no dead letter.");
      printTable(
        context.stdout,
        ["ENTRY", "TRIES", "LAST ERROR"],
        deliveries.map((one) => [String(one.position), String(one.attempts), one.lastError]),
      );
    },
  );
}

function addReplay(destination: Command, context: Context): void {
  const replay = withJson(
    destination
      .command("replay")
      .description("try dead letters again, all of them or one")
      .argument("<id>", "the destination")
      .option("--entry <position>", "only this one", readPositiveInteger),
  );
  withExamples(replay, [
    "heed destination replay crm",
    "heed destination replay crm --entry 42",
  ]).action(async (id: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const path = `/v1/destinations/${encodeURIComponent(id)}/replay`;
    const answer = await withClient(context, flags, (client) =>
      client.json<{ replayed: number }>(path, { json: { position: flags.entry } }),
    );
    if (flags.json) return printJson(context.stdout, answer);
    const { replayed } = answer;
    const what = replayed === 1 ? "1 dead letter is" : `${replayed} dead letters are`;
    printLine(context.stdout, `${what} tried again.`);
  });
}
