/**
 * Slips of the finger: edit distance, neighbouring keys, letters held too long, digits for letters.
 * It only ever proposes a known word for an unknown one; whether that counts is the caller's rule.
 */

/** Rows of a QWERTY keyboard, which also covers most of the keys of AZERTY and QWERTZ phones. */
const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

function placeOf(letter: string): readonly [number, number] | null {
  for (const [row, keys] of ROWS.entries()) {
    const column = keys.indexOf(letter);
    // Each row of a keyboard is shifted by about half a key against the one above.
    if (column >= 0) return [row, column + row / 2];
  }
  return null;
}

export function areNeighbouringKeys(a: string, b: string): boolean {
  const [first, second] = [placeOf(a), placeOf(b)];
  if (first === null || second === null) return false;
  return Math.abs(first[0] - second[0]) <= 1 && Math.abs(first[1] - second[1]) <= 1;
}

/**
 * Damerau-Levenshtein distance (optimal string alignment) of two words, or `limit + 1` when it is
 * more than `limit`. Callers bound the length of words, so it is constant time for them.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return Math.min(last[b.length]!, limit + 1);
}

/** Longest word that is worth repairing; longer ones are no slip of a keyword. */
export const MAX_REPAIRED_LENGTH = 20;

/**
 * Whether `written` is a likely slip for `meant`: one edit for words of 4 to 7 letters, two from 8;
 * a different first letter only by a neighbouring key or by swapping the first two letters.
 */
export function isSlipOf(written: string, meant: string): boolean {
  if (meant.length < 4 || written.length > MAX_REPAIRED_LENGTH) return false;
  const limit = meant.length >= 8 ? 2 : 1;
  // The cheap questions first: most words fail them, and every known word is asked.
  if (Math.abs(written.length - meant.length) > limit) return false;
  return beginsLike(written, meant) && editDistance(written, meant, limit) <= limit;
}

function beginsLike(written: string, meant: string): boolean {
  if (written[0] === meant[0]) return true;
  if (written[0] === meant[1] && written[1] === meant[0]) return true;
  const sameLength = written.length === meant.length;
  return sameLength && areNeighbouringKeys(written[0] ?? "", meant[0]!);
}

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  $: "s",
  "@": "a",
};

/** "st0p" as "stop". `null` when there is nothing to undo, or nothing but digits. */
export function undoLeet(word: string): string | null {
  if (word.length > MAX_REPAIRED_LENGTH || !/[013457$@]/u.test(word)) return null;
  if (!/\p{L}/u.test(word) && !word.includes("$")) return null;
  return [...word].map((character) => LEET[character] ?? character).join("");
}

/** Cyrillic and Greek capitals and small letters that look like Latin ones, folded. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  а: "a",
  в: "b",
  с: "c",
  е: "e",
  н: "h",
  і: "i",
  ј: "j",
  к: "k",
  м: "m",
  о: "o",
  р: "p",
  ѕ: "s",
  т: "t",
  у: "y",
  х: "x",
  α: "a",
  β: "b",
  ε: "e",
  η: "h",
  ι: "i",
  κ: "k",
  ν: "n",
  ο: "o",
  ρ: "p",
  τ: "t",
  υ: "y",
  χ: "x",
};

/** "ѕтор" (Cyrillic) as "stop". `null` when there is nothing to undo. */
export function undoLookAlikes(word: string): string | null {
  if (word.length > MAX_REPAIRED_LENGTH || !/[\p{sc=Cyrl}\p{sc=Grek}]/u.test(word)) return null;
  return [...word].map((character) => LOOK_ALIKES[character] ?? character).join("");
}

/**
 * "stoooop" as "stop" and "stoop": letters held too long, which is three or more of them. Two are
 * left alone, because "stoop" and "off" are words.
 */
export function undoRepeats(word: string): readonly string[] {
  if (word.length > 200 || !/(.)\1\1/u.test(word)) return [];
  const once = word.replace(/(.)\1\1+/gu, "$1");
  const twice = word.replace(/(.)\1\1+/gu, "$1$1");
  return [once, twice];
}
