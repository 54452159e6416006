/**
 * What every address goes through before it is read: limits, refused characters, and the look-alike
 * spellings (other scripts' digits, full-width signs, invisible marks) that copying text brings in.
 * Every step is linear in a text of at most MAX_RAW_LENGTH characters.
 */
import type { AddressProblem } from "./problem.ts";

/** UTF-16 units. RFC 5321 allows 254 for e-mail; a phone number with words around it needs less. */
export const MAX_RAW_LENGTH = 256;

/** Marks that show nothing: soft hyphen, zero-width and directional marks, byte order mark. */
const INVISIBLE = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/gu;

/** C0 and C1 controls except tab and line ends, which surround pasted text and are trimmed. */
const CONTROL = /[^\P{Cc}\t\n\v\f\r]/u;

/** The text trimmed and without invisible marks, or why it cannot be an address. */
export function cleanText(raw: string): string | AddressProblem {
  if (raw.length > MAX_RAW_LENGTH) {
    return {
      problem: "too-long",
      message: `The address has ${raw.length} characters. Send one address of at most 254.`,
    };
  }
  const text = raw.trim();
  if (text === "") {
    return { problem: "empty", message: "The address is empty. Send a phone number or an e-mail." };
  }
  if (!text.isWellFormed() || CONTROL.test(text)) {
    return {
      problem: "not-an-address",
      message: "The address has control or broken characters. Send it as plain UTF-8 text.",
    };
  }
  return text.replace(INVISIBLE, "").trim();
}

const DECIMAL = /^\p{Nd}$/u;

/**
 * Value of a decimal digit of any script, or -1. Unicode encodes each script's ten digits in a row
 * from zero (UAX #44, Numeric_Type=Decimal), so the distance to the first of the row is the value.
 */
function digitValue(character: string): number {
  if (!DECIMAL.test(character)) return -1;
  const folded = character.normalize("NFKC");
  if (folded >= "0" && folded <= "9") return Number(folded);
  let code = character.codePointAt(0)!;
  let value = 0;
  while (value < 9 && DECIMAL.test(String.fromCodePoint(code - 1))) {
    code -= 1;
    value += 1;
  }
  return value;
}

/** The text with every script's digits, plus signs, hyphens and spaces as their ASCII ones. */
export function foldDigits(text: string): string {
  let folded = "";
  for (const character of text) {
    if (character <= "\u007F") folded += character;
    else folded += foldCharacter(character);
  }
  return folded;
}

function foldCharacter(character: string): string {
  const value = digitValue(character);
  if (value >= 0) return String(value);
  if (/^[\uFF0B\uFE62\u207A]$/u.test(character)) return "+";
  if (/^[\p{Pd}\u2212]$/u.test(character)) return "-";
  if (/^\p{Zs}$/u.test(character)) return " ";
  return character.normalize("NFKC");
}
