/** A text with the phrases found in it, and how near to each other they stand. */
import type { Found } from "./phrases.ts";
import { distance, isParted, type ReadText, type Word } from "./read-text.ts";

/** A place in a text: words `start` up to, and not with, `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

const NONE: readonly Found[] = [];
/** Places further apart than so many words of the narrowest script are never near each other. */
const OUT_OF_REACH = 30;

export class PhraseView {
  readonly text: ReadText;
  readonly words: readonly Word[];
  /** Languages of which there is any phrase. */
  readonly languages: ReadonlySet<string>;
  readonly #byRole = new Map<string, Found[]>();

  constructor(text: ReadText, found: readonly Found[]) {
    this.text = text;
    this.words = text.words;
    this.languages = new Set(found.map(({ language }) => language));
    for (const one of found) {
      for (const key of [one.role, `${one.role} ${one.language}`]) {
        const list = this.#byRole.get(key);
        if (list === undefined) this.#byRole.set(key, [one]);
        else list.push(one);
      }
    }
  }

  of(role: Found["role"], language?: string): readonly Found[] {
    return this.#byRole.get(language === undefined ? role : `${role} ${language}`) ?? NONE;
  }

  /** Words between two places; infinite when a sentence ends between them, or too many stand there. */
  gap(one: Place, other: Place): number {
    const [first, second] = one.start <= other.start ? [one, other] : [other, one];
    if (second.start < first.end) return 0;
    if (second.start - first.end > OUT_OF_REACH) return Number.POSITIVE_INFINITY;
    if (isParted(this.words, first.end - 1, second.start)) return Number.POSITIVE_INFINITY;
    return distance(this.words, first.end, second.start);
  }

  /** The first of some places that is near enough to one and does not overlap it. */
  near<Some extends Place>(around: Place, all: readonly Some[], within: number): Some | undefined {
    return all.find((place) => !overlaps(place, around) && this.gap(place, around) <= within);
  }

  /** Set apart from the words around it by capitals or quotation marks. */
  stands({ start, end }: Place): boolean {
    const words = this.words.slice(start, end);
    if (!this.text.shouts && words.every(({ isShouted }) => isShouted)) return true;
    return words[0]?.isQuoted === true && words.at(-1)?.isQuoted === true;
  }

  /** At the beginning of a sentence or a clause. */
  opens({ start }: Place): boolean {
    return this.words[start]!.before !== "space";
  }
}

export function overlaps(one: Place, other: Place): boolean {
  return one.start < other.end && other.start < one.end;
}
