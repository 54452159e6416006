/**
 * The recogniser: what a person wrote -> what they want, with the rule that says so. Pure and
 * deterministic: the same text and the same lexicons always give the same answer, in linear time.
 * All lexicons are tried on every text, because no detector knows the language of one word.
 *
 * LIMIT: it reads words, not conversations. An operator's own dialogues ("reply YES") and earlier
 * messages of the person are not known here.
 */
import { createHash } from "node:crypto";
import type { Channel } from "../domain/words.ts";
import { floorRuleOf } from "./floor.ts";
import { type Decision, KeywordTier, spanOf } from "./keyword-tier.ts";
import type { Lexicon } from "./lexicon.ts";
import { cutNotWritten, type NotWritten } from "./own-words.ts";
import { parsePhrase } from "./pattern.ts";
import { type PhraseDecision, PhraseTier } from "./phrase-tier.ts";
import type { Recognition } from "./recognition.ts";
import { joinSpacedLetters } from "./spaced-letters.ts";
import { type TokenisedText, tokenise } from "./tokens.ts";

export interface RecognitionContext {
  /** The channel on which the message came in. */
  readonly channel?: Channel;
  /** What was sent to this person lately, so that it is not read as theirs when it comes back. */
  readonly recentOutbound?: readonly string[];
}

export interface Recogniser {
  /** Changes whenever the lexicons or the way of reading them do. */
  readonly version: string;
  recognize(text: string, context?: RecognitionContext): Recognition;
  /** Matching steps that a text takes; for the tests of linear time. */
  work(text: string): number;
}

/** Longer texts are cut here. In UTF-16 units, which is what offsets count. */
export const MAX_TEXT_LENGTH = 64 * 1024;

/** Raised when the code would read the same text and lexicons differently than before. */
const PIPELINE_REVISION = 2;

/** Compiles lexicons that `parseLexicon` has accepted. Their order does not matter. */
export function compileRecogniser(lexicons: readonly Lexicon[]): Recogniser {
  const sorted = [...lexicons].sort((a, b) => (a.language < b.language ? -1 : 1));
  return new CompiledRecogniser(sorted);
}

class CompiledRecogniser implements Recogniser {
  readonly version: string;
  readonly #notWritten: NotWritten;
  readonly #keywords: KeywordTier;
  readonly #phrases: PhraseTier;

  constructor(lexicons: readonly Lexicon[]) {
    this.version = versionOf(lexicons);
    const courtesy = lexicons.flatMap((lexicon) => lexicon.courtesy.map(parsePhrase));
    this.#keywords = new KeywordTier(lexicons, courtesy);
    this.#phrases = new PhraseTier(lexicons, courtesy);
    this.#notWritten = {
      quoteHeaders: lexicons.flatMap(({ notWritten }) => notWritten.quoteHeaders),
      reactions: lexicons.flatMap(({ notWritten }) => notWritten.reactions),
      signatures: lexicons.flatMap(({ notWritten }) => notWritten.signatures),
      autoReplies: lexicons.flatMap(({ notWritten }) => notWritten.autoReplies),
    };
  }

  recognize(text: string, context: RecognitionContext = {}): Recognition {
    const read = this.#read(text, context.recentOutbound ?? []);
    return this.#recognition(this.#decide(read.text, context.channel ?? null), read.steps);
  }

  #decide(text: TokenisedText, channel: Channel | null): Decision | PhraseDecision | null {
    const keyword = this.#keywords.decide(text);
    // Blockers are data, so they may never reach a message that is nothing but a legal word.
    const isFloor = floorRuleOf(text.tokens.map((token) => token.text)) !== null;
    const isTakenBack =
      keyword !== null &&
      !isFloor &&
      text.tokens.length > 1 &&
      this.#phrases.hasBlocker(text, keyword.intent);
    if (keyword === null || isTakenBack) return this.#phrases.decide(text, channel);
    return keyword.intent === "opt-out" ? this.#withNamed(keyword, text) : keyword;
  }

  /** "STOP ALL" and "do not call" are keywords too, and say more than the channel they came on. */
  #withNamed(keyword: Decision, text: TokenisedText): PhraseDecision {
    const { named, findings } = this.#phrases.namedInAll(text, keyword.language);
    return {
      ...keyword,
      scope: null,
      named,
      rules: [...keyword.rules, ...findings.map(({ rule }) => rule.id)],
      spans: [
        ...keyword.spans,
        ...findings.map(({ match }) => spanOf(text.tokens, match.start, match.end)),
      ],
    };
  }

  work(text: string): number {
    return this.#phrases.work(this.#read(text, []).text);
  }

  #read(text: string, recentOutbound: readonly string[]) {
    const steps: string[] = [];
    let written = text;
    if (text.length > MAX_TEXT_LENGTH) {
      written = text.slice(0, MAX_TEXT_LENGTH);
      steps.push(`read only the first ${MAX_TEXT_LENGTH} characters`);
    }
    const own = cutNotWritten(written, this.#notWritten, recentOutbound);
    steps.push(...own.steps);
    const spaced = tokenise(own.text);
    const joined: TokenisedText = joinSpacedLetters(spaced, (word) => this.#keywords.knows(word));
    if (joined !== spaced) steps.push("joined letters that stood apart");
    return { text: joined, steps };
  }

  #recognition(decision: Decision | PhraseDecision | null, steps: readonly string[]): Recognition {
    return {
      intent: decision?.intent ?? "other",
      scope: decision !== null && "scope" in decision ? decision.scope : null,
      named: decision !== null && "named" in decision ? decision.named : [],
      rules: decision?.rules ?? [],
      spans: decision?.spans ?? [],
      language: decision?.language ?? null,
      lexicon: this.version,
      steps: decision === null ? steps : [...steps, ...decision.steps],
    };
  }
}

function versionOf(lexicons: readonly Lexicon[]): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([PIPELINE_REVISION, lexicons]));
  return hash.digest("hex").slice(0, 16);
}
