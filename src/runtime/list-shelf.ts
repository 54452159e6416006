/**
 * Keeps lists of others on disk and in memory: `lists/<name>.json` says what a list is and names
 * the file with its addresses (see `list-copy.ts`). A new copy is complete on disk before the
 * description that names it takes the place of the old one, so a crash leaves one or the other.
 * Answers about single numbers are in `lists/<name>.answers` (see `answer-shelf.ts`).
 *
 * Whoever was erased is in no copy, however it got there: neither in one that is on disk when they
 * are erased, nor in one that is loaded or found at a start afterwards.
 *
 * LIMIT: a list of hashes does not say whose they are. The hash of somebody goes when they are erased
 * here; a copy that is loaded afterwards has it again, as its publisher has.
 */
import { createReadStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import type { Forgotten } from "../app/address-copies.ts";
import type { ListShelf, NamedList } from "../app/lists.ts";
import type { AddressKey } from "../domain/words.ts";
import { hashOfAddress } from "../sets/hash-way.ts";
import { openAnswerShelf } from "./answer-shelf.ts";
import { changeCopy } from "./change-copy.ts";
import { readListLine, writeListLine } from "./list-copy.ts";
import { linesOfCopy, readShelved, removeStrays, type Shelved } from "./list-files.ts";
import { addLine, builderOf, keepNew, type ListPlace, type Loaded, loadCopy } from "./load-copy.ts";
import { takingTurns } from "./taking-turns.ts";

export type { ListPlace } from "./load-copy.ts";

export async function openListShelf(place: ListPlace): Promise<ListShelf> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  const shelved = new Map<string, Loaded>();
  for (const name of await readdir(place.folder)) {
    if (!name.endsWith(".json")) continue;
    const loaded = await openShelved(place, await readShelved(path.join(place.folder, name)));
    shelved.set(loaded.list.name, loaded);
  }
  await removeStrays(
    place.folder,
    [...shelved.values()].map((loaded) => loaded.shelved.file),
  );
  const answers = await openAnswerShelf(place);
  // Asked about with every check, so both are made when something changes and not for each of them.
  let named = nameLists(shelved, answers.books);
  let all = named.flatMap(({ copy }) => copy ?? []);
  const put = (loaded: Loaded) => {
    shelved.set(loaded.list.name, loaded);
    named = nameLists(shelved, answers.books);
    all = named.flatMap(({ copy }) => copy ?? []);
  };
  // One after the other: of two copies loaded at once, each would clear the other away.
  const inTurn = takingTurns();
  return {
    get all() {
      return all;
    },
    get named() {
      return named;
    },
    load: (description, text, how = {}) =>
      inTurn(async () => {
        const isChange = how.format === "us-dnc-change";
        const { report, ...loaded } = isChange
          ? await changeCopy(place, shelved.get(description.name) ?? null, description, text)
          : await loadCopy(place, description, text, how);
        put(loaded);
        return report;
      }),
    answer: async (name, given) => {
      const report = await answers.answer(name, given);
      named = nameLists(shelved, answers.books);
      return report;
    },
    forget: async (address) => {
      const inCopies = inTurn(async (): Promise<Forgotten> => {
        const removed: string[] = [];
        for (const [name, loaded] of shelved) {
          const renewed = await forgetIn(place, loaded, address);
          if (renewed === null) continue;
          put(renewed);
          removed.push(`a line of the list ${name}`);
        }
        return { removed, remains: [] };
      });
      const outcomes = await Promise.allSettled([inCopies, answers.forget(address)]);
      const both = outcomes.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
      return { removed: both.flatMap(({ removed }) => removed), remains: [] };
    },
  };
}

function nameLists(
  shelved: ReadonlyMap<string, Loaded>,
  books: ReadonlyMap<string, NonNullable<NamedList["answers"]>>,
): readonly NamedList[] {
  const names = [...new Set([...shelved.keys(), ...books.keys()])].sort();
  return names.map((name) => ({
    name,
    copy: shelved.get(name)?.list ?? null,
    answers: books.get(name) ?? null,
  }));
}

async function openShelved(place: ListPlace, shelved: Shelved): Promise<Loaded> {
  const { description, file, sha256 } = shelved;
  if (sha256 === undefined) {
    const text = createReadStream(path.join(place.folder, file));
    return await loadCopy(place, description, text, { format: "plain" });
  }
  const builder = builderOf(place, description);
  let namesErased = false;
  for await (const lines of linesOfCopy(place.folder, { ...shelved, sha256 })) {
    for (const read of lines.map(readListLine)) {
      addLine(builder, read);
      namesErased ||= "address" in read && place.isErased(read.address);
    }
  }
  const loaded = { list: builder.finish(), shelved: { ...shelved, sha256 } };
  return namesErased ? await withoutErased(place, loaded, gone(loaded, place.isErased)) : loaded;
}

/** The list without an erased person's address; `null` when it did not hold it. */
async function forgetIn(
  place: ListPlace,
  loaded: Loaded,
  address: AddressKey | null,
): Promise<Loaded | null> {
  // Nobody who is not listed can be in the copy, and most are on no list at all.
  if (address !== null && !loaded.list.has(address)) return null;
  const goneOf =
    address === null
      ? gone(loaded, place.isErased)
      : gone(loaded, (one) => one === address, address);
  for await (const lines of linesOfCopy(place.folder, loaded.shelved)) {
    if (lines.some((line) => goneOf(line) !== null)) {
      return await withoutErased(place, loaded, goneOf);
    }
  }
  return null;
}

/** Whom a line is about, when it is one of these people and says so by more than their token. */
type GoneOf = (line: string) => AddressKey | null;

/** `only`: the one who is gone, when it is one, because a hash does not say whose it is. */
function gone(
  { list }: Loaded,
  isGone: (address: AddressKey) => boolean,
  only: AddressKey | null = null,
): GoneOf {
  const hash = only === null || list.hash === null ? null : hashOfAddress(only, list.hash);
  return (line) => {
    const read = readListLine(line);
    if ("hash" in read) return read.hash === hash ? only : null;
    return "address" in read && isGone(read.address) ? read.address : null;
  };
}

async function withoutErased(
  place: ListPlace,
  { list, shelved }: Loaded,
  goneOf: GoneOf,
): Promise<Loaded> {
  const replace = (line: string) => {
    const address = goneOf(line);
    if (address === null) return line;
    list.forget(address);
    return writeListLine({ token: place.tokensOf(address)[0]! }, readListLine(line).listing);
  };
  async function* kept(): AsyncIterable<readonly string[]> {
    for await (const lines of linesOfCopy(place.folder, shelved)) yield lines.map(replace);
  }
  return await keepNew(place, shelved.description.name, kept(), () => ({
    list,
    description: shelved.description,
  }));
}
