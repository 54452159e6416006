/**
 * Writes a backup: the ledger as of one moment, the signed checkpoint of exactly that tree, the keys
 * that check it, the lists, and a manifest that comes last. Appends go on meanwhile.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import {
  BACKUP_FORMAT,
  type BackupReport,
  type BackupRequest,
  type Backups,
  type Manifest,
} from "../app/backups.ts";
import { isSame } from "../app/decide-lock.ts";
import type { HeadGuard } from "../app/head-guard.ts";
import type { Clock } from "../app/ports.ts";
import { Problem } from "../app/problem.ts";
import { VERSION } from "../http/version.ts";
import { rootAt } from "../ledger/proof.ts";
import { LedgerFile } from "../store/sqlite/ledger-file.ts";
import type { Store, TreeHead } from "../store/store.ts";
import { copyLists } from "./copy-lists.ts";
import { type Copied, copyFileDurably, hashFile, writeFileDurably } from "./durable-files.ts";
import { type Env, given } from "./key-folder.ts";
import { MANIFEST_FILE, UNFINISHED_FILE } from "./restore-source.ts";
import { LEDGER_FILE } from "./staging.ts";
import type { Heed } from "./start.ts";
import { makeDurableFolder, syncFolder } from "./sync-folder.ts";

export interface BackupParts {
  readonly dataFolder: string;
  /** The ledger is in PostgreSQL, which has tools of its own. */
  readonly isPostgres: boolean;
  readonly env: Env;
  readonly store: Pick<Store, "backup" | "readTile">;
  readonly guard: Pick<HeadGuard, "keep">;
  /**
   * The signed checkpoint of a tree that the anchor says already and that the ledger begins with;
   * `null` while nothing may be signed.
   */
  readonly sign: (tree: TreeHead) => string | null;
  readonly vkeys: () => readonly string[];
  readonly clock: Clock;
  /** Version of this Heed. */
  readonly version: string;
}

/** What a file of keys is replaced by when the environment gives the key. */
const KEY_VARIABLES = ["HEED_PEPPER", "HEED_LINK_KEY", "HEED_SIGNING_KEY"] as const;

/** The backups of a running Heed. */
export function backupsOf({ config, deps }: Pick<Heed, "config" | "deps">, env: Env): Backups {
  const { store, guard, notary, clock } = deps;
  return createBackups({
    dataFolder: config.dataFolder,
    isPostgres: config.databaseUrl !== null,
    ...{ env, store, guard, clock, version: VERSION },
    sign: (tree) => notary.checkpoint(tree)?.note ?? null,
    vkeys: () => notary.vkeys,
  });
}

export function createBackups(parts: BackupParts): Backups {
  let isRunning = false;
  return {
    async make(request) {
      if (isRunning) {
        throw new Problem("already-exists", "a backup is being made; wait until it is done");
      }
      isRunning = true;
      try {
        return await makeBackup(parts, request);
      } finally {
        isRunning = false;
      }
    },
  };
}

async function makeBackup(parts: BackupParts, request: BackupRequest): Promise<BackupReport> {
  if (parts.isPostgres) throw new Problem("invalid-request", USE_POSTGRES_TOOLS);
  const wasThere = await refuseUsed(parts, request.folder);
  const folder = request.folder;
  try {
    await makeDurableFolder(folder);
    // From its first moment on, the folder says that it is no backup yet.
    await writeFileDurably(path.join(folder, UNFINISHED_FILE), "", 0o600);
    await syncFolder(folder);
    return await fill(parts, request);
  } catch (error) {
    // What is left of it would look like a data folder, and takes the room that may be missing.
    await clear(folder, wasThere).catch(() => undefined);
    throw error;
  }
}

const USE_POSTGRES_TOOLS =
  "this server keeps its ledger in PostgreSQL: back it up with `pg_dump`, or with the backups of " +
  "its provider, and copy the `keys` folder and the lists. When an old copy is put back, the " +
  "anchors of the servers notice it and everything is denied";

/** Whether the folder is there, and empty. Throws a `Problem` for one that cannot be used. */
async function refuseUsed({ dataFolder }: BackupParts, folder: string): Promise<boolean> {
  if (!path.isAbsolute(folder)) {
    throw new Problem("invalid-request", "name the folder by its whole path", "/folder");
  }
  if (isInside(folder, await realpath(dataFolder)) || isInside(folder, dataFolder)) {
    throw new Problem(
      "invalid-request",
      "a backup inside the data folder is lost together with it; name a folder elsewhere, best on " +
        "another disk",
      "/folder",
    );
  }
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    if (error.code !== "ENOTDIR") throw error;
    throw new Problem("already-exists", `${folder} is a file; name a new folder`, "/folder");
  });
  if (names !== null && names.length > 0) {
    throw new Problem(
      "already-exists",
      `there is something in ${folder} already; every backup needs a new folder`,
      "/folder",
    );
  }
  return names !== null;
}

function isInside(folder: string, outer: string): boolean {
  const relative = path.relative(outer, folder);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}

async function clear(folder: string, wasThere: boolean): Promise<void> {
  if (!wasThere) return await rm(folder, { recursive: true, force: true });
  for (const name of await readdir(folder)) {
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function fill(parts: BackupParts, request: BackupRequest): Promise<BackupReport> {
  const { folder, withKeys } = request;
  const madeAt = parts.clock.now();
  const tree = await copyLedger(parts, folder);
  const note = parts.sign(tree);
  const files = new Map<string, Copied>([
    [LEDGER_FILE, await hashFile(fileIn(folder, LEDGER_FILE))],
  ]);
  const write = async (name: string, text: string) =>
    files.set(name, await writeFileDurably(fileIn(folder, name), text, 0o600));
  if (note !== null) await write("checkpoint", note);
  await write(
    "vkeys",
    parts
      .vkeys()
      .map((vkey) => `${vkey}\n`)
      .join(""),
  );
  const addAll = (under: string, copied: ReadonlyMap<string, Copied>) => {
    for (const [name, about] of copied) files.set(`${under}/${name}`, about);
  };
  const { dataFolder } = parts;
  addAll("lists", await copyLists(path.join(dataFolder, "lists"), fileIn(folder, "lists")));
  if (withKeys)
    addAll("keys", await copyKeys(path.join(dataFolder, "keys"), fileIn(folder, "keys")));
  const manifest: Manifest = {
    ...{ format: BACKUP_FORMAT, heed: parts.version, madeAt, entries: tree.size },
    ...{ root: Buffer.from(tree.root).toString("hex"), signed: note !== null, withKeys },
    files: Object.fromEntries([...files].map(([name, { sha256 }]) => [name, sha256])),
  };
  await writeManifest(folder, manifest);
  return {
    ...request,
    ...{ madeAt, entries: tree.size, root: manifest.root, signed: note !== null },
    bytes: [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    keysElsewhere: withKeys ? KEY_VARIABLES.filter((name) => given(parts.env, name) !== null) : [],
  };
}

function fileIn(folder: string, name: string): string {
  return path.join(folder, name);
}

/** The copy, and the tree in it once the anchor says as much: what is signed must be kept. */
async function copyLedger({ store, guard }: BackupParts, folder: string): Promise<TreeHead> {
  const file = fileIn(folder, LEDGER_FILE);
  await store.backup(file);
  const copy = LedgerFile.open(file);
  let tree: TreeHead;
  try {
    tree = copy.tree();
  } finally {
    copy.close();
  }
  // INVARIANT: nothing is signed that the ledger does not begin with.
  if (!isSame(await rootAt(tree.size, (tile) => store.readTile(tile)), tree.root)) {
    throw new Error(`${file} does not hold the ledger that it was copied from`);
  }
  await guard.keep(tree);
  return tree;
}

/** What was copied, by name. */
async function copyKeys(from: string, to: string): Promise<ReadonlyMap<string, Copied>> {
  const copied = new Map<string, Copied>();
  if (!existsSync(from)) return copied;
  await mkdir(to, { mode: 0o700 });
  for (const name of (await readdir(from)).sort()) {
    if (name.endsWith(".tmp")) continue;
    copied.set(name, await copyFileDurably(path.join(from, name), path.join(to, name), 0o600));
  }
  await syncFolder(to);
  return copied;
}

/** Its name is durable only after everything that it names. */
async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await syncFolder(folder);
  const temporary = fileIn(folder, `${MANIFEST_FILE}.tmp`);
  await writeFileDurably(temporary, `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
  await rename(temporary, fileIn(folder, UNFINISHED_FILE));
  await rename(fileIn(folder, UNFINISHED_FILE), fileIn(folder, MANIFEST_FILE));
  await syncFolder(folder);
}
