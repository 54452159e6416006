// Which bytes of a SQLite file hold something, found out from the file format alone
// (https://www.sqlite.org/fileformat.html, sections 1.3 to 1.6) and not by asking SQLite. What is
// left over is unused: gaps between cells, freed blocks, free pages, the ends of overflow pages.
//
// Some bytes hold something that no reader takes anything from, so that none could tell a wrong one:
// in the header the counter of schema changes and the version of SQLite that wrote last (1.3, offsets
// 40 and 96), of which many values are right; and, in the record of a table whose key is an integer
// column, the place of that column (2.3, "always stored as a NULL"), which readers skip.
// LIMIT: pages of 4096 bytes without reserved space, no auto-vacuum, no write-ahead log.

/** A run of bytes and what it is for: `entries: cell`, `unused`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly use: string;
}

export const UNUSED = "unused";
export const UNREAD = "unread";
const PAGE = 4096;
const FILE_HEADER = 100;
const UNREAD_IN_HEADER = [40, 96];

const INTERIOR_INDEX = 2;
const INTERIOR_TABLE = 5;
const LEAF_INDEX = 10;
const LEAF_TABLE = 13;

/** Every byte of the file, in order. Throws for a file that it does not understand. */
export function spansOf(file: Uint8Array): readonly Span[] {
  return new Pages(file).spans();
}

interface Cell {
  readonly end: number;
  readonly children: readonly number[];
  readonly overflow: { readonly page: number; readonly bytes: number } | null;
  readonly payload: readonly [start: number, end: number];
}

class Pages {
  readonly #file: DataView;
  readonly #bytes: Uint8Array;
  /** One entry per byte; `undefined` where nothing was found yet. */
  readonly #uses: (string | undefined)[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#file = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#uses = new Array(bytes.length);
    if (this.#file.getUint16(16) !== PAGE || bytes.length % PAGE !== 0) {
      throw new Error("not a file of pages of 4096 bytes");
    }
  }

  spans(): Span[] {
    for (const at of UNREAD_IN_HEADER) this.#mark(at, at + 4, UNREAD);
    this.#mark(0, FILE_HEADER, "header of the file");
    for (const { name, root } of this.#tables()) this.#walk(root, name);
    this.#walkFreePages();
    const spans: Span[] = [];
    let start = 0;
    for (let at = 1; at <= this.#uses.length; at++) {
      if (at < this.#uses.length && this.#uses[at] === this.#uses[start]) continue;
      spans.push({ start, end: at, use: this.#uses[start] ?? UNUSED });
      start = at;
    }
    return spans;
  }

  /** Tables and indexes, from the table that lists them, which begins on page 1. */
  #tables(): { name: string; root: number }[] {
    const rows: { name: string; root: number }[] = [];
    this.#walk(1, "sqlite_schema", (start) => {
      const columns = this.#columns(start);
      const [name, root] = [columns[1]!, columns[3]!];
      const page = root.length === 0 ? 0 : Number.parseInt(Buffer.from(root).toString("hex"), 16);
      if (page > 0) rows.push({ name: Buffer.from(name).toString(), root: page });
    });
    return rows;
  }

  #walk(page: number, name: string, onRow?: (payload: number) => void): void {
    const base = (page - 1) * PAGE;
    const at = base + (page === 1 ? FILE_HEADER : 0);
    const type = this.#bytes[at]!;
    if (![INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE].includes(type)) {
      throw new Error(`page ${page} of ${name} has type ${type}`);
    }
    const isInterior = type === INTERIOR_INDEX || type === INTERIOR_TABLE;
    const header = isInterior ? 12 : 8;
    const cells = this.#file.getUint16(at + 3);
    this.#mark(at, at + header, `${name}: page header`);
    this.#mark(at + header, at + header + 2 * cells, `${name}: cell pointers`);
    this.#markFreeBlocks(base, this.#file.getUint16(at + 1), name);
    const children = isInterior ? [this.#file.getUint32(at + 8)] : [];
    for (let number = 0; number < cells; number++) {
      const start = base + this.#file.getUint16(at + header + 2 * number);
      const cell = this.#cell(start, type);
      if (type === LEAF_TABLE) this.#markKey(start, cell.payload, name);
      this.#mark(start, cell.end, `${name}: cell`);
      children.push(...cell.children);
      if (cell.overflow !== null) this.#markOverflow(cell.overflow, name);
      if (type === LEAF_TABLE) onRow?.(cell.payload[0]);
    }
    for (const child of children) this.#walk(child, name, onRow);
  }

  #cell(start: number, type: number): Cell {
    let at = start;
    const children: number[] = [];
    if (type === INTERIOR_INDEX || type === INTERIOR_TABLE) {
      children.push(this.#file.getUint32(at));
      at += 4;
    }
    if (type === INTERIOR_TABLE) {
      const [, end] = this.#varint(at);
      return { end, children, overflow: null, payload: [end, end] };
    }
    const [length, afterLength] = this.#varint(at);
    at = afterLength;
    if (type === LEAF_TABLE) [, at] = this.#varint(at);
    const most = type === LEAF_TABLE ? PAGE - 35 : Math.floor(((PAGE - 12) * 64) / 255) - 23;
    const least = Math.floor(((PAGE - 12) * 32) / 255) - 23;
    const aligned = least + ((length - least) % (PAGE - 4));
    const local = length <= most ? length : aligned <= most ? aligned : least;
    const end = at + local;
    const overflow =
      local === length ? null : { page: this.#file.getUint32(end), bytes: length - local };
    return { end: overflow === null ? end : end + 4, children, overflow, payload: [at, end] };
  }

  /** All of Heed's tables of this kind have their key in the first column. */
  #markKey(cell: number, [start, end]: Cell["payload"], name: string): void {
    if (name === "sqlite_schema") return;
    const [headerBytes, types] = this.#varint(start);
    // A record with nothing but its key has nothing to read, and how long it is does not matter.
    if (end - start === headerBytes && headerBytes === types + 1 - start) {
      this.#mark(start, end, UNREAD);
      this.#mark(cell, cell + 1, UNREAD);
    } else if (this.#bytes[types] === 0) this.#mark(types, types + 1, UNREAD);
  }

  #markOverflow(chain: { page: number; bytes: number }, name: string): void {
    let { page, bytes } = chain;
    while (page !== 0) {
      const base = (page - 1) * PAGE;
      const here = Math.min(bytes, PAGE - 4);
      this.#mark(base, base + 4 + here, `${name}: overflow`);
      bytes -= here;
      page = this.#file.getUint32(base);
    }
  }

  /** Of a freed block only its length and the place of the next one say anything. */
  #markFreeBlocks(base: number, first: number, name: string): void {
    for (let at = first; at !== 0; at = this.#file.getUint16(base + at)) {
      this.#mark(base + at, base + at + 4, `${name}: free block`);
    }
  }

  /** Trunks list the free pages; of the listed ones nothing is read. */
  #walkFreePages(): void {
    for (let page = this.#file.getUint32(32); page !== 0; ) {
      const base = (page - 1) * PAGE;
      const leaves = this.#file.getUint32(base + 4);
      this.#mark(base, base + 8 + 4 * leaves, "list of free pages");
      page = this.#file.getUint32(base);
    }
  }

  /** The values of a record, as bytes; it must not overflow. */
  #columns(start: number): Uint8Array[] {
    let [headerBytes, at] = this.#varint(start);
    let value = start + headerBytes;
    const columns: Uint8Array[] = [];
    while (at < start + headerBytes) {
      let type: number;
      [type, at] = this.#varint(at);
      const length = type >= 12 ? Math.floor((type - 12) / 2) : [0, 1, 2, 3, 4, 6, 8, 8][type]!;
      columns.push(type === 9 ? Uint8Array.of(1) : this.#bytes.subarray(value, value + length));
      value += length;
    }
    return columns;
  }

  #varint(start: number): [value: number, end: number] {
    let value = 0;
    for (let at = start; ; at++) {
      const byte = this.#bytes[at]!;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return [value, at + 1];
      if (at - start === 7) throw new Error("a number is too long");
    }
  }

  #mark(start: number, end: number, use: string): void {
    for (let at = start; at < end; at++) {
      if (this.#uses[at] === UNREAD) continue;
      if (this.#uses[at] !== undefined && this.#uses[at] !== use) {
        throw new Error(`byte ${at} is of ${this.#uses[at]} and of ${use}`);
      }
      this.#uses[at] = use;
    }
  }
}
