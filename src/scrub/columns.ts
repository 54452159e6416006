/**
 * Finds the column with the addresses: as the user named it, by its name in several languages, or
 * by what stands in it, and always says how. When several fit it asks instead of guessing: a
 * scrub of the wrong column would let through everybody who said stop.
 */
import { isProblem } from "../address/parse-address.ts";
import type { AddressKind } from "../domain/words.ts";
import { namesAddress, namesEither, plainName } from "./column-names.ts";
import type { ReadAddress } from "./read-address.ts";
import { UnreadableFile } from "./sniff.ts";

export interface FoundColumn {
  /** From 0. */
  readonly index: number;
  /** As the header writes it; `null` without a header. */
  readonly name: string | null;
  readonly foundBy: "given-name" | "given-number" | "name" | "content" | "only-column";
}

/** Part of the filled cells of a column that must be valid addresses to take it by its content. */
const CONTENT_SHARE = 0.6;
/** What a column with a fitting name must reach when several names fit. */
const NAMED_SHARE = 0.2;

/** Whether the first row names the columns: no cell of it may be an address or a long number. */
export function looksLikeHeader(firstRow: readonly string[], read: ReadAddress): boolean {
  return (
    firstRow.some((cell) => /\p{L}/u.test(cell)) &&
    firstRow.every((cell) => !isAddressLike(cell.trim(), read))
  );
}

function isAddressLike(cell: string, read: ReadAddress): boolean {
  if (cell.includes("@")) return true;
  if (/^[+(]?[\d\s().\-/]{7,}$/u.test(cell)) return true;
  const outcome = read(cell, null);
  return !isProblem(outcome) && outcome.valid;
}

/**
 * `rows`: the first rows, the header not among them. `given`: name, or number from 1, as a number
 * or as text. Throws `UnreadableFile` when there is no such column or more than one.
 */
export function findColumn(parts: {
  readonly header: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
  /** `null`: a column with either kind of address, or with both. */
  readonly kind: AddressKind | null;
  readonly read: ReadAddress;
  readonly given?: string | number | undefined;
}): FoundColumn {
  const { header, rows, kind, read, given } = parts;
  const width = Math.max(header?.length ?? 0, ...rows.map((row) => row.length));
  if (given !== undefined) return givenColumn(header, width, given);
  const share = (index: number) => shareOfAddresses(rows, index, kind, read);
  const found = (index: number, foundBy: FoundColumn["foundBy"]): FoundColumn => ({
    index,
    name: header?.[index] ?? null,
    foundBy,
  });
  const fits = (name: string) => (kind === null ? namesEither(name) : namesAddress(name, kind));
  const named = (header ?? []).flatMap((name, index) => (fits(name) ? [index] : []));
  if (named.length === 1) return found(named[0]!, "name");
  if (named.length > 1) {
    const filled = named.filter((index) => (share(index) ?? 0) >= NAMED_SHARE);
    if (filled.length === 1) return found(filled[0]!, "name");
    throw severalColumns(header, filled.length > 1 ? filled : named, kind);
  }
  if (width === 1) return found(0, "only-column");
  const indexes = Array.from({ length: width }, (_, index) => index);
  const fitting = indexes.filter((index) => (share(index) ?? 0) >= CONTENT_SHARE);
  if (fitting.length === 1) return found(fitting[0]!, "content");
  if (fitting.length > 1) throw severalColumns(header, fitting, kind);
  throw noColumn(header, width, kind);
}

/** `null` when no row has anything in that column. */
function shareOfAddresses(
  rows: readonly (readonly string[])[],
  index: number,
  kind: AddressKind | null,
  read: ReadAddress,
): number | null {
  const cells = rows.map((row) => (row[index] ?? "").trim()).filter((cell) => cell !== "");
  if (cells.length === 0) return null;
  const addresses = cells.filter((cell) => {
    const outcome = read(cell, kind);
    return !isProblem(outcome) && (kind ?? outcome.kind) === outcome.kind && outcome.valid;
  });
  return addresses.length / cells.length;
}

function givenColumn(
  header: readonly string[] | null,
  width: number,
  given: string | number,
): FoundColumn {
  if (typeof given === "string") {
    const same = matchingNames(header ?? [], given);
    if (same.length === 1) {
      return { index: same[0]!, name: header?.[same[0]!] ?? null, foundBy: "given-name" };
    }
    if (same.length > 1) {
      throw new UnreadableFile(
        "several-columns",
        `There are ${same.length} columns called \`${given}\`. Give the number of the one that ` +
          `is meant: ${same.map((index) => index + 1).join(", ")}.`,
      );
    }
  }
  const number = typeof given === "number" ? given : /^\d{1,6}$/u.test(given) ? Number(given) : 0;
  if (Number.isInteger(number) && number >= 1 && (number <= width || width === 0)) {
    return { index: number - 1, name: header?.[number - 1] ?? null, foundBy: "given-number" };
  }
  const known = header === null ? `columns 1 to ${width}` : listColumns(header, header.keys());
  throw new UnreadableFile("no-column", `There is no column \`${given}\`. The file has ${known}.`);
}

/** Columns of exactly that name, else those that differ in case, accents and punctuation only. */
function matchingNames(header: readonly string[], given: string): number[] {
  const indexes = [...header.keys()];
  const exact = indexes.filter((index) => header[index] === given);
  if (exact.length > 0) return exact;
  const plain = plainName(given);
  return plain === "" ? [] : indexes.filter((index) => plainName(header[index]!) === plain);
}

const WHAT = { phone: "phone number", email: "e-mail" } as const;

function what(kind: AddressKind | null): string {
  return kind === null ? "address" : WHAT[kind];
}

function severalColumns(
  header: readonly string[] | null,
  indexes: readonly number[],
  kind: AddressKind | null,
): UnreadableFile {
  return new UnreadableFile(
    "several-columns",
    `More than one column can be the ${what(kind)} column: ${listColumns(header, indexes)}. ` +
      "Say which one is meant, by its name or its number.",
  );
}

function noColumn(header: readonly string[] | null, width: number, kind: AddressKind | null) {
  const known = header === null ? `columns 1 to ${width}` : listColumns(header, header.keys());
  return new UnreadableFile(
    "no-column",
    `No ${what(kind)} column was found. The file has ${known}. ` +
      "Say which one is meant, by its name or its number.",
  );
}

function listColumns(header: readonly string[] | null, indexes: Iterable<number>): string {
  return [...indexes]
    .map((index) => (header === null ? `${index + 1}` : `${index + 1} \`${header[index] ?? ""}\``))
    .join(", ");
}
