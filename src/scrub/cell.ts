/**
 * Single cells: from the bytes of a field to its text, and from a text of ours to a field that no
 * spreadsheet takes for a formula.
 */
import type { RowScanner } from "./row-scanner.ts";

/** Encodings that Heed reads. Both are ASCII below 0x80, which the row scanner relies on. */
export type Encoding = "utf-8" | "windows-1252";

const QUOTE = 34;
const decoders = {
  "utf-8": new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }),
  // Every byte has a meaning here (WHATWG), so this one never fails.
  "windows-1252": new TextDecoder("windows-1252"),
};

const lossyDecoders = {
  "utf-8": new TextDecoder("utf-8", { ignoreBOM: true }),
  "windows-1252": decoders["windows-1252"],
};

/** Text of field `index` of the found row: "" when there is none, `null` when not decodable. */
export function cellText(row: RowScanner, index: number, encoding: Encoding): string | null {
  if (index >= row.fieldCount) return "";
  const start = row.fieldStart(index);
  const end = row.fieldEnds[index]!;
  if (start === end) return "";
  if (row.bytes[start] !== QUOTE) return decode(row.bytes, start, end, encoding);
  const text = decode(row.bytes, start, end, encoding);
  return text === null ? null : unquote(text);
}

/** All fields of the found row; bytes that are not of the encoding become U+FFFD. */
export function cellTexts(row: RowScanner, encoding: Encoding): string[] {
  const lossy = lossyDecoders[encoding];
  return Array.from({ length: row.fieldCount }, (_, index) => {
    const text = lossy.decode(row.bytes.subarray(row.fieldStart(index), row.fieldEnds[index]));
    return text.startsWith('"') ? unquote(text) : text;
  });
}

function decode(bytes: Buffer, start: number, end: number, encoding: Encoding): string | null {
  let highBits = 0;
  for (let at = start; at < end; at += 1) highBits |= bytes[at]!;
  if (highBits < 0x80) return bytes.toString("latin1", start, end);
  try {
    return decoders[encoding].decode(bytes.subarray(start, end));
  } catch {
    return null;
  }
}

/** `"a ""b"" c"` -> `a "b" c`; text behind the closing quote is kept, as spreadsheets do. */
function unquote(field: string): string {
  let text = "";
  let from = 1;
  for (;;) {
    const quote = field.indexOf('"', from);
    if (quote < 0) return text + field.slice(from);
    text += field.slice(from, quote);
    if (field[quote + 1] !== '"') return text + field.slice(quote + 1);
    text += '"';
    from = quote + 2;
  }
}

/**
 * A text of ours as a field. A field that a spreadsheet would run gets a leading `'` (OWASP, "CSV
 * Injection"): the names of senders and lists in a reason are other people's input.
 */
export function encodeCell(text: string, delimiter: string): string {
  const safe = /^[=+\-@\t\r\n|]/u.test(text) ? `'${text}` : text;
  return safe.includes(delimiter) || /["\r\n]/u.test(safe)
    ? `"${safe.replaceAll('"', '""')}"`
    : safe;
}

/** Bytes of a text of ours. What windows-1252 cannot say becomes "?". */
export function encodeText(text: string, encoding: Encoding): Buffer {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  return Buffer.from(text.replace(/[^\p{ASCII}\u00a0-\u00ff]/gu, "?"), "latin1");
}
