/**
 * How the scrub and the import read addresses: the fast path where it is certain, `parseAddress`
 * for everything else. Both give the same answer; `test/scrub/fast-phone.test.ts` holds them to it.
 */
import { type AddressProblem, type ParsedAddress, parseAddress } from "../address/parse-address.ts";
import type { AddressKind } from "../domain/words.ts";
import { fastPhone } from "./fast-phone.ts";

/** `kind`: what the column is known to hold; `null` for either. Never throws. */
export type ReadAddress = (raw: string, kind: AddressKind | null) => ParsedAddress | AddressProblem;

/** `defaultRegion`: ISO 3166-1 alpha-2, for numbers written without a country code. */
export function addressReader(defaultRegion: string | null): ReadAddress {
  const region = defaultRegion?.toUpperCase() ?? null;
  return (raw, kind) => {
    const fast = kind === "email" ? null : fastPhone(raw, region);
    if (fast !== null) return fast;
    return parseAddress(raw, kind === null ? { defaultRegion } : { defaultRegion, kind });
  };
}
