/** The files of lists: `lists/<name>.json` says what a list is and names the file with its addresses. */
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import Value from "typebox/value";
import { type ListDescription, ListDescriptionSchema } from "../app/lists.ts";
import { ConfigProblem } from "./config.ts";
import { DamagedCopy, readListCopy } from "./list-copy.ts";
import { syncFolder } from "./sync-folder.ts";

/** What `lists/<name>.json` holds. */
export interface Shelved {
  readonly description: ListDescription;
  /** Name of the file with the addresses, in the same folder. */
  readonly file: string;
  /** Of that file. A copy without one is of an older Heed, which kept the text as it came. */
  readonly sha256?: string;
}
export type ShelvedCopy = Shelved & { readonly sha256: string };

/** Throws `ConfigProblem`: a list that cannot be read must not be taken for an empty one. */
export async function readShelved(file: string): Promise<Shelved> {
  const shelved = parseShelved(await readFile(file, "utf8"));
  if (shelved !== null && existsSync(path.join(path.dirname(file), shelved.file))) return shelved;
  throw new ConfigProblem(
    `${file} does not describe a list that is there; remove it and load the list again`,
  );
}

function parseShelved(text: string): Shelved | null {
  try {
    const shelved: Partial<Shelved> | null = JSON.parse(text);
    return Value.Check(ListDescriptionSchema, shelved?.description) &&
      typeof shelved?.file === "string" &&
      ["string", "undefined"].includes(typeof shelved.sha256) &&
      path.basename(shelved.file) === shelved.file
      ? (shelved as Shelved)
      : null;
  } catch {
    return null;
  }
}

/** The lines of a copy, some at a time. Throws `ConfigProblem` when it is damaged. */
export async function* linesOfCopy(
  folder: string,
  shelved: ShelvedCopy,
): AsyncIterable<readonly string[]> {
  try {
    yield* readListCopy(path.join(folder, shelved.file), shelved.sha256);
  } catch (error) {
    if (!(error instanceof DamagedCopy)) throw error;
    const { name } = shelved.description;
    throw new ConfigProblem(`${error.message}; remove ${name}.json and load the list again`);
  }
}

/** Puts a description, and the copy that it names, in the place of the old one. */
export async function shelve(folder: string, shelved: Shelved): Promise<void> {
  const { name } = shelved.description;
  const target = path.join(folder, `${name}.json`);
  await writeFile(`${target}.tmp`, `${JSON.stringify(shelved, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  await rename(`${target}.tmp`, target);
  await syncFolder(folder);
  for (const other of await readdir(folder)) {
    const isOldCopy = other.startsWith(`${name}.`) && other.endsWith(".txt");
    if (isOldCopy && other !== shelved.file) await rm(path.join(folder, other), { force: true });
  }
  // Else a power cut could bring an old copy back, with somebody in it who was erased.
  await syncFolder(folder);
}

/** What a crash left behind: nobody would look for an erased person in there. */
export async function removeStrays(folder: string, files: readonly string[]): Promise<void> {
  const named = new Set(files);
  for (const name of await readdir(folder)) {
    const isCopy = name.endsWith(".txt") && !named.has(name);
    if (isCopy || name.endsWith(".tmp")) await rm(path.join(folder, name), { force: true });
  }
  await syncFolder(folder);
}
