/** Makes names durable: a file that was created or renamed is only found again once its folder is on disk. */
import { open } from "node:fs/promises";

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
