/** Makes names durable: a file that was created or renamed is only found again once its folder is on disk. */
import { mkdir, open, stat } from "node:fs/promises";
import path from "node:path";

/** LIMIT: Windows syncs no folders; there the file system's journal has to do. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder, and its name durable with the names of all folders above it: a power cut that
 * takes one of them back takes everything in it along. Folders that were there already are synced
 * as well, because whoever made them may have been killed before it could.
 */
export async function makeDurableFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { dev } = await stat(folder);
  for (let above = path.dirname(folder); ; above = path.dirname(above)) {
    // Where a disk is mounted is not written on it.
    if ((await stat(above)).dev !== dev) return;
    try {
      await syncFolder(above);
    } catch (error) {
      // A folder that we may not even read is none that we made anything in.
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    }
    if (above === path.dirname(above)) return;
  }
}
