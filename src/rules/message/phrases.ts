/**
 * The words by which a way out, a fee, a login, help or an advertisement is known in a text: one
 * reviewed file per language in `messages/way-out/`, whose schema this is, and the one search that
 * finds all of them. docs/formats/messages.md explains the members to translators.
 */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import { tokenise } from "../../recognize/tokens.ts";
import { PHRASE_FILES } from "./phrase-files.ts";
import type { Word } from "./read-text.ts";

const SomePhrases = Type.Array(Type.String({ minLength: 1, maxLength: 80 }), {
  minItems: 1,
});
const Phrases = Type.Array(Type.String({ minLength: 1, maxLength: 80 }));

export const PhraseFileSchema = Type.Object(
  {
    language: Type.String({ pattern: "^[a-z]{2,3}$" }),
    author: Type.String({ minLength: 1 }),
    reviewed: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
    /** Words to send, beside STOP, which is one in every language. */
    keywords: SomePhrases,
    /** Words that ask to send something: reply, text. */
    send: SomePhrases,
    /** Words that say what it is for: unsubscribe, no more messages. Never a bare "stop". */
    purpose: SomePhrases,
    /** What is said beside a keyword only, because it means much else too: to end, to stop. */
    ends: Type.Optional(SomePhrases),
    /** Words between a keyword and the number it goes to. */
    to: SomePhrases,
    call: SomePhrases,
    press: SomePhrases,
    say: SomePhrases,
    /** Keys of a telephone in words. */
    keys: SomePhrases,
    fee: SomePhrases,
    login: SomePhrases,
    /** What nobody may be asked for in order to leave: a date of birth, a number of an account. */
    identity: Type.Optional(SomePhrases),
    /** Words that take back a fee, a login or an offer right before or after them. */
    not: SomePhrases,
    help: SomePhrases,
    street: SomePhrases,
    /** "msg frequency varies", "4 msgs/month" without the number. */
    frequency: SomePhrases,
    /** "msg & data rates may apply". */
    rates: SomePhrases,
    /** What no confirmation may say, whatever stands around it. */
    advertises: SomePhrases,
    /** What advertises unless it is named as what was ended. */
    offers: SomePhrases,
    /** Words of names that many senders have: shop, bank. */
    commonNames: Phrases,
  },
  { additionalProperties: false },
);
export type PhraseFile = Static<typeof PhraseFileSchema>;
type Role = Exclude<keyof PhraseFile, "language" | "author" | "reviewed">;

const ROLES = Object.keys(PhraseFileSchema.properties).filter(
  (key) => !["language", "author", "reviewed"].includes(key),
) as readonly Role[];

/** A phrase found in a text: words `start` up to, and not with, `end`. */
export interface Found {
  readonly language: string;
  readonly role: Role;
  readonly start: number;
  readonly end: number;
}

/** A folded word, its beginning or end where a star stands for the rest, or any link. */
interface Part {
  readonly text: string;
  readonly is: "whole" | "beginning" | "end" | "link";
}
interface Phrase {
  readonly language: string;
  readonly role: Role;
  readonly parts: readonly Part[];
}

/** Checks the contents of a file. Throws an error that names the file and the first fault. */
export function parsePhraseFile(json: unknown, path: string): PhraseFile {
  if (Value.Check(PhraseFileSchema, json)) return json;
  const [fault] = [...Value.Errors(PhraseFileSchema, json)];
  throw new Error(`${path}: ${fault?.instancePath || "/"} ${fault?.message}`);
}

/** A phrase as its folded words; a star stands for anything, `{link}` for an address of a page. */
function partsOf(phrase: string): readonly Part[] {
  return phrase.split(/\s+/u).flatMap((written) => {
    if (written === "{link}") return [{ text: "", is: "link" as const }];
    const words = tokenise(written.replaceAll("*", "")).tokens;
    return words.map(({ text }, at): Part => {
      if (written.endsWith("*") && at === words.length - 1) return { text, is: "beginning" };
      return {
        text,
        is: written.startsWith("*") && at === 0 ? "end" : "whole",
      };
    });
  });
}

export const FILES: readonly PhraseFile[] = PHRASE_FILES.map((file) =>
  parsePhraseFile(file, `messages/way-out/${(file as { language?: string }).language}.json`),
);

/** Phrases by their first word, whole or by how it begins, so that a text asks few of them. */
const byFirstWord = new Map<string, Phrase[]>();
const byBeginning = new Map<string, Phrase[]>();
/** Phrases whose first word may begin with anything: `*strasse`. */
const byEnding: Phrase[] = [];
/** So many UTF-16 units of a beginning are looked up. */
const BEGINNING = 2;

function listUnder(index: Map<string, Phrase[]>, key: string): Phrase[] {
  const list = index.get(key) ?? [];
  index.set(key, list);
  return list;
}

function listFor({ text, is }: Part): Phrase[] {
  if (is === "end") return byEnding;
  if (is === "whole") return listUnder(byFirstWord, text);
  return listUnder(byBeginning, text.slice(0, BEGINNING));
}

for (const file of FILES) {
  for (const role of ROLES) {
    for (const phrase of file[role] ?? []) {
      const parts = partsOf(phrase);
      const [first] = parts;
      if (first === undefined || first.text.length < (first.is === "whole" ? 1 : BEGINNING)) {
        throw new Error(`${file.language}: \`${phrase}\` is too short to be found`);
      }
      listFor(first).push({ language: file.language, role, parts });
    }
  }
}

function matches({ text, is }: Part, word: Word | undefined): boolean {
  if (is === "link") return word?.kind === "url";
  if (word === undefined || word.kind === "url" || word.kind === "email") return false;
  if (is === "whole") return word.text === text;
  return is === "beginning" ? word.text.startsWith(text) : word.text.endsWith(text);
}

/** Every phrase of every language in a text. The work grows in step with the text. */
export function findPhrases(words: readonly Word[]): readonly Found[] {
  const found: Found[] = [];
  for (const [start, { text }] of words.entries()) {
    const beginning = byBeginning.get(text.slice(0, BEGINNING)) ?? [];
    for (const list of [byFirstWord.get(text) ?? [], beginning, byEnding]) {
      for (const { language, role, parts } of list) {
        if (!parts.every((part, at) => matches(part, words[start + at]))) continue;
        found.push({ language, role, start, end: start + parts.length });
      }
    }
  }
  return found;
}

/** The words of a name that many names have, folded. */
export const COMMON_NAMES: ReadonlySet<string> = new Set(
  FILES.flatMap(({ commonNames }) => commonNames.flatMap(partsOf)).map(({ text }) => text),
);
