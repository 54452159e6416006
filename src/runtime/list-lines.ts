/**
 * The lines of a list that is loaded, as they come, some at a time and with their numbers. Never more
 * of the file is held than one piece of it and one line.
 */
import { Problem } from "../app/problem.ts";

/** An address and its columns take less; without line ends a whole file would be one line. */
const LINE_BYTES_MAX = 1024 * 1024;
const LINE_FEED = 0x0a;
const CLOSING = 0x3e;

export interface LineBlock {
  readonly lines: readonly string[];
  /** From 1, of each of them. */
  readonly numbers: readonly number[];
}

/** `line`: cut at line ends. `tag`: behind each `>`, for XML. */
export type Cut = "line" | "tag";

/** Throws `Problem` for what is no text, and for a line that is too long. */
export async function* listLines(
  text: AsyncIterable<Uint8Array>,
  cutFor: (start: Buffer) => Cut,
): AsyncGenerator<LineBlock> {
  let cut: Cut | null = null;
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  const take = (bytes: Buffer): LineBlock => {
    const block = blockOf(bytes, cut ?? "line", number);
    number = block.next;
    return block;
  };
  for await (const chunk of text) {
    let bytes: Buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    if (cut === null && bytes.length > 0) {
      refuseArchive(bytes);
      bytes = withoutMark(bytes);
      cut = cutFor(bytes);
    }
    const end = bytes.lastIndexOf(cut === "tag" ? CLOSING : LINE_FEED) + 1;
    rest = bytes.subarray(end);
    if (rest.length > LINE_BYTES_MAX) throw tooLong();
    if (end > 0) yield take(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield take(rest);
}

function blockOf(bytes: Buffer, cut: Cut, first: number): LineBlock & { readonly next: number } {
  const text = bytes.toString("utf8");
  const lines = cut === "tag" ? text.split(">") : text.split(/\r\n|\n|\r/u);
  // Behind the last end there is nothing.
  if (lines.at(-1) === "") lines.pop();
  if (lines.some((line) => line.length > LINE_BYTES_MAX)) throw tooLong();
  if (cut === "line") {
    return { lines, numbers: lines.map((_, at) => first + at), next: first + lines.length };
  }
  let number = first;
  const numbers = lines.map((piece) => {
    number += piece.split("\n").length - 1;
    return number;
  });
  return { lines, numbers, next: number };
}

function tooLong(): Problem {
  return new Problem(
    "invalid-request",
    "a line of the list is longer than 1 MiB; give one address a line, as plain text",
  );
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Registries give their lists out compressed. Read as text, an archive would be a list of nobody. */
function refuseArchive(bytes: Buffer): void {
  const start = bytes.subarray(0, 4).toString("latin1");
  const unpack = start.startsWith("PK")
    ? "a ZIP archive; unpack it first, as with `unzip -p FILE | heed registry load NAME -`"
    : start.startsWith("\x1f\x8b")
      ? "compressed; unpack it first, as with `zcat FILE | heed registry load NAME -`"
      : start.startsWith("\xff\xfe") || start.startsWith("\xfe\xff")
        ? "in UTF-16; save it as UTF-8"
        : null;
  if (unpack !== null) throw new Problem("invalid-request", `the list is ${unpack}`);
}
