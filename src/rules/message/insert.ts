/**
 * What a text lacks, put into it: the sender in front, the way out and what else is missing behind.
 * Nothing that somebody wrote is changed or taken out, so what is wrong in it stays wrong and is
 * said; what is put in is tried with the check itself.
 */
import { renderText, type Texts, WAY_OUT_PLACEHOLDERS } from "../texts.ts";
import type { WordingDemand } from "./check-text.ts";
import { checkWording } from "./check-wording.ts";
import { countSegments } from "./segments.ts";
import type { WordingQuestion } from "./wording.ts";

/** What may be named in the text. Absent: there is none. */
export interface Means {
  readonly keyword?: string;
  readonly shortCode?: string;
  readonly link?: string;
  /** A number at which people opt out. */
  readonly phone?: string;
  /** The key that opts out during a call. */
  readonly key?: string;
  readonly contact?: string;
  readonly postalAddress?: string;
  /** How often messages come: "4 msgs/month". */
  readonly frequency?: string;
}

export interface Insertion {
  readonly before: string;
  /** Put behind the text as it stands, with what parts the two. */
  readonly after: string;
  readonly text: string;
}

type Sentence = keyof Texts["wayOut"];

/** Sentences that a channel can use, the plainest first. */
const SENTENCES: Readonly<Record<WordingQuestion["channel"], readonly Sentence[]>> = {
  sms: ["reply", "replyShort", "code", "link", "call"],
  voice: ["press", "call"],
  email: ["link", "reply", "call"],
};
const DEFAULT_KEYWORD = "STOP";
const DEFAULT_KEY = "9";

/** What CTIA wants in the greeting, in the languages of its places; English elsewhere. */
const TERMS: Readonly<Record<string, { readonly help: string; readonly rates: string }>> = {
  en: { help: "Reply HELP for help.", rates: "Msg & data rates may apply." },
  es: { help: "Responda AYUDA para ayuda.", rates: "Pueden aplicar tarifas de mensajes y datos." },
  fr: {
    help: "Pour de l'aide, répondez AIDE.",
    rates: "Des frais de messagerie peuvent s'appliquer.",
  },
};

export interface InsertOrder {
  readonly demands: readonly WordingDemand[];
  readonly asked: WordingQuestion;
  readonly means: Means;
  /** In the order of the languages that are wanted. */
  readonly texts: readonly Texts[];
}

/** The text with what it lacks, as far as it can be put in. */
export function insertWording(order: InsertOrder): Insertion {
  const { asked } = order;
  let made: Insertion = { before: "", after: "", text: asked.text };
  const label = labelFor(order);
  if (label !== null) made = joined(asked, `${label} `, "");
  if (lacks(order, made.text, "sender") && asked.senderName !== null) {
    const name = order.texts[0]?.confirmation.sms.match(/^\{sender\}(\s?[:：]\s?)/u)?.[1] ?? ": ";
    made = joined(asked, `${made.before}${asked.senderName}${name}`, "");
  }
  for (const addition of plainAdditions(order)) {
    if (lacks(order, made.text, addition.element)) {
      made = joined(
        asked,
        made.before,
        `${made.after}${gapAfter(asked, made.text)}${addition.text}`,
      );
    }
  }
  return lacks(order, made.text, "opt-out") ? withWayOut(order, made) : made;
}

function joined({ text }: WordingQuestion, before: string, after: string): Insertion {
  return { before, after, text: `${before}${text}${after}` };
}

/** Behind the end of a sentence a space will do; a line of its own keeps two others apart. */
function gapAfter({ channel }: WordingQuestion, text: string): string {
  if (text === "" || /\s$/u.test(text)) return "";
  if (channel === "email") return "\n\n";
  return /[.!?।。！？؟۔…]$/u.test(text) ? " " : "\n";
}

function faultsOf({ demands, asked }: InsertOrder, text: string) {
  return demands.flatMap(({ requires }) => {
    try {
      return checkWording(requires, { ...asked, text });
    } catch {
      // A rule that cannot be evaluated is reported by the check; nothing can be put in for it.
      return [];
    }
  });
}

function lacks(order: InsertOrder, text: string, element: string): boolean {
  return faultsOf(order, text).some((fault) => fault.element === element);
}

function labelFor(order: InsertOrder): string | null {
  if (!lacks(order, order.asked.text, "label")) return null;
  const elements = order.demands.flatMap(({ requires }) => requires);
  return elements.find((one) => one.element === "label")?.anyOf[0] ?? null;
}

function plainAdditions({ means, texts }: InsertOrder) {
  const terms = TERMS[texts[0]?.language ?? "en"] ?? TERMS.en!;
  return [
    { element: "frequency", text: means.frequency },
    { element: "rates", text: terms.rates },
    { element: "help", text: terms.help },
    { element: "contact", text: means.contact },
    { element: "postal-address", text: means.postalAddress },
  ].filter(
    (addition): addition is { element: string; text: string } => addition.text !== undefined,
  );
}

/** The first language in which the way out can be told; in it what costs least, then the plainest. */
function withWayOut(order: InsertOrder, made: Insertion): Insertion {
  const { asked } = order;
  const gap = gapAfter(asked, made.text);
  for (const texts of order.texts) {
    const fitting = SENTENCES[asked.channel]
      .flatMap((name) => fill(texts, name, order.means) ?? [])
      .map((sentence) => joined(asked, made.before, `${made.after}${gap}${sentence}`))
      .filter(({ text }) => !lacks(order, text, "opt-out"));
    const [best] = fitting.toSorted((one, other) => costOf(asked, one) - costOf(asked, other));
    if (best !== undefined) return best;
  }
  return made;
}

function costOf({ channel }: WordingQuestion, { text }: Insertion): number {
  return channel === "sms" ? countSegments(text).segments : 0;
}

/** A sentence with everything that it names, or `null` when something of that was not given. */
function fill(texts: Texts, name: Sentence, means: Means): string | null {
  const values: Record<string, string | undefined> = {
    keyword: means.keyword ?? DEFAULT_KEYWORD,
    code: means.shortCode,
    link: means.link,
    phone: means.phone,
    key: means.key ?? DEFAULT_KEY,
  };
  const wanted = WAY_OUT_PLACEHOLDERS[name];
  if (wanted.some((placeholder) => values[placeholder] === undefined)) return null;
  return renderText(texts.wayOut[name], values as Record<string, string>);
}
