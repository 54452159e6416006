/**
 * Secrets of the installation, kept outside the database, and what is made with them. There may be
 * several peppers: after a rotation the retired ones still find what was written under them.
 */
import type { AddressKey } from "../domain/words.ts";
import { addressToken } from "../ledger/leaf.ts";
import { keyedDigest } from "../ledger/message-hashes.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";

export interface InstallationSecrets {
  /** Key the suppression tokens. The present one first, the one that the ledger began with last. */
  readonly peppers: readonly Uint8Array[];
  /** Seals the opt-out links. */
  readonly linkKey: Uint8Array;
  /** The suppression tokens of an address: one per pepper, the present one's first. */
  readonly tokensOf: TokensOf;
  /** The token under the present pepper: the one that new entries get. */
  tokenOf(address: AddressKey): string;
  /**
   * Stands for a text that may hold an address, such as an idempotency key: nobody can find the text
   * by trying. A rotation does not change it, because a message must be known again for ever.
   * LIMIT: it is keyed with the first pepper, so a rotation does not mend it when that one leaks.
   */
  digestOf(text: string): string;
}

export function installationSecrets(
  peppers: readonly Uint8Array[],
  linkKey: Uint8Array,
): InstallationSecrets {
  const [present] = peppers;
  const first = peppers.at(-1);
  if (present === undefined || first === undefined) throw new RangeError("There is no pepper.");
  // A request asks about one address several times over, and an HMAC costs 3 microseconds.
  let last: { readonly address: AddressKey; readonly tokens: readonly string[] } | null = null;
  const tokensOf = (address: AddressKey): readonly string[] => {
    if (last?.address !== address) {
      last = { address, tokens: peppers.map((pepper) => addressToken(pepper, address)) };
    }
    return last.tokens;
  };
  return {
    peppers,
    linkKey,
    tokensOf,
    tokenOf: (address) => tokensOf(address)[0]!,
    digestOf: (text) => keyedDigest(first, text),
  };
}

/**
 * Tells peppers apart without telling anything about them: what the ledger names when one takes
 * over from another. No address has this form, so it is nobody's token.
 */
export function pepperFingerprint(pepper: Uint8Array): string {
  return addressToken(pepper, FINGERPRINTED).slice(0, FINGERPRINT_DIGITS);
}

const FINGERPRINTED = "fingerprint@heed.invalid" as AddressKey;
const FINGERPRINT_DIGITS = 16;
