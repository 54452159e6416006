/**
 * What people read from Heed: confirmations, answers to HELP, and pages, one file per language under
 * `messages/`. The texts are locked templates: nothing can be put into them but the sender's name,
 * and into the sentences that tell the way out of a message what they tell about it.
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
    /** Sentences for the messages of others: how to get no more of them. */
    wayOut: Type.Object(
      {
        /** To answer with a keyword, as a sentence and as short as it can be said. */
        reply: Text,
        replyShort: Text,
        /** To send a keyword to a number, where the sender cannot be answered. */
        code: Text,
        link: Text,
        call: Text,
        /** Said in a call: the key to press. */
        press: Text,
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Texts = Static<typeof TextsSchema>;

const PLACEHOLDER = /\{([^{}]*)\}/gu;

/** What has to be filled into each sentence of the way out. */
export const WAY_OUT_PLACEHOLDERS = {
  reply: ["keyword"],
  replyShort: ["keyword"],
  code: ["keyword", "code"],
  link: ["link"],
  call: ["phone"],
  press: ["key"],
} as const satisfies Record<keyof Texts["wayOut"], readonly string[]>;

/** Checks the contents of a file. Throws an error that names the file and the first fault. */
export function parseTexts(json: unknown, path: string): Texts {
  if (!Value.Check(TextsSchema, json)) {
    const [fault] = [...Value.Errors(TextsSchema, json)];
    throw new Error(`${path}: ${fault?.instancePath || "/"} ${fault?.message}`);
  }
  for (const name of placeholdersOf(textsOf(json).join("\n"))) {
    if (name === "sender") continue;
    throw new Error(`${path}: \`{${name}}\` stands for nothing; only \`{sender}\` is filled in`);
  }
  for (const [name, wanted] of Object.entries(WAY_OUT_PLACEHOLDERS)) {
    const found = placeholdersOf(json.wayOut[name as keyof Texts["wayOut"]]);
    if (found.toSorted().join() === wanted.toSorted().join()) continue;
    const all = wanted.map((one) => `\`{${one}}\``).join(" and ");
    throw new Error(`${path}: /wayOut/${name} has to have ${all} in it, once, and no other`);
  }
  return json;
}

function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);
}

/** Every text of a file that a person may see from us, in the order of the file. */
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
