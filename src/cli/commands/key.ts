/** `heed key`: API keys. The secret is shown once and kept nowhere. */
import { type Command, InvalidArgumentError } from "commander";
import type { KeyScope } from "../../app/settings.ts";
import type { Context } from "../context.ts";
import { readNames, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";
import { addList, addRemove } from "./setting.ts";

interface KeyShown {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
}

const MAY: Readonly<Record<KeyScope, string>> = {
  check: "ask whether messages may be sent, and scrub lists",
  send: "tell which messages were sent",
  record: "write down opt-outs, opt-ins and dealings, review holds, make links",
  import: "import files and load lists",
  export: "read the ledger and people's history",
  admin: "everything, settings and keys too",
};
const SCOPES = Object.keys(MAY);

export function registerKey(program: Command, context: Context): void {
  const key = program.command("key").description("keys for the API");
  withExamples(key, ['heed key add "campaign sender"', "heed key list"]);
  const add = withJson(
    key
      .command("add")
      .description("make a key; it is shown once")
      .argument("<name>", "what it is for")
      .option("--scopes <list>", `what it may do: ${SCOPES.join(",")}`, readScopes, ["check"]),
  );
  withExamples(
    add,
    ['heed key add "campaign sender"', 'heed key add "support desk" --scopes check,record,export'],
    ["A key with the scope may", ...Object.entries(MAY).map(tellScope)].join("\n"),
  ).action(async (name: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const made = await withClient(context, flags, (client) =>
      client.json<{ id: string; key: string }>("/v1/keys", {
        json: { name, scopes: flags.scopes },
      }),
    );
    if (flags.json) return printJson(context.stdout, made);
    printLine(context.stdout, made.key);
    printLine(context.stderr, "This is the only time it is shown. Keep it where secrets are kept.");
  });
  addList<KeyShown>(key, context, {
    plural: "keys",
    singular: "key",
    example: "",
    headings: ["ID", "NAME", "SCOPES", "MADE"],
    row: (one) => [one.id, one.name, one.scopes.join(","), shownInstant(one.createdAt)],
  });
  addRemove(key, context, {
    path: "/v1/keys",
    example: "3f9a0c51b2d7",
    said: (id) => `The key ${id} is ended.`,
    description: "end a key, on every server within two seconds",
  });
}

function tellScope([scope, may]: [string, string]): string {
  return `  ${scope.padEnd(8)}${may}`;
}

function readScopes(text: string): string[] {
  const scopes = [...new Set(readNames(text))];
  const wrong = scopes.filter((scope) => !SCOPES.includes(scope));
  if (scopes.length > 0 && wrong.length === 0) return scopes;
  throw new InvalidArgumentError(`Use some of ${SCOPES.join(", ")}, separated by commas.`);
}
