/**
 * The removed file: every row that is not in the clean file, with its number, its fields exactly as
 * they were, and why. The format is described in docs/formats/removed-file.md.
 */
import type { ByteBatch } from "./byte-batch.ts";
import { encodeCell, encodeText } from "./cell.ts";
import type { RemovalNote } from "./reasons.ts";
import type { RowScanner } from "./row-scanner.ts";
import type { Dialect } from "./sniff.ts";

/** Before the columns of the input. */
export const ROW_COLUMN = "heed_row";
/** Behind them, always the last five of a row. */
export const NOTE_COLUMNS = [
  "heed_reason",
  "heed_text",
  "heed_entry",
  "heed_list",
  "heed_rule",
] as const;

const QUOTE = 34;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export class RemovedFile {
  readonly #batch: ByteBatch;
  readonly #dialect: Dialect;
  #columns = 1;
  /** Notes repeat themselves a million times, so their bytes are kept. */
  #lastNote: { note: RemovalNote; bytes: Buffer } | null = null;

  constructor(batch: ByteBatch, dialect: Dialect) {
    this.#batch = batch;
    this.#dialect = dialect;
  }

  /** `header`: the scanner at the header row, or `null` for a file without one. */
  writeHeader(header: RowScanner | null, columns: number): void {
    const { delimiter, lineEnd } = this.#dialect;
    this.#columns = Math.max(1, columns);
    if (this.#dialect.bomBytes > 0) this.#batch.add(BOM);
    this.#write(`${ROW_COLUMN}${delimiter}`);
    if (header === null) {
      const names = Array.from({ length: this.#columns }, (_, index) => `column_${index + 1}`);
      this.#write(names.join(delimiter));
    } else {
      this.#batch.addBytes(header.bytes, header.start, header.contentEnd);
    }
    this.#write(`${delimiter}${NOTE_COLUMNS.join(delimiter)}${lineEnd}`);
  }

  /** The row that the scanner has found. A row with too few fields is filled up with empty ones. */
  writeRow(rowNumber: number, row: RowScanner, note: RemovalNote): void {
    this.#write(`${rowNumber}${this.#dialect.delimiter}`);
    this.#batch.addBytes(row.bytes, row.start, row.contentEnd);
    const missing = this.#columns - row.fieldCount;
    if (missing > 0) this.#write(this.#dialect.delimiter.repeat(missing));
    this.#batch.add(this.#noteBytes(note));
  }

  /**
   * One piece of a row that cannot be read. Its fields are unknown, so its bytes stand in the first
   * column as one quoted field, from which they can be had back exactly.
   */
  writePiece(rowNumber: number, piece: RowScanner, note: () => RemovalNote): void {
    if (piece.isFirstPiece) this.#write(`${rowNumber}${this.#dialect.delimiter}"`);
    this.#writeDoubled(piece.bytes, piece.start, piece.contentEnd);
    if (!piece.isLastPiece) return;
    this.#write(`"${this.#dialect.delimiter.repeat(this.#columns - 1)}`);
    this.#batch.add(this.#noteBytes(note()));
  }

  #writeDoubled(bytes: Buffer, start: number, end: number): void {
    let from = start;
    while (from < end) {
      const quote = bytes.indexOf(QUOTE, from);
      if (quote < 0 || quote >= end) break;
      this.#batch.addBytes(bytes, from, quote + 1);
      this.#write('"');
      from = quote + 1;
    }
    this.#batch.addBytes(bytes, from, end);
  }

  #noteBytes(note: RemovalNote): Buffer {
    if (this.#lastNote?.note === note) return this.#lastNote.bytes;
    const { delimiter, encoding, lineEnd } = this.#dialect;
    const cells = [note.reason, note.text, `${note.entry ?? ""}`, note.list ?? "", note.rule ?? ""];
    const text = cells.map((cell) => encodeCell(cell, delimiter)).join(delimiter);
    const bytes = encodeText(`${delimiter}${text}${lineEnd}`, encoding);
    this.#lastNote = { note, bytes };
    return bytes;
  }

  #write(text: string): void {
    this.#batch.add(encodeText(text, this.#dialect.encoding));
  }
}
