/**
 * Puts a restored ledger in the place of the present one, so that a crash at any step leaves the old
 * or the new one there, whole. The new one is complete in `restoring/` first. Then `switch.json` in
 * there says that it counts, and from then on whoever opens the data folder finishes the switch
 * before it looks at the ledger: each step can be done again by somebody who does not know how far
 * the last one came.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { explain, sqliteCode } from "../store/sqlite/connection.ts";
import { StoreInUse } from "../store/store.ts";
import { writeFileDurably } from "./durable-files.ts";
import { isSwitching, LEDGER_FILE, SWITCH_FILE, stagingFolder } from "./staging.ts";
import { makeDurableFolder, syncFolder } from "./sync-folder.ts";

/** SQLite plays what they hold into whatever file lies beside them. */
const LOGS = [`${LEDGER_FILE}-wal`, `${LEDGER_FILE}-shm`];
/** What belongs to one ledger and means nothing beside another one. */
const BESIDE_THE_LEDGER = [...LOGS, "snapshots"];
/** What a restore adds where it is missing, file by file. */
const ADDED = ["lists", "keys"];
const REPLACED = "replaced-";
const SQLITE_BUSY = 5;

/**
 * No other restore begins while it is held. A restore holds it until it is done, and a start until
 * SQLite has the ledger for itself alone: in between, a restore could move the ledger away and put
 * another one under the log that the server writes. Ends with the process, however that ends: the
 * lock is the operating system's. Throws `StoreInUse` when somebody has it. The empty file stays,
 * because a lock whose name could vanish would be one that two can hold.
 */
export function lockRestores(dataFolder: string): { unlock(): void } {
  const file = path.join(dataFolder, "restore.lock");
  // Only once: closing any handle of a file ends the locks that this process has on it.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    const held = database;
    return { unlock: () => held.close() };
  } catch (error) {
    database?.close();
    if (sqliteCode(error) !== SQLITE_BUSY) throw explain(error, file);
    throw new StoreInUse(
      `a restore is under way in ${dataFolder}, or another Heed opens the ledger there. Wait for ` +
        "its end, then try again.",
    );
  }
}

/**
 * From here on the ledger in `restoring/` is the one that counts. Resolves with the folder that the
 * old one is in now, `null` when there was none. Call it under the lock, with the new ledger closed
 * and synced.
 */
export async function switchLedger(dataFolder: string, now: number): Promise<string | null> {
  const instant = new Date(now).toISOString().replaceAll(/[:.]/g, "-");
  const hasOld = existsSync(path.join(dataFolder, LEDGER_FILE));
  const aside = unusedName(dataFolder, `${REPLACED}${instant}`);
  const staging = stagingFolder(dataFolder);
  await syncTree(staging);
  await writeFileDurably(
    path.join(staging, `${SWITCH_FILE}.tmp`),
    JSON.stringify({ aside }),
    0o600,
  );
  await rename(path.join(staging, `${SWITCH_FILE}.tmp`), path.join(staging, SWITCH_FILE));
  await syncFolder(staging);
  await syncFolder(dataFolder);
  await carryOn(dataFolder);
  return hasOld ? path.join(dataFolder, aside) : null;
}

/**
 * Finishes a switch that a crash interrupted. Whoever opens the ledger of a data folder calls it
 * first, under the lock, and keeps that until the ledger is open. Whether there was one to finish.
 */
export async function finishSwitch(dataFolder: string): Promise<boolean> {
  if (!isSwitching(dataFolder)) return false;
  await carryOn(dataFolder);
  return true;
}

/** INVARIANT: as long as the new ledger is in `restoring/`, one beside it is the old one. */
async function carryOn(dataFolder: string): Promise<void> {
  const staging = stagingFolder(dataFolder);
  const { aside } = JSON.parse(await readFile(path.join(staging, SWITCH_FILE), "utf8"));
  if (existsSync(path.join(staging, LEDGER_FILE))) {
    await moveAside(dataFolder, aside);
    // The old ledger's logs are moved by now: one that is there is of a program that minds no lock.
    for (const name of LOGS) await rm(path.join(dataFolder, name), { force: true });
    await syncFolder(dataFolder);
    await rename(path.join(staging, LEDGER_FILE), path.join(dataFolder, LEDGER_FILE));
    await syncFolder(dataFolder);
    await syncFolder(staging);
  }
  for (const folder of ADDED) await addMissing(staging, dataFolder, folder);
  await rm(staging, { recursive: true });
  await syncFolder(dataFolder);
}

/**
 * The ledger goes last: where it is aside already, what lies in its old place is not its own, and
 * would take the place of its log.
 */
async function moveAside(dataFolder: string, aside: string): Promise<void> {
  const all = [...BESIDE_THE_LEDGER, LEDGER_FILE];
  const old = all.filter((name) => existsSync(path.join(dataFolder, name)));
  if (old.length === 0) return;
  const replaced = path.join(dataFolder, unusedName(dataFolder, aside));
  await mkdir(replaced, { recursive: true, mode: 0o700 });
  for (const name of old) await rename(path.join(dataFolder, name), path.join(replaced, name));
  await syncFolder(replaced);
}

/** What is there stays: it is no older than what comes from a backup. */
async function addMissing(staging: string, dataFolder: string, folder: string): Promise<void> {
  if (!existsSync(path.join(staging, folder))) return;
  const target = path.join(dataFolder, folder);
  await makeDurableFolder(target);
  for (const name of await readdir(path.join(staging, folder))) {
    if (existsSync(path.join(target, name))) continue;
    await rename(path.join(staging, folder, name), path.join(target, name));
  }
  await syncFolder(target);
}

/** Of a folder that no ledger is in. One that a crash left half filled is taken again. */
function unusedName(dataFolder: string, wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!existsSync(path.join(dataFolder, name, LEDGER_FILE))) return name;
  }
}

/** The files in it are synced already; this makes their names durable. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(path.join(folder, entry.name));
  }
  await syncFolder(folder);
}
