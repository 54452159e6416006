/**
 * Keeps lists of others on disk and in memory: `lists/<name>.json` says what a list is and names
 * the file with its addresses (see `list-copy.ts`). A new copy is complete on disk before the
 * description that names it takes the place of the old one, so a crash leaves one or the other.
 *
 * Whoever was erased is in no copy, however it got there: neither in one that is on disk when they
 * are erased, nor in one that is loaded or found at a start afterwards.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import Value from "typebox/value";
import { parseAddress } from "../address/parse-address.ts";
import type { Forgotten } from "../app/address-copies.ts";
import {
  type ListDescription,
  ListDescriptionSchema,
  type ListReport,
  type ListShelf,
} from "../app/lists.ts";
import { Problem } from "../app/problem.ts";
import { type AddressKey, CHANNELS } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { type AddressList, AddressListBuilder } from "../sets/address-list.ts";
import { ConfigProblem } from "./config.ts";
import {
  DamagedCopy,
  lineOfToken,
  readListCopy,
  readListLine,
  writeListCopy,
} from "./list-copy.ts";
import { syncFolder } from "./sync-folder.ts";

const REJECTED_SHOWN = 100;
/** An address and its columns take less; without line ends a whole file would be one line. */
const LINE_BYTES_MAX = 1024 * 1024;
const LINE_FEED = 0x0a;

export interface ListPlace {
  readonly folder: string;
  readonly tokensOf: TokensOf;
  /** Whether somebody was erased: then no copy may hold their address. */
  readonly isErased: (address: AddressKey) => boolean;
}

export async function openListShelf(place: ListPlace): Promise<ListShelf> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  const shelved = new Map<string, Loaded>();
  for (const name of await readdir(place.folder)) {
    if (!name.endsWith(".json")) continue;
    const loaded = await openShelved(place, await readShelved(path.join(place.folder, name)));
    shelved.set(loaded.list.name, loaded);
  }
  await removeStrays(place.folder, [...shelved.values()]);
  // One after the other: of two copies loaded at once, each would clear the other away.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    get all() {
      return [...shelved.values()].map(({ list }) => list);
    },
    load: (description, text) =>
      inTurn(async () => {
        const { report, ...loaded } = await loadCopy(place, description, text);
        shelved.set(description.name, loaded);
        return report;
      }),
    forget: (address) =>
      inTurn(async (): Promise<Forgotten> => {
        const removed: string[] = [];
        for (const [name, loaded] of shelved) {
          const renewed = await forgetIn(place, loaded, address);
          if (renewed === null) continue;
          shelved.set(name, renewed);
          removed.push(`a line of the list ${name}`);
        }
        return { removed, remains: [] };
      }),
  };
}

/** What `lists/<name>.json` holds. */
interface Shelved {
  readonly description: ListDescription;
  /** Name of the file with the addresses, in the same folder. */
  readonly file: string;
  /** Of that file. A copy without one is of an older Heed, which kept the text as it came. */
  readonly sha256?: string;
}

interface Loaded {
  readonly list: AddressList;
  readonly shelved: Shelved & { readonly sha256: string };
}

async function openShelved(place: ListPlace, shelved: Shelved): Promise<Loaded> {
  const { description, file, sha256 } = shelved;
  if (sha256 === undefined) {
    return await loadCopy(place, description, createReadStream(path.join(place.folder, file)));
  }
  const builder = builderOf(place, description);
  let namesErased = false;
  for await (const lines of blocksOf(place, { ...shelved, sha256 })) {
    for (const read of lines.map(readListLine)) {
      if ("token" in read) builder.addToken(read.token);
      else {
        builder.add(read.address);
        namesErased ||= place.isErased(read.address);
      }
    }
  }
  const loaded = { list: builder.finish(), shelved: { ...shelved, sha256 } };
  return namesErased ? await withoutErased(place, loaded, place.isErased) : loaded;
}

async function loadCopy(
  place: ListPlace,
  description: ListDescription,
  text: AsyncIterable<Uint8Array>,
): Promise<Loaded & { readonly report: ListReport }> {
  const builder = builderOf(place, description);
  const rejects = new Rejects();
  async function* kept(): AsyncIterable<readonly string[]> {
    for await (const address of readAddresses(description, text, rejects)) {
      const token = place.isErased(address) ? place.tokensOf(address)[0] : undefined;
      if (token === undefined) builder.add(address);
      else builder.addToken(token);
      yield [token === undefined ? address : lineOfToken(token)];
    }
  }
  return await keepNew(place, description, kept(), () => {
    const list = builder.finish();
    const { size: addresses, duplicates } = list;
    refuseEmpty(addresses);
    return { list, report: { name: list.name, addresses, duplicates, ...rejects.told() } };
  });
}

/** Writes a copy and puts it in the place of the old one; what fails leaves the old one there. */
async function keepNew<Made extends object>(
  { folder }: ListPlace,
  description: ListDescription,
  blocks: AsyncIterable<readonly string[]>,
  make: () => Made,
): Promise<Made & Pick<Loaded, "shelved">> {
  const file = `${description.name}.${randomUUID()}.txt`;
  try {
    const sha256 = await writeListCopy(path.join(folder, file), blocks);
    const made = make();
    const shelved = { description, file, sha256 };
    await shelve(folder, shelved);
    return { ...made, shelved };
  } catch (error) {
    await rm(path.join(folder, file), { force: true });
    throw error;
  }
}

/** The list without an erased person's address; `null` when it did not hold it. */
async function forgetIn(
  place: ListPlace,
  loaded: Loaded,
  address: AddressKey | null,
): Promise<Loaded | null> {
  // Nobody who is not listed can be in the copy, and most are on no list at all.
  if (address !== null && !loaded.list.has(address)) return null;
  const isGone = address === null ? place.isErased : (one: AddressKey) => one === address;
  for await (const lines of blocksOf(place, loaded.shelved)) {
    if (lines.some((line) => isOf(line, isGone))) return await withoutErased(place, loaded, isGone);
  }
  return null;
}

/** Whether a line names one of these people by their address. */
function isOf(line: string, isGone: (address: AddressKey) => boolean): boolean {
  const read = readListLine(line);
  return "address" in read && isGone(read.address);
}

async function withoutErased(
  place: ListPlace,
  { list, shelved }: Loaded,
  isGone: (address: AddressKey) => boolean,
): Promise<Loaded> {
  const replace = (line: string) => {
    if (!isOf(line, isGone)) return line;
    const address = line as AddressKey;
    list.forget(address);
    return lineOfToken(place.tokensOf(address)[0]!);
  };
  async function* kept(): AsyncIterable<readonly string[]> {
    for await (const lines of blocksOf(place, shelved)) yield lines.map(replace);
  }
  return await keepNew(place, shelved.description, kept(), () => ({ list }));
}

async function* blocksOf(
  { folder }: ListPlace,
  shelved: Loaded["shelved"],
): AsyncIterable<readonly string[]> {
  try {
    yield* readListCopy(path.join(folder, shelved.file), shelved.sha256);
  } catch (error) {
    if (!(error instanceof DamagedCopy)) throw error;
    const { name } = shelved.description;
    throw new ConfigProblem(`${error.message}; remove ${name}.json and load the list again`);
  }
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
      ["string", "undefined"].includes(typeof shelved.sha256) &&
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
  // Else a power cut could bring an old copy back, with somebody in it who was erased.
  await syncFolder(folder);
}

/** What a crash left behind: nobody would look for an erased person in there. */
async function removeStrays(folder: string, all: readonly Loaded[]): Promise<void> {
  const named = new Set(all.map(({ shelved }) => shelved.file));
  for (const name of await readdir(folder)) {
    const isCopy = name.endsWith(".txt") && !named.has(name);
    if (isCopy || name.endsWith(".tmp")) await rm(path.join(folder, name), { force: true });
  }
  await syncFolder(folder);
}

function refuseEmpty(addresses: number): void {
  if (addresses > 0) return;
  throw new Problem(
    "invalid-request",
    "the text holds no address, so the list was left as it is; give one address a line",
  );
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

function builderOf(place: ListPlace, description: ListDescription): AddressListBuilder {
  const channels = description.channels.length > 0 ? description.channels : CHANNELS;
  return new AddressListBuilder({ ...description, channels }, place.tokensOf);
}

/** Lines that are no address. */
class Rejects {
  readonly #first: { readonly line: number; readonly problem: string }[] = [];
  #count = 0;

  add(line: number, problem: string): void {
    this.#count += 1;
    if (this.#first.length < REJECTED_SHOWN) this.#first.push({ line, problem });
  }

  told(): Pick<ListReport, "rejected" | "rejectedCount"> {
    return { rejected: this.#first, rejectedCount: this.#count };
  }
}

async function* readAddresses(
  { defaultRegion }: ListDescription,
  text: AsyncIterable<Uint8Array>,
  rejects: Rejects,
): AsyncIterable<AddressKey> {
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
    const parsed = parseAddress(written, { defaultRegion });
    if (!("problem" in parsed)) {
      yield parsed.key;
      continue;
    }
    // A header is no address either, and nothing to complain about; somebody's number is.
    if (lineNumber === 1 && !/[\p{Nd}@]/u.test(written)) continue;
    rejects.add(lineNumber, parsed.problem);
  }
}
