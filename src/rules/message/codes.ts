/** The number that a keyword goes to: "STOP au 36111", "36111 पर STOP भेजें". */
import type { PhraseView, Place } from "./phrase-view.ts";

const DIGITS = /^[0-9]{3,8}$/u;
const MONEY_BEFORE = /[€$£₹৳]\s?$/u;
const MONEY_AFTER = /^\s?(?:%|٪|％|€|\$|£|₹|৳|kr\b|zł)/u;
/** How far behind a keyword its number may stand, and how far before it. */
const BEHIND = 6;
const AHEAD = 3;

/** In digits; `null`: none is named, so it is a reply. */
export function findCode(view: PhraseView, keyword: Place): string | null {
  const { words } = view;
  for (let at = keyword.end; at < Math.min(words.length, keyword.end + BEHIND); at++) {
    if (words[at]!.before === "stop") break;
    if (isCode(view, at) && isLedTo(view, keyword, at)) return words[at]!.text;
  }
  for (let at = keyword.start - 1; at >= Math.max(0, keyword.start - AHEAD); at--) {
    if (words[at + 1]!.before !== "space") break;
    if (isCode(view, at) && isLedTo(view, keyword, at)) return words[at]!.text;
  }
  return null;
}

/** A short code or a telephone number; not a price, a share or the 2 of "STOP 2 end". */
export function isCode(view: PhraseView, at: number): boolean {
  const word = view.words[at];
  if (word === undefined) return false;
  if (word.kind === "phone") return true;
  if (word.kind !== "number" || !DIGITS.test(word.text)) return false;
  const { text } = view.text;
  const end = word.at + word.raw.length;
  return !MONEY_BEFORE.test(text.slice(0, word.at)) && !MONEY_AFTER.test(text.slice(end, end + 4));
}

/** Right behind the keyword, or with a word that leads to it: "to 60033", "3340'a", "36111 पर". */
function isLedTo(view: PhraseView, keyword: Place, at: number): boolean {
  if (at === keyword.end) return true;
  return view.of("to").some(({ start, end }) => end === at || start === at + 1);
}
