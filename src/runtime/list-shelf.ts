/**
 * Keeps lists of others on disk and in memory: `lists/<name>.json` says what a list is and names
 * the file with its addresses, one a line. A new copy is complete on disk before the description
 * that names it takes the place of the old one, so a crash leaves one or the other.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import Value from "typebox/value";
import { parseAddress } from "../address/parse-address.ts";
import {
  type ListDescription,
  ListDescriptionSchema,
  type ListReport,
  type ListShelf,
} from "../app/lists.ts";
import { Problem } from "../app/problem.ts";
import { type AddressKey, CHANNELS } from "../domain/words.ts";
import { type AddressList, AddressListBuilder } from "../sets/address-list.ts";
import { ConfigProblem } from "./config.ts";

type TokenOf = (address: AddressKey) => string;
const REJECTED_SHOWN = 100;

export async function openListShelf(folder: string, tokenOf: TokenOf): Promise<ListShelf> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lists = new Map<string, AddressList>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".json")) continue;
    const shelved = await readShelved(path.join(folder, name));
    const text = createReadStream(path.join(folder, shelved.file));
    const { list } = await buildList(shelved.description, text, tokenOf);
    lists.set(list.name, list);
  }
  return {
    get all() {
      return [...lists.values()];
    },
    async load(description, text) {
      const file = `${description.name}.${randomUUID()}.txt`;
      try {
        const copy = keepCopy(text, path.join(folder, file));
        const { list, report } = await buildList(description, copy, tokenOf);
        refuseEmpty(report);
        await shelve(folder, { description, file });
        lists.set(list.name, list);
        return report;
      } catch (error) {
        await rm(path.join(folder, file), { force: true });
        throw error;
      }
    },
  };
}

/** What `lists/<name>.json` holds. */
interface Shelved {
  readonly description: ListDescription;
  /** Name of the file with the addresses, in the same folder. */
  readonly file: string;
}

async function readShelved(file: string): Promise<Shelved> {
  const shelved: Partial<Shelved> = JSON.parse(await readFile(file, "utf8"));
  if (
    Value.Check(ListDescriptionSchema, shelved.description) &&
    typeof shelved.file === "string" &&
    path.basename(shelved.file) === shelved.file
  ) {
    return shelved as Shelved;
  }
  throw new ConfigProblem(`${file} does not describe a list; remove it and load the list again`);
}

async function shelve(folder: string, shelved: Shelved): Promise<void> {
  const { name } = shelved.description;
  const target = path.join(folder, `${name}.json`);
  await writeFile(`${target}.tmp`, `${JSON.stringify(shelved, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  await rename(`${target}.tmp`, target);
  for (const other of await readdir(folder)) {
    const isOldCopy = other.startsWith(`${name}.`) && other.endsWith(".txt");
    if (isOldCopy && other !== shelved.file) await rm(path.join(folder, other), { force: true });
  }
}

function refuseEmpty(report: ListReport): void {
  if (report.addresses > 0) return;
  throw new Problem(
    "invalid-request",
    "the text holds no address, so the list was left as it is; give one address a line",
  );
}

async function* keepCopy(text: AsyncIterable<Uint8Array>, file: string): AsyncIterable<Uint8Array> {
  const copy = createWriteStream(file, { mode: 0o600, flush: true });
  for await (const chunk of text) {
    if (!copy.write(chunk)) await new Promise((resolve) => copy.once("drain", resolve));
    yield chunk;
  }
  copy.end();
  await finished(copy);
}

async function buildList(
  description: ListDescription,
  text: AsyncIterable<Uint8Array>,
  tokenOf: TokenOf,
): Promise<{ list: AddressList; report: ListReport }> {
  const builder = new AddressListBuilder(
    { ...description, channels: description.channels.length > 0 ? description.channels : CHANNELS },
    tokenOf,
  );
  const rejected: { line: number; problem: string }[] = [];
  let rejectedCount = 0;
  let lineNumber = 0;
  const lines = createInterface({
    input: Readable.from(text),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    lineNumber += 1;
    const written =
      line
        .replace(/^\uFEFF/, "")
        .split(/[,;\t]/, 1)[0]
        ?.trim() ?? "";
    if (written === "" || written.startsWith("#")) continue;
    const parsed = parseAddress(written, { defaultRegion: description.defaultRegion });
    if (!("problem" in parsed)) {
      builder.add(parsed.key);
      continue;
    }
    // A header line is no address either, and nothing to complain about.
    if (lineNumber === 1) continue;
    rejectedCount += 1;
    if (rejected.length < REJECTED_SHOWN)
      rejected.push({ line: lineNumber, problem: parsed.problem });
  }
  const list = builder.finish();
  const report: ListReport = {
    name: list.name,
    addresses: list.size,
    duplicates: list.duplicates,
    rejected,
    rejectedCount,
  };
  return { list, report };
}
