/** Ways out without a keyword to send: a link, a telephone number, a key to press, a word to say. */
import type { PhraseView, Place } from "./phrase-view.ts";
import type { Found } from "./phrases.ts";
import { distance, type Word } from "./read-text.ts";
import type { WayOut } from "./way-out.ts";

/** How far apart the parts of one instruction may stand, in words. */
const NEAR = 5;
const FAR = 10;
/** Words in the path of a link that say what it is for, in the languages that name paths so. */
const UNSUBSCRIBING_PATH =
  /unsub|opt-?_?out|desabo|desinscri|abmeld|afmeld|avmeld|afmelden|uitschrijv|baja\b|descad|cancelar-susc|disiscri|wypis|odhlas|stop(?:\b|-|_|sms)|preferen|remove-?me/iu;

export class OtherWays {
  readonly #view: PhraseView;

  constructor(view: PhraseView) {
    this.#view = view;
  }

  /** "To stop, press 9" or "to end: k.example/u"; not "to end the year in style, press 9". */
  isPlain({ end }: Place, language: string): boolean {
    const next = this.#view.words[end];
    if (next === undefined || next.before !== "space" || isLink(next)) return true;
    const asks = [...this.#view.of("call", language), ...this.#view.of("press", language)];
    return asks.some(({ start }) => start === end);
  }

  /** Links that say themselves where they lead, in whatever language. */
  namedLinks(): readonly WayOut[] {
    return this.#view.words.flatMap((word, at) =>
      isLink(word) && UNSUBSCRIBING_PATH.test(word.text)
        ? [linkWay(null, { start: at, end: at + 1 })]
        : [],
    );
  }

  /** Links behind or before what a language says they are for. */
  links(language: string, purposes: readonly Found[]): readonly WayOut[] {
    return this.#view.words.flatMap((word, at) => {
      if (!isLink(word)) return [];
      const purpose = purposes.find((found) => this.#leadsTo(found, { start: at, end: at + 1 }));
      if (purpose === undefined) return [];
      const start = Math.min(at, purpose.start);
      return [linkWay(language, { start, end: Math.max(at + 1, purpose.end) })];
    });
  }

  /** A purpose before a link, with no other link between them, or right behind it. */
  #leadsTo(purpose: Place, link: Place): boolean {
    const { words } = this.#view;
    if (purpose.start >= link.end) return this.#view.gap(purpose, link) <= 4;
    if (words.slice(purpose.end, link.start).some(({ kind }) => kind === "url")) return false;
    const between = words.slice(purpose.end, link.start + 1);
    const ends = between.filter(({ before }) => before === "stop").length;
    const isNextLine = ends === 1 && link.start - purpose.end <= (this.#isAsked(purpose) ? 8 : 0);
    return (ends === 0 || isNextLine) && distance(words, purpose.end, link.start) <= FAR;
  }

  /** A question that ends with what it is about: "Don't want these e-mails? Click here:". */
  #isAsked({ end }: Place): boolean {
    const { text, words } = this.#view;
    const next = words.slice(end, end + 5).find(({ before }) => before === "stop");
    return (
      next !== undefined && /[?？؟]\s*$/u.test(text.text.slice(Math.max(0, next.at - 4), next.at))
    );
  }

  /** "To be removed from our list, call 800 555 0199". */
  phones(language: string, purposes: readonly Found[]): readonly WayOut[] {
    const calls = this.#view.of("call", language);
    return this.#view.words.flatMap((word, at) => {
      if (word.kind !== "phone") return [];
      const place = { start: at, end: at + 1 };
      const purpose = this.#view.near(place, purposes, FAR);
      if (purpose === undefined) return [];
      const call = this.#view.near(place, calls, NEAR);
      const isDirect = purpose.end <= at && this.#view.gap(purpose, place) <= 2;
      if (call === undefined && !isDirect) return [];
      const start = Math.min(at, purpose.start, call?.start ?? at);
      const end = Math.max(at + 1, purpose.end);
      return [{ kind: "phone", language, start, end, keyword: null, code: null }];
    });
  }

  /** "Press 9 to be removed", "say stop at any time". */
  keys(
    language: string,
    purposes: readonly Found[],
    keywords: readonly Found[],
  ): readonly WayOut[] {
    const presses = this.#view.of("press", language);
    const keys = [...this.#digits(), ...this.#view.of("keys", language)];
    const pressed = keys.flatMap((key) => {
      const press = this.#view.near(key, presses, 3);
      const purpose = this.#view.near(key, purposes, FAR);
      return press && purpose ? [this.#keyWay(language, [key, press, purpose])] : [];
    });
    const said = this.#view.of("say", language).flatMap((say) => {
      const keyword = this.#view.near(say, keywords, 3);
      const purpose = this.#view.near(say, purposes, FAR);
      const isPlain = keyword !== undefined && this.#view.gap(say, keyword) <= 2;
      return isPlain ? [this.#keyWay(language, [say, keyword, ...(purpose ? [purpose] : [])])] : [];
    });
    return [...pressed, ...said];
  }

  #keyWay(language: string, places: readonly Place[]): WayOut {
    const start = Math.min(...places.map((place) => place.start));
    const end = Math.max(...places.map((place) => place.end));
    return {
      kind: "key-press",
      language,
      start,
      end,
      keyword: null,
      code: null,
    };
  }

  #digits(): readonly Place[] {
    return this.#view.words.flatMap((word: Word, at) =>
      word.kind === "number" && word.text.length === 1 ? [{ start: at, end: at + 1 }] : [],
    );
  }
}

function isLink({ kind }: Word): boolean {
  return kind === "url" || kind === "email";
}

function linkWay(language: string | null, { start, end }: Place): WayOut {
  return { kind: "link", language, start, end, keyword: null, code: null };
}
