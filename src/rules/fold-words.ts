/** Words as they are compared: without case, accents, punctuation or width. */

const WORDS = /[\p{L}\p{M}\p{N}]+/gu;

/** The words of a text, folded: `Énergie-rénovation!` is `["energie", "renovation"]`. */
export function foldWords(text: string): readonly string[] {
  return foldText(text).match(WORDS) ?? [];
}

/**
 * A text without case and Latin accents, so that `ARRÊT` is `arret`. Marks of other scripts, such
 * as the vowels of Bangla, are letters of their own and stay.
 */
export function foldText(text: string): string {
  const spelled = text.normalize("NFKD").toLowerCase();
  return spelled.replaceAll(/(?<=\p{Script=Latin})\p{Mn}+/gu, "").normalize("NFC");
}

/** Whether one list of words holds the other, in one piece and in order. */
export function holdsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false;
  for (let start = 0; start + phrase.length <= words.length; start += 1) {
    if (phrase.every((word, at) => words[start + at] === word)) return true;
  }
  return false;
}
