/**
 * The pattern language of lexicons: a few words, slots and bounded gaps, written by people who speak
 * the language and need not know regular expressions. docs/formats/lexicon.md explains it.
 * A pattern cannot loop, so matching one at one place is bounded by the pattern alone.
 */
import { tokenise } from "./tokens.ts";

/** One word of a phrase; `prefix` when it was written `word*`. */
export interface PhraseWord {
  readonly text: string;
  readonly prefix: boolean;
}
export type Phrase = readonly PhraseWord[];

export type Edge = "sentence-start" | "sentence-end" | "message-start" | "message-end";

export type Element =
  /** One of these phrases. */
  | { readonly kind: "phrases"; readonly phrases: readonly Phrase[]; readonly optional: boolean }
  /** Up to `upTo` words of any kind, inside the sentence. */
  | { readonly kind: "gap"; readonly upTo: number }
  /** A number of 3 to 8 digits, such as a short code. */
  | { readonly kind: "number"; readonly optional: boolean }
  | { readonly kind: "edge"; readonly edge: Edge };

export type Pattern = readonly Element[];

/** What is wrong with a pattern, in words. The caller knows the file and the path. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

const MAX_GAP = 8;
const MAX_ELEMENTS = 16;
/** A shorter prefix would match half of the language. */
const MIN_PREFIX_LENGTH = 3;
/** Of the folded text, so that a prefix costs a bounded number of look-ups. */
export const MAX_PREFIX_LENGTH = 16;
const MAX_PHRASE_WORDS = 10;

const EDGES: Readonly<Record<string, Edge>> = {
  "^": "sentence-start",
  $: "sentence-end",
  "^^": "message-start",
  $$: "message-end",
};

export type Slots = Readonly<Record<string, readonly string[]>>;

/** Folds a phrase the way texts are folded. Throws `PatternError`. */
export function parsePhrase(written: string): Phrase {
  const words: PhraseWord[] = [];
  for (const part of written.split(" ").filter((piece) => piece !== "")) {
    const prefix = part.endsWith("*");
    const folded = tokenise(prefix ? part.slice(0, -1) : part).tokens;
    for (const [index, token] of folded.entries()) {
      const isPrefix = prefix && index === folded.length - 1;
      const length = token.text.length;
      if (isPrefix && (length < MIN_PREFIX_LENGTH || length > MAX_PREFIX_LENGTH)) {
        throw new PatternError(`\`${part}\`: before the * there must be 3 to 16 letters`);
      }
      words.push({ text: token.text, prefix: isPrefix });
    }
  }
  if (words.length === 0) throw new PatternError(`\`${written}\` has no letters`);
  if (words.length > MAX_PHRASE_WORDS) {
    throw new PatternError(`\`${written}\` has more than ${MAX_PHRASE_WORDS} words; use a gap`);
  }
  return words;
}

/** Parses one pattern. Throws `PatternError` with the reason. */
export function parsePattern(written: string, slots: Slots): Pattern {
  const elements = splitElements(written).map((piece) => parseElement(piece, slots));
  const firstWord = elements.find((element) => element.kind !== "edge");
  if (firstWord === undefined || firstWord.kind === "gap" || isOptional(firstWord)) {
    throw new PatternError(`\`${written}\` must begin with something that is always there`);
  }
  if (elements.length > MAX_ELEMENTS) {
    throw new PatternError(`\`${written}\` has more than ${MAX_ELEMENTS} parts; split it in two`);
  }
  return elements;
}

function isOptional(element: Element): boolean {
  return (element.kind === "phrases" || element.kind === "number") && element.optional;
}

/** Splits at spaces outside of parentheses. */
function splitElements(written: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let piece = "";
  for (const character of written) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0 || depth > 1) {
      throw new PatternError(`\`${written}\`: parentheses must be paired and not inside others`);
    }
    if (character === " " && depth === 0) {
      if (piece !== "") pieces.push(piece);
      piece = "";
    } else {
      piece += character;
    }
  }
  if (depth !== 0) throw new PatternError(`\`${written}\`: a parenthesis is not closed`);
  if (piece !== "") pieces.push(piece);
  return pieces;
}

function parseElement(piece: string, slots: Slots): Element {
  const edge = EDGES[piece];
  if (edge !== undefined) return { kind: "edge", edge };
  const gap = /^\.\.([1-9])$/u.exec(piece);
  if (gap !== null) {
    const upTo = Number(gap[1]);
    if (upTo > MAX_GAP) throw new PatternError(`\`${piece}\`: a gap is at most ${MAX_GAP} words`);
    return { kind: "gap", upTo };
  }
  const optional = piece.endsWith("?");
  const body = optional ? piece.slice(0, -1) : piece;
  if (body === "#") return { kind: "number", optional };
  const inner = body.startsWith("(") && body.endsWith(")") ? body.slice(1, -1) : body;
  const phrases = inner.split("|").flatMap((choice) => parseChoice(choice.trim(), slots));
  return { kind: "phrases", phrases, optional };
}

function parseChoice(choice: string, slots: Slots): readonly Phrase[] {
  const slot = /^\{([A-Z][A-Z-]*)\}$/u.exec(choice);
  if (slot === null) {
    if (/[{}?^$#]|\.\./u.test(choice)) {
      throw new PatternError(`\`${choice}\` is neither words nor one {SLOT}`);
    }
    return [parsePhrase(choice)];
  }
  const members = slots[slot[1]!];
  if (members === undefined) throw new PatternError(`there is no slot \`${choice}\``);
  return members.map(parsePhrase);
}
