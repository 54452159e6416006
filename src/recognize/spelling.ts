/**
 * The spellings under which a written word may be looked up: as it is, with letters held too long
 * let go, with digits read as letters, and as the known word that it is a slip of.
 */
import type { Forms } from "./grammar.ts";
import type { Token } from "./tokens.ts";
import {
  editDistance,
  isSlipOf,
  MAX_REPAIRED_LENGTH,
  undoLeet,
  undoLookAlikes,
  undoRepeats,
} from "./typos.ts";

export interface Spelled {
  readonly forms: Forms;
  /** What was undone, in words. */
  readonly steps: readonly string[];
}

type Repair = (word: string, steps: Set<string>) => readonly string[];

function spell(tokens: readonly Token[], repair: Repair): Spelled {
  const steps = new Set<string>();
  const forms = tokens.map(({ text, kind }) =>
    kind === "number" ? [text] : [text, ...repair(text, steps)],
  );
  return { forms, steps: [...steps] };
}

/** Leet and held letters, where that gives a word that `knows`. */
function undo(word: string, knows: (word: string) => boolean, steps: Set<string>): string[] {
  const plain: string[] = [];
  const unleeted = undoLeet(word);
  const lookAlike = undoLookAlikes(word);
  const repeats = [...undoRepeats(word), ...undoRepeats(unleeted ?? "")];
  for (const form of [unleeted, lookAlike, ...repeats]) {
    if (form === null || form === word || !knows(form) || plain.includes(form)) continue;
    plain.push(form);
    if (form === unleeted) steps.add("read digits as letters");
    else if (form === lookAlike) steps.add("undid look-alike letters");
    else steps.add("let go of letters held too long");
  }
  return plain;
}

export function spellExactly(tokens: readonly Token[], vocabulary: ReadonlySet<string>): Spelled {
  return spell(tokens, (word, steps) => undo(word, (form) => vocabulary.has(form), steps));
}

/** Courtesy words of four letters are too close to others: "dont" is no slip of French "donc". */
const MIN_REPAIRED_COURTESY = 5;

/**
 * For whole messages of few words: every known word that a word may be a slip of.
 * @param keywords the words of `vocabulary` that are more than courtesy
 */
export function spellWithSlips(
  tokens: readonly Token[],
  vocabulary: ReadonlySet<string>,
  keywords: ReadonlySet<string>,
  notTypos: ReadonlySet<string>,
): Spelled {
  return spell(tokens, (word, steps) => {
    const plain = undo(word, (form) => vocabulary.has(form), steps);
    if (vocabulary.has(word) || plain.length > 0 || notTypos.has(word)) return plain;
    const held = undoRepeats(word)[0] ?? word;
    for (const meant of vocabulary) {
      if (!keywords.has(meant) && meant.length < MIN_REPAIRED_COURTESY) continue;
      if (isSlipOf(held, meant)) plain.push(meant);
    }
    if (plain.length > 0) steps.add("read a word as a slip of the finger");
    return plain;
  });
}

/** Shorter words have too many neighbours to repair inside a sentence. */
const MIN_REPAIRED_IN_PHRASE = 6;

/**
 * For long texts: words of 6 letters or more that are one slip from a known word with the same
 * first letter. An index of all words with one letter left out makes it a few look-ups a word.
 */
export class PhraseSpelling {
  readonly #vocabulary: ReadonlySet<string>;
  readonly #notTypos: ReadonlySet<string>;
  readonly #shortened = new Map<string, string[]>();

  constructor(vocabulary: ReadonlySet<string>, notTypos: ReadonlySet<string>) {
    this.#vocabulary = vocabulary;
    this.#notTypos = notTypos;
    for (const word of vocabulary) {
      if (word.length < MIN_REPAIRED_IN_PHRASE || word.length > MAX_REPAIRED_LENGTH) continue;
      for (const key of [word, ...oneLetterLess(word)]) {
        const words = this.#shortened.get(key) ?? [];
        if (!words.includes(word)) words.push(word);
        this.#shortened.set(key, words);
      }
    }
  }

  spell(tokens: readonly Token[]): Spelled {
    return spell(tokens, (word, steps) => {
      if (this.#vocabulary.has(word)) return [];
      const plain = undo(word, (form) => this.#vocabulary.has(form), steps);
      return plain.length > 0 ? plain : this.#slips(word, steps);
    });
  }

  #slips(word: string, steps: Set<string>): readonly string[] {
    const tooShort = word.length < MIN_REPAIRED_IN_PHRASE - 1;
    if (tooShort || word.length > MAX_REPAIRED_LENGTH || this.#notTypos.has(word)) return [];
    const meant = new Set<string>();
    for (const key of [word, ...oneLetterLess(word)]) {
      for (const known of this.#shortened.get(key) ?? []) {
        if (known[0] === word[0] && editDistance(word, known, 1) <= 1) meant.add(known);
      }
    }
    if (meant.size > 0) steps.add("read a word as a slip of the finger");
    return [...meant];
  }
}

function oneLetterLess(word: string): readonly string[] {
  return Array.from({ length: word.length }, (_, at) => word.slice(0, at) + word.slice(at + 1));
}
