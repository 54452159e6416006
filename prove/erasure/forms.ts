// The byte forms that an address can take in a file: as people and programs write it, in the
// encodings in which they keep it, and as the numbers and plain hashes that could be made of it.
import { createHash } from "node:crypto";
import { domainToASCII, domainToUnicode } from "node:url";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

/** Shorter ones would be found by chance. */
export const LEAST_BYTES = 8;

/** The forms of an address by what they are, each with at least `LEAST_BYTES`. */
export function formsOf(address: string): ReadonlyMap<string, Uint8Array> {
  const forms = new Map<string, Uint8Array>();
  const add = (name: string, bytes: Uint8Array) => {
    if (bytes.length >= LEAST_BYTES) forms.set(name, bytes);
  };
  for (const text of address.includes("@") ? spellingsOf(address) : writingsOf(address)) {
    for (const [encoding, bytes] of encodingsOf(text)) add(`${text} in ${encoding}`, bytes);
  }
  for (const [what, bytes] of numbersOf(address)) add(what, bytes);
  return forms;
}

/** A number in E.164 as it is written abroad and at home, with what may stand between digits. */
function writingsOf(address: string): ReadonlySet<string> {
  const phone = parsePhoneNumberFromString(address);
  const international = phone?.formatInternational() ?? address;
  const national = phone?.formatNational() ?? address;
  const grouped = [international, national];
  const signs = [" ", "-", ".", "/", "\u00a0", ""];
  return new Set([
    ...[address, address.slice(1), `00${address.slice(1)}`, `+${address.slice(1)}`],
    ...grouped,
    ...grouped.flatMap((text) => signs.map((sign) => text.replaceAll(/[^0-9+]+/gu, sign))),
    ...grouped.map((text) => text.replaceAll(/[^0-9+()]+/gu, " ")),
    national.replace(/^\D*(\d+)\D+/u, "($1) "),
    // Without any prefix; shorter ones are found by chance in hashes.
    ...(String(phone?.nationalNumber ?? "").length >= 10 ? [String(phone?.nationalNumber)] : []),
  ]);
}

function spellingsOf(address: string): ReadonlySet<string> {
  const at = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  const domains = [domain, domainToASCII(domain), domainToUnicode(domain)];
  const written = domains.map((one) => `${local}@${one}`);
  const normalised = written.flatMap((one) => [one, one.normalize("NFC"), one.normalize("NFD")]);
  return new Set(normalised.flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()]));
}

function encodingsOf(text: string): [string, Uint8Array][] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, "utf16le");
  const percent = (bytes: Buffer) =>
    [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const texts: [string, string][] = [
    ["hex", utf8.toString("hex")],
    ["upper-case hex", utf8.toString("hex").toUpperCase()],
    ["percent-encoding", encodeURIComponent(text)],
    ["lower-case percent-encoding", encodeURIComponent(text).toLowerCase()],
    ["form encoding", new URLSearchParams([["", text]]).toString().slice(1)],
    ["percent-encoding of everything", percent(utf8)],
    ["JSON with escapes", escapeJson(text)],
    ["quoted-printable", percent(utf8).replaceAll("%", "=").toUpperCase()],
    ["UTF-16 in hex", utf16.toString("hex")],
  ];
  return [
    ["UTF-8", utf8],
    ["Latin-1", Buffer.from(text, "latin1")],
    ["UTF-16LE", utf16],
    ["UTF-16BE", Buffer.from(utf16).swap16()],
    ...texts.map(([name, one]): [string, Uint8Array] => [name, Buffer.from(one)]),
    ...base64Of(utf8, "base64"),
    ...base64Of(utf8, "base64url"),
    ...base64Of(utf16, "base64"),
  ];
}

function escapeJson(text: string): string {
  return text
    .split("")
    .map((unit) =>
      unit < "\x7f" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .join("");
}

/**
 * Base64 of something with these bytes in it: what comes before decides in which of three ways they
 * are cut, and the signs at both ends are shared with what stands beside them.
 */
function base64Of(bytes: Buffer, encoding: "base64" | "base64url"): [string, Uint8Array][] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    return [`${encoding} behind ${before} bytes`, Buffer.from(encoded.slice(first, last))];
  });
}

/** Numbers that a program could make of it, and hashes that anybody can reverse by trying. */
function numbersOf(address: string): [string, Uint8Array][] {
  const hashes = ["sha256", "sha1", "md5"].flatMap((name): [string, Uint8Array][] => {
    const hash = createHash(name).update(address).digest();
    return [
      [`${name}`, hash],
      [`${name} in hex`, Buffer.from(hash.toString("hex"))],
      [`${name} in base64`, Buffer.from(hash.toString("base64"))],
    ];
  });
  if (address.includes("@")) return hashes;
  const digits = Number(address.slice(1));
  const marked = Number(`1${address.slice(1)}`);
  const integers = [digits, marked].flatMap((number): [string, Uint8Array][] => {
    const integer = Buffer.alloc(8);
    integer.writeBigUInt64BE(BigInt(number));
    return [
      [`${number} as a double`, new Uint8Array(Float64Array.of(number).buffer)],
      [
        `${number} as a double, big-endian`,
        new Uint8Array(Float64Array.of(number).buffer).reverse(),
      ],
      [`${number} as an integer`, integer],
      [`${number} as an integer, little-endian`, Buffer.from(integer).reverse()],
    ];
  });
  return [...hashes, ...integers];
}
