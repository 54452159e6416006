/**
 * What a restore can be made from: the folder of a backup, with its manifest; the data folder of a
 * stopped server; or one database file. It is copied first and checked in the copy, so that what was
 * checked is what is used and the source stays as it is.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Manifest, parseManifest } from "../app/backups.ts";
import { LedgerFile } from "../store/sqlite/ledger-file.ts";
import { StoreInUse } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import { copyLists } from "./copy-lists.ts";
import { copyFileDurably } from "./durable-files.ts";
import { LEDGER_FILE } from "./staging.ts";

export const MANIFEST_FILE = "manifest.json";
/** There from the first moment of a backup to its last, when it becomes the manifest. */
export const UNFINISHED_FILE = "manifest.json.partial";

export type RestoreSource =
  | { readonly kind: "backup"; readonly folder: string; readonly manifest: Manifest }
  | { readonly kind: "data folder" | "database file"; readonly file: string };

/** Throws `ConfigProblem` for a place that no ledger can be taken from. */
export async function findSource(place: string): Promise<RestoreSource> {
  const about = await stat(place).catch(() => null);
  if (about === null) throw new ConfigProblem(`there is nothing at ${place}`);
  const folder = about.isDirectory() ? place : path.dirname(place);
  if (existsSync(path.join(folder, UNFINISHED_FILE))) {
    throw new ConfigProblem(
      `${folder} is a backup that was never finished; use another one, and remove this one`,
    );
  }
  if (!about.isDirectory()) return { kind: "database file", file: place };
  const manifestFile = path.join(folder, MANIFEST_FILE);
  if (existsSync(manifestFile)) {
    const manifest = parseManifest(await readFile(manifestFile, "utf8"));
    if (manifest !== null) return { kind: "backup", folder, manifest };
    throw new ConfigProblem(
      `${manifestFile} is damaged, or of a Heed that this one does not know; use another backup`,
    );
  }
  const file = path.join(folder, LEDGER_FILE);
  if (existsSync(file)) return { kind: "data folder", file };
  throw new ConfigProblem(
    `${folder} is no backup and no data folder: it has neither ${MANIFEST_FILE} nor ${LEDGER_FILE}`,
  );
}

/** The texts of a backup that are read and not put anywhere. */
export interface SourceTexts {
  readonly checkpoint: string | null;
  /** Keys of the log that the backup was made of, as published; not to be believed by themselves. */
  readonly vkeys: readonly string[];
}

/**
 * Copies everything into `staging`, which must be an empty folder. Throws `ConfigProblem` when a
 * file of a backup is missing or is not what the manifest says, and when the source is in use.
 */
export async function copySource(source: RestoreSource, staging: string): Promise<SourceTexts> {
  if (source.kind === "backup") return await copyBackup(source.folder, source.manifest, staging);
  // Held while it is copied, so that no server can tear the copy by writing to it.
  const held = holdSource(source.file);
  try {
    await copyFileDurably(source.file, path.join(staging, LEDGER_FILE), 0o600);
    if (existsSync(`${source.file}-wal`)) {
      await copyFileDurably(`${source.file}-wal`, path.join(staging, `${LEDGER_FILE}-wal`), 0o600);
    }
  } finally {
    held.close();
  }
  if (source.kind === "data folder") {
    await copyLists(path.join(path.dirname(source.file), "lists"), path.join(staging, "lists"));
  }
  return { checkpoint: null, vkeys: [] };
}

function holdSource(file: string): LedgerFile {
  try {
    return LedgerFile.open(file);
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    throw new ConfigProblem(
      `${file} is in use by a running Heed; stop it, or take a backup of it with \`heed backup\``,
    );
  }
}

async function copyBackup(
  folder: string,
  manifest: Manifest,
  staging: string,
): Promise<SourceTexts> {
  for (const [name, sha256] of Object.entries(manifest.files)) {
    const from = path.join(folder, name);
    if (!existsSync(from)) throw new ConfigProblem(`the backup lacks its file ${from}`);
    const to = path.join(staging, name);
    await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
    const copied = await copyFileDurably(from, to, 0o600);
    if (copied.sha256 === sha256) continue;
    throw new ConfigProblem(
      `${from} is damaged: it is not the file that the manifest describes. Use another backup`,
    );
  }
  const textOf = async (name: string) =>
    manifest.files[name] === undefined ? null : await readFile(path.join(staging, name), "utf8");
  const vkeys = (await textOf("vkeys")) ?? "";
  return {
    checkpoint: await textOf("checkpoint"),
    vkeys: vkeys.split("\n").filter((line) => line !== ""),
  };
}
