/**
 * Standings as a stream of bytes and back, so that a start reads one file instead of the whole
 * ledger. The format is in `docs/formats/standings-snapshot.md`. Anything odd about a snapshot
 * throws `BadSnapshot`: the ledger is the truth, and rebuilding from it is always possible.
 *
 * Entries may be applied while a snapshot is being written. It then holds parts of what came after
 * its position, and applying those entries again after loading gives the same standings.
 *
 * LIMIT: numbers are in the byte order of the machine, little-endian on all that Node is shipped
 * for but s390x. A snapshot of the other order is refused.
 */
import { createHash } from "node:crypto";
import type { Scope } from "../domain/scope.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { ByteQueue, type Bytes } from "./byte-queue.ts";
import type { KeyTable, Segment } from "./key-table.ts";
import { isReadableWord, type MarkPool, NO_MARK } from "./mark-pool.ts";
import { Standings } from "./standings.ts";

/**
 * Those of version 1 were made of entries that nobody had held against their leaves; in those of
 * version 2 a mark had no room for dealings.
 */
export const SNAPSHOT_VERSION = 3;
const MAGIC = new TextEncoder().encode("heed-standings\n");
/** Frames are far smaller; a longer one is a damaged length. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const DIGEST_BYTES = 32;
const SCOPE_LISTS_PER_FRAME = 1000;

const FRAME = { header: 1, scopes: 2, phones: 3, others: 4, erased: 5, end: 6 } as const;
const TABLES = ["phones", "others", "erased"] as const;

/** The snapshot cannot be used; the message says why. Rebuild the standings from the ledger. */
export class BadSnapshot extends Error {
  override readonly name = "BadSnapshot";
}

interface Header {
  readonly position: number;
  readonly leafHash: string;
  readonly pepper: string;
}

/**
 * Hands a snapshot to `write`, chunk by chunk; each call is awaited before the next. A file is
 * complete, and worth its name, only after the returned promise resolved and it was synced.
 */
export async function writeSnapshot(
  standings: Standings,
  write: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const { marks, ...tables } = standings.parts;
  const hash = createHash("sha256");
  const writeFrame = async (type: number, payload: Uint8Array) => {
    const head = new Uint8Array(Uint32Array.of(type, payload.byteLength).buffer);
    hash.update(head).update(payload);
    await write(head);
    await write(payload);
    await write(hash.copy().digest());
  };
  const start = new Uint8Array(MAGIC.length + 1);
  start.set(MAGIC);
  start[MAGIC.length] = SNAPSHOT_VERSION;
  hash.update(start);
  const { position, leafHash, pepperFingerprint: pepper } = standings;
  await write(start);
  await writeFrame(FRAME.header, jsonBytes({ position, leafHash, pepper } satisfies Header));

  const written = { addresses: 0, marks: 0 };
  let scopeLists = 0;
  for (const name of TABLES) {
    for (const segment of tables[name].segments()) {
      if (segment.count === 0) continue;
      const block = blockOf(segment, marks);
      written.addresses += block.addresses;
      written.marks += block.marks;
      // The unions that this block may name come first. More may be added while these are written.
      const known = marks.scopeLists.slice(scopeLists);
      scopeLists += known.length;
      for (let at = 0; at < known.length; at += SCOPE_LISTS_PER_FRAME) {
        const some = known.slice(at, at + SCOPE_LISTS_PER_FRAME);
        await writeFrame(FRAME.scopes, jsonBytes(some));
      }
      await writeFrame(FRAME[name], block.bytes);
    }
  }
  await writeFrame(FRAME.end, jsonBytes(written));
}

/**
 * Reads what `writeSnapshot` wrote. Throws `BadSnapshot`; an error of the source itself, such as a
 * failing disk, comes through as it is. Compare `leafHash` with the ledger's before relying on it.
 */
export async function readSnapshot(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  tokensOf: TokensOf,
): Promise<Standings> {
  const queue = new ByteQueue(chunks);
  const hash = createHash("sha256");
  const start = await take(queue, MAGIC.length + 1);
  if (!MAGIC.every((byte, at) => start[at] === byte)) throw new BadSnapshot("not a snapshot");
  const version = start[MAGIC.length];
  if (version !== SNAPSHOT_VERSION) {
    throw new BadSnapshot(`has format version ${version}, this is ${SNAPSHOT_VERSION}`);
  }
  hash.update(start);
  const readFrame = async () => {
    const head = await take(queue, 8);
    const [type, length] = new Uint32Array(head.buffer) as unknown as [number, number];
    if (length > MAX_FRAME_BYTES) throw new BadSnapshot("is damaged: a length is out of range");
    const payload = await take(queue, length);
    const digest = await take(queue, DIGEST_BYTES);
    hash.update(head).update(payload);
    if (!hash.copy().digest().equals(digest)) throw new BadSnapshot("is damaged: wrong checksum");
    return { type, payload };
  };

  const standings = standingsOf(await readFrame(), tokensOf);
  for (;;) {
    const { type, payload } = await readFrame();
    if (type === FRAME.end) {
      checkEnd(payload, standings);
      if ((await queue.take(1)) !== null) throw new BadSnapshot("goes on after its end");
      return standings;
    }
    takeIn(type, payload, standings);
  }
}

function standingsOf(frame: { type: number; payload: Bytes }, tokensOf: TokensOf): Standings {
  if (frame.type !== FRAME.header) throw new BadSnapshot("does not begin with a header");
  const header = parseJson(frame.payload) as Header;
  const standings = new Standings(tokensOf, header);
  if (standings.pepperFingerprint !== header.pepper) {
    throw new BadSnapshot("was written with another pepper");
  }
  return standings;
}

function takeIn(type: number, payload: Bytes, standings: Standings): void {
  const { marks, ...tables } = standings.parts;
  if (type === FRAME.scopes) {
    for (const scopes of parseJson(payload) as Scope[][]) {
      const id = marks.scopeLists.length;
      if (marks.scopeListId(scopes) !== id) throw new BadSnapshot("names a union of scopes twice");
    }
    return;
  }
  const name = TABLES.find((table) => FRAME[table] === type);
  if (name === undefined) throw new BadSnapshot(`has a frame of unknown type ${type}`);
  loadBlock(payload, tables[name], marks);
}

function checkEnd(payload: Bytes, standings: Standings): void {
  const written = parseJson(payload) as { addresses: number; marks: number };
  if (written.addresses !== standings.size || written.marks !== standings.parts.marks.size) {
    throw new BadSnapshot("holds another number of addresses than it says");
  }
}

/** The columns of a block over one buffer: all doubles first, so that every one is aligned. */
function columnsOf(buffer: ArrayBuffer, width: 1 | 2, addresses: number, marks: number) {
  let at = 8;
  const doubles = (length: number) => {
    const column = new Float64Array(buffer, at, length);
    at += column.byteLength;
    return column;
  };
  const words = (length: number) => {
    const column = new Uint32Array(buffer, at, length);
    at += column.byteLength;
    return column;
  };
  return {
    first: doubles(addresses),
    second: doubles(width === 2 ? addresses : 0),
    effectiveAt: doubles(marks),
    position: doubles(marks),
    markCount: words(addresses),
    word: words(marks),
  };
}

function blockBytes(width: 1 | 2, addresses: number, marks: number): number {
  return 8 + addresses * (8 * width + 4) + marks * 20;
}

function blockOf(
  segment: Segment,
  pool: MarkPool,
): { bytes: Uint8Array; addresses: number; marks: number } {
  const width = segment.second.length === 0 ? 1 : 2;
  let marks = 0;
  for (let at = 0; at < segment.first.length; at++) {
    if (segment.first[at] !== 0) pool.visitRaw(segment.value[at]!, () => marks++);
  }
  const buffer = new ArrayBuffer(blockBytes(width, segment.count, marks));
  new Uint32Array(buffer, 0, 2).set([segment.count, marks]);
  const columns = columnsOf(buffer, width, segment.count, marks);
  let address = 0;
  let mark = 0;
  for (let at = 0; at < segment.first.length; at++) {
    if (segment.first[at] === 0) continue;
    const before = mark;
    pool.visitRaw(segment.value[at]!, (word, effectiveAt, position) => {
      columns.word[mark] = word;
      columns.effectiveAt[mark] = effectiveAt;
      columns.position[mark] = position;
      mark++;
    });
    columns.first[address] = segment.first[at]!;
    if (width === 2) columns.second[address] = segment.second[at]!;
    columns.markCount[address] = mark - before;
    address++;
  }
  return { bytes: new Uint8Array(buffer), addresses: segment.count, marks };
}

function loadBlock(payload: Bytes, table: KeyTable, pool: MarkPool): void {
  if (payload.byteLength < 8) throw new BadSnapshot("has a block that is too short");
  const [addresses, marks] = new Uint32Array(payload.buffer, 0, 2) as unknown as [number, number];
  if (payload.byteLength !== blockBytes(table.width, addresses, marks)) {
    throw new BadSnapshot("has a block of another length than its counts say");
  }
  const columns = columnsOf(payload.buffer, table.width, addresses, marks);
  let mark = 0;
  for (let address = 0; address < addresses; address++) {
    const after = mark + columns.markCount[address]!;
    if (after === mark || after > marks) throw new BadSnapshot("has a block that does not add up");
    let head = NO_MARK;
    for (let at = after - 1; at >= mark; at--) {
      const word = columns.word[at]!;
      if (!isReadableWord(word, pool.scopeLists.length)) throw new BadSnapshot("has an odd mark");
      head = pool.prependRaw(word, columns.effectiveAt[at]!, columns.position[at]!, head);
    }
    const second = table.width === 2 ? columns.second[address]! : 0;
    if (!table.set(columns.first[address]!, second, head)) {
      throw new BadSnapshot("holds an address twice");
    }
    mark = after;
  }
}

async function take(queue: ByteQueue, length: number): Promise<Bytes> {
  const bytes = await queue.take(length);
  if (bytes === null) throw new BadSnapshot("ends too early");
  return bytes;
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
