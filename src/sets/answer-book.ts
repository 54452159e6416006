/**
 * What a registry answered about single numbers: a wash, or a registry of reassigned numbers. The
 * newest answer about an address counts. In typed arrays, about 60 bytes each.
 */
import type { AddressKey, Instant } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { type KeyPair, keyOfToken, packPhone, TokenKeys } from "./address-keys.ts";
import { KeyTable } from "./key-table.ts";
import { isPlain, type Listing, ListingPool, PLAIN_LISTING } from "./listing.ts";

export interface Answer {
  /** `null`: the registry has no data about it. */
  readonly listed: boolean | null;
  readonly asOf: Instant;
  readonly listing: Listing;
  /** For a registry of reassigned numbers: the date of the consent that was asked about. */
  readonly consentAt: Instant | null;
}

/** The stricter of two answers of one instant: named, then nothing known, then not named. */
const STRICTNESS = ["false", "null", "true"];

export class AnswerBook {
  /** Name of the list. */
  readonly name: string;
  readonly #tokenKeys: TokenKeys;
  readonly #phones: KeyTable;
  readonly #others: KeyTable;
  /** An answer that was acknowledged must be readable at every start, whatever its sectors are. */
  readonly #listings = new ListingPool("widen");
  #asOf = new Float64Array(16);
  #consentAt = new Float64Array(16);
  #listed = new Uint8Array(16);
  /** Number of the listing and 1, or 0. */
  #listing = new Uint32Array(16);
  #count = 0;
  #newest: Instant | null = null;
  #namesErased = false;

  constructor(name: string, tokensOf: TokensOf) {
    this.name = name;
    this.#tokenKeys = new TokenKeys(tokensOf);
    const { secret } = this.#tokenKeys.fingerprint();
    this.#phones = new KeyTable(1, secret);
    this.#others = new KeyTable(2, secret);
  }

  /** Different addresses that were answered about. */
  get size(): number {
    return this.#phones.size + this.#others.size;
  }

  /** Instant of the newest answer. */
  get newest(): Instant | null {
    return this.#newest;
  }

  find(address: AddressKey): Answer | null {
    const place = this.#place(address);
    return place === -1 ? null : this.#at(place);
  }

  /** Says whether it counts now: a newer one of the same address stays. */
  take(address: AddressKey, answer: Answer): boolean {
    const known = this.#place(address);
    if (known !== -1) return this.#replace(known, answer);
    const packed = packPhone(address);
    if (packed !== 0) this.#phones.set(packed, 0, this.#add(answer));
    else this.#setOther(this.#tokenKeys.keyOf(address), this.#add(answer));
    return true;
  }

  /** As `take`, about somebody who was erased. */
  takeToken(token: string, answer: Answer): boolean {
    this.#namesErased = true;
    const key = keyOfToken(token);
    const known = this.#others.find(key.first, key.second);
    if (known !== -1) return this.#replace(known, answer);
    this.#setOther(key, this.#add(answer));
    return true;
  }

  /** Keeps the answer about an erased person under their token alone. */
  forget(address: AddressKey): void {
    const packed = packPhone(address);
    const place = packed === 0 ? -1 : this.#phones.find(packed, 0);
    if (place === -1) return;
    this.#phones.delete(packed, 0);
    this.#setOther(this.#tokenKeys.keyOf(address), place);
    this.#namesErased = true;
  }

  #setOther({ first, second }: KeyPair, place: number): void {
    this.#others.set(first, second, place);
  }

  #place(address: AddressKey): number {
    const packed = packPhone(address);
    if (packed !== 0) {
      const place = this.#phones.find(packed, 0);
      if (place !== -1 || !this.#namesErased) return place;
    }
    if (this.#others.size === 0) return -1;
    for (const { first, second } of this.#tokenKeys.keysOf(address)) {
      const place = this.#others.find(first, second);
      if (place !== -1) return place;
    }
    return -1;
  }

  #at(place: number): Answer {
    const listing = this.#listing[place]!;
    const consentAt = this.#consentAt[place]!;
    return {
      listed: [false, null, true][this.#listed[place]!]!,
      asOf: this.#asOf[place]!,
      listing: listing === 0 ? PLAIN_LISTING : this.#listings.at(listing - 1),
      consentAt: Number.isNaN(consentAt) ? null : consentAt,
    };
  }

  #replace(place: number, answer: Answer): boolean {
    const asOf = this.#asOf[place]!;
    const isOlder = answer.asOf < asOf;
    if (isOlder || (answer.asOf === asOf && strictness(answer) < this.#listed[place]!))
      return false;
    this.#put(place, answer);
    return true;
  }

  #add(answer: Answer): number {
    if (this.#count === this.#asOf.length) this.#grow();
    const place = this.#count;
    this.#listing[place] = 0;
    this.#put(place, answer);
    this.#count++;
    return place;
  }

  #put(place: number, { listed, asOf, listing, consentAt }: Answer): void {
    this.#listed[place] = strictness({ listed });
    this.#asOf[place] = asOf;
    this.#consentAt[place] = consentAt ?? Number.NaN;
    if (isPlain(listing)) this.#listing[place] = 0;
    else if (this.#listing[place] === 0) this.#listing[place] = this.#listings.add(listing) + 1;
    else this.#listings.put(this.#listing[place]! - 1, listing);
    if (this.#newest === null || asOf > this.#newest) this.#newest = asOf;
  }

  #grow(): void {
    const places = this.#count * 2;
    const [asOf, consentAt] = [this.#asOf, this.#consentAt];
    const [listed, listing] = [this.#listed, this.#listing];
    this.#asOf = new Float64Array(places);
    this.#consentAt = new Float64Array(places);
    this.#listed = new Uint8Array(places);
    this.#listing = new Uint32Array(places);
    this.#asOf.set(asOf);
    this.#consentAt.set(consentAt);
    this.#listed.set(listed);
    this.#listing.set(listing);
  }
}

function strictness({ listed }: Pick<Answer, "listed">): number {
  return STRICTNESS.indexOf(String(listed));
}
