/**
 * What people read from Heed: confirmations, answers to HELP, and pages, one file per language under
 * `messages/`. The texts are locked templates: nothing can be put into them but the sender's name.
 */
import { type Static, Type } from "typebox";
import Value from "typebox/value";

const Text = Type.String({ minLength: 1, maxLength: 500 });

export const TextsSchema = Type.Object(
  {
    /** BCP 47 tag. */
    language: Type.String({ pattern: "^[a-z]{2,3}(-[A-Za-z]{2,4})?$" }),
    /** The language's name in itself. */
    name: Text,
    direction: Type.Union([Type.Literal("ltr"), Type.Literal("rtl")]),
    author: Text,
    reviewed: Type.Union([Text, Type.Null()]),
    confirmation: Type.Object(
      {
        sms: Text,
        emailSubject: Text,
        emailText: Text,
        /** For an opt-out of a part: true whichever part it is, so they name none. */
        partialSms: Text,
        partialEmailText: Text,
      },
      { additionalProperties: false },
    ),
    helpAnswer: Type.Object({ sms: Text }, { additionalProperties: false }),
    optOutPage: Type.Object(
      {
        title: Text,
        heading: Text,
        /** What pressing the button does, in one sentence. */
        explanation: Text,
        button: Text,
        doneHeading: Text,
        doneText: Text,
        /** The link to the receipt of the opt-out, and what the file is. */
        keepProof: Text,
        proofText: Text,
        /** While nothing may be signed: the opt-out stands, its proof has to wait. */
        proofLaterHeading: Text,
        proofLaterText: Text,
        /** For a link that was cut or is not ours. */
        brokenHeading: Text,
        brokenText: Text,
        /** For a press that a script made, or a browser without the button's value. */
        pressAgain: Text,
        languages: Text,
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Texts = Static<typeof TextsSchema>;

const PLACEHOLDER = /\{([^{}]*)\}/gu;
const ALLOWED_PLACEHOLDERS: ReadonlySet<string> = new Set(["sender"]);

/** Checks the contents of a file. Throws an error that names the file and the first fault. */
export function parseTexts(json: unknown, path: string): Texts {
  if (!Value.Check(TextsSchema, json)) {
    const [fault] = [...Value.Errors(TextsSchema, json)];
    throw new Error(`${path}: ${fault?.instancePath || "/"} ${fault?.message}`);
  }
  for (const [, name] of JSON.stringify(textsOf(json)).matchAll(PLACEHOLDER)) {
    if (ALLOWED_PLACEHOLDERS.has(name!)) continue;
    throw new Error(`${path}: \`{${name}}\` stands for nothing; only \`{sender}\` is filled in`);
  }
  return json;
}

/** Every text of a file that a person may see, in the order of the file. */
export function textsOf(texts: Texts): readonly string[] {
  const { confirmation, helpAnswer, optOutPage } = texts;
  return [confirmation, helpAnswer, optOutPage].flatMap((group) => Object.values(group));
}

/** The language that answers to it when nothing else does. */
export const FALLBACK_LANGUAGE = "en";

/**
 * The texts of the first wanted language there is, best first: `es-MX`, then `es`, then the next
 * wish, and English in the end. Throws when there is no English.
 */
export function pickTexts(all: readonly Texts[], wanted: readonly string[]): Texts {
  for (const tag of [...wanted, FALLBACK_LANGUAGE]) {
    // BCP 47 lookup (RFC 4647 §3.4): drop what comes last until something fits.
    const parts = tag.toLowerCase().split("-");
    for (; parts.length > 0; parts.pop()) {
      const found = all.find((texts) => texts.language.toLowerCase() === parts.join("-"));
      if (found !== undefined) return found;
    }
  }
  throw new Error(`there are no texts in ${FALLBACK_LANGUAGE}`);
}

/**
 * Fills a template. A placeholder without a value is an error, never an empty place. Values go in
 * as they are: whoever puts the text into HTML escapes it.
 */
export function renderText(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`no value for \`{${name}}\``);
    return values[name]!;
  });
}
