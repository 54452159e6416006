/** Where a restored ledger waits for its place, and how anybody can tell that it has begun to take it. */
import { existsSync } from "node:fs";
import path from "node:path";

export const LEDGER_FILE = "heed.db";
export const SWITCH_FILE = "switch.json";

export function stagingFolder(dataFolder: string): string {
  return path.join(dataFolder, "restoring");
}

/** Whether the ledger in `restoring/` is the one that counts, though it is not in its place yet. */
export function isSwitching(dataFolder: string): boolean {
  return existsSync(path.join(stagingFolder(dataFolder), SWITCH_FILE));
}
