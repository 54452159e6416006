/** Names of messages, scopes and dates for the sentences of reasons, in the asked language. */
import type { Scope, Send } from "../domain/scope.ts";
import { ALL, type Channel, type Instant } from "../domain/words.ts";
import type { ExplanationLanguage } from "./facts.ts";
import { DAY_MS, isoDateOf } from "./local-clock.ts";
import { type PhraseKey, sayPart } from "./phrasebook.ts";

const CLASS_KEYS: Readonly<Record<string, PhraseKey>> = {
  marketing: "class.marketing",
  transactional: "class.transactional",
  emergency: "class.emergency",
  confirmation: "class.confirmation",
};

function nameClass(language: ExplanationLanguage, messageClass: string): string {
  const key = Object.hasOwn(CLASS_KEYS, messageClass) ? CLASS_KEYS[messageClass] : undefined;
  return key === undefined
    ? sayPart(language, "class.other", { class: messageClass })
    : sayPart(language, key);
}

/** Classes come from askers, so what is remembered of them has an end. */
const CLASSES_AT_MOST = 200;

/** The names by class, for each language and channel. */
const namedMessages: Record<ExplanationLanguage, Record<Channel, Map<string, string>>> = {
  en: { sms: new Map(), voice: new Map(), email: new Map() },
  es: { sms: new Map(), voice: new Map(), email: new Map() },
};

/** `marketing texts`. */
export function sayMessages(language: ExplanationLanguage, send: Send): string {
  const byClass = namedMessages[language][send.channel];
  let said = byClass.get(send.class);
  if (said === undefined) {
    const named = nameClass(language, send.class);
    said = sayPart(language, `messages.${send.channel}`, { class: named });
    if (byClass.size >= CLASSES_AT_MOST) byClass.clear();
    byClass.set(send.class, said);
  }
  return said;
}

/** `marketing from acme by sms; everything from every sender on every channel`. */
export function sayScopes(language: ExplanationLanguage, scopes: readonly Scope[]): string {
  return scopes.map((scope) => sayScope(language, scope)).join("; ");
}

function sayScope(language: ExplanationLanguage, scope: Scope): string {
  const who = scope.sender === ALL ? sayPart(language, "scope.every-sender") : scope.sender;
  let said: string;
  if (scope.use === "share") {
    said = sayPart(language, "scope.share", { who });
  } else {
    const what =
      scope.class === ALL
        ? sayPart(language, "scope.everything")
        : nameClass(language, scope.class);
    const how = sayPart(language, `channel.${scope.channel}`);
    said = sayPart(language, "scope.contact", { what, who, how });
  }
  if (scope.program !== ALL) {
    said = sayPart(language, "scope.program", { scope: said, program: scope.program });
  }
  return scope.use === ALL ? sayPart(language, "scope.and-share", { scope: said }) : said;
}

/** The date of an instant in UTC, `2026-11-21`: the same to whoever reads it. */
export function nameDay(at: Instant): string {
  return isoDateOf(Math.floor(at / DAY_MS));
}
