/**
 * Whether a text has something like a postal address: a box with its number, or a street with its
 * number and a place, as 16 CFR 316.2(p) wants it of e-mails. Nothing here knows whether the place
 * exists; who sends answers for that.
 */
import type { ReadText, Word } from "./read-text.ts";
import type { Reading } from "./ways-out.ts";

/** How far a number may stand from the street, and a place from both. */
const STREET_REACH = 4;
const PLACE_REACH = 8;
/** Letters of the small words inside names: de la, dei, of the, von der. */
const SHORT_WORD = 3;
/** Europe's other order: "Kungsgatan 10, 111 43 Stockholm", "Box 12, 111 43 Stockholm". */
const STREET_CODE_PLACE =
  /(?<!\p{L})\p{Lu}[\p{L}.'’-]{1,30}\s\p{Nd}{1,4}\s?[a-z]?\s?[,\n·•|–-]\s?(?:[A-Z]{1,2}-)?(?!(?:19|20)\p{Nd}{2}\s)(?:\p{Nd}{4,5}|\p{Nd}{3} \p{Nd}{2}|\p{Nd}{2}-\p{Nd}{3}|\p{Nd}{4}-\p{Nd}{3}|\p{Nd}{4} ?[A-Z]{2})\s\p{Lu}/u;
/** "1-2-3 Shibuya, Shibuya-ku, Tokyo 150-0002", and the mark of Japanese post codes. */
const JAPANESE =
  /〒\s?\p{Nd}{3}-?\p{Nd}{4}|(?<![\p{Nd}-])\p{Nd}{1,3}-\p{Nd}{1,3}(?:-\p{Nd}{1,3})? \p{Lu}[^\n]{1,60}? \p{Nd}{3}-\p{Nd}{4}(?!\p{Nd})/u;
/** "One Infinite Loop": buildings that carry their number in letters. */
const NUMBER_WORDS = new Set(["one", "two", "three", "four", "five", "ten"]);
/** A house number: 10, 221B, 12-14 (read as two words). */
const HOUSE = /^[0-9]{1,5}[a-z]?$/u;
/** Post codes: 4 to 6 digits, the two halves of British and Canadian ones, 1234 AB. */
const POST_CODE =
  /^(?:[0-9]{4,6}|[a-z]{1,2}[0-9][0-9a-z]?|[0-9][a-z]{2}|[a-z][0-9][a-z]|[0-9][a-z][0-9])$/u;
const BOX =
  /\b(?:p\.?\s?o\.?\s?box|postfach|bo[iî]te postale|b\.?p\.?|apartado(?: postal)?|casella postale|caixa postal|postbus|postboks|postbox|(?:rr|hc|psc|unit)\s?\p{Nd}{1,4},?\s?box|postilokero|skrytka pocztowa|а\/я|صندوق بريد|ص\.?\s?ب\.?)\s*(?:no\.?\s*|n[°º]\s*)?\p{Nd}{1,6}\b/iu;

export function hasPostalAddress(reading: Reading): boolean {
  const { text } = reading;
  if ([BOX, STREET_CODE_PLACE, JAPANESE].some((shape) => shape.test(text))) return true;
  const { words, found } = reading;
  const streets = found.filter(({ role }) => role === "street");
  const isStreet = streets.some(({ start, end }) => {
    const house = houseNear(words, start, end);
    if (house === null || !isNamed(words, house, start, end)) return false;
    return hasPlace(words, Math.min(house, start), Math.max(house + 1, end));
  });
  return isStreet || words.some((word, at) => isHouse(word) && isNamelessStreet(reading, at));
}

function isHouse(word: Word | undefined): boolean {
  if (word === undefined) return false;
  return HOUSE.test(word.text) || (NUMBER_WORDS.has(word.text) && startsLikeName(word.raw));
}

/**
 * Streets have names: "10 Front Street", "10 rue de Rivoli", "Via dei Mille 12"; what stands in
 * small letters between a number and "on the way" or "drive" has none.
 */
function isNamed(words: readonly Word[], house: number, start: number, end: number): boolean {
  const between = house < start ? words.slice(house + 1, start) : words.slice(end, house);
  const isPlain = between.every(
    ({ raw, text }) => startsLikeName(raw) || /^\p{Nd}/u.test(raw) || text.length <= SHORT_WORD,
  );
  if (!isPlain) return false;
  const pause = words.findIndex(({ before }, at) => at >= end && before !== "space");
  const behind = words.slice(end, Math.min(end + 3, pause === -1 ? words.length : pause));
  const names = [...words.slice(start - 1 < 0 ? 0 : start - 1, end), ...between, ...behind];
  return names.some(({ raw }) => startsLikeName(raw) && !/^\p{Nd}/u.test(raw));
}

/** The number of a house beside the street, in the same line and sentence. */
function houseNear(words: readonly Word[], start: number, end: number): number | null {
  for (let at = start - 1; at >= Math.max(0, start - STREET_REACH - 1); at--) {
    if (isHouse(words[at])) return at;
    if (words[at + 1]!.before === "stop") break;
  }
  for (let at = end; at < Math.min(words.length, end + STREET_REACH); at++) {
    if (isHouse(words[at])) return at;
  }
  return null;
}

/** A post code, or a word with a capital letter behind a comma: a town. */
function hasPlace(words: readonly Word[], start: number, end: number): boolean {
  const after = words.slice(end, end + PLACE_REACH);
  if (after.some(({ text }) => POST_CODE.test(text))) return true;
  const town = after.find(({ before }) => before === "pause");
  if (town !== undefined && town.kind === "word" && startsLikeName(town.raw)) return true;
  return words.slice(Math.max(0, start - 4), start).some(({ text }) => POST_CODE.test(text));
}

/** Scripts without capitals cannot tell a name by its first letter. */
function startsLikeName(raw: string): boolean {
  const first = [...raw][0] ?? "";
  return first !== first.toLowerCase() || first === first.toUpperCase();
}

/** "1 Infinite Loop, Cupertino, CA 95014": a number, names, a comma, a place and its code. */
function isNamelessStreet({ words, text }: ReadText, at: number): boolean {
  const near = words.slice(at + 1, at + 1 + PLACE_REACH);
  const comma = near.findIndex(({ before }) => before === "pause");
  if (comma < 1 || comma > STREET_REACH) return false;
  const names = near.slice(0, comma);
  if (!names.every(({ raw, kind }) => kind === "word" && startsLikeName(raw))) return false;
  const code = near
    .slice(comma)
    .find((word) => POST_CODE.test(word.text) && /[0-9]/u.test(word.text));
  const next = code === undefined ? undefined : words[words.indexOf(code, at) + 1];
  if (next?.before === "space" && !startsLikeName(next.raw)) return false;
  return code !== undefined && !/%/u.test(text.slice(words[at]!.at, words[at]!.at + 6));
}
