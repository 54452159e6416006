/**
 * What reasons are made of, in the languages that verdicts are explained in. The sentences are data
 * under `messages/verdicts/`, one file per language with the same phrases in each, so that a
 * translator can change them. English is the one that the others are held against.
 */
import { type Static, Type } from "typebox";
import en from "../../messages/verdicts/en.json" with { type: "json" };
import es from "../../messages/verdicts/es.json" with { type: "json" };
import type { ExplanationLanguage } from "./facts.ts";

const TEXT = Type.String({ minLength: 1, maxLength: 500 });

/** What `messages/verdicts/schema.json` holds. */
export const PhrasebookSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    /** BCP 47 tag. */
    language: Type.String({ pattern: "^[a-z]{2,3}$" }),
    author: TEXT,
    reviewed: Type.Union([TEXT, Type.Null()]),
    phrases: Type.Record(Type.String({ pattern: "^[a-z]+\\.[a-z0-9-]+$" }), TEXT),
  },
  { additionalProperties: false },
);
export type Phrasebook = Static<typeof PhrasebookSchema>;

/** Names of the phrases there are: `consent.none`. */
export type PhraseKey = keyof typeof en.phrases;

export type PhraseValues = Readonly<Record<string, string | number>>;

/** Every phrasebook, for the test that holds them against each other. */
export const PHRASEBOOKS: Readonly<Record<ExplanationLanguage, Phrasebook>> = { en, es };

/** A phrase taken apart once. */
interface Parts {
  /** The words before the first value, and the same as the first words of a sentence. */
  readonly first: string;
  readonly capital: string;
  /** Names of the values, and the words after each. */
  readonly names: readonly string[];
  readonly after: readonly string[];
}

const taken: Readonly<Record<ExplanationLanguage, ReadonlyMap<string, Parts>>> = {
  en: takeApart(en.phrases),
  es: takeApart(es.phrases),
};

function takeApart(phrases: Phrasebook["phrases"]): ReadonlyMap<string, Parts> {
  const taken = Object.entries(phrases).map(([key, text]): [string, Parts] => {
    // Words are at the even places, names of values at the odd ones.
    const [first = "", ...rest] = text.split(/[{}]/u);
    const names = rest.filter((_, index) => index % 2 === 0);
    const after = rest.filter((_, index) => index % 2 === 1);
    return [key, { first, capital: capitalised(first), names, after }];
  });
  return new Map(taken);
}

/** A sentence with its values filled in. A missing value is an error, never an empty place. */
export function say(
  language: ExplanationLanguage,
  key: PhraseKey,
  values: PhraseValues = {},
): string {
  const parts = partsOf(language, key);
  if (parts.first !== "") return fill(key, parts, parts.capital, values);
  return capitalised(fill(key, parts, "", values));
}

/** The same for what goes into the middle of a sentence: it gets no capital. */
export function sayPart(
  language: ExplanationLanguage,
  key: PhraseKey,
  values: PhraseValues = {},
): string {
  const parts = partsOf(language, key);
  return fill(key, parts, parts.first, values);
}

function partsOf(language: ExplanationLanguage, key: PhraseKey): Parts {
  const parts = taken[language].get(key);
  if (parts === undefined) throw new Error(`there is no phrase \`${key}\` in \`${language}\``);
  return parts;
}

function capitalised(text: string): string {
  const first = text[0] ?? "";
  return first >= "a" ? first.toUpperCase() + text.slice(1) : text;
}

function fill(key: PhraseKey, parts: Parts, first: string, values: PhraseValues): string {
  const { names, after } = parts;
  let text = first;
  for (let at = 0; at < names.length; at += 1) {
    const value = values[names[at]!];
    if (value === undefined) throw new Error(`no value for \`{${names[at]}}\` in \`${key}\``);
    text += value + after[at]!;
  }
  return text;
}

/** The definition for editors and other tools. */
export function verdictJsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Heed phrases of verdicts",
    ...PhrasebookSchema,
  };
}
