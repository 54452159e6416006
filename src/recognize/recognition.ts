/** What the recogniser says about a message: the result type, shared by everybody who asks. */
import type { All, Channel, MessageClass } from "../domain/words.ts";

export const INTENTS = ["opt-out", "opt-in", "help", "unclear", "other"] as const;
export type Intent = (typeof INTENTS)[number];

/** What the person's own words narrow an opt-out to; `null` members mean "not said". */
export interface SpokenScope {
  readonly channel: Channel | null;
  readonly class: MessageClass | null;
}

export interface Span {
  /** UTF-16 offsets into the text as it came in. */
  readonly start: number;
  readonly end: number;
}

export interface Recognition {
  readonly intent: Intent;
  /** `null` unless the words narrow it ("stop the offers but keep my delivery texts"). */
  readonly scope: SpokenScope | null;
  /**
   * The channels that an opt-out's own words name, which it covers whatever channel it came on:
   * `["voice"]` for "stop calling me", `"all"` for "never contact me again". Empty when they name
   * none, and when they narrow it: then `scope` says what is meant.
   */
  readonly named: readonly Channel[] | All;
  /** Ids of the rules that fired, the deciding one first: `en.keyword.stop`. */
  readonly rules: readonly string[];
  /** Where in the text they fired, in the same order. */
  readonly spans: readonly Span[];
  /** BCP 47 tag of the lexicon whose rule decided; `null` when none did. */
  readonly language: string | null;
  /** Version of the lexicons: the same text and version always give the same answer. */
  readonly lexicon: string;
  /** What was done to the text first, in words: "cut a quote", "undid look-alike letters". */
  readonly steps: readonly string[];
}
