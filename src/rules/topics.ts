/**
 * Topics: what a message is about, as a pack's rules name it. A message says its topic as the id
 * of one of the pack's, or in words that hold one of the topic's phrases.
 */
import { foldWords, holdsPhrase } from "./fold-words.ts";
import type { RulePack } from "./pack.ts";

export interface Topics {
  /** The ids of the pack's topics that a message's topic is: none, one or several. */
  of(topic: string): ReadonlySet<string>;
}

/** Topics come from askers, so what is remembered of them has an end. */
const MOST_REMEMBERED = 500;
const NONE: ReadonlySet<string> = new Set();

export function compileTopics(topics: RulePack["topics"]): Topics {
  if (topics.length === 0) return { of: () => NONE };
  const known = topics.map(({ id, phrases }) => ({
    id,
    phrases: [...phrases, id].map(foldWords),
  }));
  const remembered = new Map<string, ReadonlySet<string>>();
  return {
    of(topic) {
      const before = remembered.get(topic);
      if (before !== undefined) return before;
      const words = foldWords(topic);
      const found = known.filter(
        ({ id, phrases }) => id === topic || phrases.some((phrase) => holdsPhrase(words, phrase)),
      );
      const ids = new Set(found.map(({ id }) => id));
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(topic, ids);
      return ids;
    },
  };
}
