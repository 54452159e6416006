/**
 * Ways out by a keyword. A bare word is none: "non-stop sale" and "STOP worrying!" tell nobody what
 * to do, so a keyword counts only beside words that ask to send it, that say what it is for, or a
 * number that it goes to.
 */
import { findCode, isCode } from "./codes.ts";
import { overlaps, type PhraseView, type Place } from "./phrase-view.ts";
import type { Found } from "./phrases.ts";
import { distance, isParted } from "./read-text.ts";
import type { WayOut } from "./way-out.ts";

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
const MOST_LEADS = 3;
const EQUALS = /^\s?=\s?$/u;

export class KeywordWays {
  /** Keywords of every language, wherever they stand; not the stop of non-stop. */
  readonly all: readonly Found[];
  readonly #view: PhraseView;

  constructor(view: PhraseView) {
    this.#view = view;
    this.all = view
      .of("keywords")
      .filter(
        ({ start, end }) => end - start > 1 || !view.words.slice(start, end).some(isHyphened),
      );
  }

  /** Those that a language tells. */
  waysIn(language: string, purposes: readonly Found[]): readonly WayOut[] {
    const keywords = this.all;
    const sends = this.#view.of("send", language);
    const known = keywords.filter((keyword) => !this.#isTooShort(keyword, language));
    const named = [...known, ...this.#unknownKeywords(known, purposes, sends)];
    return named.flatMap((keyword) => {
      const send = this.#view.near(keyword, sends, NEAR);
      const isTold = this.#isAsked(keyword, send, purposes) || this.#isExplained(keyword, purposes);
      return isTold ? [this.#wayOf(keyword, language, send ?? null, purposes)] : [];
    });
  }

  /** A word of two letters means something in its own language only. */
  #isTooShort(keyword: Found, language: string): boolean {
    const { text } = this.#view.words[keyword.start]!;
    const isShort = text.length <= LONGEST_UNSURE_KEYWORD && keyword.end - keyword.start === 1;
    return isShort && keyword.language !== language && keyword.language !== "";
  }

  /** "Reply STOP", "STOP লিখুন"; in small letters right beside it, or with what it is for. */
  #isAsked(keyword: Found, send: Place | undefined, purposes: readonly Found[]): boolean {
    if (send === undefined) return false;
    const purpose = this.#view.near(keyword, purposes, FAR);
    if (keyword.language === "") return purpose !== undefined || this.#isAnswer(keyword, purposes);
    const between = this.#view.gap(keyword, send);
    if (this.#view.stands(keyword)) return between <= NEAR;
    return between === 0 || (purpose !== undefined && between <= 2);
  }

  /** Over the end of a short question: "Opt out? Reply N". */
  #isAnswer(keyword: Place, purposes: readonly Found[]): boolean {
    const { words } = this.#view;
    return purposes.some(
      ({ end }) => isJustBefore(end, keyword) && distance(words, end, keyword.start) <= 1,
    );
  }

  /** "STOP to opt out", "Unsub: STOP". */
  #isExplained(keyword: Found, purposes: readonly Found[]): boolean {
    if (keyword.language === "") return false;
    if (!this.#view.stands(keyword) && !this.#view.opens(keyword)) return false;
    return purposes.some((purpose) => {
      if (overlaps(purpose, keyword)) return false;
      return purpose.end <= keyword.start
        ? this.#isAnnounced(purpose, keyword)
        : this.#isFollowed(keyword, purpose);
    });
  }

  /** Over the end of a sentence too, when it is a short question: "No more? STOP". */
  #isAnnounced(purpose: Place, keyword: Place): boolean {
    if (!isJustBefore(purpose.end, keyword)) return false;
    const between = distance(this.#view.words, purpose.end, keyword.start);
    return between <= 2 && this.#view.stands(keyword);
  }

  #isFollowed(keyword: Place, purpose: Place): boolean {
    if (this.#view.gap(keyword, purpose) > 1) return false;
    if (this.#view.stands(keyword) || this.#view.text.shouts) return true;
    return this.#isLink(keyword.end, purpose.start);
  }

  /** The word between a keyword and its purpose is one that leads on: to, 2, pour. */
  #isLink(from: number, to: number): boolean {
    return this.#view.of("to").some(({ start, end }) => start <= from && end >= to) || from === to;
  }

  /** Words in capitals or quotation marks, sent for what is said there: "Unsub: reply NO". */
  #unknownKeywords(
    known: readonly Found[],
    purposes: readonly Found[],
    sends: readonly Found[],
  ): readonly Found[] {
    if (purposes.length === 0 || sends.length === 0) return [];
    const taken = new Set(
      [...known, ...purposes, ...sends].flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, at) => start + at),
      ),
    );
    return this.#view.words.flatMap((word, start) => {
      if (taken.has(start)) return [];
      const place: Found = {
        start,
        end: start + 1,
        language: "",
        role: "keywords",
      };
      const send = this.#view.near(place, sends, 3);
      if (word.kind === "number") return this.#isSentFor(place, send, purposes) ? [place] : [];
      const isWord = word.kind === "word" && !NO_KEYWORDS.has(word.text);
      return isWord && this.#view.stands(place) && send !== undefined ? [place] : [];
    });
  }

  /** "Reply 9 to opt out": a digit or two, with nothing else between the three. */
  #isSentFor(place: Found, send: Place | undefined, purposes: readonly Found[]): boolean {
    if (send === undefined || this.#view.words[place.start]!.text.length > 2) return false;
    if (this.#view.gap(place, send) > 1) return false;
    const asked = {
      start: Math.min(place.start, send.start),
      end: Math.max(place.end, send.end),
    };
    const purpose = this.#view.near(asked, purposes, 1);
    return purpose !== undefined && !overlaps(purpose, place);
  }

  #wayOf(
    keyword: Found,
    language: string | null,
    send: Place | null,
    purposes: readonly Found[],
  ): WayOut {
    const purpose = this.#view.near(keyword, purposes, NEAR);
    const places = [keyword, ...(send === null ? [] : [send]), ...(purpose ? [purpose] : [])];
    const words = this.#view.words.slice(keyword.start, keyword.end);
    return {
      kind: "keyword",
      language,
      start: Math.min(...places.map(({ start }) => start)),
      end: Math.max(...places.map(({ end }) => end)),
      keyword: words.map(({ text }) => text).join(" "),
      code: findCode(this.#view, keyword),
    };
  }

  /** "STOP au 36111" and "STOP=quit": a keyword with its number or its meaning says enough. */
  bareWays(): readonly WayOut[] {
    return this.all.flatMap((keyword) => {
      if (!this.#view.stands(keyword) && !this.#view.opens(keyword)) return [];
      if (this.#isTooShort(keyword, "")) return [];
      if (this.#isEqualled(keyword)) return [this.#wayOf(keyword, null, null, [])];
      const lead = this.#leadFrom(keyword);
      const at = [keyword.end, lead?.end ?? -1].find((next) => isCode(this.#view, next));
      if (at === undefined || isParted(this.#view.words, keyword.start, at)) return [];
      const way = this.#wayOf(keyword, lead?.language ?? null, null, []);
      return way.code === null ? [] : [{ ...way, end: at + 1 }];
    });
  }

  /** "STOP=quit", "Stop=End": a sign of equality and another keyword right behind it. */
  #isEqualled({ end }: Found): boolean {
    const [last, next] = [this.#view.words[end - 1]!, this.#view.words[end]];
    if (next === undefined) return false;
    if (!EQUALS.test(this.#view.text.text.slice(last.at + last.raw.length, next.at))) return false;
    return this.all.some(({ start }) => start === end);
  }

  /** The last of the words that lead from a keyword to its number: the "au" of "STOP par SMS au". */
  #leadFrom({ end }: Found): Found | undefined {
    const leads = this.#view.of("to");
    let lead = leads.find(({ start }) => start === end || start === end + 1);
    for (let more = 0; lead !== undefined && more < MOST_LEADS; more++) {
      if (isCode(this.#view, lead.end)) return lead;
      const from: number = lead.end;
      lead = leads.find(({ start }) => start === from) ?? lead;
    }
    return lead;
  }
}

/** Near enough to be worth counting the words between, in whatever script. */
function isJustBefore(end: number, { start }: Place): boolean {
  return end <= start && start - end <= NEAR;
}

function isHyphened(word: { readonly isHyphened: boolean }): boolean {
  return word.isHyphened;
}
