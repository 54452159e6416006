/**
 * Remembers which addresses of a file have been seen, in little memory: 10 million of them take
 * less than 250 MB. Phone numbers are kept as numbers, exactly; everything else as 96 bits of a
 * keyed hash, of which two among 10 million are equal with a chance of 1 in 10^15.
 */
import { hash } from "node:crypto";
import type { AddressKey } from "../domain/words.ts";

/** Tables grow one by one, so that a growing set never holds itself twice. */
const TABLES = 64;
const FIRST_SLOTS = 64;
const FULLEST = 0.8;
/** E.164 numbers have at most 15 digits, which a double holds exactly. */
const LONGEST_PHONE = 16;
const HASH_WORDS = 3;

export class SeenAddresses {
  readonly #hashKey: string;
  readonly #limit: number;
  readonly #phones = Array.from({ length: TABLES }, () => new NumberTable());
  readonly #others = Array.from({ length: TABLES }, () => new HashTable());
  #size = 0;
  #isFull = false;

  /** `hashKey`: random, so that nobody can prepare addresses that collide. */
  constructor(hashKey: string, limit: number) {
    this.#hashKey = hashKey;
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether an address was turned away: from then on duplicates may go unnoticed. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether the address was there already. Remembers it. */
  checkAndAdd(address: AddressKey): boolean {
    const mayAdd = this.#size < this.#limit;
    const outcome = isPackable(address)
      ? this.#phone(Number(address.slice(1)), mayAdd)
      : this.#other(address, mayAdd);
    if (outcome === "added") this.#size += 1;
    if (outcome === "full") this.#isFull = true;
    return outcome === "seen";
  }

  #phone(value: number, mayAdd: boolean): Outcome {
    return this.#phones[placeOf(value) % TABLES]!.checkAndAdd(value, mayAdd);
  }

  #other(address: string, mayAdd: boolean): Outcome {
    const digest = hash("sha256", `${this.#hashKey}\0${address}`, "buffer");
    // Behind the three words that are kept and compared.
    return this.#others[digest.readUInt32LE(12) % TABLES]!.checkAndAdd(digest, mayAdd);
  }
}

type Outcome = "seen" | "added" | "full";

/** Without a leading zero, a number and its digits are the same thing. */
function isPackable(address: string): boolean {
  return address.length <= LONGEST_PHONE && /^\+[1-9]\d*$/u.test(address);
}

/** The final mixer of MurmurHash3: spreads neighbouring numbers over tables and slots. */
function placeOf(value: number): number {
  let bits = (value >>> 0) ^ Math.imul((value / 0x1_0000_0000) >>> 0, 0x9e3779b1);
  bits ^= bits >>> 16;
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Open addressing over numbers above 0; 0 is an empty slot. */
class NumberTable {
  #slots = new Float64Array(FIRST_SLOTS);
  #count = 0;

  checkAndAdd(value: number, mayAdd: boolean): Outcome {
    const at = this.#find(this.#slots, value);
    if (this.#slots[at] === value) return "seen";
    if (!mayAdd) return "full";
    this.#slots[at] = value;
    this.#count += 1;
    if (this.#count > FULLEST * this.#slots.length) this.#grow();
    return "added";
  }

  #find(slots: Float64Array, value: number): number {
    const mask = slots.length - 1;
    let at = Math.floor(placeOf(value) / TABLES) & mask;
    while (slots[at] !== 0 && slots[at] !== value) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#slots.length);
    for (const value of this.#slots) {
      if (value !== 0) larger[this.#find(larger, value)] = value;
    }
    this.#slots = larger;
  }
}

/** Open addressing over three words of a hash. The first is never 0, which means an empty slot. */
class HashTable {
  #words = new Uint32Array(FIRST_SLOTS * HASH_WORDS);
  #count = 0;

  checkAndAdd(digest: Buffer, mayAdd: boolean): Outcome {
    const first = digest.readUInt32LE(0) || 1;
    const second = digest.readUInt32LE(4);
    const third = digest.readUInt32LE(8);
    const at = this.#find(this.#words, first, second, third);
    if (this.#words[at] !== 0) return "seen";
    if (!mayAdd) return "full";
    this.#put(this.#words, at, first, second, third);
    this.#count += 1;
    if (this.#count * HASH_WORDS > FULLEST * this.#words.length) this.#grow();
    return "added";
  }

  #find(words: Uint32Array, first: number, second: number, third: number): number {
    const mask = words.length / HASH_WORDS - 1;
    let slot = first & mask;
    for (;;) {
      const at = slot * HASH_WORDS;
      if (words[at] === 0) return at;
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return at;
      slot = (slot + 1) & mask;
    }
  }

  #put(words: Uint32Array, at: number, first: number, second: number, third: number): void {
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
  }

  #grow(): void {
    const old = this.#words;
    const larger = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += HASH_WORDS) {
      if (old[at] === 0) continue;
      const [first, second, third] = [old[at]!, old[at + 1]!, old[at + 2]!];
      this.#put(larger, this.#find(larger, first, second, third), first, second, third);
    }
    this.#words = larger;
  }
}
