/**
 * Guesses from the first bytes of a file how it is written: encoding, delimiter, line end. Says no,
 * and what to do, to what is not a CSV file at all.
 * LIMIT: it looks at the first 256 KiB. A file that is plain ASCII up to there counts as UTF-8; an
 * address cell further on that is not UTF-8 is rejected, never guessed at.
 */
import { cellTexts, type Encoding } from "./cell.ts";
import { RowScanner } from "./row-scanner.ts";

export const SAMPLE_BYTES = 256 * 1024;
const SAMPLE_ROWS = 100;

/** In the order of preference when a file fits several. */
export const DELIMITERS = [",", ";", "\t", "|"] as const;

/** The input is not what it was taken for. The message says what is wrong and what to do. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
  /** Stable word for programs. */
  readonly problem: string;

  constructor(problem: string, message: string) {
    super(message);
    this.problem = problem;
  }
}

export interface Dialect {
  readonly encoding: Encoding;
  /** Length of the byte order mark, which is kept in the clean file. */
  readonly bomBytes: number;
  readonly delimiter: string;
  /** The first line end of the file, "\n" when there is none. */
  readonly lineEnd: "\n" | "\r\n" | "\r";
}

/** `isWhole`: the sample is the whole file. `delimiter`: as the user said, when they did. */
export function sniffDialect(sample: Buffer, isWhole: boolean, delimiter?: string): Dialect {
  refuseOtherFormats(sample);
  const bomBytes = sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf ? 3 : 0;
  const text = sample.subarray(bomBytes);
  const encoding = bomBytes > 0 || isUtf8(text, isWhole) ? "utf-8" : "windows-1252";
  return {
    encoding,
    bomBytes,
    delimiter: delimiter === undefined ? findDelimiter(text, isWhole) : checked(delimiter),
    lineEnd: findLineEnd(text),
  };
}

/** The first rows of the sample as texts, without blank and unreadable ones. */
export function sampleRows(sample: Buffer, isWhole: boolean, dialect: Dialect): string[][] {
  const scanner = new RowScanner({ delimiter: dialect.delimiter });
  scanner.push(sample.subarray(dialect.bomBytes));
  if (isWhole) scanner.finish();
  const rows: string[][] = [];
  while (rows.length < SAMPLE_ROWS) {
    const found = scanner.next();
    if (found === "more" || found === "end") break;
    if (found === "row") rows.push(cellTexts(scanner, dialect.encoding));
  }
  return rows;
}

function checked(delimiter: string): string {
  if (/^[\t -~]$/u.test(delimiter) && !/["+0-9A-Za-z]/u.test(delimiter)) return delimiter;
  throw new UnreadableFile(
    "bad-delimiter",
    `\`${delimiter}\` cannot separate fields. Use one character such as , ; | or a tab.`,
  );
}

function isUtf8(text: Buffer, isWhole: boolean): boolean {
  try {
    // As a stream, because the sample may end in the middle of a character.
    new TextDecoder("utf-8", { fatal: true }).decode(text, { stream: !isWhole });
    return true;
  } catch {
    return false;
  }
}

function refuseOtherFormats(sample: Buffer): void {
  const starts = (...bytes: number[]) => bytes.every((byte, index) => sample[index] === byte);
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff) || looksLikeUtf16(sample)) {
    throw new UnreadableFile(
      "utf-16",
      "The file is written in UTF-16. Save it as UTF-8 (in Excel: `CSV UTF-8`) and try again.",
    );
  }
  if (starts(0x50, 0x4b, 3, 4) || starts(0xd0, 0xcf, 0x11, 0xe0)) {
    throw new UnreadableFile(
      "workbook",
      "The file is a workbook or an archive, no CSV file. Save the sheet as CSV and try again.",
    );
  }
  if (starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd)) {
    throw new UnreadableFile("compressed", "The file is compressed. Unpack it and try again.");
  }
}

/** ASCII text in UTF-16 has a NUL in every second byte; a stray NUL is no reason to refuse. */
function looksLikeUtf16(sample: Buffer): boolean {
  const length = Math.min(sample.length, 4096);
  const nuls = [0, 0];
  for (let at = 0; at < length; at += 1) if (sample[at] === 0) nuls[at % 2]! += 1;
  const more = Math.max(nuls[0]!, nuls[1]!);
  return length >= 4 && more > 0.35 * length && Math.min(nuls[0]!, nuls[1]!) < 0.05 * length;
}

function findLineEnd(text: Buffer): Dialect["lineEnd"] {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === 10) return "\n";
    if (text[at] === 13) return text[at + 1] === 10 || text[at + 1] === 13 ? "\r\n" : "\r";
  }
  return "\n";
}

/** The delimiter that cuts the most rows into as many fields as the first row, and most of them. */
function findDelimiter(text: Buffer, isWhole: boolean): string {
  let best = { delimiter: ",", agreement: 0, fields: 1 };
  for (const delimiter of DELIMITERS) {
    const counts = fieldCounts(text, isWhole, delimiter);
    const fields = counts[0] ?? 1;
    if (fields < 2) continue;
    const agreement = counts.filter((count) => count === fields).length / counts.length;
    const isBetter =
      agreement > best.agreement || (agreement === best.agreement && fields > best.fields);
    if (isBetter) best = { delimiter, agreement, fields };
  }
  return best.delimiter;
}

function fieldCounts(text: Buffer, isWhole: boolean, delimiter: string): number[] {
  const scanner = new RowScanner({ delimiter });
  scanner.push(text);
  if (isWhole) scanner.finish();
  const counts: number[] = [];
  while (counts.length < SAMPLE_ROWS) {
    const found = scanner.next();
    if (found === "more" || found === "end") break;
    if (found === "row") counts.push(scanner.fieldCount);
  }
  return counts;
}
