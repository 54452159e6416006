/**
 * Cuts a stream of bytes into the rows of a CSV file (RFC 4180) without ever decoding them, so that
 * a row can be handed on byte for byte: quoted fields with delimiters, doubled quotes and line ends
 * in them, LF, CRLF and CR in any mixture, a last row with or without its line end.
 * Where the rows are cut depends on the bytes alone, never on how they were cut into chunks.
 * LIMIT: for encodings in which every byte below 0x80 means ASCII (UTF-8, ISO 8859, Windows 125x).
 */

/** A row longer than this is not held in memory: it is rejected, piece by piece. */
export const LONGEST_ROW_BYTES = 1024 * 1024;

/**
 * - `row`: see the fields of the scanner; valid until the next `push`.
 * - `blank`: an empty line.
 * - `rejected`: one piece of a row that cannot be read; see `rejection`.
 * - `more`: push the next chunk. - `end`: there is nothing left.
 */
export type Found = "row" | "blank" | "rejected" | "more" | "end";

export type Rejection = "broken-quoting" | "row-too-long";

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** Why the scan of a row stopped. */
type Stop = "complete" | "more" | "stray-quote" | "too-long" | "open-at-end";

/**
 * After a stray quote the scan starts again one line further on. What that may cost in all is
 * bounded, or a file made for it could cost the square of its length.
 */
const FREE_RESCAN_BYTES = 64 * 1024 * 1024;
const RESCANS_PER_BYTE = 4;

export interface ScannerOptions {
  /** One ASCII character. */
  readonly delimiter: string;
  readonly longestRowBytes?: number;
}

export class RowScanner {
  /** Where the found row lies. Reused: whoever keeps a row copies it. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  /** End of the last field, before the line end. */
  contentEnd = 0;
  /** Start of what follows, behind the line end. */
  end = 0;
  fieldCount = 0;
  /** `fieldEnds[i]` is the offset behind field i; field i + 1 starts one further. */
  fieldEnds = new Int32Array(64);
  /** Line of the file on which the row starts, from 1. Quoted line ends count. */
  line = 1;
  rejection: Rejection = "broken-quoting";
  isFirstPiece = true;
  isLastPiece = true;

  readonly #longest: number;
  readonly #delimiter: number;
  /** 1 for the bytes that end an unquoted field. */
  readonly #endsField = new Uint8Array(256);
  #position = 0;
  #filled = 0;
  #isFinal = false;
  /** A row that was not whole is looked at again only when half as much has come again. */
  #waitForBytes = 0;
  #nextLine = 1;
  #isSkipping = false;
  /** Bytes that have left the buffer. */
  #goneBytes = 0;
  #rescannedBytes = 0;
  /** Whether the rest of the buffer is the rest of the file, and short enough to be one row. */
  #isAtEnd = false;
  /** Where the scan stopped and how many line ends it met: results of `#scan`. */
  #stoppedAt = 0;
  #lineEnds = 0;

  constructor(options: ScannerOptions) {
    this.#longest = options.longestRowBytes ?? LONGEST_ROW_BYTES;
    this.#delimiter = options.delimiter.charCodeAt(0);
    this.#endsField[this.#delimiter] = 1;
    this.#endsField[LF] = 1;
    this.#endsField[CR] = 1;
  }

  /** Takes in a copy of the next bytes. Call it when `next` says `more`. */
  push(chunk: Uint8Array): void {
    const pending = this.#filled - this.#position;
    const needed = pending + chunk.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, this.#position, this.#filled);
      this.bytes = larger;
    } else {
      this.bytes.copyWithin(0, this.#position, this.#filled);
    }
    this.bytes.set(chunk, pending);
    this.#goneBytes += this.#position;
    this.#position = 0;
    this.#filled = needed;
  }

  /** There are no more bytes. */
  finish(): void {
    this.#isFinal = true;
  }

  next(): Found {
    this.line = this.#nextLine;
    if (this.#isSkipping) return this.#skip(false);
    const pending = this.#filled - this.#position;
    if (!this.#isFinal && pending < this.#waitForBytes) return "more";
    if (pending === 0) return this.#isFinal ? "end" : "more";
    this.start = this.#position;
    const stop = this.#scan();
    if (stop === "complete") {
      this.#waitForBytes = 0;
      this.#position = this.end;
      this.#nextLine += this.#lineEnds;
      return this.contentEnd === this.start ? "blank" : "row";
    }
    if (stop === "more") {
      this.#waitForBytes = pending + (pending >> 1) + 1;
      return "more";
    }
    this.#waitForBytes = 0;
    return this.#reject(stop);
  }

  /** Offset of the first byte of field i of the found row. */
  fieldStart(index: number): number {
    return index === 0 ? this.start : this.fieldEnds[index - 1]! + 1;
  }

  #scan(): Stop {
    const bytes = this.bytes;
    const endsField = this.#endsField;
    const limit = Math.min(this.#filled, this.start + this.#longest);
    let at = this.start;
    this.fieldCount = 0;
    this.#lineEnds = 0;
    this.#isAtEnd = this.#isFinal && this.#filled - this.start < this.#longest;
    for (;;) {
      if (at < limit && bytes[at] === QUOTE) {
        const lineEndsBefore = this.#lineEnds;
        at = this.#scanQuoted(at + 1, limit);
        if (at < 0) return this.#stopInside(limit, true);
        // Text behind a closing quote is common (`"Bob" Smith`) and harmless on one line. Behind a
        // quoted line end it is the sign of a stray quote that has swallowed a row, and a swallowed
        // row would reach the clean file unchecked.
        if (at < limit && endsField[bytes[at]!] === 0 && this.#lineEnds > lineEndsBefore) {
          this.#stoppedAt = at;
          return "stray-quote";
        }
      }
      while (at < limit && endsField[bytes[at]!] === 0) at += 1;
      if (at === limit && !this.#isAtEnd) return this.#stopInside(limit, false);
      this.#addField(at);
      if (at < limit && bytes[at] === this.#delimiter) {
        at += 1;
        continue;
      }
      return this.#endRow(at);
    }
  }

  /** From behind an opening quote to behind the closing one, or -1 when there is none. */
  #scanQuoted(from: number, limit: number): number {
    const bytes = this.bytes;
    let at = from;
    let lineEnds = 0;
    for (;;) {
      while (at < limit && bytes[at] !== QUOTE) {
        const byte = bytes[at];
        if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) lineEnds += 1;
        at += 1;
      }
      if (at >= limit) return -1;
      if (at + 1 >= limit) {
        // Whether this quote closes the field or is doubled is not known yet.
        if (!this.#isAtEnd) return -1;
      } else if (bytes[at + 1] === QUOTE) {
        at += 2;
        continue;
      }
      this.#lineEnds += lineEnds;
      return at + 1;
    }
  }

  #stopInside(limit: number, isQuoted: boolean): Stop {
    this.#stoppedAt = limit;
    if (limit - this.start >= this.#longest) return "too-long";
    if (!this.#isFinal) return "more";
    // INVARIANT: at the end of the input only an open quote keeps a row from being complete.
    if (!isQuoted) throw new Error("INVARIANT: an unquoted row ends with the input");
    return "open-at-end";
  }

  #addField(end: number): void {
    if (this.fieldCount === this.fieldEnds.length) {
      const larger = new Int32Array(2 * this.fieldCount);
      larger.set(this.fieldEnds);
      this.fieldEnds = larger;
    }
    this.fieldEnds[this.fieldCount] = end;
    this.fieldCount += 1;
  }

  #endRow(at: number): Stop {
    const length = this.#lineEndLength(at);
    if (length < 0) return "more";
    this.contentEnd = at;
    this.end = at + length;
    this.#lineEnds += 1;
    return "complete";
  }

  /**
   * Length of the line end at an offset, 0 at the end of the input, -1 when that cannot be told
   * yet. CR CR LF counts as one: programs that turn LF into CRLF twice write it.
   */
  #lineEndLength(at: number): number {
    const bytes = this.bytes;
    const left = this.#filled - at;
    if (left === 0) return 0;
    if (bytes[at] === LF) return 1;
    if (left >= 2 && bytes[at + 1] === LF) return 2;
    if (left >= 2 && bytes[at + 1] !== CR) return 1;
    if (left >= 3) return bytes[at + 2] === LF ? 3 : 1;
    return this.#isFinal ? 1 : -1;
  }

  /**
   * A row that cannot be read. When it holds a line end, only its first line is given up and the
   * scan goes on behind it: one stray quote must not cost the rest of the file.
   */
  #reject(stop: Stop): Found {
    const lineEndAt = this.#firstLineEnd(this.start, this.#stoppedAt);
    const rescanBytes = this.#stoppedAt - lineEndAt;
    const budget = FREE_RESCAN_BYTES + RESCANS_PER_BYTE * (this.#goneBytes + this.start);
    const hasLineEnd = lineEndAt < this.#stoppedAt;
    this.rejection = stop === "too-long" && !hasLineEnd ? "row-too-long" : "broken-quoting";
    const mayRescan = this.#rescannedBytes + rescanBytes <= budget;
    if (hasLineEnd && mayRescan) {
      const length = this.#lineEndLength(lineEndAt);
      if (length < 0) return "more";
      this.#rescannedBytes += rescanBytes;
      return this.#giveUp(lineEndAt, lineEndAt + length, true, true, 1);
    }
    if (stop === "open-at-end") return this.#giveUp(this.#filled, this.#filled, true, true, 1);
    return this.#skip(true);
  }

  /** Goes on to the next line end, in pieces, without looking at quotes any more. */
  #skip(isFirst: boolean): Found {
    this.start = this.#position;
    // What has been scanned belongs to the row, with all line ends in it.
    const from = isFirst ? this.#stoppedAt : this.start;
    const lineEnds = isFirst ? this.#countLineEnds(this.start, from) : 0;
    const lineEndAt = this.#firstLineEnd(from, this.#filled);
    const length = this.#lineEndLength(lineEndAt);
    if (length > 0) {
      this.#isSkipping = false;
      return this.#giveUp(lineEndAt, lineEndAt + length, isFirst, true, lineEnds + 1);
    }
    if (this.#isFinal) {
      this.#isSkipping = false;
      return this.#giveUp(lineEndAt, lineEndAt, isFirst, true, lineEnds + 1);
    }
    if (lineEndAt === this.start && !isFirst) return "more";
    this.#isSkipping = true;
    return this.#giveUp(lineEndAt, lineEndAt, isFirst, false, lineEnds);
  }

  #giveUp(
    contentEnd: number,
    end: number,
    isFirst: boolean,
    isLast: boolean,
    lineEnds: number,
  ): Found {
    this.contentEnd = contentEnd;
    this.end = end;
    this.isFirstPiece = isFirst;
    this.isLastPiece = isLast;
    this.#position = end;
    this.#nextLine += lineEnds;
    return "rejected";
  }

  /** Offset of the first LF or CR, or `to`. */
  #firstLineEnd(from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at];
      if (byte === LF || byte === CR) return at;
    }
    return to;
  }

  #countLineEnds(from: number, to: number): number {
    let count = 0;
    let at = this.#firstLineEnd(from, to);
    while (at < to) {
      count += 1;
      at = this.#firstLineEnd(at + Math.max(1, this.#lineEndLength(at)), to);
    }
    return count;
  }
}
