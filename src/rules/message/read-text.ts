/**
 * A message as words: folded as in what people write back, with links, addresses and telephone
 * numbers as one word each, and with what stands between the words.
 */
import { foldDigits } from "../../address/clean-text.ts";
import { tokenise } from "../../recognize/tokens.ts";

export interface Word {
  /** Folded; of a link or an address as it was written, in lower case; of a number its digits. */
  readonly text: string;
  /** As it was written. */
  readonly raw: string;
  /** Where it was written, in UTF-16 units. */
  readonly at: number;
  readonly kind: "word" | "number" | "url" | "email" | "phone";
  /** What stands before it: nothing much, the end of a clause, or the end of a sentence. */
  readonly before: "space" | "pause" | "stop";
  /** Letters all capital, in a script that has them. */
  readonly isShouted: boolean;
  /** In quotation marks of its own. */
  readonly isQuoted: boolean;
  /** Part of a longer word with a hyphen before or after it: the stop of non-stop. */
  readonly isHyphened: boolean;
  /** How far it parts its neighbours, in words: less in scripts that write no spaces. */
  readonly width: number;
}

export interface ReadText {
  /** Without the tags of HTML. */
  readonly text: string;
  readonly words: readonly Word[];
  /** Nearly everything is in capitals, so that capitals set no word apart. */
  readonly shouts: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: "url" | "email" | "phone";
  readonly text: string;
}

/** Begins where no part of it stands before, so that a long word is read once. */
const EMAIL =
  /(?<![\p{L}\p{N}._%+-])(?:mailto:)?[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
const URL_WITH_SCHEME = /\bhttps?:\/\/[^\s<>"'«»“”)\]]+/giu;
/** A domain without a scheme: `kestrel.example`, `www.acme.co.uk/u/x`. Its letters are small. */
const BARE_URL =
  /(?<![\p{L}\p{N}@./-])(?:[a-z0-9-]+\.)+(?:[a-z]{2,24})(?![\p{L}\p{N}-])(?:\/[^\s<>"'«»“”)\]]*)?/gu;
const PHONE = /(?<![\p{L}\p{N}])\+?\(?\p{Nd}(?:[\s().–/-]{0,2}\p{Nd}){6,14}(?![\p{L}\p{N}])/gu;
const SINGLE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;
const SENTENCE_END = /[.!?।॥。！？؟…\n]/u;
const CLAUSE_END = /[,;:、،；：|/–—=+()·•-]/u;
const QUOTES = /["'«»“”„‚‘’「」『』"＂<>[\]]/u;
const HYPHEN = /[-‐‑]/u;

/** The text of an HTML part, with where its links lead behind what they say. */
function withoutTags(text: string): string {
  if (!/<(?:a|p|br|div|td|html|body|span|table)\b/iu.test(text)) return text;
  return text
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/giu, " ")
    .replace(/<!--[\s\S]*?-->/gu, " ")
    .replace(/<a\b[^>]*\bhref\s*=\s*["']?([^"'\s>]+)["']?[^>]*>([\s\S]*?)<\/a>/giu, "$2 $1 ")
    .replace(/<(?:br|\/p|\/div|\/td|\/tr|\/li|\/h[1-6])\b[^>]*>/giu, "\n")
    .replace(/<[^>]*>/gu, " ")
    .replace(/&nbsp;/giu, " ")
    .replace(/&amp;/giu, "&");
}

function spansOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  const add = (kind: Span["kind"], pattern: RegExp) => {
    for (const found of text.matchAll(pattern)) {
      const written = kind === "url" ? found[0].replace(/[.,;:!?]+$/u, "") : found[0];
      const [start, end] = [found.index, found.index + written.length];
      if (spans.some((span) => start < span.end && span.start < end)) continue;
      const digits = foldDigits(written).replace(/[^0-9]/gu, "");
      spans.push({ start, end, kind, text: kind === "phone" ? digits : written.toLowerCase() });
    }
  };
  add("email", EMAIL);
  add("url", URL_WITH_SCHEME);
  add("url", BARE_URL);
  add("phone", PHONE);
  return spans.sort((one, other) => one.start - other.start);
}

/**
 * "STOP2END" is "STOP 2 END", "STOPSMS" and "STOP36180" are a keyword and what stands behind it, and
 * "36 180" after a keyword is one number written in two groups.
 */
function separated(text: string): string {
  return text
    .replace(/\b(stop|end|quit)2(?=\p{L})/giu, "$1 2 ")
    .replace(/\b(stop)(?=(?:sms|pub|txts?|texts?|msgs?)(?!\p{L})|\p{Nd}{4,6}(?!\p{Nd}))/giu, "$1 ")
    .replace(/(?<![\p{Nd}.,])([3-8]\p{Nd}) (\p{Nd}{3})(?![\p{Nd}%]| ?[%€$£])/gu, "$1$2");
}

/** The point of 1.99 ends no sentence. */
const INSIDE_A_NUMBER = /^\p{Nd}[.,]\p{Nd}$/u;

function breakOf(text: string, from: number, to: number): Word["before"] {
  const between = text.slice(from, to);
  if (between.length === 1 && INSIDE_A_NUMBER.test(text.slice(from - 1, to + 1))) return "space";
  if (SENTENCE_END.test(between)) return "stop";
  return CLAUSE_END.test(between) ? "pause" : "space";
}

interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly kind: Word["kind"];
}

function piecesOf(text: string): readonly Piece[] {
  const spans = spansOf(text);
  const tokens = tokenise(text).tokens.filter(
    (token) => !spans.some((span) => token.start < span.end && span.start < token.end),
  );
  return [...spans, ...tokens].sort((one, other) => one.start - other.start);
}

export function readText(written: string): ReadText {
  const text = separated(withoutTags(written.normalize("NFC")));
  const pieces = piecesOf(text);
  const words = pieces.map((piece, at) => {
    const raw = text.slice(piece.start, piece.end);
    const lastEnd = pieces[at - 1]?.end ?? 0;
    const nextStart = pieces[at + 1]?.start ?? text.length;
    const before = text[piece.start - 1] ?? " ";
    const after = text[piece.end] ?? " ";
    const touchesWord = (from: number) => /[\p{L}\p{N}]/u.test(text[from] ?? " ");
    return {
      text: piece.kind === "number" ? foldDigits(piece.text) : piece.text,
      raw,
      at: piece.start,
      kind: piece.kind,
      before: at === 0 ? ("stop" as const) : breakOf(text, lastEnd, piece.start),
      isShouted: raw !== raw.toLowerCase() && raw === raw.toUpperCase(),
      isQuoted: QUOTES.test(before) && QUOTES.test(text.slice(piece.end, nextStart)[0] ?? " "),
      isHyphened:
        (HYPHEN.test(before) && touchesWord(piece.start - 2)) ||
        (HYPHEN.test(after) && touchesWord(piece.end + 1)),
      width: SINGLE.test(raw) ? 0.4 : 1,
    };
  });
  return { text, words, shouts: isShouting(words) };
}

/** From so many words on, capitals in two thirds of them are a style and no emphasis. */
const WORDS_OF_A_STYLE = 5;

function isShouting(words: readonly Word[]): boolean {
  const cased = words.filter(
    ({ kind, raw }) => kind === "word" && raw.length > 1 && raw.toLowerCase() !== raw.toUpperCase(),
  );
  const shouted = cased.filter(({ isShouted }) => isShouted).length;
  return cased.length >= WORDS_OF_A_STYLE && shouted * 3 > cased.length * 2;
}

/** How many words stand between two places, `from` up to and not with `to`. */
export function distance(words: readonly Word[], from: number, to: number): number {
  let width = 0;
  for (let at = from; at < to; at++) width += words[at]!.width;
  return width;
}

/** Whether a sentence ends between two places: before one of the words after `from`, up to `to`. */
export function isParted(words: readonly Word[], from: number, to: number): boolean {
  for (let at = from + 1; at <= to; at++) if (words[at]?.before === "stop") return true;
  return false;
}
