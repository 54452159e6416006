/**
 * Reads opt-outs, opt-ins and dealings from a CSV file of any system, as a stream: each row becomes an act to
 * record, or a problem with its line and what to do. Recording is the app's, and so is the rule
 * that no import ever lifts an opt-out.
 */

import {
  type ActColumns,
  findActColumns,
  type ImportedKind,
  type ParsedActRow,
  parseActRow,
  type RowProblem,
} from "./act-row.ts";
import { cellTexts, encodeCell } from "./cell.ts";
import { type FoundColumn, findColumn, looksLikeHeader } from "./columns.ts";
import type { ReadAddress } from "./read-address.ts";
import { RowScanner } from "./row-scanner.ts";
import { takeSample } from "./sample.ts";
import { type Dialect, SAMPLE_BYTES, sampleRows, sniffDialect, UnreadableFile } from "./sniff.ts";

export { type ImportedKind, messageIdOf, type ParsedActRow } from "./act-row.ts";

export interface ActRowOptions {
  readonly read: ReadAddress;
  /** For files, and for rows, that do not say it themselves. */
  readonly kind?: ImportedKind;
  /** Name of the address column, or its number from 1. */
  readonly column?: string | number;
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  /** IANA zone of times without an offset; UTC when it is not given. */
  readonly zone?: string;
  /** Lets others have a turn; called every few hundred rows. */
  readonly pause: () => Promise<void>;
}

/** `row` counts from 1 without the header; `line` is the line of the file on which it begins. */
export type ActRow =
  | { readonly row: number; readonly line: number; readonly act: ParsedActRow }
  | {
      readonly row: number;
      readonly line: number;
      readonly problem: RowProblem;
      /** The row as it was; of a very long one only the beginning. */
      readonly raw: string;
    };

const ROWS_PER_TURN = 256;
const LONGEST_RAW_BYTES = 4096;

/** Throws `UnreadableFile` before the first row when the file cannot be understood. */
export async function* readActRows(
  input: AsyncIterable<Uint8Array>,
  options: ActRowOptions,
): AsyncGenerator<ActRow> {
  checkZone(options.zone);
  const { sample, isWhole, slices } = await takeSample(input, SAMPLE_BYTES);
  const dialect = sniffDialect(sample, isWhole, options.delimiter);
  const layout = readLayout(sampleRows(sample, isWhole, dialect), isWhole, options);
  const reader = new ActReader(dialect, layout, options);
  let bomLeft = dialect.bomBytes;
  for await (const slice of slices) {
    const bytes = slice.subarray(Math.min(bomLeft, slice.length));
    bomLeft -= slice.length - bytes.length;
    reader.push(bytes);
    yield* readAll(reader, options.pause);
  }
  reader.finish();
  yield* readAll(reader, options.pause);
}

async function* readAll(reader: ActReader, pause: () => Promise<void>): AsyncGenerator<ActRow> {
  for (let row = reader.next(); row !== null; row = reader.next()) {
    yield row;
    if (row.row % ROWS_PER_TURN === 0) await pause();
  }
}

interface Layout {
  readonly hasHeader: boolean;
  readonly columns: ActColumns;
}

function readLayout(rows: readonly string[][], isWhole: boolean, options: ActRowOptions): Layout {
  const [first, ...others] = rows;
  if (first === undefined) {
    if (isWhole) return { hasHeader: false, columns: findActColumns(null, 0) };
    throw new UnreadableFile(
      "no-rows",
      "There is no row at the beginning of the file. Look for lost line ends.",
    );
  }
  const hasHeader = options.hasHeader ?? looksLikeHeader(first, options.read);
  const found: FoundColumn = findColumn({
    header: hasHeader ? first : null,
    rows: hasHeader ? others : rows,
    kind: null,
    read: options.read,
    given: options.column,
  });
  const columns = findActColumns(hasHeader ? first : null, found.index);
  const saysKind = columns.kind ?? columns.optedOut ?? columns.optedIn ?? options.kind ?? null;
  if (saysKind !== null) return { hasHeader, columns };
  throw new UnreadableFile(
    "no-kind",
    "The file does not say whether its rows are opt-outs or opt-ins. Add a column `kind` with " +
      "`opt-out` or `opt-in`, or say which of them all rows are.",
  );
}

function checkZone(zone: string | undefined): void {
  if (zone === undefined) return;
  try {
    Temporal.Now.instant().toZonedDateTimeISO(zone);
  } catch {
    throw new UnreadableFile(
      "bad-zone",
      `There is no time zone \`${zone}\`. Use an IANA name such as \`Europe/Paris\`.`,
    );
  }
}

class ActReader {
  readonly #scanner: RowScanner;
  readonly #dialect: Dialect;
  readonly #columns: ActColumns;
  readonly #defaults: Parameters<typeof parseActRow>[2];
  #awaitsHeader: boolean;
  #row = 0;
  #piece: { line: number; raw: string } = { line: 1, raw: "" };

  constructor(dialect: Dialect, layout: Layout, options: ActRowOptions) {
    this.#scanner = new RowScanner({ delimiter: dialect.delimiter });
    this.#dialect = dialect;
    this.#columns = layout.columns;
    this.#awaitsHeader = layout.hasHeader;
    this.#defaults = {
      read: options.read,
      kind: options.kind ?? null,
      zone: options.zone ?? "UTC",
    };
  }

  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  finish(): void {
    this.#scanner.finish();
  }

  /** `null` when there is nothing more for now. */
  next(): ActRow | null {
    for (;;) {
      const found = this.#scanner.next();
      if (found === "more" || found === "end") return null;
      if (found === "blank") continue;
      const row = found === "row" ? this.#readRow() : this.#readPiece();
      if (row !== null) return row;
    }
  }

  #readRow(): ActRow | null {
    if (this.#awaitsHeader) {
      this.#awaitsHeader = false;
      return null;
    }
    this.#row += 1;
    const { line } = this.#scanner;
    const outcome = parseActRow(
      cellTexts(this.#scanner, this.#dialect.encoding),
      this.#columns,
      this.#defaults,
    );
    if (!("problem" in outcome)) return { row: this.#row, line, act: outcome };
    return { row: this.#row, line, problem: outcome, raw: this.#rawText() };
  }

  /** A row that cannot be read; it is told once its last piece has come. */
  #readPiece(): ActRow | null {
    const { isFirstPiece, isLastPiece, line, rejection } = this.#scanner;
    if (isFirstPiece) {
      this.#row += 1;
      this.#piece = { line, raw: this.#rawText() };
    }
    if (!isLastPiece) return null;
    const message =
      rejection === "row-too-long"
        ? "The row is too long. Look for lost line ends."
        : "The row has a quote without its counterpart. Close it, or double it inside a field.";
    return { row: this.#row, ...this.#piece, problem: { problem: rejection, message } };
  }

  #rawText(): string {
    const { bytes, start, contentEnd } = this.#scanner;
    const end = Math.min(contentEnd, start + LONGEST_RAW_BYTES);
    const text = new TextDecoder(this.#dialect.encoding).decode(bytes.subarray(start, end));
    return end < contentEnd ? `${text}…` : text;
  }
}

/** First line of a rejects file. */
export const REJECTS_HEADER = "line,problem,message,row\r\n";

/** A row of the rejects file, for a row that could not be read or not be recorded. */
export function formatReject(line: number, problem: RowProblem, raw: string): string {
  const cells = [`${line}`, problem.problem, problem.message, raw];
  return `${cells.map((cell) => encodeCell(cell, ",")).join(",")}\r\n`;
}
