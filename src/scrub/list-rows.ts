/**
 * Lines of the files that lists come in, read one by one: plain addresses, CSV with columns, hashes.
 * Lists of the US National Do Not Call Registry are read by `us-dnc.ts`.
 */
import { isProblem } from "../address/parse-address.ts";
import type { AddressKey, Instant } from "../domain/words.ts";
import { type HashWay, readHash } from "../sets/hash-way.ts";
import type { Listing } from "../sets/listing.ts";
import { namesEither, plainName } from "./column-names.ts";
import { dateReader, readChannels, readSectors, type UnclearCell } from "./listing-cells.ts";
import { addressReader, type ReadAddress } from "./read-address.ts";

/** What one line says about one address. */
export interface ListRow {
  /** As it is, or its hash in lower-case hex. */
  readonly named: { readonly address: AddressKey } | { readonly hash: string };
  readonly listing: Listing;
  /** In a list of changes. */
  readonly change: "add" | "delete" | null;
  /** A cell that was read as the strictest that it can mean. */
  readonly unclear: UnclearCell | null;
}

export type ListRowProblem = { readonly problem: string };

/** `line`: without its end. Gives nothing for a line that is about nobody, such as a comment. */
export type ReadListLine = (line: string) => readonly (ListRow | ListRowProblem)[];

export interface ListReading {
  readonly asOf: Instant;
  readonly defaultRegion: string | null;
  /** `null`: the list names addresses as they are. */
  readonly hash: HashWay | null;
  /** Names of the columns of a file without a header; `null`: as its header says. */
  readonly columns: readonly string[] | null;
}

const NOBODY: readonly ListRow[] = [];
const DELIMITERS = [",", ";", "\t", "|"] as const;
const NO_HEADER = /[\p{Nd}@]/u;

const COLUMN_NAMES = {
  since:
    "listed since, since, listed at, listed on, date listed, listing date, date, date added, " +
    "added, added on, registered, registered on, registered at, registration date, effective date",
  channels: "channels, channel, media, medium, canales, canal, canaux",
  sectors: "sectors, sector, categories, category, topics, topic, industries, industry",
  other: "address, number, numbers, hash, hashes, sha256, sha1, md5, sha 256, sha 1",
} as const;
const namesOf = (column: keyof typeof COLUMN_NAMES): ReadonlySet<string> =>
  new Set(COLUMN_NAMES[column].split(", "));
const NAMES = {
  since: namesOf("since"),
  channels: namesOf("channels"),
  sectors: namesOf("sectors"),
  other: namesOf("other"),
};

interface Columns {
  readonly delimiter: string;
  /** Every one of them may name somebody. */
  readonly addresses: readonly number[];
  readonly since: number;
  readonly channels: number;
  readonly sectors: number;
}

/** One address a line; whatever stands behind a comma, a semicolon or a tab is left out. */
export function plainLineReader(reading: ListReading): ReadListLine {
  const readCell = cellReader(reading);
  let isFirst = true;
  return (line) => {
    const written = line.split(/[,;\t]/u, 1)[0]!.trim();
    if (isIdle(written)) return NOBODY;
    const row = readCell(written);
    const mayBeHeader = isFirst && !NO_HEADER.test(written);
    isFirst = false;
    return "problem" in row && mayBeHeader ? NOBODY : [row];
  };
}

/** Columns by their names; a file without a header that names any is read as plain lines are. */
export function csvLineReader(reading: ListReading): ReadListLine {
  const readPlain = plainLineReader(reading);
  const readCell = cellReader(reading);
  const readDate = dateReader({ asOf: reading.asOf, monthFirst: false });
  let columns = reading.columns === null ? null : givenColumns(reading.columns);
  let isFirst = true;
  return (line) => {
    if (isIdle(line.trim())) return NOBODY;
    if (isFirst && columns === null) columns = columnsOf(line);
    const isHeader = isFirst && columns !== null && reading.columns === null;
    isFirst = false;
    if (isHeader) return NOBODY;
    if (columns === null) return readPlain(unquoted(line));
    const { delimiter } = columns;
    const cells = splitCells(line, delimiter === "" ? delimiterOf(line) : delimiter);
    const said = readListing(cells, columns, readDate);
    if ("problem" in said) return [said];
    const named = columns.addresses.map((at) => (cells[at] ?? "").trim()).filter(Boolean);
    if (named.length === 0) return [{ problem: "not-an-address" }];
    return named.map((cell) => {
      const row = readCell(cell);
      return "problem" in row ? row : { ...row, ...said };
    });
  };
}

function isIdle(text: string): boolean {
  return text === "" || text.startsWith("#");
}

function cellReader(reading: ListReading): (cell: string) => ListRow | ListRowProblem {
  const rest = { listing: NO_LISTING, change: null, unclear: null } as const;
  const { hash } = reading;
  if (hash !== null) {
    return (cell) => {
      const named = readHash(cell, hash);
      return named === null ? { problem: "not-a-hash" } : { named: { hash: named }, ...rest };
    };
  }
  const read: ReadAddress = addressReader(reading.defaultRegion);
  return (cell) => {
    const parsed = read(cell, null);
    if (isProblem(parsed)) return { problem: parsed.problem };
    return { named: { address: parsed.key }, ...rest };
  };
}

const NO_LISTING: Listing = { since: null, channels: [], sectors: [] };

function readListing(
  cells: readonly string[],
  columns: Columns,
  readDate: (text: string) => Instant | null | "bad-date",
): Pick<ListRow, "listing" | "unclear"> | ListRowProblem {
  const since = readDate(cells[columns.since] ?? "");
  const channels = readChannels(cells[columns.channels] ?? "");
  if (channels === "no-channel") return { problem: "no-channel" };
  const isKnown = !("unclear" in channels);
  return {
    listing: {
      since: since === "bad-date" ? null : since,
      channels: isKnown ? channels : [],
      sectors: readSectors(cells[columns.sectors] ?? ""),
    },
    unclear: since === "bad-date" ? since : isKnown ? null : channels.unclear,
  };
}

/** `null`: the line is no header, or names no column but that of the address. */
function columnsOf(line: string): Columns | null {
  const delimiter = delimiterOf(line);
  const names = splitCells(line, delimiter);
  if (names.some((name) => name.includes("@") || /\p{Nd}{5}/u.test(name))) return null;
  const columns = columnsNamed(names, delimiter);
  const isMore = columns.since + columns.channels + columns.sectors > -3;
  return isMore || columns.addresses[0] !== 0 || columns.addresses.length > 1 ? columns : null;
}

function givenColumns(names: readonly string[]): Columns {
  return columnsNamed(names, "");
}

function columnsNamed(written: readonly string[], delimiter: string): Columns {
  const names = written.map(plainName);
  const place = (column: keyof typeof COLUMN_NAMES) =>
    names.findIndex((name) => NAMES[column].has(name));
  const more = { since: place("since"), channels: place("channels"), sectors: place("sectors") };
  const isMore = (at: number) => Object.values(more).includes(at);
  const named = names.flatMap((name, at) => (namesEither(name) && !isMore(at) ? [at] : []));
  const other = place("other");
  const first = names.findIndex((_, at) => !isMore(at));
  const addresses = named.length > 0 ? named : [other === -1 ? Math.max(0, first) : other];
  return { delimiter, addresses, ...more };
}

/** The one that stands in it most often; a comma when none does. */
function delimiterOf(line: string): string {
  const counts = DELIMITERS.map((one) => line.split(one).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

/** RFC 4180 within a line. LIMIT: a quoted cell with a line end in it is two broken lines. */
export function splitCells(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at]!;
    if (sign === '"' && isQuoted && line[at + 1] === '"') {
      cell += sign;
      at += 1;
    } else if (sign === '"' && (isQuoted || cell.trim() === "")) {
      isQuoted = !isQuoted;
    } else if (sign === delimiter && !isQuoted) {
      cells.push(cell);
      cell = "";
    } else {
      cell += sign;
    }
  }
  return [...cells, cell];
}

/** The first cell of a line that begins with a quote, as a line. */
function unquoted(line: string): string {
  return line.startsWith('"') ? splitCells(line, delimiterOf(line))[0]! : line;
}
