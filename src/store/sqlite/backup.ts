/**
 * Copies the database as of one moment while it is written to. SQLite's online backup runs on the
 * connection of the ledger itself, so that what is committed meanwhile goes into the copy as well
 * and the copy need not begin again; the moment is that of its last page.
 */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { backup, type DatabaseSync } from "node:sqlite";
import { syncFolder } from "./connection.ts";

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
  await backup(database, file, { rate: PAGES_A_STEP });
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  syncFolder(dirname(file));
}
