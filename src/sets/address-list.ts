/**
 * Lists of addresses from elsewhere: national do-not-call registries and do-not-contact lists of
 * the installation. Compiled once from a file, then only asked: 8 bytes per phone number.
 *
 * Whoever was erased is on a list by their token alone, as in the standings.
 *
 * LIMIT: e-mail addresses take about 35 bytes each and an HMAC per look-up; so does a look-up of a
 * phone number on a list with somebody who was erased.
 */
import type { AddressKey, Channel, Instant } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { keyOfToken, packPhone, TokenKeys } from "./address-keys.ts";
import { KeyTable } from "./key-table.ts";

/** What is said about a list where it is configured. */
export interface AddressListSettings {
  /** `us-national-dnc`, `do-not-contact` … */
  readonly name: string;
  readonly kind: "national" | "do-not-contact";
  /** Date of the copy. */
  readonly asOf: Instant;
  /** How old a copy may be relied on; `null`: as old as it likes. */
  readonly maxAgeDays: number | null;
  /** ISO 3166-1 alpha-2 codes of the places it is for. Empty: everywhere. */
  readonly countries: readonly string[];
  /** The channels it is for. */
  readonly channels: readonly Channel[];
}

export class AddressList implements AddressListSettings {
  readonly name: string;
  readonly kind: "national" | "do-not-contact";
  readonly asOf: Instant;
  readonly maxAgeDays: number | null;
  readonly countries: readonly string[];
  readonly channels: readonly Channel[];
  /** How many times an address was given again and dropped. */
  readonly duplicates: number;
  #phones: Float64Array;
  readonly #others: KeyTable;
  readonly #tokenKeys: TokenKeys;
  /** A token among the others may be that of a phone number. */
  #namesErased: boolean;

  /** Made by `AddressListBuilder`: `phones` are sorted and each there once. */
  constructor(settings: AddressListSettings, compiled: Compiled) {
    this.name = settings.name;
    this.kind = settings.kind;
    this.asOf = settings.asOf;
    this.maxAgeDays = settings.maxAgeDays;
    this.countries = [...settings.countries];
    this.channels = [...settings.channels];
    this.duplicates = compiled.duplicates;
    this.#phones = compiled.phones;
    this.#others = compiled.others;
    this.#tokenKeys = compiled.tokenKeys;
    this.#namesErased = compiled.namesErased;
  }

  /** Different addresses on it. */
  get size(): number {
    return this.#phones.length + this.#others.size;
  }

  bytes(): number {
    return this.#phones.byteLength + this.#others.bytes();
  }

  /** Allocates nothing for a phone number. */
  has(address: AddressKey): boolean {
    const packed = packPhone(address);
    if (packed !== 0) {
      if (placeAmong(this.#phones, packed) !== -1) return true;
      if (!this.#namesErased) return false;
    }
    if (this.#others.size === 0) return false;
    const keys = this.#tokenKeys.keysOf(address);
    return keys.some((key) => this.#others.find(key.first, key.second) !== -1);
  }

  /** Keeps somebody who was erased by their token alone. They stay listed if they were. */
  forget(address: AddressKey): void {
    const packed = packPhone(address);
    const place = packed === 0 ? -1 : placeAmong(this.#phones, packed);
    if (place === -1) return;
    const phones = this.#phones;
    phones.copyWithin(place, place + 1);
    phones[phones.length - 1] = 0;
    this.#phones = phones.subarray(0, phones.length - 1);
    const { first, second } = this.#tokenKeys.keyOf(address);
    this.#others.set(first, second, 0);
    this.#namesErased = true;
  }
}

interface Compiled {
  readonly phones: Float64Array;
  readonly others: KeyTable;
  readonly tokenKeys: TokenKeys;
  readonly duplicates: number;
  readonly namesErased: boolean;
}

/** Takes addresses one by one, in any order, and compiles them into a list. */
export class AddressListBuilder {
  readonly #settings: AddressListSettings;
  readonly #tokenKeys: TokenKeys;
  readonly #others: KeyTable;
  #chunks: Float64Array[] = [];
  #phones = 0;
  #duplicates = 0;
  #namesErased = false;

  /** `tokensOf` as in `Standings`. */
  constructor(settings: AddressListSettings, tokensOf: TokensOf) {
    this.#settings = settings;
    this.#tokenKeys = new TokenKeys(tokensOf);
    this.#others = new KeyTable(2, this.#tokenKeys.fingerprint().secret);
  }

  add(address: AddressKey): void {
    const packed = packPhone(address);
    if (packed !== 0) {
      const at = this.#phones % CHUNK;
      if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
      this.#chunks.at(-1)![at] = packed;
      this.#phones++;
      return;
    }
    const key = this.#tokenKeys.keyOf(address);
    if (!this.#others.set(key.first, key.second, 0)) this.#duplicates++;
  }

  /** Somebody who was erased: their token, under whichever pepper. */
  addToken(token: string): void {
    const key = keyOfToken(token);
    if (!this.#others.set(key.first, key.second, 0)) this.#duplicates++;
    this.#namesErased = true;
  }

  /** Sorts and drops duplicates. The builder is empty afterwards and must not be used again. */
  finish(): AddressList {
    const sorted = new Float64Array(this.#phones);
    for (let at = 0; at < this.#phones; at += CHUNK) {
      sorted.set(this.#chunks.shift()!.subarray(0, this.#phones - at), at);
    }
    sorted.sort();
    const phones = dropDuplicates(sorted);
    const duplicates = this.#duplicates + sorted.length - phones.length;
    this.#phones = 0;
    return new AddressList(this.#settings, {
      phones,
      others: this.#others,
      tokenKeys: this.#tokenKeys,
      duplicates,
      namesErased: this.#namesErased,
    });
  }
}

/** Phone numbers per chunk while building: half a megabyte. */
const CHUNK = 65_536;

function dropDuplicates(sorted: Float64Array): Float64Array {
  let kept = 0;
  for (let at = 0; at < sorted.length; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[kept++] = sorted[at]!;
  }
  // A copy gives the memory of many duplicates back; for few the view is cheaper.
  return kept < sorted.length * 0.9 ? sorted.slice(0, kept) : sorted.subarray(0, kept);
}

/** -1 when it is not there. */
function placeAmong(sorted: Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && sorted[low] === wanted ? low : -1;
}
