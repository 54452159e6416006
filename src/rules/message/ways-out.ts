/**
 * The ways out that a text tells: a keyword to send, a link, a telephone number, a key to press.
 * A bare word is none: "non-stop sale" and "STOP worrying!" tell nobody what to do, so a keyword
 * counts only beside words that ask to send it, that say what it is for, or a number it goes to.
 */
import { FILES, type Found, findPhrases } from "./phrases.ts";
import { distance, isParted, type ReadText, readText, type Word } from "./read-text.ts";

export interface WayOut {
  readonly kind: "keyword" | "link" | "phone" | "key-press";
  /** Language of the words that tell it; `null`: "STOP 36111" is the same in every one. */
  readonly language: string | null;
  /** Place in the words of the text. */
  readonly start: number;
  readonly end: number;
  /** The keyword, folded. */
  readonly keyword: string | null;
  /** The number that the keyword goes to, in digits; `null`: it is a reply. */
  readonly code: string | null;
}

/** A text with what was found in it. */
export interface Reading extends ReadText {
  readonly found: readonly Found[];
  readonly ways: readonly WayOut[];
}

/** A place in a text; `language` of the phrase that was found there. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly language: string | null;
}

/** Answers to a question rather than a way out, whatever stands around them. */
const NO_KEYWORDS = new Set(
  "yes y ok start unstop join help info oui si sim ja da evet ano tak hai go buy now new sale free sms vip".split(
    " ",
  ),
);
const LONGEST_UNSURE_KEYWORD = 2;
/** How far apart the parts of one instruction may stand, in words. */
const NEAR = 5;
const FAR = 10;
/** Words in the path of a link that say what it is for, in the languages that name paths so. */
const UNSUBSCRIBING_PATH =
  /unsub|opt-?_?out|desabo|desinscri|abmeld|afmeld|avmeld|afmelden|uitschrijv|baja\b|descad|cancelar-susc|disiscri|wypis|odhlas|stop(?:\b|-|_|sms)|preferen|remove-?me/iu;
const DIGITS = /^[0-9]+$/u;
const MONEY_BEFORE = /[€$£₹৳]\s?$/u;
const MONEY_AFTER = /^\s?(?:%|٪|％|€|\$|£|₹|৳|kr\b|zł)/u;

function gap(text: ReadText, one: Place, other: Place): number {
  const [first, second] = one.start <= other.start ? [one, other] : [other, one];
  if (second.start < first.end) return 0;
  if (isParted(text.words, first.end - 1, second.start)) return Number.POSITIVE_INFINITY;
  return distance(text.words, first.end, second.start);
}

function overlaps(one: Place, other: Place): boolean {
  return one.start < other.end && other.start < one.end;
}

/** Around a place, what is near enough and does not overlap it. */
function near(text: ReadText, around: Place, all: readonly Place[], within: number) {
  return all.find((place) => !overlaps(place, around) && gap(text, place, around) <= within);
}

class Finder {
  readonly #text: ReadText;
  readonly #found: readonly Found[];

  constructor(text: ReadText, found: readonly Found[]) {
    this.#text = text;
    this.#found = found;
  }

  #of(role: Found["role"], language?: string): readonly Found[] {
    return this.#found.filter(
      (found) => found.role === role && (language === undefined || found.language === language),
    );
  }

  all(): readonly WayOut[] {
    const ways: WayOut[] = [];
    const keywords = this.#keywords();
    for (const { language } of FILES) {
      const purposes = this.#of("purpose", language);
      ways.push(...this.#links(language, purposes), ...this.#phones(language, purposes));
      ways.push(...this.#keys(language, purposes, keywords));
      ways.push(...this.#keywordWays(language, purposes, keywords));
    }
    ways.push(...this.#bareWays(keywords));
    return withoutDoubles(ways);
  }

  /** Keywords that anybody might send: those of the files, and STOP. */
  #keywords(): readonly Found[] {
    return this.#of("keywords").filter(({ start, end }) =>
      this.#text.words.slice(start, end).every((word) => !word.isHyphened || end - start > 1),
    );
  }

  #stands({ start, end }: Place): boolean {
    const words = this.#text.words.slice(start, end);
    const shouted = !this.#text.shouts && words.every(({ isShouted }) => isShouted);
    return shouted || words.every(({ isQuoted }) => isQuoted) || this.#isQuotedWhole(start, end);
  }

  #isQuotedWhole(start: number, end: number): boolean {
    const [first, last] = [this.#text.words[start]!, this.#text.words[end - 1]!];
    return end - start > 1 && first.isQuoted && last.isQuoted;
  }

  #opens({ start }: Place): boolean {
    return this.#text.words[start]!.before !== "space";
  }

  #keywordWays(
    language: string,
    purposes: readonly Found[],
    keywords: readonly Found[],
  ): readonly WayOut[] {
    const sends = this.#of("send", language);
    const named = [...keywords, ...this.#unknownKeywords(keywords, purposes, sends)];
    return named.flatMap((keyword) => {
      if (this.#isTooShort(keyword, language)) return [];
      const send = near(this.#text, keyword, sends, NEAR);
      const isTold = this.#isAsked(keyword, send, purposes) || this.#isExplained(keyword, purposes);
      return isTold ? [this.#wayOf(keyword, language, send ?? null, purposes)] : [];
    });
  }

  /** A word of two letters means something in its own language only. */
  #isTooShort(keyword: Found, language: string): boolean {
    const { text } = this.#text.words[keyword.start]!;
    const isShort = text.length <= LONGEST_UNSURE_KEYWORD && keyword.end - keyword.start === 1;
    return isShort && keyword.language !== language && keyword.language !== "";
  }

  /** "Reply STOP", "STOP লিখুন"; in small letters right beside it, or with what it is for. */
  #isAsked(keyword: Found, send: Place | undefined, purposes: readonly Found[]): boolean {
    if (send === undefined) return false;
    const purpose = near(this.#text, keyword, purposes, FAR);
    if (keyword.language === "") return purpose !== undefined;
    const between = gap(this.#text, keyword, send);
    if (this.#stands(keyword)) return between <= NEAR;
    return between === 0 || (purpose !== undefined && between <= 2);
  }

  /** "STOP to opt out", "Unsub: STOP". */
  #isExplained(keyword: Found, purposes: readonly Found[]): boolean {
    if (keyword.language === "") return false;
    if (!this.#stands(keyword) && !this.#opens(keyword)) return false;
    return purposes.some((purpose) => {
      if (overlaps(purpose, keyword)) return false;
      const isBefore = purpose.end <= keyword.start;
      if (isBefore) return this.#gapOver(purpose.end, keyword.start) <= 2 && this.#stands(keyword);
      return this.#stands(keyword) || this.#text.shouts
        ? gap(this.#text, keyword, purpose) <= 1
        : gap(this.#text, keyword, purpose) <= 1 && this.#isLink(keyword.end, purpose.start);
    });
  }

  /** Over the end of a sentence too, when it is a short question: "No more? STOP". */
  #gapOver(from: number, to: number): number {
    return distance(this.#text.words, from, to);
  }

  /** The word between a keyword and its purpose is one that leads on: to, 2, pour. */
  #isLink(from: number, to: number): boolean {
    return this.#of("to").some(({ start, end }) => start <= from && end >= to) || from === to;
  }

  /** Words in capitals or quotation marks, sent for what is said there: "Unsub: reply NO". */
  #unknownKeywords(
    known: readonly Found[],
    purposes: readonly Found[],
    sends: readonly Found[],
  ): readonly Found[] {
    if (purposes.length === 0 || sends.length === 0) return [];
    return this.#text.words.flatMap((word, start) => {
      const place: Found = { start, end: start + 1, language: "", role: "keywords" };
      const isTaken = [...known, ...purposes, ...sends].some((other) => overlaps(other, place));
      const isWord = word.kind === "word" && !NO_KEYWORDS.has(word.text);
      const send = near(this.#text, place, sends, 3);
      return isWord && !isTaken && this.#stands(place) && send !== undefined ? [place] : [];
    });
  }

  #wayOf(
    keyword: Found,
    language: string | null,
    send: Place | null,
    purposes: readonly Found[],
  ): WayOut {
    const purpose = near(this.#text, keyword, purposes, NEAR);
    const places = [keyword, ...(send === null ? [] : [send]), ...(purpose ? [purpose] : [])];
    const words = this.#text.words.slice(keyword.start, keyword.end);
    return {
      kind: "keyword",
      language,
      start: Math.min(...places.map(({ start }) => start)),
      end: Math.max(...places.map(({ end }) => end)),
      keyword: words.map(({ text }) => text).join(" "),
      code: this.#codeOf(keyword),
    };
  }

  /** The number that a keyword goes to: after it, or before it where the grammar wants it so. */
  #codeOf(keyword: Place): string | null {
    const { words } = this.#text;
    for (let at = keyword.end; at < words.length && at < keyword.end + 6; at++) {
      if (words[at]!.before === "stop") break;
      if (this.#isNumber(at)) return words[at]!.text;
    }
    for (let at = keyword.start - 1; at >= 0 && at > keyword.start - 4; at--) {
      if (words[at + 1]!.before !== "space") break;
      if (this.#isNumber(at)) return words[at]!.text;
    }
    return null;
  }

  /** A short code or a telephone number; not a price, a share or the 2 of "STOP 2 end". */
  #isNumber(at: number): boolean {
    const { kind, text, raw, at: place } = this.#text.words[at]!;
    if (kind === "phone") return true;
    if (kind !== "number" || !DIGITS.test(text) || text.length < 2 || text.length > 8) return false;
    const end = place + raw.length;
    const around = [this.#text.text.slice(0, place), this.#text.text.slice(end, end + 4)] as const;
    return !MONEY_BEFORE.test(around[0]) && !MONEY_AFTER.test(around[1]);
  }

  /** "STOP au 36111": a keyword and its number say enough by themselves. */
  #bareWays(keywords: readonly Found[]): readonly WayOut[] {
    const leads = this.#of("to");
    return keywords.flatMap((keyword) => {
      if (!this.#stands(keyword) && !this.#opens(keyword)) return [];
      if (this.#isTooShort(keyword, "")) return [];
      const lead = leads.find(({ start }) => start === keyword.end || start === keyword.end + 1);
      const at = [keyword.end, lead?.end ?? -1].find((next) => this.#isNumberAt(next));
      if (at === undefined || isParted(this.#text.words, keyword.start, at)) return [];
      const way = this.#wayOf(keyword, lead?.language ?? null, null, []);
      return way.code === null ? [] : [{ ...way, end: at + 1 }];
    });
  }

  #isNumberAt(at: number): boolean {
    return at >= 0 && at < this.#text.words.length && this.#isNumber(at);
  }

  #links(language: string, purposes: readonly Found[]): readonly WayOut[] {
    return this.#text.words.flatMap((word, at) => {
      if (word.kind !== "url" && word.kind !== "email") return [];
      const place = { start: at, end: at + 1, language };
      const purpose = purposes.find((found) => this.#leadsTo(found, place));
      const says = UNSUBSCRIBING_PATH.test(word.text);
      if (purpose === undefined && !(says && language === "en")) return [];
      const start = Math.min(at, purpose?.start ?? at);
      const end = Math.max(at + 1, purpose?.end ?? 0);
      const told = purpose === undefined ? null : language;
      return [{ kind: "link", language: told, start, end, keyword: null, code: null }];
    });
  }

  /** A purpose before a link, with no other link between them, or right behind it. */
  #leadsTo(purpose: Place, link: Place): boolean {
    const { words } = this.#text;
    if (purpose.start >= link.end) return gap(this.#text, purpose, link) <= 4;
    if (words.slice(purpose.end, link.start).some(({ kind }) => kind === "url")) return false;
    const between = words.slice(purpose.end, link.start + 1);
    const ends = between.filter(({ before }) => before === "stop").length;
    const isNextLine = ends === 1 && link.start === purpose.end;
    return (ends === 0 || isNextLine) && distance(words, purpose.end, link.start) <= FAR;
  }

  #phones(language: string, purposes: readonly Found[]): readonly WayOut[] {
    const calls = this.#of("call", language);
    return this.#text.words.flatMap((word, at) => {
      if (word.kind !== "phone") return [];
      const place = { start: at, end: at + 1, language };
      const purpose = near(this.#text, place, purposes, FAR);
      if (purpose === undefined) return [];
      const call = near(this.#text, place, calls, NEAR);
      const isDirect = purpose.end <= at && gap(this.#text, purpose, place) <= 2;
      if (call === undefined && !isDirect) return [];
      const start = Math.min(at, purpose.start, call?.start ?? at);
      const end = Math.max(at + 1, purpose.end);
      return [{ kind: "phone", language, start, end, keyword: null, code: null }];
    });
  }

  /** "Press 9 to be removed", "say stop at any time". */
  #keys(
    language: string,
    purposes: readonly Found[],
    keywords: readonly Found[],
  ): readonly WayOut[] {
    const presses = this.#of("press", language);
    const keys = [...this.#digits(), ...this.#of("keys", language)];
    const pressed = keys.flatMap((key) => {
      const press = near(this.#text, key, presses, 3);
      const purpose = near(this.#text, key, purposes, FAR);
      return press && purpose ? [this.#keyWay(language, [key, press, purpose])] : [];
    });
    const said = this.#of("say", language).flatMap((say) => {
      const keyword = near(this.#text, say, keywords, 3);
      const purpose = near(this.#text, say, purposes, FAR);
      const isPlain = keyword !== undefined && gap(this.#text, say, keyword) <= 2;
      return isPlain ? [this.#keyWay(language, [say, keyword, ...(purpose ? [purpose] : [])])] : [];
    });
    return [...pressed, ...said];
  }

  #keyWay(language: string, places: readonly Place[]): WayOut {
    const start = Math.min(...places.map((place) => place.start));
    const end = Math.max(...places.map((place) => place.end));
    return { kind: "key-press", language, start, end, keyword: null, code: null };
  }

  #digits(): readonly Place[] {
    return this.#text.words.flatMap((word: Word, at) =>
      word.kind === "number" && word.text.length === 1
        ? [{ start: at, end: at + 1, language: null }]
        : [],
    );
  }
}

/** One of each kind and place, the one that says most. */
function withoutDoubles(ways: readonly WayOut[]): readonly WayOut[] {
  const seen = new Set<string>();
  return ways.filter((way) => {
    const key = JSON.stringify(way);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Reads a text once, for all that is asked about it. */
export function readWording(written: string): Reading {
  const text = readText(written);
  const found = findPhrases(text.words);
  return { ...text, found, ways: new Finder(text, found).all() };
}
