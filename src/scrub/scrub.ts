/**
 * The scrub: checks a whole list, row by row, as it streams through. Kept rows come out byte for
 * byte and in order; every other row comes out in the removed file with the reason. Memory does not
 * grow with the file, except for the addresses remembered to find duplicates.
 *
 * It reads and writes streams of bytes and knows neither disks nor sockets nor clocks. What is
 * against an address is the judge's to say, the same one that answers single checks (promise 5).
 */
import { isProblem, type ParsedAddress } from "../address/parse-address.ts";
import type { Reason } from "../domain/verdict.ts";
import { type AddressKind, type Channel, channelsOf } from "../domain/words.ts";
import { ByteBatch, type Sink } from "./byte-batch.ts";
import { cellText } from "./cell.ts";
import { type FoundColumn, findColumn, looksLikeHeader } from "./columns.ts";
import type { ReadAddress } from "./read-address.ts";
import {
  DUPLICATE,
  NO_ADDRESS,
  NOT_IN_ANY_PLAN,
  notAnAddress,
  noteOf,
  type RemovalNote,
  WRONG_ENCODING,
  wrongKind,
} from "./reasons.ts";
import { RemovedFile } from "./removed-file.ts";
import { type ScrubReport, Tally } from "./report.ts";
import { LONGEST_ROW_BYTES, RowScanner } from "./row-scanner.ts";
import { takeSample } from "./sample.ts";
import { SeenAddresses } from "./seen-addresses.ts";
import { type Dialect, SAMPLE_BYTES, sampleRows, sniffDialect, UnreadableFile } from "./sniff.ts";

export type { Sink } from "./byte-batch.ts";

/**
 * What is against sending to an address: `null` for nothing, else at least one reason. Asked only
 * about addresses of the channel's kind. It must not depend on the clock: a clean list is used for
 * days, and hours are checked when each message goes out.
 */
export type Judge = (address: ParsedAddress) => readonly Reason[] | null;

export interface ScrubOptions {
  readonly channel: Channel;
  readonly read: ReadAddress;
  /** Name, or number from 1. Found by name or content when it is not given. */
  readonly column?: string | number;
  /** One character. Found when it is not given. */
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  /** Keeps numbers that no numbering plan knows, for lists with brand-new area codes. */
  readonly keepUnknownNumbers?: boolean;
  /** Random text that keys the memory of seen addresses. */
  readonly hashKey: string;
  /** Distinct addresses remembered to find duplicates; 10 million take less than 250 MB. */
  readonly maxDistinct?: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Lets others have a turn; called every few milliseconds of work. */
  readonly pause: () => Promise<void>;
  readonly onProgress?: (progress: { readonly bytes: number; readonly rows: number }) => void;
}

export interface ScrubSinks {
  readonly clean: Sink;
  readonly removed: Sink;
}

const TURN_MS = 4;
/** The clock is looked at once in so many rows. */
const ROWS_PER_LOOK = 32;
const MAX_DISTINCT = 10_000_000;
/** As many as a spreadsheet has. */
const MOST_COLUMNS = 16_384;

/**
 * Throws `UnreadableFile`, with nothing written, when the file is no CSV file or its address column
 * cannot be told. Rejects with what the input, a sink or the judge throws; the clean file is then
 * incomplete and must not be used.
 */
export async function scrubRows(
  input: AsyncIterable<Uint8Array>,
  options: ScrubOptions,
  sinks: ScrubSinks,
  judge: Judge,
): Promise<ScrubReport> {
  const startedAt = options.now();
  const { sample, isWhole, slices } = await takeSample(input, SAMPLE_BYTES);
  const dialect = sniffDialect(sample, isWhole, options.delimiter);
  const rows = sampleRows(sample, isWhole, dialect);
  const layout = rows.length > 0 ? readLayout(rows, options) : layoutUnseen(isWhole, options);
  const scrub = new Scrub(dialect, layout, options, sinks, judge);
  let bomLeft = dialect.bomBytes;
  for await (const slice of slices) {
    const bytes = bomLeft === 0 ? slice : slice.subarray(Math.min(bomLeft, slice.length));
    bomLeft -= slice.length - bytes.length;
    await scrub.take(bytes, slice.length);
  }
  await scrub.finish();
  return scrub.report(options.now() - startedAt);
}

interface Layout {
  readonly hasHeader: boolean;
  readonly columns: number;
  readonly column: FoundColumn | null;
}

function kindOf(channel: Channel): AddressKind {
  return channelsOf("email").includes(channel) ? "email" : "phone";
}

function readLayout(rows: readonly string[][], options: ScrubOptions): Layout {
  const first = rows[0]!;
  const hasHeader = options.hasHeader ?? looksLikeHeader(first, options.read);
  const column = findColumn({
    header: hasHeader ? first : null,
    rows: hasHeader ? rows.slice(1) : rows,
    kind: kindOf(options.channel),
    read: options.read,
    given: options.column,
  });
  return { hasHeader, columns: first.length, column };
}

/** No row could be read at the start. An empty file needs no column; any other needs its number. */
function layoutUnseen(isWhole: boolean, options: ScrubOptions): Layout {
  const number = Number(options.column);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_COLUMNS) {
    const column: FoundColumn = { index: number - 1, name: null, foundBy: "given-number" };
    return { hasHeader: options.hasHeader ?? false, columns: number, column };
  }
  if (isWhole) return { hasHeader: false, columns: 1, column: null };
  throw new UnreadableFile(
    "no-rows",
    `There is no row in the first ${SAMPLE_BYTES.toLocaleString("en")} bytes of the file. Look ` +
      "for lost line ends, or give the number of the column and whether there is a header.",
  );
}

class Scrub {
  readonly #dialect: Dialect;
  readonly #layout: Layout;
  readonly #options: ScrubOptions;
  readonly #judge: Judge;
  readonly #kind: AddressKind;
  readonly #scanner: RowScanner;
  readonly #clean: ByteBatch;
  readonly #removed: ByteBatch;
  readonly #removedFile: RemovedFile;
  readonly #seen: SeenAddresses;
  readonly #tally = new Tally();
  #awaitsHeader: boolean;
  #hasRemovedHeader = false;
  /** Line on which the row that is being rejected begins. */
  #rejectedLine = 1;
  #rows = { total: 0, clean: 0, removed: 0, rejected: 0 };
  #blankLines = 0;
  #bytesRead = 0;
  #turnEndsAt: number;
  /** Rows that are kept and lie next to each other are copied in one go. */
  #runStart = 0;
  #runEnd = 0;

  constructor(
    dialect: Dialect,
    layout: Layout,
    options: ScrubOptions,
    sinks: ScrubSinks,
    judge: Judge,
  ) {
    this.#dialect = dialect;
    this.#layout = layout;
    this.#options = options;
    this.#judge = judge;
    this.#kind = kindOf(options.channel);
    this.#scanner = new RowScanner({ delimiter: dialect.delimiter });
    this.#clean = new ByteBatch(sinks.clean);
    this.#removed = new ByteBatch(sinks.removed);
    this.#removedFile = new RemovedFile(this.#removed, dialect);
    this.#seen = new SeenAddresses(options.hashKey, options.maxDistinct ?? MAX_DISTINCT);
    this.#awaitsHeader = layout.hasHeader;
    this.#turnEndsAt = options.now() + TURN_MS;
    if (dialect.bomBytes > 0) this.#clean.add(Buffer.from([0xef, 0xbb, 0xbf]));
    if (!layout.hasHeader) this.#writeRemovedHeader(null);
  }

  async take(bytes: Uint8Array, lengthInFile: number): Promise<void> {
    this.#scanner.push(bytes);
    this.#bytesRead += lengthInFile;
    await this.#readRows();
    this.#options.onProgress?.({ bytes: this.#bytesRead, rows: this.#rows.total });
  }

  async finish(): Promise<void> {
    this.#scanner.finish();
    await this.#readRows();
    await this.#clean.sendAll();
    await this.#removed.sendAll();
  }

  /** Works through what the scanner has, giving way to others and to slow sinks. */
  async #readRows(): Promise<void> {
    while (this.#workOneTurn()) {
      await this.#clean.send();
      await this.#removed.send();
      if (this.#options.now() < this.#turnEndsAt) continue;
      await this.#options.pause();
      this.#turnEndsAt = this.#options.now() + TURN_MS;
    }
    await this.#clean.send();
    await this.#removed.send();
  }

  /** `false` when the scanner has nothing more for now. */
  #workOneTurn(): boolean {
    this.#runStart = 0;
    this.#runEnd = 0;
    for (let looked = 1; ; looked += 1) {
      const found = this.#scanner.next();
      if (found === "more" || found === "end") break;
      if (found === "row") this.#takeRow();
      else if (found === "blank") this.#blankLines += 1;
      else this.#takePiece();
      if (looked % ROWS_PER_LOOK === 0 && this.#isTurnOver()) {
        this.#keepRun();
        return true;
      }
    }
    this.#keepRun();
    return false;
  }

  #isTurnOver(): boolean {
    return this.#clean.isFull || this.#removed.isFull || this.#options.now() >= this.#turnEndsAt;
  }

  #takeRow(): void {
    const scanner = this.#scanner;
    if (this.#awaitsHeader) {
      this.#awaitsHeader = false;
      this.#writeRemovedHeader(scanner);
      this.#keepRow();
      return;
    }
    this.#rows.total += 1;
    const note = this.#examine();
    if (note === null) {
      this.#rows.clean += 1;
      this.#keepRow();
      return;
    }
    if (note === WRONG_ENCODING) this.#rows.rejected += 1;
    else this.#rows.removed += 1;
    this.#tally.add(note.reason, this.#rows.total);
    this.#removedFile.writeRow(this.#rows.total, scanner, note);
  }

  /** Why the row goes, or `null` when it stays. */
  #examine(): RemovalNote | null {
    const { channel, read, keepUnknownNumbers } = this.#options;
    const index = this.#layout.column?.index ?? 0;
    const cell = cellText(this.#scanner, index, this.#dialect.encoding);
    if (cell === null) return WRONG_ENCODING;
    if (cell === "" || cell.trim() === "") return NO_ADDRESS;
    const address = read(cell, null);
    if (isProblem(address)) return notAnAddress(address.message);
    if (address.kind !== this.#kind) return wrongKind(channel);
    const reasons = this.#judge(address);
    if (reasons !== null) return noteOf(reasons);
    if (!address.valid && keepUnknownNumbers !== true) return NOT_IN_ANY_PLAN;
    return this.#seen.checkAndAdd(address.key) ? DUPLICATE : null;
  }

  #takePiece(): void {
    const scanner = this.#scanner;
    // A file that begins with rows nobody can read has shown no header yet.
    this.#writeRemovedHeader(null);
    if (scanner.isFirstPiece) {
      this.#rows.total += 1;
      this.#rows.rejected += 1;
      this.#rejectedLine = scanner.line;
      this.#tally.add(scanner.rejection, this.#rows.total);
    }
    this.#removedFile.writePiece(this.#rows.total, scanner, () => this.#rejectionNote());
  }

  #writeRemovedHeader(header: RowScanner | null): void {
    if (!this.#hasRemovedHeader) this.#removedFile.writeHeader(header, this.#layout.columns);
    this.#hasRemovedHeader = true;
  }

  #rejectionNote(): RemovalNote {
    const where = `Line ${this.#rejectedLine} of the file`;
    const { rejection } = this.#scanner;
    const text =
      rejection === "row-too-long"
        ? `${where} has more than ${LONGEST_ROW_BYTES} bytes. Look for lost line ends.`
        : `${where} has a quote without its counterpart. Close it, or double it inside a field.`;
    return { reason: rejection, text };
  }

  #keepRow(): void {
    const { bytes, start, end } = this.#scanner;
    if (start !== this.#runEnd) {
      this.#clean.addBytes(bytes, this.#runStart, this.#runEnd);
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  #keepRun(): void {
    this.#clean.addBytes(this.#scanner.bytes, this.#runStart, this.#runEnd);
    this.#runStart = this.#runEnd;
  }

  report(durationMs: number): ScrubReport {
    const { total, clean, removed, rejected } = this.#rows;
    // INVARIANT: every row that came in went into exactly one file.
    if (total !== clean + removed + rejected) throw new Error("INVARIANT: a row was lost");
    const { column, hasHeader } = this.#layout;
    return {
      version: 1,
      channel: this.#options.channel,
      encoding: this.#dialect.encoding,
      delimiter: this.#dialect.delimiter,
      hasHeader,
      column:
        column === null || (total === 0 && !hasHeader)
          ? null
          : { number: column.index + 1, name: column.name, foundBy: column.foundBy },
      rows: { total, clean, removed, rejected },
      blankLines: this.#blankLines,
      bytes: {
        read: this.#bytesRead,
        clean: this.#clean.writtenBytes,
        removed: this.#removed.writtenBytes,
      },
      reasons: this.#tally.result(),
      allDuplicatesFound: !this.#seen.isFull,
      durationMs: Math.round(durationMs),
    };
  }
}
