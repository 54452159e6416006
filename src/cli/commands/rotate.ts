/** `heed rotate`: a new signing key or pepper takes over, and the ledger says so. */
import { randomBytes } from "node:crypto";
import { Argument, type Command } from "commander";
import type { Config } from "../../runtime/config.ts";
import type { Rotation } from "../../runtime/rotate-keys.ts";
import { answers, refuseNewFolder } from "../client.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";

const KINDS = ["signing-key", "pepper"] as const;
type Kind = (typeof KINDS)[number];

interface Flags {
  readonly by?: string;
  readonly lost?: boolean;
  readonly print?: boolean;
  readonly newLog?: boolean;
  readonly json?: boolean;
}

const random = (length: number) => new Uint8Array(randomBytes(length));

export function registerRotate(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("rotate")
      .description("put a new signing key or pepper in force; the server must be stopped")
      .addArgument(new Argument("<key>", "which one").choices(KINDS))
      .option("--by <name>", "who does it; the ledger's entry names them")
      .option(
        "--lost",
        "signing-key: the present one is gone for good, nothing can vouch for the new",
      )
      .option("--print", "only print a new value for HEED_SIGNING_KEY or HEED_PEPPER")
      .option(
        "--new-log",
        "with --print: the key of a log with another name, for `heed accept-gap`",
      ),
  );
  withExamples(
    command,
    [
      'heed rotate signing-key --by "Ana Torres"',
      'heed --data /var/lib/heed rotate pepper --by "Ana Torres"',
      "heed rotate pepper --print",
    ],
    "Stop every server on this ledger first, and copy the `keys` folder to all of them afterwards;\n" +
      "then back it up again. Old receipts stay valid, and what was written under an old pepper is\n" +
      "found as before: retired keys are needed for ever.",
  ).action(async (kind: Kind, _, command: Command) => {
    const flags: Flags = command.optsWithGlobals();
    const config = context.config(command.optsWithGlobals());
    if (flags.print === true) return await printNew(context, config, kind, flags);
    await refuseRunning(context, config);
    const rotation = await rotationOf(context, config, flags);
    if (kind === "pepper") await pepper(context, rotation, flags);
    else await signingKey(context, rotation, flags);
  });
}

/** Another process would go on with the old key, and sign or hash with it. */
async function refuseRunning(context: Context, config: Config): Promise<void> {
  if ((context.env.HEED_URL ?? "") !== "") {
    throw new CliFailure(
      "HEED_URL is set, and keys are not rotated over the network. Run it where the data folder is, " +
        "without HEED_URL.",
    );
  }
  refuseNewFolder(config);
  const { readServerFile } = await import("../../runtime/server-file.ts");
  const running = await readServerFile(config.dataFolder);
  if (running !== null && (await answers(running.url))) {
    throw new CliFailure(
      `a server runs on ${config.dataFolder} (process ${running.pid}). Stop it, and every other ` +
        "server on this ledger, then repeat the command.",
    );
  }
}

async function rotationOf(context: Context, config: Config, flags: Flags): Promise<Rotation> {
  const by = (flags.by ?? "").trim();
  if (by === "") {
    throw new CliFailure(
      "say who does it: `--by NAME`. The ledger's entry names them.",
      EXIT.usage,
    );
  }
  const { createLog } = await import("../../runtime/log.ts");
  const level = (context.env.HEED_LOG_LEVEL ?? "") === "" ? "warn" : config.logLevel;
  // Whatever was being written rejects as well, and that ends the command.
  const start = { env: context.env, log: createLog(level), onBroken: () => undefined };
  return { config, start, random, by };
}

async function signingKey(context: Context, rotation: Rotation, flags: Flags): Promise<void> {
  const { rotateSigningKey } = await import("../../runtime/rotate-keys.ts");
  const { vkey, retired, handover } = await rotateSigningKey(rotation, flags.lost === true);
  if (flags.json) return printJson(context.stdout, { vkey, retired, handover });
  printLine(context.stdout, vkey);
  const told = (text: string) => printLine(context.stderr, text);
  told("This is the public half of the key that signs the log from now on. Publish it.");
  told(
    handover === null
      ? "Nothing vouches for it: tell everybody who holds the old one in another way."
      : `Whoever holds the old one can learn it from ${handover}, which the old key signed.`,
  );
  told("Old receipts stay valid. Copy the `keys` folder to every server, and back it up again.");
}

async function pepper(context: Context, rotation: Rotation, flags: Flags): Promise<void> {
  const { rotatePepper } = await import("../../runtime/rotate-keys.ts");
  const { fingerprint, retired } = await rotatePepper(rotation);
  if (flags.json) return printJson(context.stdout, { fingerprint, retired });
  printLine(context.stdout, `A new pepper is in force; its fingerprint is ${fingerprint}.`);
  printLine(
    context.stdout,
    `${retired} retired pepper${retired === 1 ? " is" : "s are"} needed for ever. Copy the \`keys\` ` +
      "folder to every server, and back it up again.",
  );
}

/** A secret on standard output, because that was asked for: it goes into a store of secrets. */
async function printNew(context: Context, config: Config, kind: Kind, flags: Flags) {
  const { newPepperText, newSigningKeyText } = await import("../../runtime/new-keys.ts");
  const text =
    kind === "pepper"
      ? newPepperText(random)
      : newSigningKeyText(context.env, config.publicUrl, flags.newLog === true, random);
  if (flags.json) return printJson(context.stdout, { value: text });
  printLine(context.stdout, text);
  printLine(
    context.stderr,
    flags.newLog === true
      ? "Put it in the place of HEED_SIGNING_KEY. It is a secret, and shown only this once."
      : `Put it first in ${kind === "pepper" ? "HEED_PEPPER" : "HEED_SIGNING_KEY"}, with a comma ` +
          "between it and the value before. It is a secret, and shown only this once.",
  );
}
