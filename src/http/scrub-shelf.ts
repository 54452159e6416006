/**
 * Results of scrubs, on disk until they are fetched: a folder for each, known by a random id, for
 * the key that made it only, and gone after a day, when the server stops, when its maker deletes it,
 * or when somebody is erased: a row can name a person in any of its columns, so no result is kept
 * that may hold one, and none that is still being made.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream, type ReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { finished } from "node:stream/promises";
import type { AddressCopy, Forgotten } from "../app/address-copies.ts";
import type { Sink } from "../scrub/scrub.ts";
import { HttpProblem } from "./http-problem.ts";

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

export class ScrubShelf implements AddressCopy {
  readonly #folder: string;
  readonly #random: (length: number) => Uint8Array;
  readonly #now: () => number;
  readonly #kept = new Map<string, Shelved>();
  /** How to end those that are being made. */
  readonly #open = new Map<string, () => Promise<void>>();

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
    const discard = async (why?: Error) => {
      this.#open.delete(id);
      await Promise.all([clean.destroy(why), removed.destroy(why)]);
      await this.#remove(id);
    };
    this.#open.set(id, () => discard(new HttpProblem("erased-meanwhile")));
    const unlessErased = (sink: Sink): Sink => {
      return async (chunk) => {
        this.#refuseErased(id);
        await sink(chunk);
      };
    };
    return {
      id,
      clean: unlessErased(clean.write),
      removed: unlessErased(removed.write),
      keep: async () => {
        this.#refuseErased(id);
        await Promise.all([clean.end(), removed.end()]);
        this.#refuseErased(id);
        this.#open.delete(id);
        this.#kept.set(id, { keyId, madeAt: this.#now() });
      },
      discard: () => discard(),
    };
  }

  async forget(): Promise<Forgotten> {
    const [kept, open] = [[...this.#kept.keys()], [...this.#open.values()]];
    await Promise.all([...kept.map((id) => this.#remove(id)), ...open.map((end) => end())]);
    const count = kept.length + open.length;
    const results = count === 1 ? "the result of a scrub" : `the results of ${count} scrubs`;
    return { removed: count === 0 ? [] : [results], remains: [] };
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

  #refuseErased(id: string): void {
    if (!this.#open.has(id)) throw new HttpProblem("erased-meanwhile");
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
    /** Whoever waits for a write to end gets the error. */
    destroy: async (error?: Error) => {
      stream.destroy(error);
      if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
    },
  };
}
