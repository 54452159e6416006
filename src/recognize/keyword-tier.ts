/**
 * The whole-message tier: messages that are nothing but keywords, courtesy words, numbers of short
 * codes and signs. The legal floor is looked up before any lexicon is asked.
 */
import { floorRuleOf, STOP_SIGN_RULE, STOP_SIGNS } from "./floor.ts";
import { type Forms, Grammar, type Match } from "./grammar.ts";
import type { KeywordRule, Lexicon } from "./lexicon.ts";
import { type Phrase, parsePattern, parsePhrase } from "./pattern.ts";
import type { Intent, Span } from "./recognition.ts";
import { spellExactly, spellWithSlips } from "./spelling.ts";
import type { Token, TokenisedText } from "./tokens.ts";

export interface Decision {
  readonly intent: Intent;
  /** The deciding one first. */
  readonly rules: readonly string[];
  readonly spans: readonly Span[];
  readonly language: string | null;
  readonly steps: readonly string[];
}

/** More words than this are a sentence, whatever they begin with. */
const MAX_WORDS = 12;
/** A slip in a longer message is more likely another word. */
const MAX_WORDS_WITH_SLIPS = 6;

interface KeywordGrammar {
  readonly grammar: Grammar;
  /** The rule behind each pattern of the grammar. */
  readonly rules: readonly KeywordRule[];
}

export class KeywordTier {
  readonly #exact: KeywordGrammar;
  readonly #withSlips: KeywordGrammar;
  readonly #notTypos: ReadonlySet<string>;
  readonly #languages = new Map<string, string>();

  constructor(lexicons: readonly Lexicon[], courtesy: readonly Phrase[]) {
    const compile = (onlyTypos: boolean): KeywordGrammar => {
      const rules: KeywordRule[] = [];
      const patterns = lexicons.flatMap((lexicon) =>
        lexicon.keywords
          .filter((rule) => rule.typos || !onlyTypos)
          .flatMap((rule) =>
            rule.patterns.map((pattern) => {
              rules.push(rule);
              return parsePattern(pattern, lexicon.slots);
            }),
          ),
      );
      return { grammar: new Grammar(patterns, courtesy), rules };
    };
    this.#exact = compile(false);
    this.#withSlips = compile(true);
    this.#notTypos = new Set(
      lexicons.flatMap((lexicon) =>
        lexicon.notTypos.flatMap((words) => parsePhrase(words).map(({ text }) => text)),
      ),
    );
    for (const lexicon of lexicons) {
      for (const { id } of lexicon.keywords) this.#languages.set(id, lexicon.language);
    }
  }

  knows(word: string): boolean {
    return floorRuleOf([word]) !== null || this.#exact.grammar.knows(word);
  }

  decide(text: TokenisedText): Decision | null {
    if (text.tokens.length === 0) return decideSigns(text);
    if (text.tokens.length > MAX_WORDS) return null;
    const exact = spellExactly(text.tokens, this.#exact.grammar.vocabulary);
    const floor = this.#floor(text, exact.forms);
    if (floor !== null) return { ...floor, steps: exact.steps };
    const known = this.#cover(this.#exact, text, exact.forms);
    if (known !== null) return { ...known, steps: exact.steps };
    if (text.tokens.length > MAX_WORDS_WITH_SLIPS) return null;
    const { vocabulary, patternWords } = this.#withSlips.grammar;
    const slips = spellWithSlips(text.tokens, vocabulary, patternWords, this.#notTypos);
    const repaired = this.#cover(this.#withSlips, text, slips.forms);
    return repaired === null ? null : { ...repaired, steps: slips.steps };
  }

  /** The floor, with and without courtesy words around it: "stop", "stop please", "hi, stop". */
  #floor(text: TokenisedText, forms: Forms): Omit<Decision, "steps"> | null {
    const { tokens } = text;
    const opens = this.#courtesyFrom(text, forms);
    for (let start = 0; start < tokens.length; start++) {
      if (start > 0 && !opens.from.has(start)) continue;
      for (let end = tokens.length; end > start; end--) {
        if (end < tokens.length && !opens.until.has(end)) continue;
        const rule = floorRuleOf(tokens.slice(start, end).map((token) => token.text));
        if (rule === null) continue;
        return {
          intent: "opt-out",
          rules: [rule],
          spans: [spanOf(tokens, start, end)],
          language: "en",
        };
      }
    }
    return null;
  }

  /** Places that only courtesy words lead to from the start, and from which they lead to the end. */
  #courtesyFrom(text: TokenisedText, forms: Forms) {
    const size = text.tokens.length;
    const ends = this.#exact.grammar.courtesyEnds(text, forms);
    const from = new Set([0]);
    for (let at = 0; at < size; at++) {
      if (from.has(at)) for (const end of ends[at]!) from.add(end);
    }
    const until = new Set([size]);
    for (let at = size - 1; at >= 0; at--) {
      if (ends[at]!.some((end) => until.has(end))) until.add(at);
    }
    return { from, until };
  }

  /** Whether keywords, courtesy words and numbers cover the message from end to end. */
  #cover(from: KeywordGrammar, text: TokenisedText, forms: Forms) {
    const { matches } = from.grammar.find(text, forms);
    if (matches.length === 0) return null;
    const intents = new Set(matches.map((match) => from.rules[match.pattern]!.intent));
    // START and STOP in one message: which of the two is meant is for a person to read.
    const order: readonly Intent[] = intents.has("opt-in")
      ? ["opt-in", "unclear", "help", "opt-out"]
      : ["opt-out", "unclear", "help"];
    const covers = (chosen: readonly Match[]) => this.#path(from, text, forms, chosen);
    for (const intent of order) {
      const path = covers(matches.filter((match) => from.rules[match.pattern]!.intent === intent));
      if (path !== null) return this.#result(from, text, intent, path);
    }
    const mixed = covers(matches);
    if (mixed === null) return null;
    const used = new Set(mixed.map((match) => from.rules[match.pattern]!.intent));
    const intent = used.has("opt-out") && !used.has("opt-in") ? "opt-out" : "unclear";
    return this.#result(from, text, intent, mixed);
  }

  #path(from: KeywordGrammar, text: TokenisedText, forms: Forms, matches: readonly Match[]) {
    const { tokens } = text;
    const courtesyEnds = from.grammar.courtesyEnds(text, forms);
    const paths: (readonly Match[] | undefined)[] = [[]];
    for (let at = 0; at < tokens.length; at++) {
      const path = paths[at];
      if (path === undefined) continue;
      for (const match of matches) {
        if (match.start === at) paths[match.end] ??= [...path, match];
      }
      for (const end of courtesyEnds[at]!) paths[end] ??= path;
    }
    const whole = paths[tokens.length];
    return whole === undefined || whole.length === 0 ? null : whole;
  }

  #result(from: KeywordGrammar, text: TokenisedText, intent: Intent, path: readonly Match[]) {
    const rules = path.map((match) => from.rules[match.pattern]!.id);
    return {
      intent,
      rules,
      spans: path.map(({ start, end }) => spanOf(text.tokens, start, end)),
      language: this.#languages.get(rules[0]!) ?? null,
    };
  }
}

function decideSigns(text: TokenisedText): Decision | null {
  const { symbols } = text;
  const [first] = symbols;
  if (first === undefined || !symbols.every((symbol) => STOP_SIGNS.has(symbol.text))) return null;
  const span = { start: first.start, end: symbols.at(-1)!.end };
  return { intent: "opt-out", rules: [STOP_SIGN_RULE], spans: [span], language: null, steps: [] };
}

export function spanOf(tokens: readonly Token[], start: number, end: number): Span {
  return { start: tokens[start]!.start, end: tokens[end - 1]!.end };
}
