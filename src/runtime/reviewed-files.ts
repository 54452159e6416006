/** Reads what people review from disk: rule packs, lexicons and texts. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseLexicon } from "../recognize/lexicon.ts";
import { compileRecogniser, type Recogniser } from "../recognize/recogniser.ts";
import type { RulePack } from "../rules/pack.ts";
import { parsePack } from "../rules/parse-pack.ts";
import { parseTexts, type Texts } from "../rules/texts.ts";
import { ConfigProblem } from "./config.ts";

/** Where the product's own files are. */
export const PRODUCT_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new ConfigProblem(`${file} cannot be read: ${(error as Error).message}`);
  }
}

export async function loadPacks(
  folder = path.join(PRODUCT_FOLDER, "rulepacks"),
): Promise<RulePack[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name, "pack.json"))
    .sort();
  return Promise.all(files.map(async (file) => parsePack(await readJson(file), file)));
}

/**
 * The product's packs and, from a folder of the same shape, the operator's own. Those can only add:
 * an id that the product has is refused, so that nobody loosens a law by a copy of it. Throws
 * `PackProblem` and `ConfigProblem`.
 */
export async function loadAllPacks(own: string | undefined): Promise<RulePack[]> {
  const packs = await loadPacks();
  if (own === undefined) return packs;
  const added = await loadPacks(own).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    throw new ConfigProblem(`HEED_RULEPACKS is ${own}, which is no folder; name one with packs`);
  });
  const taken = added.find((pack) => packs.some(({ id }) => id === pack.id));
  if (taken === undefined) return [...packs, ...added];
  throw new ConfigProblem(
    `the pack \`${taken.id}\` of ${own} has the name of one of the product's; give it another`,
  );
}

export async function loadRecogniser(
  folder = path.join(PRODUCT_FOLDER, "lexicons"),
): Promise<Recogniser> {
  const files = await jsonFiles(folder, /^[a-z]{2,3}(-[A-Za-z]+)?\.json$/);
  const lexicons = files.map(async (file) => parseLexicon(await readJson(file), file));
  return compileRecogniser(await Promise.all(lexicons));
}

export async function loadTexts(folder = path.join(PRODUCT_FOLDER, "messages")): Promise<Texts[]> {
  const files = await jsonFiles(folder, /^[a-z]{2,3}(-[A-Za-z]+)?\.json$/);
  return Promise.all(files.map(async (file) => parseTexts(await readJson(file), file)));
}

async function jsonFiles(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
