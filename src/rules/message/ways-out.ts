/** The ways out that a text tells: a keyword to send, a link, a telephone number, a key to press. */
import { RecentMap } from "../../address/recent-map.ts";
import { KeywordWays } from "./keyword-ways.ts";
import { OtherWays } from "./other-ways.ts";
import { PhraseView } from "./phrase-view.ts";
import { type Found, findPhrases } from "./phrases.ts";
import { type ReadText, readText } from "./read-text.ts";
import type { WayOut } from "./way-out.ts";

/** A text with what was found in it. */
export interface Reading extends ReadText {
  readonly found: readonly Found[];
  readonly ways: readonly WayOut[];
}

/** One text goes to many people, and every rule asks about it. */
const readings = new RecentMap<string, Reading>(50);
/** Longer ones are read afresh, so that what is remembered stays small. */
const LONGEST_REMEMBERED = 4000;

/** Reads a text once, for all that is asked about it. */
export function readWording(written: string): Reading {
  const known = readings.get(written);
  if (known !== undefined) return known;
  const text = readText(written);
  const found = findPhrases(text.words);
  const reading = {
    ...text,
    found,
    ways: findWays(new PhraseView(text, found)),
  };
  if (written.length <= LONGEST_REMEMBERED) readings.set(written, reading);
  return reading;
}

function findWays(view: PhraseView): readonly WayOut[] {
  const [keywords, others] = [new KeywordWays(view), new OtherWays(view)];
  const ways: WayOut[] = [...others.namedLinks()];
  for (const language of view.languages) {
    const plain = view.of("purpose", language);
    const ends = view.of("ends", language);
    const purposes = [...plain, ...ends.filter((end) => others.isPlain(end, language))];
    ways.push(...others.links(language, purposes), ...others.phones(language, purposes));
    ways.push(...others.keys(language, purposes, keywords.all));
    ways.push(...keywords.waysIn(language, [...plain, ...ends]));
  }
  return withoutDoubles([...ways, ...keywords.bareWays()]);
}

function withoutDoubles(ways: readonly WayOut[]): readonly WayOut[] {
  const seen = new Set<string>();
  return ways.filter((way) => {
    const key = JSON.stringify(way);
    return !seen.has(key) && seen.add(key);
  });
}
