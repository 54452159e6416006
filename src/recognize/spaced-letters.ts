/** "S T O P" and "S.T.O.P" as one word, when the letters together are a known one. */
import type { Sentence, Token, TokenisedText } from "./tokens.ts";

/** Fewer letters than this side by side are initials or "I a m". */
const MIN_LETTERS = 3;

export function joinSpacedLetters(
  text: TokenisedText,
  isKnown: (word: string) => boolean,
): TokenisedText {
  const tokens: Token[] = [];
  /** For each old index, the new index of the token that it went into. */
  const places: number[] = [];
  for (let at = 0; at < text.tokens.length; ) {
    const run = singleLettersFrom(text.tokens, at);
    const word = run.map((token) => token.text).join("");
    const joins = run.length >= MIN_LETTERS && isKnown(word);
    const length = joins ? run.length : Math.max(1, run.length);
    if (joins) tokens.push({ ...run[0]!, text: word, end: run.at(-1)!.end });
    for (let offset = 0; offset < length; offset++) {
      if (!joins) tokens.push(text.tokens[at + offset]!);
      places.push(tokens.length - 1);
    }
    at += length;
  }
  if (tokens.length === text.tokens.length) return text;
  return { ...text, tokens, sentences: moveSentences(text.sentences, places, tokens.length) };
}

function singleLettersFrom(tokens: readonly Token[], from: number): readonly Token[] {
  let end = from;
  while (end < tokens.length && tokens[end]!.kind === "word" && tokens[end]!.text.length === 1)
    end++;
  return tokens.slice(from, end);
}

function moveSentences(
  sentences: readonly Sentence[],
  places: readonly number[],
  size: number,
): readonly Sentence[] {
  const moved: Sentence[] = [];
  for (const { end } of sentences) {
    const first = moved.at(-1)?.end ?? 0;
    // "S. T. O. P." was four sentences; those swallowed by the joined word disappear.
    const newEnd = end < places.length ? places[end]! : size;
    if (newEnd > first) moved.push({ first, end: newEnd });
  }
  return moved;
}
