/**
 * From the ways people write phone numbers to E.164. What the library calls invalid is kept when it
 * can be written in E.164 (ITU-T E.164: at most 15 digits), because new area codes are in use long
 * before any table knows them, and a number that is dropped here is an opt-out that is lost.
 */
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { foldDigits } from "./clean-text.ts";
import { readNumber } from "./number-reading.ts";
import { isPossible, isValid, parseDialled, parseInternational } from "./parse-digits.ts";
import type { AddressProblem } from "./problem.ts";

export interface ParsedPhone {
  readonly e164: string;
  /** Whether the number exists in the plan as the library knows it. */
  readonly valid: boolean;
}

const E164 = /^\+[1-9][0-9]{6,14}$/u;
const SCHEME = /^(?:tel|callto|sms|smsto|whatsapp|rcs):(?:\/\/)?/iu;
/** RFC 3966 parameters other than the context, which the library reads. */
const PARAMETERS = /;(?!phone-context=)[^;]{0,255}/giu;
const EXTENSION_WORD = /\b(?:poste|durchwahl|ramal|anexo|interno)\.?\s*(?=[0-9]{1,7}$)/iu;
const LETTER = /\p{L}/u;

/**
 * Mexico dropped the 1 in front of its mobile numbers in August 2019 (IFT's numbering plan of 2018);
 * WhatsApp and old lists still write it. It is one phone, so it gets one key.
 */
const OLD_MEXICAN_MOBILE = /^\+521([1-9][0-9]{9})$/u;

/** Reads a number. `defaultRegion` (ISO 3166-1 alpha-2) is for numbers without a country code. */
export function parsePhone(
  text: string,
  defaultRegion: string | null,
): ParsedPhone | AddressProblem {
  const read = readPhone(text, defaultRegion);
  if ("problem" in read || !read.e164.startsWith("+521")) return read;
  const e164 = read.e164.replace(OLD_MEXICAN_MOBILE, "+52$1");
  return e164 === read.e164 ? read : { e164, valid: readNumber(e164).valid };
}

function readPhone(text: string, defaultRegion: string | null): ParsedPhone | AddressProblem {
  if (E164.test(text)) {
    // The fast path of a scrub: already E.164, and known to stay as it is.
    const reading = readNumber(text);
    if (reading.unchanged) return { e164: text, valid: reading.valid };
  }
  const written = plainSpelling(text);
  const region = defaultRegion?.toUpperCase() ?? null;
  if (region !== null && !isSupportedCountry(region)) {
    return {
      problem: "needs-region",
      message: `The default region \`${defaultRegion}\` is no country. Use a code such as \`US\`.`,
    };
  }
  const phone = bestReading(written, region);
  if (phone !== undefined && E164.test(phone.number)) {
    return { e164: phone.number, valid: phone.isValid() };
  }
  return writtenAsE164(written) ?? explain(written, region);
}

function plainSpelling(text: string): string {
  return foldDigits(text)
    .replace(SCHEME, "")
    .replace(PARAMETERS, "")
    .replace(EXTENSION_WORD, "ext. ")
    .replace(/^[^\p{L}\p{N}+(]+/u, "")
    .trim();
}

/** Up to three ways to read it, the one that the default region suggests first. */
function bestReading(
  written: string,
  region: Parameters<typeof isSupportedCountry>[0] | null,
): Reading | undefined {
  const inRegion = read(written, region);
  if (inRegion?.isValid() === true || written.startsWith("+")) return inRegion;
  // `00` is the way out of most countries, and is written where it is not, too.
  if (/^\(?00/u.test(written)) {
    const abroad = read(`+${written.replace(/^\(?00\)?/u, "")}`, null);
    if (abroad !== undefined) return abroad;
  }
  // Exports often lose the plus. Only when the number makes no sense at home, and sense abroad.
  if (inRegion !== undefined && !inRegion.isPossible()) {
    const abroad = read(`+${written}`, null);
    if (abroad?.isValid() === true) return abroad;
  }
  return inRegion;
}

/** The library's own `PhoneNumber`, or as much of it as is asked here. */
interface Reading {
  /** E.164, as far as the number has a calling code. */
  readonly number: string;
  isValid(): boolean;
  isPossible(): boolean;
}

/** Nothing but digits and what commonly stands between them; the library minds none of it. */
const PLAIN = /^\+?[0-9 ().\-/]{3,40}$/u;
/** The library wants three digits; with fewer it has words of its own. */
const THREE_DIGITS = /(?:[0-9][^0-9]*){3}/u;

function read(written: string, region: string | null): Reading | undefined {
  if (PLAIN.test(written) && THREE_DIGITS.test(written)) return readPlain(written, region);
  if (region !== null && isSupportedCountry(region)) {
    return parsePhoneNumberFromString(written, { defaultCountry: region, extract: false });
  }
  return parsePhoneNumberFromString(written, { extract: false });
}

function readPlain(written: string, region: string | null): Reading | undefined {
  const digits = written.replace(/[^0-9]/gu, "");
  const dialled = () => (region === null ? null : parseDialled(digits, region));
  const parsed = written.startsWith("+") ? parseInternational(digits) : dialled();
  if (parsed === null) return undefined;
  return {
    number: `+${parsed.callingCode}${parsed.national}`,
    isValid: () => isValid(parsed),
    isPossible: () => isPossible(parsed),
  };
}

/** A number with a country code that the library has never heard of, taken digit by digit. */
function writtenAsE164(written: string): ParsedPhone | null {
  if (!/^(?:\+|00)[0-9\s().\-/]+$/u.test(written)) return null;
  const e164 = `+${written.replace(/^00/u, "").replace(/[^0-9]/gu, "")}`;
  return E164.test(e164) ? { e164, valid: false } : null;
}

function explain(written: string, region: string | null): AddressProblem {
  const digits = written.replace(/[^0-9]/gu, "").length;
  if (LETTER.test(written) || digits === 0) {
    return {
      problem: "not-an-address",
      message: "This is neither a phone number nor an e-mail address. Send one of them.",
    };
  }
  if (digits > 15) {
    return {
      problem: "too-long",
      message: `A phone number has at most 15 digits, this one has ${digits}. Send one number.`,
    };
  }
  if (digits < 7) {
    return {
      problem: "too-short",
      message: `A phone number has at least 7 digits, this one has ${digits}. Send all of it.`,
    };
  }
  if (region === null && !/^(?:\+|00)/u.test(written)) {
    return {
      problem: "needs-region",
      message: "The number has no country code. Write it as `+` and the code, or set a region.",
    };
  }
  return {
    problem: "not-an-address",
    message: "This cannot be a phone number. Write it as `+`, country code and number.",
  };
}
