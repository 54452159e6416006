// Looks for many byte strings at once in every byte of every file of a folder, names included.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { formsOf, LEAST_BYTES } from "./forms.ts";

/** Where somebody was found, and in which form. */
export interface Finding {
  readonly address: string;
  readonly form: string;
  readonly file: string;
}

interface Pattern {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly form: string;
}

const FILTER_BITS = 22;
const BASE = 0x01000193;
/** BASE to the power of `LEAST_BYTES - 1`, for the byte that leaves the window. */
const LEAVING = Array.from({ length: LEAST_BYTES - 1 }).reduce<number>(
  (power) => Math.imul(power, BASE),
  1,
);

/** Patterns are known by a rolling hash of their last bytes (Rabin and Karp). */
export class ByteSearch {
  readonly #filter = new Uint8Array(1 << FILTER_BITS);
  readonly #byHash = new Map<number, Pattern[]>();

  constructor(addresses: Iterable<string>) {
    for (const address of addresses) {
      for (const [form, bytes] of formsOf(address)) this.add({ bytes, address, form });
    }
  }

  add(pattern: Pattern): void {
    let hash = 0;
    for (const byte of pattern.bytes.subarray(-LEAST_BYTES))
      hash = (Math.imul(hash, BASE) + byte) | 0;
    this.#filter[hash >>> (32 - FILTER_BITS)] = 1;
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), pattern]);
  }

  *inBytes(bytes: Uint8Array): Generator<Pattern> {
    let hash = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (at >= LEAST_BYTES) hash = (hash - Math.imul(bytes[at - LEAST_BYTES]!, LEAVING)) | 0;
      hash = (Math.imul(hash, BASE) + bytes[at]!) | 0;
      if (this.#filter[hash >>> (32 - FILTER_BITS)] === 0) continue;
      for (const pattern of this.#byHash.get(hash) ?? []) {
        const start = at + 1 - pattern.bytes.length;
        if (start >= 0 && Buffer.compare(pattern.bytes, bytes.subarray(start, at + 1)) === 0) {
          yield pattern;
        }
      }
    }
  }

  /** How many byte strings it looks for. */
  get size(): number {
    return [...this.#byHash.values()].reduce((sum, patterns) => sum + patterns.length, 0);
  }

  /** Everybody found in a folder, each once for every file and form. */
  inFolder(folder: string): readonly Finding[] {
    return this.lookThrough(folder).findings;
  }

  /** The same, with how many bytes there were. */
  lookThrough(folder: string): { findings: readonly Finding[]; bytes: number } {
    const found = new Map<string, Finding>();
    let total = 0;
    for (const file of filesIn(folder)) {
      const name = relative(folder, file);
      for (const bytes of [Buffer.from(name), readFileSync(file)]) {
        total += bytes.length;
        for (const { address, form } of this.inBytes(bytes)) {
          found.set(`${name}\n${address}\n${form}`, { address, form, file: name });
        }
      }
    }
    return { findings: [...found.values()], bytes: total };
  }
}

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
