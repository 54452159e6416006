/**
 * The anchor's file: on another path than the ledger, so that whoever puts an older copy of the data
 * folder back does not put an older anchor back with it. It holds two slots of 512 bytes and is
 * written in place, one slot after the other, so that one sync is enough and a write that a power cut
 * tears in two leaves the slot before it whole.
 *
 * LIMIT: looking at the file and writing to it are two steps. Two processes that share one by mistake
 * notice it at their next write, not at the same moment.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, link, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Anchor, AnchorPlace } from "../app/head-guard.ts";
import { BrokenStore } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import { makeDurableFolder, syncFolder } from "./sync-folder.ts";

const SLOT_BYTES = 512;
const FILE_BYTES = 2 * SLOT_BYTES;
/** Beside the longest numbers that is what a slot has room for. */
export const MAX_ORIGIN_BYTES = 300;
/** In the data folder: says that there was an anchor once, and where. */
export const MARKER = "anchored";

interface Slot {
  /** Goes up by one with every write. Its parity says in which half of the file it stands. */
  readonly sequence: number;
  readonly anchor: Anchor;
}

/** What this process wrote or found last, and the file that it is in. */
interface Held {
  readonly handle: FileHandle;
  slot: Slot;
  /** All of the file. */
  readonly bytes: Buffer;
}

/** Opens the anchor, or the place where one will be. Throws `ConfigProblem` when it cannot be used. */
export async function openAnchorFile(file: string, dataFolder: string): Promise<AnchorFile> {
  try {
    await makeDurableFolder(path.dirname(file));
    const wasAnchored = existsSync(path.join(dataFolder, MARKER));
    if (!existsSync(file)) return new AnchorFile(file, dataFolder, null, "none", wasAnchored);
    const handle = await open(file, "r+");
    try {
      const bytes = await readBytes(handle);
      const newest = parseAnchorFile(bytes);
      // Somebody may make the empty file for a user who may not make files there.
      const isEmpty = newest === null && (await handle.stat()).size === 0;
      const found = newest?.anchor ?? (isEmpty ? "none" : "unreadable");
      const current = newest === null ? null : { handle, slot: newest, bytes };
      if (current === null) await handle.close();
      return new AnchorFile(file, dataFolder, current, found, wasAnchored);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw cannotUse(file, error as Error);
  }
}

export class AnchorFile implements AnchorPlace {
  readonly path: string;
  readonly found: AnchorPlace["found"];
  readonly wasAnchored: boolean;
  readonly #dataFolder: string;
  #current: Held | null;

  constructor(
    file: string,
    dataFolder: string,
    current: Held | null,
    found: AnchorPlace["found"],
    wasAnchored: boolean,
  ) {
    this.path = file;
    this.found = found;
    this.wasAnchored = wasAnchored;
    this.#dataFolder = dataFolder;
    this.#current = current;
  }

  async put(anchor: Anchor): Promise<void> {
    if (this.#current !== null) await this.move(anchor);
    else {
      try {
        this.#current = await this.#make(anchor);
      } catch (error) {
        throw cannotUse(this.path, error as Error);
      }
    }
    // INVARIANT: the mark comes after the anchor, or a power cut between them locks the next start.
    await markAnchored(this.path, this.#dataFolder);
  }

  async move(anchor: Anchor): Promise<void> {
    const current = this.#current;
    if (current === null) throw new Error(`INVARIANT: ${this.path} is no anchor to move on`);
    const { handle, slot } = current;
    try {
      const [isThere, found] = await Promise.all([isAt(this.path, handle), readBytes(handle)]);
      // Who removed or exchanged it has left us a file that no next start will find.
      if (!isThere) {
        throw new BrokenStore(
          `The anchor ${this.path} was removed, or another file was put in its place, so nothing ` +
            "more is accepted. Put back the file that was there, or a copy of it, then start Heed " +
            "again: its start compares.",
        );
      }
      // Byte for byte, because every acknowledgement waits for this.
      if (!current.bytes.equals(found)) {
        throw new BrokenStore(
          `The anchor ${this.path} was changed by another process, so nothing more is accepted. ` +
            "Each server needs an anchor of its own: stop the other one, or set HEED_ANCHOR to " +
            "another path for one of them.",
        );
      }
      const next = { sequence: slot.sequence + 1, anchor };
      const bytes = slotBytes(next);
      const { bytesWritten } = await handle.write(bytes, 0, SLOT_BYTES, placeOf(next));
      if (bytesWritten !== SLOT_BYTES) throw new Error(`only ${bytesWritten} bytes were written`);
      await handle.datasync();
      bytes.copy(current.bytes, placeOf(next));
      current.slot = next;
    } catch (error) {
      if (error instanceof BrokenStore) throw error;
      throw new BrokenStore(
        `Writing the anchor ${this.path} failed (${(error as Error).message}), so nothing more is ` +
          "accepted. Make sure that its disk is healthy and has room, then start Heed again.",
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    await this.#current?.handle.close();
    this.#current = null;
  }

  /** Whole and on disk under its name, or not there at all. */
  async #make(anchor: Anchor): Promise<Held> {
    // What cannot be read may be somebody's: it is kept beside the new one.
    if (this.found === "unreadable") await rename(this.path, `${this.path}.unreadable`);
    const first = { sequence: 0, anchor };
    const slot = { sequence: 1, anchor };
    const bytes = Buffer.concat([slotBytes(first), slotBytes(slot)]);
    if (existsSync(this.path)) await this.#fill(bytes);
    // Rejects when another process has made one since.
    else await writeWhole(this.path, bytes, link);
    return { handle: await open(this.path, "r+"), slot, bytes };
  }

  /** The file is there and empty: its folder may be one in which we may make nothing. */
  async #fill(bytes: Uint8Array): Promise<void> {
    const handle = await open(this.path, "r+");
    try {
      const { size } = await handle.stat();
      if (size > 0) throw new Error("another process has made one in the meantime");
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Says in the data folder that its ledger has an anchor, and where. Durable when it resolves. */
export async function markAnchored(file: string, dataFolder: string): Promise<void> {
  const marker = path.join(dataFolder, MARKER);
  const text = `The anchor of this ledger is ${file}\n`;
  if ((await readFile(marker, "utf8").catch(() => "")) === text) return;
  await writeWhole(marker, Buffer.from(text), rename);
}

/** Under its name only when all of it is on disk. `name` gives it the name. */
async function writeWhole(file: string, bytes: Uint8Array, name: typeof rename): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await name(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
}

/** Whether this very file is the one under that name. */
async function isAt(file: string, handle: FileHandle): Promise<boolean> {
  const ours = await handle.stat({ bigint: true });
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return dev === ours.dev && ino === ours.ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** One byte more than it may have, so that a longer file is not taken for one of ours. */
async function readBytes(handle: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(FILE_BYTES + 1);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  return bytes.subarray(0, bytesRead);
}

/** The newest slot that is whole; `null` when the file is not what this one writes. */
export function parseAnchorFile(bytes: Uint8Array): Slot | null {
  if (bytes.length !== FILE_BYTES) return null;
  const slots = [0, SLOT_BYTES].map((at) => parseSlot(bytes.subarray(at, at + SLOT_BYTES)));
  return slots.reduce((one, other) => {
    if (one === null || other === null) return one ?? other;
    return other.sequence > one.sequence ? other : one;
  }, null);
}

function placeOf({ sequence }: Slot): number {
  return (sequence % 2) * SLOT_BYTES;
}

/** Lines that a person can read, the hash over those before it, and spaces up to the end. */
function slotBytes({ sequence, anchor }: Slot): Buffer {
  const { origin, tree } = anchor;
  if (Buffer.byteLength(origin) > MAX_ORIGIN_BYTES) {
    throw new ConfigProblem(
      `the log's name is longer than ${MAX_ORIGIN_BYTES} bytes; set HEED_ORIGIN to a shorter one`,
    );
  }
  const lines =
    `heed-anchor@v1\nsequence ${sequence}\norigin ${origin}\nsize ${tree.size}\n` +
    `root ${Buffer.from(tree.root).toString("hex")}\n`;
  const text = `${lines}sha256 ${sha256(lines)}\n`;
  const padded = Buffer.alloc(SLOT_BYTES, " ");
  padded.write(text);
  padded.write("\n", SLOT_BYTES - 1);
  return padded;
}

const SLOT =
  /^heed-anchor@v1\nsequence (\d{1,16})\norigin (.+)\nsize (\d{1,16})\nroot ([0-9a-f]{64})\nsha256 /u;

/** `null` for anything that `slotBytes` would not write, byte for byte. */
function parseSlot(bytes: Uint8Array): Slot | null {
  const text = Buffer.from(bytes).toString("utf8");
  const [, sequence, origin, size, root] = SLOT.exec(text) ?? [];
  if (origin === undefined || root === undefined) return null;
  const slot: Slot = {
    sequence: Number(sequence),
    anchor: {
      origin,
      tree: { size: Number(size), root: new Uint8Array(Buffer.from(root, "hex")) },
    },
  };
  if (Buffer.byteLength(origin) > MAX_ORIGIN_BYTES) return null;
  return slotBytes(slot).equals(bytes) ? slot : null;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function cannotUse(file: string, error: Error): Error {
  if (error instanceof ConfigProblem || error instanceof BrokenStore) return error;
  return new ConfigProblem(
    `the anchor ${file} cannot be used (${error.message}). It is kept apart from the data folder, ` +
      "so that nobody can put an older ledger back unnoticed: set HEED_ANCHOR to a file that this " +
      "user may make and write, on a disk that is healthy and has room",
  );
}
