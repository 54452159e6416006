/**
 * Copies lists of others: of each its description, the file that the description names, and the file
 * of answers about single numbers.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { listOfAnswers } from "./answer-log.ts";
import { type Copied, copyFileDurably } from "./durable-files.ts";
import { syncFolder } from "./sync-folder.ts";

const TRIES = 5;

/** What was copied into the new folder `to`, by name; nothing, and no folder, when there is no list. */
export async function copyLists(from: string, to: string): Promise<ReadonlyMap<string, Copied>> {
  if (!existsSync(from)) return new Map();
  for (let left = TRIES; ; left -= 1) {
    try {
      return await copyOnce(from, to);
    } catch (error) {
      // A list that is loaded anew meanwhile takes its old file away: then all are read again.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || left === 1) throw error;
      await rm(to, { recursive: true, force: true });
    }
  }
}

async function copyOnce(from: string, to: string): Promise<ReadonlyMap<string, Copied>> {
  const copied = new Map<string, Copied>();
  const copy = async (name: string) => {
    const about = await copyFileDurably(path.join(from, name), path.join(to, name), 0o600);
    copied.set(name, about);
  };
  const names = (await readdir(from)).sort();
  const descriptions = names.filter((name) => name.endsWith(".json"));
  const answers = names.filter((name) => listOfAnswers(name) !== null);
  if (descriptions.length + answers.length === 0) return copied;
  await mkdir(to, { mode: 0o700 });
  for (const file of answers) await copy(file);
  for (const description of descriptions) {
    await copy(description);
    const file = await fileNamedBy(path.join(to, description));
    if (file !== null) await copy(file);
  }
  await syncFolder(to);
  return copied;
}

/** Takes those lists out of the folder `copies` that are in the folder `present` as well. */
export async function leaveOutLists(copies: string, present: string): Promise<void> {
  if (!existsSync(copies)) return;
  for (const name of await readdir(copies)) {
    if (!existsSync(path.join(present, name))) continue;
    if (listOfAnswers(name) !== null) await rm(path.join(copies, name));
    if (!name.endsWith(".json")) continue;
    const file = await fileNamedBy(path.join(copies, name));
    if (file !== null) await rm(path.join(copies, file), { force: true });
    await rm(path.join(copies, name));
  }
}

/** The file in the same folder; `null` when the description names none. */
async function fileNamedBy(description: string): Promise<string | null> {
  try {
    const { file }: { file?: unknown } = JSON.parse(await readFile(description, "utf8"));
    return typeof file === "string" && path.basename(file) === file ? file : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
