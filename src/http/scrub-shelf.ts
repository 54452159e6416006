/**
 * Results of scrubs, on disk until they are fetched: a folder for each, known by a random id, for
 * the key that made it only, and gone after a day, when the server stops, or when its maker deletes it.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream, type ReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { finished } from "node:stream/promises";
import type { Sink } from "../scrub/scrub.ts";

export type ScrubFile = "clean" | "removed";

interface Shelved {
  readonly keyId: string;
  readonly madeAt: number;
}

export interface OpenScrub {
  readonly id: string;
  readonly clean: Sink;
  readonly removed: Sink;
  /** Makes the result available. */
  keep(): Promise<void>;
  /** Removes what was written: an unfinished clean list must not be used. */
  discard(): Promise<void>;
}

const KEPT_MS = 24 * 60 * 60 * 1000;

export class ScrubShelf {
  readonly #folder: string;
  readonly #random: (length: number) => Uint8Array;
  readonly #now: () => number;
  readonly #kept = new Map<string, Shelved>();

  constructor(parts: {
    folder: string;
    random: (length: number) => Uint8Array;
    now: () => number;
  }) {
    this.#folder = parts.folder;
    this.#random = parts.random;
    this.#now = parts.now;
  }

  async open(keyId: string): Promise<OpenScrub> {
    await this.#removeOld();
    const id = Buffer.from(this.#random(16)).toString("hex");
    await mkdir(path.join(this.#folder, id), { recursive: true, mode: 0o700 });
    const clean = fileSink(this.#pathOf(id, "clean"));
    const removed = fileSink(this.#pathOf(id, "removed"));
    return {
      id,
      clean: clean.write,
      removed: removed.write,
      keep: async () => {
        await Promise.all([clean.end(), removed.end()]);
        this.#kept.set(id, { keyId, madeAt: this.#now() });
      },
      discard: async () => {
        clean.destroy();
        removed.destroy();
        await this.#remove(id);
      },
    };
  }

  /** `null` when there is no such result, or it is another key's. */
  read(id: string, keyId: string, file: ScrubFile): ReadStream | null {
    if (this.#kept.get(id)?.keyId !== keyId) return null;
    return createReadStream(this.#pathOf(id, file));
  }

  /** Whether there was one of that key. */
  async delete(id: string, keyId: string): Promise<boolean> {
    if (this.#kept.get(id)?.keyId !== keyId) return false;
    await this.#remove(id);
    return true;
  }

  /** Removes every result. */
  async clear(): Promise<void> {
    this.#kept.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #pathOf(id: string, file: ScrubFile): string {
    return path.join(this.#folder, id, `${file}.csv`);
  }

  async #remove(id: string): Promise<void> {
    this.#kept.delete(id);
    await rm(path.join(this.#folder, id), { recursive: true, force: true });
  }

  async #removeOld(): Promise<void> {
    for (const [id, { madeAt }] of this.#kept) {
      if (this.#now() - madeAt > KEPT_MS) await this.#remove(id);
    }
  }
}

function fileSink(file: string) {
  const stream = createWriteStream(file, { mode: 0o600 });
  // A full disk is reported by the next write; without a listener it would end the process.
  let failure: Error | null = null;
  stream.on("error", (error) => {
    failure = error;
  });
  return {
    write: async (chunk: Uint8Array) => {
      if (failure !== null) throw failure;
      if (!stream.write(chunk)) await once(stream, "drain");
    },
    end: async () => {
      stream.end();
      await finished(stream);
    },
    destroy: () => stream.destroy(),
  };
}
