/**
 * Whether a text names its sender: with the whole name, or with a word of it that is the sender's
 * own, in whatever script ("পদ্মা ফ্যাশন" names Padma Fashion).
 */
import { tokenise } from "../../recognize/tokens.ts";
import { consonantsOf } from "./consonants.ts";
import { COMMON_NAMES } from "./phrases.ts";
import type { ReadText } from "./read-text.ts";

/** Fewer consonants are the same in too many words. */
const FEWEST_CONSONANTS = 3;
/** "Kestrel's boots". */
const POSSESSIVE = /['’]s$/iu;

/** The folded words of a name. */
export function namesOf(senderName: string): ReadonlySet<string> {
  return new Set(tokenise(senderName).tokens.map(({ text }) => text));
}

export function namesSender({ words }: ReadText, senderName: string): boolean {
  const names = tokenise(senderName).tokens.map(({ text }) => text);
  const said = words.filter(({ kind }) => kind !== "url" && kind !== "email");
  const isWhole = said.some((_, at) => names.every((name, i) => said[at + i]?.text === name));
  if (names.length > 0 && isWhole) return true;
  const own = names.filter((name) => !COMMON_NAMES.has(name) && name.length > 2);
  const joined = names.join("");
  const consonants = own.map(consonantsOf).filter(({ length }) => length >= FEWEST_CONSONANTS);
  return said.some(({ text, raw }) => {
    if (own.includes(text) || text === joined) return true;
    if (own.some((name) => text === `${name}s`) && POSSESSIVE.test(raw)) return true;
    // Across scripts a name is compared by its consonants; within Latin by its letters only.
    const isForeign = !/\p{sc=Latin}/u.test(raw) && /\p{L}/u.test(raw);
    return isForeign && consonants.includes(consonantsOf(text));
  });
}
