/**
 * Keeps lists of others on disk and in memory: `lists/<name>.json` says what a list is and names
 * the file with its addresses, one a line. A new copy is complete on disk before the description
 * that names it takes the place of the old one, so a crash leaves one or the other.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
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
import { syncFolder } from "./sync-folder.ts";

type TokenOf = (address: AddressKey) => string;
const REJECTED_SHOWN = 100;
/** An address and its columns take less; without line ends a whole file would be one line. */
const LINE_BYTES_MAX = 1024 * 1024;
const LINE_FEED = 0x0a;

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
  // One after the other: of two copies loaded at once, each would clear the other away.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    get all() {
      return [...lists.values()];
    },
    async load(description, text) {
      const mine = turn.then(async () => {
        const { list, report } = await loadCopy(folder, description, text, tokenOf);
        lists.set(list.name, list);
        return report;
      });
      turn = mine.catch(() => undefined);
      return await mine;
    },
  };
}

async function loadCopy(
  folder: string,
  description: ListDescription,
  text: AsyncIterable<Uint8Array>,
  tokenOf: TokenOf,
): Promise<{ list: AddressList; report: ListReport }> {
  const file = `${description.name}.${randomUUID()}.txt`;
  try {
    const copy = keepCopy(text, path.join(folder, file));
    const built = await buildList(description, copy, tokenOf);
    refuseEmpty(built.report);
    await shelve(folder, { description, file });
    return built;
  } catch (error) {
    await rm(path.join(folder, file), { force: true });
    throw error;
  }
}

/** What `lists/<name>.json` holds. */
interface Shelved {
  readonly description: ListDescription;
  /** Name of the file with the addresses, in the same folder. */
  readonly file: string;
}

/** Throws `ConfigProblem`: a list that cannot be read must not be taken for an empty one. */
async function readShelved(file: string): Promise<Shelved> {
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
      path.basename(shelved.file) === shelved.file
      ? (shelved as Shelved)
      : null;
  } catch {
    return null;
  }
}

async function shelve(folder: string, shelved: Shelved): Promise<void> {
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
}

function refuseEmpty(report: ListReport): void {
  if (report.addresses > 0) return;
  throw new Problem(
    "invalid-request",
    "the text holds no address, so the list was left as it is; give one address a line",
  );
}

async function* keepCopy(text: AsyncIterable<Uint8Array>, file: string): AsyncIterable<Uint8Array> {
  const copy = await open(file, "wx", 0o600);
  try {
    for await (const chunk of text) {
      await copy.writeFile(chunk);
      yield chunk;
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
}

/** The reader of lines holds each as a whole, so a line without an end would fill the memory. */
async function* refuseLongLines(text: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let lineBytes = 0;
  for await (const chunk of text) {
    const last = chunk.lastIndexOf(LINE_FEED);
    lineBytes = last === -1 ? lineBytes + chunk.length : chunk.length - last - 1;
    if (lineBytes > LINE_BYTES_MAX) {
      throw new Problem(
        "invalid-request",
        "a line of the list is longer than 1 MiB; give one address a line, as plain text",
      );
    }
    yield chunk;
  }
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
    input: Readable.from(refuseLongLines(text)),
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
    // A header is no address either, and nothing to complain about; somebody's number is.
    if (lineNumber === 1 && !/[\p{Nd}@]/u.test(written)) continue;
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
