/** Loads a list from a file: reads its lines, writes the new copy and compiles it on the way. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { LineProblem, ListDescription, ListLoad, ListReport } from "../app/lists.ts";
import { Problem } from "../app/problem.ts";
import { type AddressKey, CHANNELS } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import {
  csvLineReader,
  type ListRow,
  type ListRowProblem,
  plainLineReader,
  type ReadListLine,
} from "../scrub/list-rows.ts";
import { usDncLineReader, usDncXmlReader } from "../scrub/us-dnc.ts";
import { type AddressList, AddressListBuilder } from "../sets/address-list.ts";
import { LISTING_KINDS_MAX, TooManyListingKinds } from "../sets/listing.ts";
import { type ListLine, writeListCopy, writeListLine } from "./list-copy.ts";
import { type ShelvedCopy, shelve } from "./list-files.ts";
import { listLines } from "./list-lines.ts";

const REJECTED_SHOWN = 100;

export interface ListPlace {
  readonly folder: string;
  readonly tokensOf: TokensOf;
  /** Whether somebody was erased: then no copy may hold their address. */
  readonly isErased: (address: AddressKey) => boolean;
}

export interface Loaded {
  readonly list: AddressList;
  readonly shelved: ShelvedCopy;
}

/** What is said about the lines of a file, with the rows as they come. */
export interface ReadRows {
  readonly rows: () => AsyncIterable<readonly ListRow[]>;
  readonly told: () => Pick<ListReport, "rejected" | "rejectedCount" | "unclear" | "unclearCount">;
}

export async function loadCopy(
  place: ListPlace,
  description: ListDescription,
  text: AsyncIterable<Uint8Array>,
  how: ListLoad,
): Promise<Loaded & { readonly report: ListReport }> {
  if (how.format === "hashed" && (description.hash ?? null) === null) throw noHashWay();
  const builder = builderOf(place, description);
  const { rows, told } = readRows(description, text, how);
  const areaCodes = new Set<string>();
  const lineOf = (row: ListRow): string => {
    if (row.change !== null) throw changeListGiven(description.name);
    if (how.format === "us-dnc" && "address" in row.named) {
      areaCodes.add(row.named.address.slice(2, 5));
    }
    const line = { ...namedBy(place, row), listing: row.listing };
    addLine(builder, line);
    return writeListLine(line, line.listing);
  };
  async function* kept(): AsyncIterable<readonly string[]> {
    for await (const some of rows()) yield some.map(lineOf);
  }
  return await keepNew(place, description.name, kept(), () => {
    const known = how.format === "us-dnc" ? { areaCodes: areaCodesOf(how, areaCodes) } : {};
    const list = builder.finish(known);
    const { name, size: addresses, duplicates } = list;
    refuseEmpty(addresses);
    const report: ListReport = { name, addresses, duplicates, ...told(), changes: null };
    return { list, description: { ...description, ...known }, report };
  });
}

function areaCodesOf({ areaCodes }: ListLoad, found: ReadonlySet<string>): string[] | null {
  if (areaCodes === "all") return null;
  return [...new Set(areaCodes ?? found)].sort();
}

/** By what a copy names somebody: the token of whoever was erased. */
export function namedBy(place: ListPlace, { named }: Pick<ListRow, "named">) {
  if ("hash" in named) return named;
  const token = place.isErased(named.address) ? place.tokensOf(named.address)[0] : undefined;
  return token === undefined ? named : { token };
}

export function readRows(
  description: ListDescription,
  text: AsyncIterable<Uint8Array>,
  how: ListLoad,
): ReadRows {
  const rejects = new LineProblems();
  const unclear = new LineProblems();
  async function* rows(): AsyncIterable<readonly ListRow[]> {
    let readLine: ReadListLine = () => [];
    const blocks = listLines(text, (start) => {
      const isXml = isUsDnc(how) && /^\s*</u.test(start.toString("utf8", 0, 64));
      readLine = readerOf(description, how, isXml);
      return isXml ? "tag" : "line";
    });
    for await (const { lines, numbers } of blocks) {
      yield lines.flatMap((line, at) =>
        readLine(line).filter((row) => {
          const problem = problemOf(row, how);
          if (problem !== null) rejects.add(numbers[at]!, problem);
          else if ("unclear" in row && row.unclear !== null) {
            unclear.add(numbers[at]!, row.unclear);
          }
          return problem === null;
        }),
      ) as ListRow[];
    }
  }
  return {
    rows,
    told: () => ({
      rejected: rejects.first,
      rejectedCount: rejects.count,
      unclear: unclear.first,
      unclearCount: unclear.count,
    }),
  };
}

function problemOf(row: ListRow | ListRowProblem, { format }: ListLoad): string | null {
  if ("problem" in row) return row.problem;
  return format === "us-dnc-change" && row.change === null ? "no-change" : null;
}

function isUsDnc({ format }: ListLoad): boolean {
  return format === "us-dnc" || format === "us-dnc-change";
}

function readerOf(description: ListDescription, how: ListLoad, isXml: boolean): ReadListLine {
  const { asOf, defaultRegion, hash = null } = description;
  const reading = { asOf, defaultRegion, hash, columns: how.columns ?? null };
  if (isUsDnc(how)) return isXml ? usDncXmlReader(reading) : usDncLineReader(reading);
  return how.format === "plain" ? plainLineReader(reading) : csvLineReader(reading);
}

/** Writes a copy and puts it in the place of the old one; what fails leaves the old one there. */
export async function keepNew<
  Made extends { readonly list: AddressList; readonly description: ListDescription },
>(
  { folder }: ListPlace,
  name: string,
  blocks: AsyncIterable<readonly string[]>,
  make: () => Made,
): Promise<Made & Pick<Loaded, "shelved">> {
  const file = `${name}.${randomUUID()}.txt`;
  try {
    const sha256 = await writeListCopy(path.join(folder, file), blocks);
    const made = make();
    const shelved = { description: made.description, file, sha256 };
    await shelve(folder, shelved);
    return { ...made, shelved };
  } catch (error) {
    await rm(path.join(folder, file), { force: true });
    throw error instanceof TooManyListingKinds ? tooManyKinds() : error;
  }
}

export function builderOf(place: ListPlace, description: ListDescription): AddressListBuilder {
  const channels = description.channels.length > 0 ? description.channels : CHANNELS;
  return new AddressListBuilder({ ...description, channels }, place.tokensOf);
}

export function addLine(builder: AddressListBuilder, line: ListLine): void {
  if ("token" in line) builder.addToken(line.token, line.listing);
  else if ("hash" in line) builder.addHash(line.hash, line.listing);
  else builder.add(line.address, line.listing);
}

export function refuseEmpty(lines: number): void {
  if (lines > 0) return;
  throw new Problem(
    "invalid-request",
    "the text holds no address, so the list was left as it is; give one address a line",
  );
}

/** As a full list it would take everybody else off. */
function changeListGiven(name: string): Problem {
  return new Problem(
    "invalid-request",
    `the file says what was added and deleted, so it is a change list and not the whole of ${name}; ` +
      "load it with the format `us-dnc-change`",
  );
}

/** Read as addresses, hashes would be a list of nobody. */
function noHashWay(): Problem {
  return new Problem("invalid-request", "say how the addresses of a list of hashes were hashed");
}

function tooManyKinds(): Problem {
  return new Problem(
    "invalid-request",
    `the list has more than ${LISTING_KINDS_MAX} different combinations of channels and sectors; ` +
      "is another column called so?",
  );
}

/** Lines with something to say about them: how many, and the first of them. */
class LineProblems {
  readonly first: LineProblem[] = [];
  count = 0;

  add(line: number, problem: string): void {
    this.count += 1;
    if (this.first.length < REJECTED_SHOWN) this.first.push({ line, problem });
  }
}
