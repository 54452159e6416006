/**
 * From text to tokens: words folded to one spelling, with the offsets at which they were written.
 * Folding is done code point by code point, so it is linear, cannot be confused by context, and a
 * token always knows its place in the text as it came in.
 */

export interface Token {
  /** Folded: NFKD, lower case, without accents (Latin, Greek, Cyrillic), nukta or zero-width. */
  readonly text: string;
  /** UTF-16 offsets into the text as it came in. */
  readonly start: number;
  readonly end: number;
  readonly kind: "word" | "number";
  /** Whether a comma or the like stood right before it: a new clause, but the same sentence. */
  readonly afterPause: boolean;
}

export interface Sentence {
  /** Index of its first token, and of the one after its last. */
  readonly first: number;
  readonly end: number;
}

export interface TokenisedText {
  readonly tokens: readonly Token[];
  readonly sentences: readonly Sentence[];
  /** Emoji, in order. They stand outside the words, so they never split a phrase. */
  readonly symbols: readonly {
    readonly text: string;
    readonly start: number;
    readonly end: number;
  }[];
  /** Whether a question mark stands anywhere in it. */
  readonly asks: boolean;
}

type FoldKind =
  | "letter"
  | "digit"
  | "leet" // $ and @: a letter when it touches one
  | "apostrophe"
  | "dropped" // zero-width characters, accents, variation selectors, nukta
  | "single" // scripts without spaces between words: each character is a token
  | "symbol"
  | "pause"
  | "stop"
  | "question"
  | "newline"
  | "space";

interface Folded {
  readonly text: string;
  readonly kind: FoldKind;
}

/** First and last code points of ranges that say nothing about which word is meant. */
const DROPPED_RANGES: readonly (readonly [number, number])[] = [
  [0x00ad, 0x00ad], // soft hyphen
  [0x0300, 0x036f], // accents of Latin, Greek and Cyrillic
  [0x061c, 0x061c],
  [0x0640, 0x0640], // Arabic tatweel and vowel signs
  [0x064b, 0x065f],
  [0x0670, 0x0670],
  // Nukta of Hindi, Bengali, Gurmukhi, Gujarati and Odia: U+09DF and U+09AF U+09BC are the same
  // letter, and many people type neither.
  [0x093c, 0x093c],
  [0x09bc, 0x09bc],
  [0x0a3c, 0x0a3c],
  [0x0abc, 0x0abc],
  [0x0b3c, 0x0b3c],
  [0x180e, 0x180e],
  [0x200b, 0x200f], // zero-width characters, joiners, marks of direction
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20e3, 0x20e3], // the box of a keycap emoji
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff],
];

function isDropped(character: string): boolean {
  const codePoint = character.codePointAt(0) ?? 0;
  return DROPPED_RANGES.some(([first, last]) => codePoint >= first && codePoint <= last);
}

const SINGLE = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]$/u;
const LETTER = /^[\p{L}\p{M}]$/u;
const DIGIT = /^\p{Nd}$/u;
const SYMBOL = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;

/** Letters that have no decomposition in Unicode but that people write the plain way. */
const PLAIN_SPELLING: Readonly<Record<string, string>> = {
  ß: "ss",
  œ: "oe",
  æ: "ae",
  ø: "o",
  ł: "l",
  đ: "d",
  ı: "i",
};

const APOSTROPHES = "'’‘ʼ´`＇";
const PAUSES = ",;،、，·";
const STOPS = ".!:।॥。！…؛";
const QUESTIONS = "?¿？؟";

const remembered = new Map<number, Folded>();

function foldCodePoint(codePoint: number): Folded {
  const known = remembered.get(codePoint);
  if (known !== undefined) return known;
  const folded = foldUnknown(codePoint);
  // The table is bounded by Unicode itself, and in practice by the scripts that people use.
  remembered.set(codePoint, folded);
  return folded;
}

function foldUnknown(codePoint: number): Folded {
  const raw = String.fromCodePoint(codePoint);
  if (isDropped(raw)) return { text: "", kind: "dropped" };
  if (raw === "\n" || raw === "\r" || raw === "\u2028" || raw === "\u2029") {
    return { text: "", kind: "newline" };
  }
  if (APOSTROPHES.includes(raw)) return { text: "", kind: "apostrophe" };
  if (raw === "$" || raw === "@") return { text: raw, kind: "leet" };
  if (QUESTIONS.includes(raw)) return { text: "", kind: "question" };
  if (STOPS.includes(raw)) return { text: "", kind: "stop" };
  if (PAUSES.includes(raw)) return { text: "", kind: "pause" };
  if (SYMBOL.test(raw)) return { text: raw, kind: "symbol" };
  let text = "";
  for (const part of raw.normalize("NFKD").toLowerCase().normalize("NFKD")) {
    if (isDropped(part)) continue;
    text += PLAIN_SPELLING[part] ?? part;
  }
  const [first] = text;
  if (first === undefined) return { text: "", kind: "dropped" };
  if (DIGIT.test(first)) return { text, kind: "digit" };
  if (SINGLE.test(first)) return { text, kind: "single" };
  if (LETTER.test(first)) return { text, kind: "letter" };
  return { text: "", kind: "space" };
}

/**
 * English contractions lose their apostrophe ("don't" is one word, "dont"); everywhere else it
 * ends a word ("m'envoyer" is "m envoyer"), which is also how hurried people write both.
 */
const CONTRACTED = new Set(["t", "s", "m", "re", "ve", "ll", "d"]);

class Tokeniser {
  readonly tokens: Token[] = [];
  readonly sentences: Sentence[] = [];
  readonly symbols: { text: string; start: number; end: number }[] = [];
  asks = false;
  #word = "";
  #isNumber = true;
  #start = 0;
  #end = 0;
  #sentenceFirst = 0;
  #pause = false;
  /** The last word ended in an apostrophe, and nothing has come between. */
  #elided = false;

  add(folded: Folded, start: number, end: number, touchesLetter: boolean): void {
    switch (folded.kind) {
      case "dropped":
        return;
      case "letter":
      case "digit":
        this.#extend(folded, start, end);
        return;
      case "leet":
        if (touchesLetter) this.#extend(folded, start, end);
        else this.endWord();
        return;
      case "apostrophe":
        if (this.#word === "") return;
        this.endWord();
        this.#elided = true;
        return;
      case "single":
        this.endWord();
        this.#extend(folded, start, end);
        this.endWord();
        return;
      case "symbol":
        this.endWord();
        this.symbols.push({ text: folded.text, start, end });
        return;
      default:
        this.#separate(folded.kind, touchesLetter);
    }
  }

  #separate(kind: FoldKind, insideWord: boolean): void {
    this.endWord();
    this.#elided = false;
    if (kind === "pause") this.#pause = true;
    if (kind === "question") this.asks = true;
    // A dot inside "S.T.O.P" or "example.com" ends no sentence.
    if (kind === "newline" || kind === "question" || (kind === "stop" && !insideWord)) {
      this.endSentence();
    }
  }

  #extend(folded: Folded, start: number, end: number): void {
    if (this.#word === "") {
      this.#start = start;
      this.#isNumber = true;
    }
    this.#word += folded.text;
    this.#end = end;
    if (folded.kind !== "digit") this.#isNumber = false;
  }

  endWord(): void {
    const text = this.#word;
    if (text === "") return;
    this.#word = "";
    const last = this.tokens.at(-1);
    if (this.#elided && last !== undefined && CONTRACTED.has(text) && last.text.length > 1) {
      this.tokens[this.tokens.length - 1] = { ...last, text: last.text + text, end: this.#end };
    } else {
      this.tokens.push({
        text,
        start: this.#start,
        end: this.#end,
        kind: this.#isNumber ? "number" : "word",
        afterPause: this.#pause,
      });
    }
    this.#pause = false;
    this.#elided = false;
  }

  endSentence(): void {
    this.endWord();
    if (this.tokens.length > this.#sentenceFirst) {
      this.sentences.push({ first: this.#sentenceFirst, end: this.tokens.length });
      this.#sentenceFirst = this.tokens.length;
    }
  }
}

function isWordKind(kind: FoldKind | undefined): boolean {
  return kind === "letter" || kind === "digit";
}

export function tokenise(text: string): TokenisedText {
  const tokeniser = new Tokeniser();
  let previous: FoldKind | undefined;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at)!;
    const end = at + (codePoint > 0xffff ? 2 : 1);
    const folded = foldCodePoint(codePoint);
    const following = text.codePointAt(end);
    const next = following === undefined ? undefined : foldCodePoint(following).kind;
    const touches =
      folded.kind === "leet"
        ? isWordKind(previous) || isWordKind(next)
        : isWordKind(previous) && isWordKind(next);
    tokeniser.add(folded, at, end, touches);
    if (folded.kind !== "dropped") previous = folded.kind;
    at = end;
  }
  tokeniser.endSentence();
  const { tokens, sentences, symbols, asks } = tokeniser;
  return { tokens, sentences, symbols, asks };
}
