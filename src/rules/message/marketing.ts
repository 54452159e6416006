/**
 * What advertises in a confirmation: 47 CFR 64.1200(a)(12) allows "no marketing or promotional
 * information" in it, nor anything that asks the person to come back. What was ended may be named.
 */
import type { Found } from "./phrases.ts";
import { distance } from "./read-text.ts";
import { type Reading, readWording } from "./ways-out.ts";

/** How near "no more" has to stand for offers to be what was ended, in words. */
const NAMED_AS_ENDED = 4;
const PERCENT = /\p{Nd}[\p{Nd}.,]*\s?[%٪％]|[%٪]\s?\p{Nd}/u;
const MONEY =
  /(?:[$€£¥₹৳₩₪₺₽₱₫฿]|\b(?:USD|EUR|GBP|INR|BDT|Rs\.?|Tk\.?|R\$|kr|zł|Kč|Ft|lei|RM|Rp)\s?)\s?\p{Nd}|\p{Nd}\s?(?:[$€£¥₹৳₩₪₺₽₱₫฿]|(?:kr|zł|Kč|Ft|lei|руб|грн|円|元|원|บาท|টাকা)(?!\p{L}))/u;
/** Pages that a confirmation may lead to. */
const SERVICE_PATH =
  /help|support|contact|faq|privacy|terms|legal|prefer|unsub|opt|stop|manage|proof|receipt|aide|hilfe|ayuda|ajuda|aiuto/iu;

/** An account to follow: "@kestrel", which no address of e-mail is, nor one for help. */
const HANDLE = /(?<![\p{L}\p{N}._%+-])@[\p{L}\p{N}_]{2,}/u;

function findHandle(text: string): RegExpExecArray | null {
  const handle = HANDLE.exec(text);
  return handle === null || SERVICE_PATH.test(handle[0]) ? null : handle;
}

/** The words that advertise, as they were written, or `null`. */
export function findMarketing(text: string): string | null {
  const figure = PERCENT.exec(text) ?? MONEY.exec(text) ?? findHandle(text);
  if (figure !== null) return figure[0].trim();
  const reading = readWording(text);
  const phrase = reading.found.find(
    (found) =>
      (found.role === "advertises" && isWhole(found, reading)) ||
      (found.role === "offers" &&
        isWhole(found, reading) &&
        !isToSend(found, reading) &&
        !isNamedAsEnded(found, reading)),
  );
  if (phrase !== undefined) return quoteOf(phrase, reading);
  return findShopLink(reading);
}

function quoteOf({ start, end }: Found, { words }: Reading): string {
  return words
    .slice(start, end)
    .map(({ raw }) => raw)
    .join(" ");
}

/**
 * Short words mean something else in another language ("promo" does not, "sale" is salt in Italian
 * and "kup" a cup), so a phrase counts when its language is that of other words of the text.
 */
function isWhole(phrase: Found, { found, words }: Reading): boolean {
  const isLong =
    quoteOf(phrase, { words } as Reading).replace(/[^\p{L}]/gu, "").length >= LONG_ENOUGH;
  const isForeignScript = !/\p{sc=Latin}/u.test(words[phrase.start]!.raw);
  if (isLong || isForeignScript) return true;
  const own = found.filter(({ language }) => language === phrase.language);
  return own.some(({ start, end }) => end <= phrase.start || start >= phrase.end);
}
const LONG_ENOUGH = 7;

/** "Reply OFFERS for that": a word to send, set apart, that answers what was meant. */
function isToSend({ start }: Found, { found, words, shouts }: Reading): boolean {
  const { isShouted, isQuoted, before } = words[start]!;
  if (before === "stop" || !(isQuoted || (isShouted && !shouts))) return false;
  return found.some(({ role, end }) => role === "send" && end === start);
}

/** "No more offers", "unsubscribed from all offers"; not "unsubscribed, but our sale starts". */
function isNamedAsEnded(named: Found, reading: Reading): boolean {
  // A word that several languages have advertises in none when one of them names it as ended.
  return reading.found.some(
    (offer) =>
      offer.role === named.role && offer.start === named.start && isEndedIn(offer, reading),
  );
}

function isEndedIn(offer: Found, reading: Reading): boolean {
  const { found, words } = reading;
  return found.some((other) => {
    const { role, language, start, end } = other;
    if (language !== offer.language || start === offer.start) return false;
    if (role === "offers" && end <= offer.start && distance(words, end, offer.start) <= 2) {
      return isEndedIn(other, reading);
    }
    if (role !== "not" && role !== "purpose" && role !== "ends") return false;
    const [first, last] = start < offer.start ? [other, offer] : [offer, other];
    const parts = words.slice(first.start + 1, last.start + 1);
    if (parts.some(({ before }) => before !== "space")) return false;
    return distance(words, first.end, Math.max(first.end, last.start)) <= NAMED_AS_ENDED;
  });
}

/** A link that is not for help, for the terms or for the way out leads to what is sold. */
function findShopLink({ words, found, ways }: Reading): string | null {
  const at = words.findIndex((word, place) => {
    if (word.kind !== "url") return false;
    const path = word.text.replace(/^https?:\/\//u, "");
    if (!path.includes("/") || path.endsWith("/") || SERVICE_PATH.test(path)) return false;
    if (ways.some(({ start, end }) => start <= place && place < end)) return false;
    return !found.some(
      ({ role, end }) =>
        role === "help" && end <= place && distance(words, end, place) <= NAMED_AS_ENDED,
    );
  });
  return at === -1 ? null : words[at]!.raw;
}
