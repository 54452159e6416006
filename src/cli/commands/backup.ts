/** `heed backup`: a copy of the ledger that can be checked and put back, made while the server runs. */
import path from "node:path";
import type { Command } from "commander";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Backup {
  readonly folder: string;
  readonly madeAt: string;
  readonly entries: number;
  readonly root: string;
  readonly signed: boolean;
  readonly withKeys: boolean;
  readonly bytes: number;
  readonly keysElsewhere: readonly string[];
}

export function registerBackup(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("backup")
      .description("copy the ledger to a new folder, with what proves it")
      .argument("<folder>", "a new folder, best on another disk")
      .option("--with-keys", "the keys too; then the folder opens everything"),
  );
  withExamples(
    command,
    ["heed backup /backups/heed-2026-11-21", "heed backup /backups/first --with-keys"],
    "The server goes on meanwhile. It writes the folder itself, so the folder is on its machine, and\n" +
      "the command runs there. What is complete has a manifest.json; `heed restore` puts it back.\n" +
      "A ledger in PostgreSQL is backed up with PostgreSQL's own tools.",
  ).action(async (written: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const folder = path.resolve(context.cwd, written);
    const request = { folder, withKeys: flags.withKeys === true };
    const backup = await withClient(context, flags, (client) => make(client, request));
    if (flags.json) return printJson(context.stdout, backup);
    for (const line of tell(backup)) printLine(context.stdout, line);
  });
}

async function make(client: Client, request: object): Promise<Backup> {
  const { id } = await client.json<{ id: string }>("/v1/backups", { json: request });
  for (;;) {
    const { backup } = await client.json<{ backup?: Backup }>(`/v1/backups/${id}`);
    if (backup !== undefined) return backup;
  }
}

function tell(backup: Backup): string[] {
  const { folder, entries, madeAt, bytes } = backup;
  const lines = [
    `Backed up ${count(entries)}, as of ${shownInstant(madeAt)}, to ${folder} (${shownBytes(bytes)}): complete, and on disk.`,
  ];
  if (!backup.signed) {
    lines.push(
      "Nothing was signed, because the ledger is locked or its signing key is missing: a restore cannot prove that this is the ledger as it was.",
    );
  }
  if (backup.withKeys) {
    lines.push(
      "The keys are in it: whoever has this folder can read everything, sign as this log and open every link.",
    );
  } else lines.push("The keys are not in it. Without them nobody's opt-out can be found again.");
  if (backup.keysElsewhere.length > 0) {
    lines.push(
      `Not in it, because the environment gives them: ${backup.keysElsewhere.join(", ")}.`,
    );
  }
  return lines;
}

function shownBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(Math.floor(Math.log2(Math.max(1, bytes)) / 10), units.length - 1);
  const shown = bytes / 1024 ** step;
  return `${step === 0 ? shown : shown.toFixed(1)} ${units[step]}`;
}

function count(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries} entries`;
}
