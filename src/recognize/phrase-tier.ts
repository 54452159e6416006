/**
 * The phrase tier: what somebody says in a sentence. Phrases propose, blockers take back what only
 * looks like a request ("don't stop", "the bus stop", "he told me to quit texting").
 */

import type { Channel } from "../domain/words.ts";
import { Grammar, type Match } from "./grammar.ts";
import { type Decision, spanOf } from "./keyword-tier.ts";
import type { Blocker, Lexicon, PhraseRule, ScopeRule } from "./lexicon.ts";
import { type Pattern, type Phrase, parsePattern, parsePhrase } from "./pattern.ts";
import type { Intent, Recognition, SpokenScope } from "./recognition.ts";
import { PhraseSpelling } from "./spelling.ts";
import {
  type Naming,
  NOTHING_NAMED,
  namedChannels,
  type ScopeFinding,
  spokenScope,
} from "./spoken-scope.ts";
import type { TokenisedText } from "./tokens.ts";

type Owner =
  | { readonly part: "phrase"; readonly rule: PhraseRule; readonly language: string }
  | { readonly part: "blocker"; readonly rule: Blocker; readonly language: string }
  | { readonly part: "scope"; readonly rule: ScopeRule; readonly language: string };

/** A phrase that was found, and what it is worth after blockers. */
interface Hit {
  readonly rule: PhraseRule;
  readonly language: string;
  readonly match: Match;
  readonly intent: Intent;
  readonly blockedBy: Blocker | null;
}

export interface PhraseDecision extends Decision {
  readonly scope: SpokenScope | null;
  readonly named: Recognition["named"];
}

/** Strongest first: an opt-out beats everything that else was said, a doubt beats a consent. */
const ORDER: readonly Intent[] = ["opt-out", "unclear", "opt-in", "help"];

export class PhraseTier {
  readonly #grammar: Grammar;
  readonly #owners: Owner[] = [];
  readonly #spelling: PhraseSpelling;

  constructor(lexicons: readonly Lexicon[], courtesy: readonly Phrase[]) {
    const patterns: Pattern[] = [];
    const add = (owner: Owner, lexicon: Lexicon) => {
      for (const pattern of owner.rule.patterns) {
        patterns.push(parsePattern(pattern, lexicon.slots));
        this.#owners.push(owner);
      }
    };
    for (const lexicon of lexicons) {
      const { language } = lexicon;
      for (const rule of lexicon.phrases) add({ part: "phrase", rule, language }, lexicon);
      for (const rule of lexicon.blockers) add({ part: "blocker", rule, language }, lexicon);
      for (const rule of lexicon.scopes) add({ part: "scope", rule, language }, lexicon);
    }
    this.#grammar = new Grammar(patterns, courtesy);
    const notTypos = lexicons.flatMap((lexicon) =>
      lexicon.notTypos.flatMap((words) => parsePhrase(words).map(({ text }) => text)),
    );
    this.#spelling = new PhraseSpelling(this.#grammar.vocabulary, new Set(notTypos));
  }

  /** Trie and pattern steps that a text takes: linear in its length, which a test counts. */
  work(text: TokenisedText): number {
    return this.#grammar.find(text, this.#spelling.spell(text.tokens).forms).work;
  }

  /** Whether something in it takes a request back, so that its keywords alone do not decide. */
  hasBlocker(text: TokenisedText, intent: Intent): boolean {
    const { matches } = this.#grammar.find(text, this.#spelling.spell(text.tokens).forms);
    return matches.some((match) => {
      const owner = this.#owners[match.pattern]!;
      return owner.part === "blocker" && concerns(owner.rule, intent);
    });
  }

  decide(text: TokenisedText, channel: Channel | null): PhraseDecision | null {
    const spelled = this.#spelling.spell(text.tokens);
    const { matches } = this.#grammar.find(text, spelled.forms);
    const blockers = new Blockers(matches, this.#owners);
    const hits: Hit[] = [];
    for (const match of matches) {
      const owner = this.#owners[match.pattern]!;
      if (owner.part === "phrase") hits.push(weigh(owner, match, blockers, text.asks));
    }
    const intent = ORDER.find((candidate) => hits.some((hit) => hit.intent === candidate));
    if (intent === undefined) return null;
    const deciding = widestFirst(hits.filter((hit) => hit.intent === intent));
    const found = this.#scopeFindings(matches);
    const matched = deciding.map((hit) => hit.match);
    const narrowed = intent === "opt-out" ? spokenScope(found, matched, channel) : null;
    const isWhole = narrowed !== null && narrowed.scope === null;
    // "Messages" are texts in French only: names are read in the languages of the request.
    const languages = new Set(deciding.map((hit) => hit.language));
    const own = found.filter(({ language }) => languages.has(language));
    const naming = isWhole ? namedChannels(own, matched, text) : NOTHING_NAMED;
    const scope = narrowed?.scope ?? null;
    const findings = [...(narrowed?.findings ?? []), ...naming.findings];
    const spoken = { scope, named: naming.named, findings };
    return this.#result(text, intent, deciding, spoken, spelled.steps);
  }

  /** The channels that a message names which is an opt-out from its first word to its last. */
  namedInAll(text: TokenisedText, language: string | null): Naming {
    const { matches } = this.#grammar.find(text, this.#spelling.spell(text.tokens).forms);
    const whole: Match = { pattern: -1, start: 0, end: text.tokens.length };
    const own = this.#scopeFindings(matches).filter((found) => found.language === language);
    return namedChannels(own, [whole], text);
  }

  #scopeFindings(matches: readonly Match[]): readonly ScopeFinding[] {
    return matches.flatMap((match) => {
      const owner = this.#owners[match.pattern]!;
      return owner.part === "scope" ? [{ rule: owner.rule, language: owner.language, match }] : [];
    });
  }

  #result(
    text: TokenisedText,
    intent: Intent,
    deciding: readonly Hit[],
    spoken: Naming & { readonly scope: SpokenScope | null },
    spellingSteps: readonly string[],
  ): PhraseDecision {
    const fired = [
      ...deciding.map((hit) => ({ id: hit.rule.id, match: hit.match })),
      ...spoken.findings.map(({ rule, match }) => ({ id: rule.id, match })),
    ];
    const seen = new Set<string>();
    const once = fired.filter(({ id }) => !seen.has(id) && seen.add(id));
    const doubts = deciding.flatMap((hit) => (hit.blockedBy === null ? [] : [hit.blockedBy.id]));
    return {
      intent,
      scope: spoken.scope,
      named: spoken.named,
      rules: once.map(({ id }) => id),
      spans: once.map(({ match }) => spanOf(text.tokens, match.start, match.end)),
      language: deciding[0]!.language,
      steps: [...spellingSteps, ...[...new Set(doubts)].map((id) => `doubted because of ${id}`)],
    };
  }
}

function widestFirst(hits: readonly Hit[]): readonly Hit[] {
  const width = ({ match }: Hit) => match.end - match.start;
  return [...hits].sort((a, b) => width(b) - width(a) || a.match.start - b.match.start);
}

function weigh(
  { rule, language }: Extract<Owner, { part: "phrase" }>,
  match: Match,
  blockers: Blockers,
  asks: boolean,
): Hit {
  const blockedBy = rule.firm === true ? null : blockers.against(match, rule.intent);
  if (blockedBy !== null) {
    // A blocked opt-out may still leave a doubt; a blocked opt-in or question leaves nothing.
    const doubtful = blockedBy.leaves === "unclear" && rule.intent !== "help";
    return { rule, language, match, intent: doubtful ? "unclear" : "other", blockedBy };
  }
  const doubtful = rule.unclearWhenAsking === true && asks;
  return { rule, language, match, intent: doubtful ? "unclear" : rule.intent, blockedBy };
}

/** Blockers by the tokens that they lie on, so that overlap is a look-up and not a search. */
class Blockers {
  readonly #byToken = new Map<number, Blocker[]>();

  constructor(matches: readonly Match[], owners: readonly Owner[]) {
    for (const match of matches) {
      const owner = owners[match.pattern]!;
      if (owner.part !== "blocker") continue;
      for (let at = match.start; at < match.end; at++) {
        const present = this.#byToken.get(at) ?? [];
        if (!present.includes(owner.rule)) present.push(owner.rule);
        this.#byToken.set(at, present);
      }
    }
  }

  against(match: Match, intent: Intent): Blocker | null {
    let found: Blocker | null = null;
    for (let at = match.start; at < match.end; at++) {
      for (const blocker of this.#byToken.get(at) ?? []) {
        if (!concerns(blocker, intent)) continue;
        // Where two disagree the doubt stays: it is the stricter of the two.
        if (found === null || blocker.leaves === "unclear") found = blocker;
      }
    }
    return found;
  }
}

function concerns(blocker: Blocker, intent: Intent): boolean {
  return blocker.only === undefined || blocker.only.some((only) => only === intent);
}
