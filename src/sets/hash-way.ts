/**
 * Lists that name addresses by a hash of them: whoever publishes one says how an address is written
 * before it is hashed, and an address that is asked about is hashed the same way.
 */
import { hash } from "node:crypto";
import { callingCodeOf } from "../address/numbering-plan.ts";
import { type AddressKey, kindOfAddress } from "../domain/words.ts";

export const HASH_ALGORITHMS = ["sha256", "sha1", "md5"] as const;
/** `+12125550123` as `12125550123`, as it stands, or as `2125550123`. */
export const PHONE_FORMS = ["digits", "plus-digits", "national-digits"] as const;

export interface HashWay {
  readonly algorithm: (typeof HASH_ALGORITHMS)[number];
  /** How a phone number is written. An e-mail address always is in lower case. */
  readonly phones: (typeof PHONE_FORMS)[number];
  /** Written before and behind the address; what publishers call a salt. */
  readonly prefix: string;
  readonly suffix: string;
}

const HEX_DIGITS = { sha256: 64, sha1: 40, md5: 32 } as const;

/** Lower-case hex. */
export function hashOfAddress(address: AddressKey, way: HashWay): string {
  const written = kindOfAddress(address) === "email" ? address : phoneAs(way.phones, address);
  return hash(way.algorithm, `${way.prefix}${written}${way.suffix}`, "hex");
}

/** In lower case; `null` when it is no such hash. */
export function readHash(text: string, { algorithm }: HashWay): string | null {
  return text.length === HEX_DIGITS[algorithm] && /^[0-9a-f]+$/iu.test(text)
    ? text.toLowerCase()
    : null;
}

function phoneAs(form: HashWay["phones"], address: AddressKey): string {
  if (form === "plus-digits") return address;
  const digits = address.slice(1);
  return form === "digits" ? digits : digits.slice(callingCodeOf(digits).length);
}
