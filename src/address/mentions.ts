/**
 * Whether a text names an address, in the ways in which people and programs write it: the number with
 * and without its country code, with anything between the digits; the e-mail address in any case,
 * with its domain in Unicode or ASCII; either of them percent-encoded.
 *
 * LIMIT: words for digits, and encodings such as Base64, are not seen through.
 */
import { domainToUnicode } from "node:url";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { type AddressKey, kindOfAddress } from "../domain/words.ts";
import { foldDigits } from "./clean-text.ts";

/** What may stand between two digits of one number; more is another sentence. */
const BETWEEN = "[^\\p{L}\\p{N}]{0,3}";
const PERCENT = /(?:%[0-9a-f]{2})+/giu;

export function mentions(text: string, address: AddressKey): boolean {
  const texts = [text, decodePercent(text)].map((one) => foldDigits(one).toLowerCase());
  if (kindOfAddress(address) === "email") {
    return spellingsOf(address).some((email) => texts.some((one) => one.includes(email)));
  }
  return numbersOf(address).some((digits) => {
    const written = new RegExp([...digits].join(BETWEEN), "u");
    return texts.some((one) => written.test(one));
  });
}

/** Digits without any country code or trunk prefix: every way to write the number ends with them. */
function numbersOf(address: AddressKey): readonly string[] {
  const phone = parsePhoneNumberFromString(address);
  const national: string = phone?.nationalNumber ?? address.slice(1);
  // Some countries write other digits at home (Argentina's 15 for the 9 of its mobiles).
  const home = phone?.formatNational().replace(/[^0-9]/gu, "") ?? "";
  return [national, home].filter((digits) => digits.length >= 4);
}

function spellingsOf(address: AddressKey): readonly string[] {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).replace(/^"(.*)"$/u, "$1");
  const domain = address.slice(at + 1);
  return [domain, domainToUnicode(domain)].map((one) =>
    foldDigits(`${local}@${one}`).toLowerCase(),
  );
}

function decodePercent(text: string): string {
  return text.replace(PERCENT, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
