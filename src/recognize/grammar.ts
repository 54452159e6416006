/**
 * Many patterns against one text in one pass. All phrases of all patterns sit in one trie of words;
 * a pattern is tried only where its first phrase was found. Patterns cannot loop and gaps are
 * bounded, so the work per word is bounded and the whole is linear; `work` counts it for the tests.
 */
import { type Element, MAX_PREFIX_LENGTH, type Pattern, type Phrase } from "./pattern.ts";
import type { TokenisedText } from "./tokens.ts";

export interface Match {
  /** Index into the patterns that the grammar was compiled from. */
  readonly pattern: number;
  /** Token indexes, end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface Matches {
  readonly matches: readonly Match[];
  /** Trie steps and pattern steps taken: what linear time is tested on. */
  readonly work: number;
}

/** The spellings under which each token may be looked up: as written, and repaired. */
export type Forms = readonly (readonly string[])[];

interface TrieNode {
  readonly words: Map<string, TrieNode>;
  readonly prefixes: Map<string, TrieNode>;
  /** Phrase sets that are complete here. */
  readonly sets: number[];
}

function emptyNode(): TrieNode {
  return { words: new Map(), prefixes: new Map(), sets: [] };
}

/** Courtesy words are phrase set 0: what may stand before and after without saying anything. */
const COURTESY = 0;

/** Which phrase sets start at a token, and where they end: pairs of set and end. */
type Found = readonly (readonly [set: number, end: number])[];

interface Places {
  readonly found: readonly Found[];
  /** For each token, the index one past the last token of its sentence. */
  readonly sentenceEnd: readonly number[];
  readonly sentenceStart: readonly number[];
}

interface CompiledElement {
  readonly element: Element;
  readonly set: number;
}

export class Grammar {
  readonly #root = emptyNode();
  readonly #setIds = new Map<string, number>();
  readonly #patterns: { readonly index: number; readonly elements: CompiledElement[] }[] = [];
  /** Patterns by the phrase set they begin with; -1 for a number. */
  readonly #byFirst = new Map<number, number[]>();
  /** Every whole word in the grammar, for repairs of spelling. */
  readonly vocabulary = new Set<string>();
  /** The words among them that stand in a pattern, and not only among the courtesies. */
  readonly patternWords = new Set<string>();

  constructor(patterns: readonly Pattern[], courtesy: readonly Phrase[]) {
    this.#intern(courtesy);
    for (const [index, pattern] of patterns.entries()) this.#addPattern(pattern, index);
  }

  #addPattern(pattern: Pattern, index: number): void {
    const elements = pattern.map((element) => ({
      element,
      set: element.kind === "phrases" ? this.#intern(element.phrases) : -1,
    }));
    const first = elements.find(({ element }) => element.kind !== "edge")!.set;
    const list = this.#byFirst.get(first) ?? [];
    list.push(this.#patterns.length);
    this.#byFirst.set(first, list);
    this.#patterns.push({ index, elements });
  }

  #intern(phrases: readonly Phrase[]): number {
    const key = JSON.stringify(phrases);
    const known = this.#setIds.get(key);
    if (known !== undefined) return known;
    const id = this.#setIds.size;
    this.#setIds.set(key, id);
    for (const phrase of phrases) this.#insert(phrase, id);
    return id;
  }

  #insert(phrase: Phrase, set: number): void {
    let node = this.#root;
    for (const { text, prefix } of phrase) {
      if (!prefix) this.vocabulary.add(text);
      if (!prefix && set !== COURTESY) this.patternWords.add(text);
      const branch = prefix ? node.prefixes : node.words;
      let next = branch.get(text);
      if (next === undefined) {
        next = emptyNode();
        branch.set(text, next);
      }
      node = next;
    }
    if (!node.sets.includes(set)) node.sets.push(set);
  }

  /** Whether a word means something to this grammar, alone or by its beginning. */
  knows(word: string): boolean {
    return this.vocabulary.has(word);
  }

  find(text: TokenisedText, forms: Forms): Matches {
    const search = new Search(text, forms, this.#root);
    const matches: Match[] = [];
    for (let at = 0; at < text.tokens.length; at++) {
      const starts = new Set(search.places.found[at]!.map(([set]) => set));
      if (text.tokens[at]!.kind === "number") starts.add(-1);
      for (const set of starts) {
        for (const number of this.#byFirst.get(set) ?? []) {
          const { index, elements } = this.#patterns[number]!;
          const end = search.run(elements, at);
          if (end > at) matches.push({ pattern: index, start: at, end });
        }
      }
    }
    return { matches, work: search.work };
  }

  /** For each token, where courtesy phrases that start at it end; for callers that strip them. */
  courtesyEnds(text: TokenisedText, forms: Forms): readonly (readonly number[])[] {
    const { found } = new Search(text, forms, this.#root).places;
    return found.map((sets) => sets.flatMap(([set, end]) => (set === COURTESY ? [end] : [])));
  }
}

class Search {
  readonly places: Places;
  work = 0;
  readonly #text: TokenisedText;
  readonly #forms: Forms;
  readonly #opens: boolean[];
  readonly #closes: boolean[];
  readonly #messageOpens: boolean[];
  readonly #messageCloses: boolean[];

  constructor(text: TokenisedText, forms: Forms, root: TrieNode) {
    this.#text = text;
    this.#forms = forms;
    const size = text.tokens.length;
    const sentenceEnd = new Array<number>(size).fill(size);
    const sentenceStart = new Array<number>(size).fill(0);
    for (const { first, end } of text.sentences) {
      sentenceEnd.fill(end, first, end);
      sentenceStart.fill(first, first, end);
    }
    const found: Found[] = [];
    for (let at = 0; at < size; at++) {
      found.push(this.#walk(root, at, sentenceEnd[at]!));
    }
    this.places = { found, sentenceEnd, sentenceStart };
    this.#opens = this.#spread((at) => at < size && this.#isOpening(at));
    this.#messageOpens = this.#spread((at) => at === 0);
    this.#closes = this.#spreadBack((at) => at === size || this.#isOpening(at));
    this.#messageCloses = this.#spreadBack((at) => at === size);
  }

  #isOpening(at: number): boolean {
    return this.places.sentenceStart[at] === at || this.#text.tokens[at]!.afterPause;
  }

  /** Places from which only courtesy words lead back to a place where `begins` is true. */
  #spread(begins: (at: number) => boolean): boolean[] {
    const size = this.#text.tokens.length;
    const open = Array.from({ length: size + 1 }, (_, at) => begins(at));
    for (let at = 0; at < size; at++) {
      if (!open[at]) continue;
      for (const [set, end] of this.places.found[at]!) if (set === COURTESY) open[end] = true;
    }
    return open;
  }

  #spreadBack(ends: (at: number) => boolean): boolean[] {
    const size = this.#text.tokens.length;
    const closed = Array.from({ length: size + 1 }, (_, at) => ends(at));
    for (let at = size - 1; at >= 0; at--) {
      if (closed[at]) continue;
      closed[at] = this.places.found[at]!.some(([set, end]) => set === COURTESY && closed[end]);
    }
    return closed;
  }

  #walk(root: TrieNode, from: number, limit: number): Found {
    const found: (readonly [number, number])[] = [];
    let level: TrieNode[] = [root];
    for (let at = from; at < limit && level.length > 0; at++) {
      const next: TrieNode[] = [];
      for (const node of level) this.#step(node, this.#forms[at]!, next);
      for (const node of next) for (const set of node.sets) found.push([set, at + 1]);
      level = next;
    }
    return found;
  }

  #step(node: TrieNode, spellings: readonly string[], next: TrieNode[]): void {
    for (const spelling of spellings) {
      this.work++;
      const whole = node.words.get(spelling);
      if (whole !== undefined) next.push(whole);
      if (node.prefixes.size === 0) continue;
      const longest = Math.min(spelling.length, MAX_PREFIX_LENGTH);
      for (let length = 3; length <= longest; length++) {
        this.work++;
        const begun = node.prefixes.get(spelling.slice(0, length));
        if (begun !== undefined) next.push(begun);
      }
    }
  }

  /** The furthest end of a match of `elements` at `start`, or -1. */
  run(elements: readonly CompiledElement[], start: number): number {
    const limit = this.places.sentenceEnd[start]!;
    // Places that can be reached so far, as offsets from `start`. They stay few: phrases are short.
    let reached = new Set([start]);
    for (const { element, set } of elements) {
      const next = new Set<number>();
      for (const at of reached) this.#advance(element, set, at, limit, next);
      reached = next;
      if (reached.size === 0) return -1;
    }
    return Math.max(...reached);
  }

  #advance(element: Element, set: number, at: number, limit: number, next: Set<number>): void {
    this.work++;
    if (element.kind === "edge") {
      if (this.#isAtEdge(element.edge, at)) next.add(at);
      return;
    }
    if (element.kind === "gap") {
      for (let to = at; to <= Math.min(at + element.upTo, limit); to++) next.add(to);
      return;
    }
    if (element.optional) next.add(at);
    if (at >= limit) return;
    if (element.kind === "number") {
      const { kind, text } = this.#text.tokens[at]!;
      if (kind === "number" && text.length >= 3 && text.length <= 8) next.add(at + 1);
      return;
    }
    for (const [found, end] of this.places.found[at]!) {
      this.work++;
      if (found === set) next.add(end);
    }
  }

  #isAtEdge(edge: "sentence-start" | "sentence-end" | "message-start" | "message-end", at: number) {
    switch (edge) {
      case "sentence-start":
        return this.#opens[at] === true;
      case "sentence-end":
        return this.#closes[at] === true;
      case "message-start":
        return this.#messageOpens[at] === true;
      case "message-end":
        return this.#messageCloses[at] === true;
    }
  }
}
