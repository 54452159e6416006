/**
 * Lexicons: how people say stop, start and help in one language, as data that somebody who speaks it
 * can review without reading TypeScript. docs/formats/lexicon.md is the format in words.
 */
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { PatternError, parsePattern, parsePhrase } from "./pattern.ts";

const Closed = { additionalProperties: false } as const;
const Texts = Type.Array(Type.String({ minLength: 1, maxLength: 600 }));
const SomeTexts = Type.Array(Type.String({ minLength: 1, maxLength: 600 }), { minItems: 1 });
const Patterns = Type.Array(Type.String({ minLength: 1, maxLength: 600 }), { minItems: 1 });
const Id = Type.String({ pattern: "^[a-z]{2,3}(-[A-Za-z]+)?\\.[a-z]+\\.[a-z0-9-]+$" });
const RuleIntent = Type.Union([
  Type.Literal("opt-out"),
  Type.Literal("opt-in"),
  Type.Literal("help"),
  Type.Literal("unclear"),
]);
const Channel = Type.Union([Type.Literal("sms"), Type.Literal("voice"), Type.Literal("email")]);
const Part = Type.Object(
  {
    channel: Type.Union([Channel, Type.Null()]),
    class: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
  },
  Closed,
);
/** Whole messages that the rule must and must not decide; every one of them is run as a test. */
const Examples = Type.Object({ match: SomeTexts, not: Texts }, Closed);

const KeywordRule = Type.Object(
  {
    id: Id,
    intent: RuleIntent,
    /** Whole messages, courtesy words and punctuation apart. */
    patterns: Patterns,
    /** Whether a slip of the finger counts too. Never for words that have close neighbours. */
    typos: Type.Boolean(),
    note: Type.Optional(Type.String()),
    examples: Examples,
  },
  Closed,
);
const PhraseRule = Type.Object(
  {
    id: Id,
    intent: RuleIntent,
    patterns: Patterns,
    /** No blocker can undo it ("if you don't stop texting me …"). */
    firm: Type.Optional(Type.Boolean()),
    /** When the message also asks something, it is only unclear. */
    unclearWhenAsking: Type.Optional(Type.Boolean()),
    note: Type.Optional(Type.String()),
    examples: Examples,
  },
  Closed,
);
const Blocker = Type.Object(
  {
    id: Id,
    /** What an opt-out that it blocks is worth: still doubtful, or nothing. */
    leaves: Type.Union([Type.Literal("unclear"), Type.Literal("other")]),
    /** The intents that it takes back; all of them when it is not given. */
    only: Type.Optional(Type.Array(RuleIntent, { minItems: 1 })),
    patterns: Patterns,
    note: Type.Optional(Type.String()),
    examples: Type.Object({ blocks: SomeTexts, not: Texts }, Closed),
  },
  Closed,
);
/**
 * Words that say what an opt-out is about: what it names, what the person wants to keep, a channel
 * that a list adds to it (`lists`), and that every channel is meant.
 */
const ScopeRule = Type.Object(
  {
    id: Id,
    reads: Type.Union([
      Type.Literal("names"),
      Type.Literal("keeps"),
      Type.Literal("everything"),
      Type.Literal("lists"),
      Type.Literal("every-channel"),
    ]),
    part: Part,
    patterns: Patterns,
  },
  Closed,
);

export const LexiconSchema = Type.Object(
  {
    format: Type.Literal(1),
    /** BCP 47. */
    language: Type.String({ pattern: "^[a-z]{2,3}(-[A-Za-z]+)?$" }),
    name: Type.String({ minLength: 1 }),
    author: Type.String({ minLength: 1 }),
    /** Who that speaks it natively has read it, and when; `null` while nobody has. */
    reviewed: Type.Union([
      Type.Null(),
      Type.Object({ by: Type.String({ minLength: 1 }), on: Type.String() }, Closed),
    ]),
    sources: Type.Array(
      Type.Object({ title: Type.String(), url: Type.String(), for: Type.String() }, Closed),
    ),
    courtesy: Texts,
    /** Real words one slip away from a keyword: they are never taken for it. */
    notTypos: Texts,
    slots: Type.Record(Type.String({ pattern: "^[A-Z][A-Z-]*$" }), SomeTexts),
    keywords: Type.Array(KeywordRule),
    phrases: Type.Array(PhraseRule),
    blockers: Type.Array(Blocker),
    scopes: Type.Array(ScopeRule),
    notWritten: Type.Object(
      {
        /** "On … wrote:", the line that mail programs put above a quote. */
        quoteHeaders: Type.Array(
          Type.Object({ starts: Type.String(), ends: Type.String({ minLength: 1 }) }, Closed),
        ),
        /** `Liked “…”`: what phones send when somebody taps a message. */
        reactions: Texts,
        /** "Sent from my …". The line is dropped. */
        signatures: Texts,
        /** "I am out of the office": nobody has read the message yet. */
        autoReplies: Texts,
      },
      Closed,
    ),
  },
  Closed,
);
export type Lexicon = Static<typeof LexiconSchema>;
export type KeywordRule = Static<typeof KeywordRule>;
export type PhraseRule = Static<typeof PhraseRule>;
export type Blocker = Static<typeof Blocker>;
export type ScopeRule = Static<typeof ScopeRule>;

/** A lexicon that cannot be used. The message names the file, the place in it and the reason. */
export class LexiconError extends Error {
  override readonly name = "LexiconError";
  constructor(path: string, place: string, reason: string) {
    super(`${path}: at ${place === "" ? "the top" : place}: ${reason}`);
  }
}

/** Checks the parsed contents of a lexicon file. Throws `LexiconError`. */
export function parseLexicon(json: unknown, path: string): Lexicon {
  if (!Value.Check(LexiconSchema, json)) {
    const [first] = Value.Errors(LexiconSchema, json);
    // TypeBox says "schema is false" of a member that the schema does not know.
    const unknown = first?.message === "schema is false";
    const reason = unknown ? "is not part of the format" : (first?.message ?? "is malformed");
    throw new LexiconError(path, first?.instancePath ?? "", reason);
  }
  checkIds(json, path);
  checkPatterns(json, path);
  return json;
}

function checkIds(lexicon: Lexicon, path: string): void {
  const seen = new Set<string>();
  for (const section of ["keywords", "phrases", "blockers", "scopes"] as const) {
    for (const [index, { id }] of lexicon[section].entries()) {
      const place = `/${section}/${index}/id`;
      if (!id.startsWith(`${lexicon.language}.`)) {
        throw new LexiconError(path, place, `\`${id}\` must begin with \`${lexicon.language}.\``);
      }
      if (seen.has(id)) throw new LexiconError(path, place, `\`${id}\` is used twice`);
      seen.add(id);
    }
  }
}

function checkPatterns(lexicon: Lexicon, path: string): void {
  const check = (place: string, parse: () => void) => {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new LexiconError(path, place, error.message);
    }
  };
  for (const [index, words] of lexicon.courtesy.entries()) {
    check(`/courtesy/${index}`, () => parsePhrase(words));
  }
  for (const [slot, members] of Object.entries(lexicon.slots)) {
    for (const [index, words] of members.entries()) {
      check(`/slots/${slot}/${index}`, () => parsePhrase(words));
    }
  }
  for (const section of ["keywords", "phrases", "blockers", "scopes"] as const) {
    for (const [rule, { patterns }] of lexicon[section].entries()) {
      for (const [index, pattern] of patterns.entries()) {
        check(`/${section}/${rule}/patterns/${index}`, () => parsePattern(pattern, lexicon.slots));
      }
    }
  }
}
