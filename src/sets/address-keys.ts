/**
 * Addresses as pairs of numbers, for tables of typed arrays. A phone number packs exactly into one
 * number. Every other address is known by 104 bits of its suppression token (HMAC-SHA-256): among
 * a thousand million addresses, the chance that any two share them is one in 10^13, so that nobody
 * is shown another person's consent.
 */
import { strict as assert } from "node:assert";
import type { AddressKey } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";

/** The suppression token of an address, as in `addressToken` of the ledger, its pepper bound. */
export type TokenOf = (address: AddressKey) => string;

/** Two numbers that stand for an address. `first` is never 0, which marks an empty place. */
export interface KeyPair {
  readonly first: number;
  readonly second: number;
}

/** E.164 allows 15 digits; with the 1 in front, 16 of them still are an exact double. */
const MAX_DIGITS = 15;
const PLUS = 0x2b;
const ZERO = 0x30;
/** 13 hex digits are 52 bits, the most whole groups of four that a double holds exactly. */
const HEX_DIGITS_EACH = 13;

/**
 * `+49301234` as the number 1'49301234: the 1 in front keeps leading zeros apart, because nothing
 * that a phone library calls invalid is dropped. 0 for whatever does not pack: not a phone number,
 * or one too long to be one. Allocates nothing.
 */
export function packPhone(address: string): number {
  const { length } = address;
  if (length < 2 || length > MAX_DIGITS + 1 || address.charCodeAt(0) !== PLUS) return 0;
  let packed = 1;
  for (let at = 1; at < length; at++) {
    const digit = address.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return 0;
    packed = packed * 10 + digit;
  }
  return packed;
}

/** The key of a token. Throws on anything that does not begin with 26 lower-case hex digits. */
export function keyOfToken(token: string): KeyPair {
  assert(/^[0-9a-f]{26}/u.test(token), "INVARIANT: a suppression token is lower-case hex");
  // Plus 1, so that no token falls on the mark of an empty place.
  const first = Number.parseInt(token.slice(0, HEX_DIGITS_EACH), 16) + 1;
  const second = Number.parseInt(token.slice(HEX_DIGITS_EACH, 2 * HEX_DIGITS_EACH), 16);
  return { first, second };
}

/** No address has this form, so its token is nobody's. */
const FINGERPRINTED = "fingerprint@heed.invalid" as AddressKey;

/**
 * Keys by token, with the last ones kept: a check asks the standings and then each list about the
 * same address, and an HMAC costs as much as all of these look-ups together.
 */
export class TokenKeys {
  /** How many peppers there were before the present one. */
  readonly retired: number;
  readonly #tokensOf: TokensOf;
  #address: string | null = null;
  #keys: readonly KeyPair[] = [];

  constructor(tokensOf: TokensOf) {
    this.#tokensOf = tokensOf;
    this.retired = tokensOf(FINGERPRINTED).length - 1;
  }

  /** The key under the present pepper. */
  keyOf(address: AddressKey): KeyPair {
    return this.keysOf(address)[0]!;
  }

  /** One key per pepper, the present one's first. */
  keysOf(address: AddressKey): readonly KeyPair[] {
    if (address !== this.#address) {
      this.#keys = this.#tokensOf(address).map(keyOfToken);
      this.#address = address;
    }
    return this.#keys;
  }

  /**
   * A fingerprint of the present pepper: equal fingerprints, equal tokens. `writable` may be stored next
   * to the tokens; `secret` seeds the hash tables, so that nobody can craft addresses that collide.
   */
  fingerprint(): { readonly writable: string; readonly secret: string } {
    const token = this.#tokensOf(FINGERPRINTED)[0]!;
    return { writable: token.slice(0, 32), secret: token.slice(32, 64) };
  }
}
