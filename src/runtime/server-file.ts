/**
 * `server.json` in the data folder: how the command line finds the server that runs on it, with a
 * key that lives as long as that process. Readable by its owner only.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  readonly key: string;
}

export async function writeServerFile(dataFolder: string, contents: ServerFile): Promise<void> {
  const file = path.join(dataFolder, "server.json");
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(contents)}\n`, { mode: 0o600, flag: "wx" });
}

export async function removeServerFile(dataFolder: string): Promise<void> {
  await rm(path.join(dataFolder, "server.json"), { force: true });
}

/** `null` when no server runs on this folder: no file, or one that a killed process left behind. */
export async function readServerFile(dataFolder: string): Promise<ServerFile | null> {
  try {
    const file: ServerFile = JSON.parse(
      await readFile(path.join(dataFolder, "server.json"), "utf8"),
    );
    process.kill(file.pid, 0);
    return file;
  } catch {
    return null;
  }
}
