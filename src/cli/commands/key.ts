/** `heed key`: API keys. The secret is shown once and kept nowhere. */
import { type Command, InvalidArgumentError } from "commander";
import { KEY_SCOPES } from "../../app/settings.ts";
import { type Context, printLine } from "../context.ts";
import { readNames, withJson } from "../flags.ts";
import { withClient } from "../with-client.ts";

interface KeyShown {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
}

export function registerKey(program: Command, context: Context): void {
  const key = program.command("key").description("API keys");
  withJson(
    key
      .command("add <name>")
      .description("make a key; it is shown once")
      .option("--scopes <list>", `what it may do: ${KEY_SCOPES.join(",")}`, readScopes, ["check"]),
  )
    .addHelpText("after", '\nExample:\n  $ heed key add "campaign sender" --scopes check,record')
    .action(async (name: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const made = await withClient(context, flags, (client) =>
        client.json<{ id: string; key: string }>("/v1/keys", {
          json: { name, scopes: flags.scopes },
        }),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify(made));
      printLine(context.stdout, made.key);
      printLine(
        context.stderr,
        "This is the only time it is shown. Keep it where secrets are kept.",
      );
    });
  withJson(key.command("list").description("the keys there are")).action(
    async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const { keys } = await withClient(context, flags, (client) =>
        client.json<{ keys: readonly KeyShown[] }>("/v1/keys"),
      );
      if (flags.json) return printLine(context.stdout, JSON.stringify({ keys }));
      for (const one of keys) {
        printLine(
          context.stdout,
          `${one.id}  ${one.name}  ${one.scopes.join(",")}  ${one.createdAt}`,
        );
      }
    },
  );
  key
    .command("remove <id>")
    .description("end a key, on every server within two seconds")
    .action(async (id: string, _, command: Command) => {
      await withClient(context, command.optsWithGlobals(), (client) =>
        client.fetch(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" }),
      );
      printLine(context.stdout, `Key ${id} is ended.`);
    });
}

function readScopes(text: string): string[] {
  const scopes = readNames(text);
  const wrong = scopes.filter((scope) => !KEY_SCOPES.some((known) => known === scope));
  if (scopes.length > 0 && wrong.length === 0) return scopes;
  throw new InvalidArgumentError(`Use some of ${KEY_SCOPES.join(", ")}, separated by commas.`);
}
