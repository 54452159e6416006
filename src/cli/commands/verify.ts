/** `heed verify`: whether a receipt, a data folder, a backup or a server's log is what it should be. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { verifyPublished } from "../../app/verify-published.ts";
import type { Flags as ConfigFlags } from "../../runtime/config.ts";
import { readServerFile } from "../../runtime/server-file.ts";
import { answers } from "../client.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { openOutput } from "../output-file.ts";
import { withProgress } from "../progress.ts";
import { publishedLogAt } from "../published-log.ts";
import { printResult, resultOfFolder, resultOfServer } from "../verify-log.ts";
import { type TrustedKeys, verifyReceipts } from "../verify-receipts.ts";

interface Flags extends ConfigFlags {
  readonly key?: readonly string[];
  readonly url?: string;
  readonly since?: string;
  readonly keep?: string;
  readonly json?: boolean;
}

export function registerVerify(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .description("check receipts, or the whole ledger: of a folder, a backup or a server")
    .argument("[receipts...]", "receipts to check, without a network; `-` reads standard input")
    .option("--key <key>", "public key of the log: a vkey, or a file of them; may be repeated", add)
    .option("--url <url>", "the server whose published log is checked (HEED_URL)")
    .option("--since <file>", "a checkpoint from before: the log must still begin with it")
    .option("--keep <file>", "keep the new checkpoint here, if all is well (of a server)");
  withExamples(
    withJson(command),
    [
      "heed verify receipt.json --key key.txt",
      "heed verify",
      "heed verify --data /backups/heed-2026-11-21",
      "heed verify --url https://heed.example.com --key key.txt --since last --keep last",
    ],
    "Without receipts it checks the server in --url or HEED_URL (with the key in HEED_API_KEY, where\n" +
      "one is needed), else the one that runs on the data folder, through what it publishes; else\n" +
      "the data folder or backup itself, of which it changes nothing. It names the first wrong entry.\n" +
      "Without --key it believes the keys of the data folder, or those that a server says are its own.\n" +
      "Exit codes: 0 it holds, 1 something is wrong or could not be checked, 2 wrong usage.",
  ).action(async (receipts: string[], _, command: Command) => {
    const flags = command.optsWithGlobals<Flags>();
    const holds =
      receipts.length > 0
        ? await ofReceipts(context, receipts, flags)
        : await ofLog(context, flags);
    if (!holds) context.exitWith(EXIT.failed);
  });
}

function add(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function ofReceipts(
  context: Context,
  receipts: readonly string[],
  flags: Flags,
): Promise<boolean> {
  if (flags.url !== undefined || flags.since !== undefined || flags.keep !== undefined) {
    throw new CliFailure(
      "receipts are checked offline: leave out --url, --since, --keep",
      EXIT.usage,
    );
  }
  const keys = await keysFor(context, flags);
  return await verifyReceipts(context, receipts, keys, flags.json === true);
}

async function keysFor(context: Context, flags: Flags): Promise<TrustedKeys> {
  const given = await givenKeys(flags.key ?? []);
  if (given.length > 0) return { vkeys: given, from: "those that were given" };
  const { dataFolder } = context.config(flags);
  const { readVkeys } = await import("../../runtime/read-vkeys.ts");
  const vkeys = await readVkeys(dataFolder, context.env);
  if (vkeys.length > 0) return { vkeys, from: `those of ${dataFolder}` };
  throw new CliFailure(
    "there is no key to check it with. Give the public key of the log: --key FILE, or --key VKEY",
  );
}

/** Every `--key` is a vkey itself or a file of them, one a line. */
async function givenKeys(given: readonly string[]): Promise<readonly string[]> {
  const vkeys: string[] = [];
  for (const one of given) {
    const isVkey = /^[^+\s]+\+[0-9a-f]{8}\+\S+$/u.test(one);
    const lines = isVkey ? [one] : (await readText(one)).split("\n");
    const found = lines.map((line) => line.trim()).filter((line) => line !== "");
    if (found.length === 0) throw new CliFailure(`there is no key in \`${one}\``);
    vkeys.push(...found);
  }
  return vkeys;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliFailure(
      code === "ENOENT" ? `there is no file \`${file}\`` : `\`${file}\` cannot be read (${code})`,
    );
  }
}

async function ofLog(context: Context, flags: Flags): Promise<boolean> {
  const vkeys = await givenKeys(flags.key ?? []);
  const since = flags.since === undefined ? null : await readText(flags.since);
  const server = await serverFor(context, flags);
  if (server !== null) return await ofServer(context, flags, { vkeys, ...server, since });
  if (flags.keep !== undefined) {
    throw new CliFailure(
      "--keep keeps a checkpoint, which only a server signs: name one with --url",
      EXIT.usage,
    );
  }
  const { verifyFolder } = await import("../../runtime/verify-folder.ts");
  const config = context.config(flags);
  const report = await withProgress(context, flags.json === true, (onProgress) =>
    verifyFolder({
      ...{ config, env: context.env, vkeys, onProgress },
      checkpoints: since === null ? [] : [since],
    }),
  );
  const place = config.databaseUrl === null ? config.dataFolder : "in PostgreSQL";
  const result = resultOfFolder(place, report);
  printResult(context, result, flags.json === true);
  return result.ok;
}

interface Server {
  readonly url: string;
  readonly key: string | null;
  /** Keys that are believed, where they need not be asked for. */
  readonly vkeys?: readonly string[];
}

/** The one that was named, or that runs on the data folder. */
async function serverFor(context: Context, flags: Flags): Promise<Server | null> {
  // Who names a folder means it, also where a server is configured.
  const configured = flags.data === undefined ? context.env.HEED_URL : undefined;
  const named = flags.url ?? configured ?? "";
  const key = context.env.HEED_API_KEY ?? "";
  if (named !== "") return { url: named, key: key === "" ? null : key };
  const { dataFolder } = context.config(flags);
  const running = await readServerFile(dataFolder);
  if (running === null || !(await answers(running.url))) return null;
  if (flags.key !== undefined) return running;
  const { readVkeys } = await import("../../runtime/read-vkeys.ts");
  return { ...running, vkeys: await readVkeys(dataFolder, context.env) };
}

async function ofServer(
  context: Context,
  flags: Flags,
  { url, key, vkeys, since }: Server & { vkeys: readonly string[]; since: string | null },
): Promise<boolean> {
  const log = publishedLogAt(url, key);
  const report = await withProgress(context, flags.json === true, (onProgress) =>
    verifyPublished({ log, vkeys, since, onProgress }),
  );
  if ("problem" in report) throw new CliFailure(`${url}: ${report.problem}`);
  const result = resultOfServer(url, report);
  printResult(context, result, flags.json === true);
  if (result.ok && flags.keep !== undefined) await keep(flags.keep, report.checkpoint);
  return result.ok;
}

async function keep(file: string, checkpoint: string): Promise<void> {
  const output = await openOutput(file, { replace: true });
  try {
    await output.write([checkpoint]);
    await output.keep();
  } finally {
    await output.discard();
  }
}
