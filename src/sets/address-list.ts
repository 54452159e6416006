/**
 * Lists of addresses from elsewhere: national do-not-call registries and do-not-contact lists of
 * the installation. Compiled once from a file, then only asked: 8 bytes per phone number, and about
 * 30 for one of which the list says more than that it names it.
 *
 * Whoever was erased is on a list by their token alone, as in the standings.
 *
 * LIMIT: e-mail addresses and hashes take about 35 bytes each and an HMAC or a hash per look-up; so
 * does a look-up of a phone number on a list with somebody who was erased.
 */
import type { AddressKey, Channel, Instant } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { type KeyPair, keyOfToken, packPhone, TokenKeys } from "./address-keys.ts";
import { type HashWay, hashOfAddress } from "./hash-way.ts";
import { KeyTable } from "./key-table.ts";
import { isPlain, type Listing, ListingPool, mergeListings, PLAIN_LISTING } from "./listing.ts";

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
  /** How its addresses are hashed; absent: it names them as they are. */
  readonly hash?: HashWay | null;
  /**
   * Area codes of +1 that the copy has; absent: all. Registries sell their lists by area code, and a
   * copy says nothing about numbers of which nobody got the part.
   */
  readonly areaCodes?: readonly string[] | null;
}

export class AddressList implements AddressListSettings {
  readonly name: string;
  readonly kind: "national" | "do-not-contact";
  readonly asOf: Instant;
  readonly maxAgeDays: number | null;
  readonly countries: readonly string[];
  readonly channels: readonly Channel[];
  readonly hash: HashWay | null;
  readonly areaCodes: readonly string[] | null;
  /** How many times an address was given again and dropped. */
  readonly duplicates: number;
  readonly #areaCodes: ReadonlySet<string> | null;
  /** Phone numbers of which nothing more is said. */
  #phones: Float64Array;
  /** The other phone numbers, each with the number of its listing. */
  readonly #listed: KeyTable | null;
  /** Everything else: the number of its listing and 1, or 0 for a plain one. */
  readonly #others: KeyTable;
  readonly #listings: ListingPool;
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
    this.hash = settings.hash ?? null;
    this.areaCodes = settings.areaCodes ?? null;
    this.#areaCodes = this.areaCodes === null ? null : new Set(this.areaCodes);
    this.duplicates = compiled.duplicates;
    this.#phones = compiled.phones;
    this.#listed = compiled.listed;
    this.#others = compiled.others;
    this.#listings = compiled.listings;
    this.#tokenKeys = compiled.tokenKeys;
    this.#namesErased = compiled.namesErased;
  }

  /** Different addresses on it. */
  get size(): number {
    return this.#phones.length + (this.#listed?.size ?? 0) + this.#others.size;
  }

  bytes(): number {
    const listed = this.#listed === null ? 0 : this.#listed.bytes() + this.#listings.bytes();
    return this.#phones.byteLength + this.#others.bytes() + listed;
  }

  /** Allocates nothing for a phone number. */
  has(address: AddressKey): boolean {
    return this.#find(address) !== ABSENT;
  }

  /** What it says of an address; `null`: it does not name it. Allocates nothing for a plain one. */
  listing(address: AddressKey): Listing | null {
    const found = this.#find(address);
    if (found === ABSENT) return null;
    return found === PLAIN ? PLAIN_LISTING : this.#listings.at(found);
  }

  /** Whether a number that it does not name is known not to be listed. */
  covers(address: AddressKey): boolean {
    if (this.#areaCodes === null || !address.startsWith("+1")) return true;
    return this.#areaCodes.has(address.slice(2, 5));
  }

  /** The number of its listing, `PLAIN` or `ABSENT`. */
  #find(address: AddressKey): number {
    const packed = packPhone(address);
    if (packed !== 0) {
      if (placeAmong(this.#phones, packed) !== -1) return PLAIN;
      const listed = this.#listed?.find(packed, 0) ?? -1;
      if (listed !== -1) return listed;
      if (!this.#namesErased && this.hash === null) return ABSENT;
    }
    if (this.#others.size === 0) return ABSENT;
    for (const { first, second } of this.#otherKeysOf(address)) {
      const value = this.#others.find(first, second);
      if (value !== -1) return value === 0 ? PLAIN : value - 1;
    }
    return ABSENT;
  }

  #otherKeysOf(address: AddressKey): readonly KeyPair[] {
    if (this.hash === null) return this.#tokenKeys.keysOf(address);
    const hashed = keyOfToken(hashOfAddress(address, this.hash));
    return this.#namesErased ? [hashed, ...this.#tokenKeys.keysOf(address)] : [hashed];
  }

  /** Keeps somebody who was erased by their token alone. They stay listed if they were. */
  forget(address: AddressKey): void {
    const value = this.#take(address);
    if (value === ABSENT) return;
    const { first, second } = this.#tokenKeys.keyOf(address);
    this.#others.set(first, second, value);
    this.#namesErased = true;
  }

  /** Removes the address itself; what it had among the others would be its value there. */
  #take(address: AddressKey): number {
    if (this.hash !== null) {
      const { first, second } = keyOfToken(hashOfAddress(address, this.hash));
      const value = this.#others.find(first, second);
      if (value !== -1) this.#others.delete(first, second);
      return value === -1 ? ABSENT : value;
    }
    const packed = packPhone(address);
    if (packed === 0) return ABSENT;
    const place = placeAmong(this.#phones, packed);
    if (place !== -1) {
      const phones = this.#phones;
      phones.copyWithin(place, place + 1);
      phones[phones.length - 1] = 0;
      this.#phones = phones.subarray(0, phones.length - 1);
      return 0;
    }
    const listed = this.#listed?.find(packed, 0) ?? -1;
    if (listed === -1) return ABSENT;
    this.#listed?.delete(packed, 0);
    return listed + 1;
  }
}

const ABSENT = -1;
const PLAIN = -2;

interface Compiled {
  readonly phones: Float64Array;
  readonly listed: KeyTable | null;
  readonly others: KeyTable;
  readonly listings: ListingPool;
  readonly tokenKeys: TokenKeys;
  readonly duplicates: number;
  readonly namesErased: boolean;
}

/** Takes addresses one by one, in any order, and compiles them into a list. */
export class AddressListBuilder {
  readonly #settings: AddressListSettings;
  readonly #tokenKeys: TokenKeys;
  readonly #others: KeyTable;
  readonly #listings = new ListingPool();
  readonly #seed: string;
  #listed: KeyTable | null = null;
  #chunks: Float64Array[] = [];
  #phones = 0;
  #duplicates = 0;
  #namesErased = false;

  /** `tokensOf` as in `Standings`. */
  constructor(settings: AddressListSettings, tokensOf: TokensOf) {
    this.#settings = settings;
    this.#tokenKeys = new TokenKeys(tokensOf);
    this.#seed = this.#tokenKeys.fingerprint().secret;
    this.#others = new KeyTable(2, this.#seed);
  }

  /** `listing`: what the list says of it; `null`: nothing. Throws `TooManyListingKinds`. */
  add(address: AddressKey, listing: Listing | null = null): void {
    const packed = packPhone(address);
    if (packed === 0) this.#addOther(this.#tokenKeys.keyOf(address), listing);
    else if (listing === null || isPlain(listing)) this.#addPlainPhone(packed);
    else this.#addListedPhone(packed, listing);
  }

  /** Somebody who was erased: their token, under whichever pepper. */
  addToken(token: string, listing: Listing | null = null): void {
    this.#addOther(keyOfToken(token), listing);
    this.#namesErased = true;
  }

  /** For a list of hashes; lower-case hex. */
  addHash(hash: string, listing: Listing | null = null): void {
    this.#addOther(keyOfToken(hash), listing);
  }

  #addPlainPhone(packed: number): void {
    const at = this.#phones % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
    this.#chunks.at(-1)![at] = packed;
    this.#phones++;
  }

  #addListedPhone(packed: number, listing: Listing): void {
    this.#listed ??= new KeyTable(1, this.#seed);
    const known = this.#listed.find(packed, 0);
    if (known === -1) {
      this.#listed.set(packed, 0, this.#listings.add(listing));
      return;
    }
    this.#listings.put(known, mergeListings(this.#listings.at(known), listing));
    this.#duplicates++;
  }

  #addOther({ first, second }: KeyPair, given: Listing | null): void {
    const listing = given === null || isPlain(given) ? null : given;
    const known = this.#others.find(first, second);
    if (known === -1) {
      this.#others.set(first, second, listing === null ? 0 : this.#listings.add(listing) + 1);
      return;
    }
    this.#duplicates++;
    if (listing === null) this.#others.set(first, second, 0);
    else if (known > 0) {
      this.#listings.put(known - 1, mergeListings(this.#listings.at(known - 1), listing));
    }
  }

  /**
   * Sorts and drops duplicates. The builder is empty afterwards and must not be used again. `known`:
   * settings that were not known before all addresses were.
   */
  finish(known: Partial<AddressListSettings> = {}): AddressList {
    const sorted = new Float64Array(this.#phones);
    for (let at = 0; at < this.#phones; at += CHUNK) {
      sorted.set(this.#chunks.shift()!.subarray(0, this.#phones - at), at);
    }
    sorted.sort();
    const phones = dropDuplicates(sorted);
    const named = this.#dropNamedPlainly(phones);
    const duplicates = this.#duplicates + named + sorted.length - phones.length;
    this.#phones = 0;
    return new AddressList(
      { ...this.#settings, ...known },
      {
        phones,
        listed: this.#listed,
        others: this.#others,
        listings: this.#listings,
        tokenKeys: this.#tokenKeys,
        duplicates,
        namesErased: this.#namesErased,
      },
    );
  }

  /** A number that is also named without more is listed for everything. Says how many. */
  #dropNamedPlainly(phones: Float64Array): number {
    const again: number[] = [];
    for (const { first } of this.#listed?.segments() ?? []) {
      for (const packed of first) {
        if (packed !== 0 && placeAmong(phones, packed) !== -1) again.push(packed);
      }
    }
    for (const packed of again) this.#listed?.delete(packed, 0);
    return again.length;
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
