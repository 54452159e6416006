// Plays recorded system calls on a model of the disk, and says after each change what had been
// acknowledged by then. Anything it does not know how to play stops it: a guess would be a lie.
import { type Call, pathOf, plainWordsOf, stringsOf } from "../tracing/trace.ts";
import type { Disk } from "./disk.ts";

export interface Ack {
  readonly position: number;
  readonly leafHash: string;
}

/** The safety that a control takes away. */
export interface Swallowed {
  /** Syncs of files do nothing. */
  readonly fileSyncs?: boolean;
  /** Syncs of folders do nothing. */
  readonly folderSyncs?: boolean;
  /** Syncs of the database's files do nothing: the anchor gets ahead of them. */
  readonly databaseSyncs?: boolean;
}

interface OpenFile {
  readonly path: string;
  readonly appends: boolean;
  offset: number;
}

/** What one call did: `change` and `sync` concern the disk, `ack` promises that an act is on it. */
export type Step = "change" | "sync" | "ack" | "nothing";

const ACK = /"position":(\d+),"recordedAt":"[^"]*","leafHash":"([0-9a-f]{64})"/gu;

export class Replay {
  readonly #disk: Disk;
  readonly #swallowed: Swallowed;
  readonly #open = new Map<number, OpenFile>();
  readonly acks: Ack[] = [];

  constructor(disk: Disk, swallowed: Swallowed = {}) {
    this.#disk = disk;
    this.#swallowed = swallowed;
  }

  /** Another process begins on the same disk: what the last one had open is closed. */
  restart(): void {
    this.#open.clear();
  }

  play(call: Call): Step {
    // One that failed did nothing. One that never came back may have: then its process was killed,
    // and its writes are as good as not synced, so leaving them out is a crash that may be.
    const isAck = call.name === "write" || call.name === "writev";
    if (call.result === null ? !isAck : call.result < 0) return "nothing";
    switch (call.name) {
      case "open":
      case "openat":
      case "creat":
        return this.#opened(call);
      case "close":
        this.#open.delete(descriptorOf(call));
        return "nothing";
      case "lseek": {
        const file = this.#open.get(descriptorOf(call));
        if (file !== undefined) file.offset = call.result ?? 0;
        return "nothing";
      }
      case "write":
      case "writev":
        return this.#written(call);
      case "pwrite64":
        return this.#writtenAt(call);
      case "ftruncate": {
        const path = this.#path(call);
        if (path === null) return "nothing";
        this.#disk.truncate(path, Number(plainWordsOf(call)[1]));
        return "change";
      }
      case "fsync":
      case "fdatasync":
        return this.#synced(call);
      default:
        return this.#renamed(call);
    }
  }

  #opened(call: Call): Step {
    const path = String(stringsOf(call)[0]);
    const descriptor = call.result ?? -1;
    this.#open.delete(descriptor);
    if (!this.#disk.has(path)) return "nothing";
    const creates = call.name === "creat" || /\bO_CREAT\b/u.test(call.words);
    const truncates = call.name === "creat" || /\bO_TRUNC\b/u.test(call.words);
    const appends = /\bO_APPEND\b/u.test(call.words);
    const isNew = creates && !this.#disk.exists(path);
    if (isNew) this.#disk.makeFile(path);
    else if (truncates) this.#disk.truncate(path, 0);
    this.#open.set(descriptor, { path, appends, offset: 0 });
    return isNew || truncates ? "change" : "nothing";
  }

  /** To a file of the disk, or to a client: then it may be an acknowledgement. */
  #written(call: Call): Step {
    const file = this.#open.get(descriptorOf(call));
    if (file === undefined) return this.#said(Buffer.concat(stringsOf(call)).toString("latin1"));
    if (call.result === null) return "nothing";
    const bytes = Buffer.concat(stringsOf(call)).subarray(0, call.result);
    if (file.appends) file.offset = this.#disk.length(file.path);
    this.#disk.write(file.path, file.offset, bytes);
    file.offset += bytes.length;
    return "change";
  }

  #said(text: string): Step {
    if (text.startsWith("HTTP/1.1") && !text.startsWith("HTTP/1.1 201")) return "nothing";
    const acks = [...text.matchAll(ACK)].map(([, position, leafHash = ""]) => ({
      position: Number(position),
      leafHash,
    }));
    this.acks.push(...acks);
    return acks.length === 0 ? "nothing" : "ack";
  }

  #writtenAt(call: Call): Step {
    const path = this.#path(call);
    if (path === null) return "nothing";
    const bytes = stringsOf(call)[0]?.subarray(0, call.result ?? 0) ?? Buffer.alloc(0);
    this.#disk.write(path, Number(plainWordsOf(call)[3]), bytes);
    return "change";
  }

  #synced(call: Call): Step {
    const path = this.#path(call);
    if (path === null) return "nothing";
    const isFolder = this.#disk.isFolder(path);
    const { fileSyncs = false, folderSyncs = false, databaseSyncs = false } = this.#swallowed;
    const isSwallowed = fileSyncs || (databaseSyncs && /\/heed\.db[^/]*$/u.test(path));
    if (!(isFolder ? folderSyncs : isSwallowed)) this.#disk.sync(path);
    return "sync";
  }

  #renamed(call: Call): Step {
    const [from = "", to = ""] = stringsOf(call).map(String);
    const concerned = [from, to].filter((path) => path !== "" && this.#disk.has(path));
    const mapped = call.name === "mmap" && this.#open.get(Number(plainWordsOf(call)[4]));
    if (concerned.length === 0 && !mapped && this.#open.get(descriptorOf(call)) === undefined) {
      return "nothing";
    }
    if (/^mkdir/u.test(call.name)) this.#disk.makeFolder(from);
    else if (/^(unlink|rmdir)/u.test(call.name)) this.#disk.remove(from);
    else if (/^link/u.test(call.name)) this.#disk.link(from, to);
    else if (/^rename/u.test(call.name)) this.#disk.rename(from, to);
    else if (mapped && !/PROT_WRITE.*MAP_SHARED/u.test(call.words)) return "nothing";
    else throw new Error(`\`${call.name}\` on the disk cannot be replayed`);
    return "change";
  }

  #path(call: Call): string | null {
    const path = this.#open.get(descriptorOf(call))?.path ?? pathOf(call);
    return path !== null && this.#disk.has(path) ? path : null;
  }
}

function descriptorOf(call: Call): number {
  return Number.parseInt(call.words, 10);
}
