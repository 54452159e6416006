/**
 * From raw text to an address. The one door: everything Heed stores or looks up came through it,
 * so two spellings of one address always meet under one key.
 */
import type { AddressKey, AddressKind } from "../domain/words.ts";
import { cleanText } from "./clean-text.ts";
import { parseEmail } from "./email.ts";
import { parsePhone } from "./phone.ts";
import { type AddressProblem, isProblem } from "./problem.ts";

export { ADDRESS_PROBLEMS, type AddressProblem, isProblem } from "./problem.ts";

export interface ParsedAddress {
  readonly key: AddressKey;
  readonly kind: AddressKind;
  /** As to be sent: E.164, or the e-mail address with its local part as written. */
  readonly display: string;
  /** `false`: no numbering plan we know has this number. It is a key all the same. */
  readonly valid: boolean;
}

export interface ParseOptions {
  /** ISO 3166-1 alpha-2, for numbers written without a country code. */
  readonly defaultRegion: string | null;
  /** Set when only one kind is wanted; otherwise an @ tells. */
  readonly kind?: AddressKind;
}

/** Never throws. A problem's message says what to do and does not repeat the address. */
export function parseAddress(raw: string, options: ParseOptions): ParsedAddress | AddressProblem {
  const text = cleanText(raw);
  if (isProblem(text)) return text;
  const hasAt = text.includes("@") || text.includes("\uFF20");
  const kind = options.kind ?? (hasAt ? "email" : "phone");
  if (hasAt !== (kind === "email")) {
    const wanted = kind === "email" ? "an e-mail address" : "a phone number";
    return { problem: "not-an-address", message: `This is not ${wanted}. Send ${wanted}.` };
  }
  if (kind === "email") {
    const email = parseEmail(text.replace("\uFF20", "@"));
    if (isProblem(email)) return email;
    return { key: email.key as AddressKey, kind, display: email.display, valid: true };
  }
  const phone = parsePhone(text, options.defaultRegion);
  if (isProblem(phone)) return phone;
  return { key: phone.e164 as AddressKey, kind, display: phone.e164, valid: phone.valid };
}
