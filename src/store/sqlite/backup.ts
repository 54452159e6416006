/**
 * Copies the database as of one moment while it is written to. SQLite's online backup runs on the
 * connection of the ledger itself, so that what is committed meanwhile goes into the copy as well
 * and the copy need not begin again; the moment is that of its last page.
 */
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { backup, type DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { syncFolder } from "./connection.ts";

const SQLITE_OK = 0;
/** Pages that one step copies. Between two steps the connection is free for others. */
const PAGES_A_STEP = 256;

/** Rejects when the file exists. It holds addresses and secrets: its owner's alone to read. */
export async function copyDatabase(database: DatabaseSync, file: string): Promise<void> {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`\`${file}\` exists. Choose a new file for the backup.`, { cause: error });
  }
  try {
    await copyAll(database, file);
    syncFile(file);
  } catch (error) {
    // Half a copy would pass for one, and stand in the way of the next try.
    for (const part of [file, `${file}-journal`]) rmSync(part, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

async function copyAll(database: DatabaseSync, file: string): Promise<void> {
  for (;;) {
    try {
      await backup(database, file, { rate: PAGES_A_STEP });
      return;
    } catch (error) {
      // Steps run beside this thread. One that meets a transaction is done again, but when it is the
      // first, `backup` rejects with SQLITE_OK for its reason; then nothing was copied yet.
      if ((error as { errcode?: unknown }).errcode !== SQLITE_OK) throw error;
      await nextTurn();
    }
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
