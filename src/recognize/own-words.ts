/**
 * Cuts what the person did not write: quotes, mail headers, signatures, reactions, auto-replies and
 * our own words coming back. What is cut becomes line breaks of the same length, so that offsets
 * stay those of the text as it came in. Text after a quote counts.
 *
 * LIMIT: quotes of mail programs are known by the lexicons' header lines; a quote without header or
 * `>` is read as the person's own words, which at worst holds or stops a message too many.
 */

/** All lexicons' entries together: a quote may be in another language than the reply. */
export interface NotWritten {
  readonly quoteHeaders: readonly { readonly starts: string; readonly ends: string }[];
  readonly reactions: readonly string[];
  readonly signatures: readonly string[];
  readonly autoReplies: readonly string[];
}

export interface OwnWords {
  readonly text: string;
  /** What was done, in words. */
  readonly steps: readonly string[];
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Trimmed and in lower case, only for comparing. */
  readonly plain: string;
}

export function cutNotWritten(
  text: string,
  known: NotWritten,
  recentOutbound: readonly string[],
): OwnWords {
  const cutter = new Cutter(text);
  const opening = text.slice(0, MAX_OPENING_LENGTH).trim().toLowerCase();
  if (isReaction(text, opening, known.reactions)) {
    cutter.cut(0, text.length, "cut a reaction to a message");
  } else if (known.autoReplies.some((phrase) => opening.includes(phrase.toLowerCase()))) {
    cutter.cut(0, text.length, "cut an automatic reply");
  } else {
    cutLines(cutter, linesOf(text), known);
    cutEchoes(cutter, text, recentOutbound);
  }
  return cutter.result();
}

/** Automatic replies and reactions say what they are in their first words. */
const MAX_OPENING_LENGTH = 200;

class Cutter {
  readonly #text: string;
  readonly #spans: { start: number; end: number }[] = [];
  readonly #steps = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  cut(start: number, end: number, step: string): void {
    if (end <= start) return;
    this.#spans.push({ start, end });
    this.#steps.add(step);
  }

  result(): OwnWords {
    const spans = this.#spans.sort((a, b) => a.start - b.start);
    let kept = "";
    let at = 0;
    for (const { start, end } of spans) {
      if (end <= at) continue;
      kept += this.#text.slice(at, Math.max(at, start)) + "\n".repeat(end - Math.max(at, start));
      at = end;
    }
    return { text: kept + this.#text.slice(at), steps: [...this.#steps] };
  }
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    // A header or signature line is short; comparing more of a long line would only cost time.
    const plain = text
      .slice(start, Math.min(end, start + 400))
      .trim()
      .toLowerCase();
    lines.push({ start, end, plain });
    start = end + 1;
  }
  return lines;
}

/** Opening and closing marks that phones put around the message they react to. */
const QUOTE_MARKS = /["“”„«»「『]/u;

function isReaction(text: string, opening: string, reactions: readonly string[]): boolean {
  if (!QUOTE_MARKS.test(opening)) return false;
  const ends = text.trimEnd().at(-1) ?? "";
  if (!QUOTE_MARKS.test(ends) && ends !== "」" && ends !== "』" && ends !== "…") return false;
  // Whatever stands before the quoted message must be the reaction alone, or an emoji and "to".
  const before = opening.slice(0, opening.search(QUOTE_MARKS)).trim();
  if (reactions.some((reaction) => before === reaction.toLowerCase())) return true;
  return /^\p{Extended_Pictographic}/u.test(before) && before.length <= 12;
}

function cutLines(cutter: Cutter, lines: readonly Line[], known: NotWritten): void {
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.plain.startsWith(">")) {
      cutter.cut(line.start, line.end, "cut quoted lines");
    } else if (line.plain === "--" || line.plain === "—") {
      cutter.cut(line.start, lines.at(-1)!.end, "cut a signature");
      return;
    } else if (index > 0 && index === lines.length - 1 && isSignedName(line.plain)) {
      cutter.cut(line.start, line.end, "cut a signature");
    } else if (known.signatures.some((words) => line.plain.startsWith(words.toLowerCase()))) {
      cutter.cut(line.start, line.end, "cut a signature");
    } else if (isForwardMark(line.plain)) {
      cutter.cut(line.start, lines.at(-1)!.end, "cut a quoted message");
      return;
    } else {
      const length = headerLength(lines, index, known);
      if (length === 0) continue;
      // Bottom-posters answer below a `>` quote, so only the header goes; everything below a
      // header without such marks is the quote itself.
      const quoted = nextFilledLine(lines, index + length)?.plain.startsWith(">") === true;
      const last = quoted ? lines[index + length - 1]! : lines.at(-1)!;
      cutter.cut(line.start, last.end, "cut a quoted message");
      if (!quoted) return;
      index += length - 1;
    }
  }
}

/** "-John": a name under a dash, as the last line. */
function isSignedName(plain: string): boolean {
  return /^[-–—~] ?\p{L}+( \p{L}+\.?)?$/u.test(plain.slice(0, 60));
}

/** "-----Original Message-----" and the line of underscores that Outlook draws. */
function isForwardMark(plain: string): boolean {
  return /^(-{3,}.{3,60}-{3,}|_{10,})$/u.test(plain.slice(0, 80));
}

/** How many lines a quote header at `index` takes: mail programs break it in two. 0: none. */
function headerLength(lines: readonly Line[], index: number, known: NotWritten): number {
  const first = lines[index]!.plain;
  const second = lines[index + 1]?.plain ?? "";
  for (const { starts, ends } of known.quoteHeaders) {
    if (!first.startsWith(starts.toLowerCase())) continue;
    if (first.endsWith(ends.toLowerCase()) && /\d/u.test(first)) return 1;
    if (second.endsWith(ends.toLowerCase()) && /\d/u.test(first + second)) return 2;
  }
  return 0;
}

function nextFilledLine(lines: readonly Line[], from: number): Line | undefined {
  // Mail programs leave one or two empty lines there, never many.
  return lines.slice(from, from + 4).find((line) => line.plain !== "");
}

/** Shorter pieces of our own texts ("Reply STOP") could be the person's own words. */
const MIN_ECHO_LENGTH = 16;

function cutEchoes(cutter: Cutter, text: string, recentOutbound: readonly string[]): void {
  const lower = sameLengthLowerCase(text);
  const whole = lower.trim();
  for (const sent of recentOutbound) {
    const plain = sameLengthLowerCase(sent).trim();
    const pieces = [plain, ...plain.split(/[\n.!?]/u).map((piece) => piece.trim())];
    for (const piece of new Set(pieces)) {
      // A person who types exactly what our footer told them to has written it themselves.
      if (piece.length < MIN_ECHO_LENGTH || (piece === whole && piece !== plain)) continue;
      for (let at = lower.indexOf(piece); at >= 0; at = lower.indexOf(piece, at + piece.length)) {
        cutter.cut(at, at + piece.length, "cut our own words");
      }
    }
  }
}

/** Lower case that keeps every offset: a letter whose lower case is longer stays as it is. */
function sameLengthLowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (letter) =>
    letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter,
  ).join("");
}
