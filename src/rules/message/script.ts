/** Whether a text is written in a script, names, keywords, numbers and links apart. */
import { namesOf } from "./sender-name.ts";
import type { Reading } from "./ways-out.ts";

/** So many of the words have to be in the script. The rest are names that nobody transcribes. */
const SHARE = 0.6;
/** Letters of an abbreviation that is the same everywhere: SMS, OTP, STOP. */
const LONGEST_ABBREVIATION = 5;

/**
 * Whether most words of a text are in a script, by its ISO 15924 code. Throws on a code that
 * Unicode does not know, because a rule with one cannot be evaluated.
 */
export function isInScript(reading: Reading, script: string, senderName: string | null): boolean {
  const letters = new RegExp(`\\p{scx=${script}}`, "u");
  const names = senderName === null ? new Set<string>() : namesOf(senderName);
  const keywords = new Set(reading.ways.map(({ keyword }) => keyword));
  const words = reading.words.filter(({ kind, text, raw, isShouted }) => {
    if (kind !== "word" || !/\p{L}/u.test(raw) || /\p{Nd}/u.test(raw)) return false;
    if (letters.test(raw)) return true;
    const isAbbreviation = isShouted && text.length <= LONGEST_ABBREVIATION;
    return !isAbbreviation && !names.has(text) && !keywords.has(text);
  });
  const written = words.filter(({ raw }) => letters.test(raw)).length;
  return written > 0 && written >= SHARE * words.length;
}
