/**
 * The words of import files: how columns are called, and how exports of other systems say opt-out,
 * opt-in, dealings, channel and level. Words are compared as `plainName` makes them: "Opted-Out" is
 * `opted out`. LIMIT: a word that is not here makes its row a problem; nothing is guessed.
 */
import type { ConsentLevel, DealingKind } from "../domain/act.ts";
import type { Channel } from "../domain/words.ts";

function words(...lists: string[]): readonly string[] {
  return lists.flatMap((list) => list.split(", "));
}

/** Columns by what they hold. `optedOut` and `optedIn` hold yes or no. */
export const COLUMN_WORDS = {
  kind: words("kind, status, action, act, event, state, opt status, opt in status, optin status"),
  kindOther: words(
    "subscription, subscription status, consent status, estado, statut, etat, accion",
  ),
  optedOut: words("opted out, opt out, optout, unsubscribed, unsubscribe, do not contact, dnc"),
  optedOutOther: words("do not call, do not text, do not email, has opted out of email, blocked"),
  optedIn: words("opted in, opt in, optin, subscribed, consent, consented, accepts marketing"),
  channel: words("channel, medium, canal"),
  sender: words("sender, brand, remitente, expediteur"),
  program: words("program, programme, programa"),
  class: words("class, message class"),
  at: words("at, date, time, timestamp, datetime, date time, created, created at, updated at"),
  atOther: words("occurred at, opted out at, opted in at, opt out date, opt in date, optout time"),
  atMore: words("unsubscribed at, unsub time, claimed at, date of consent, fecha, data"),
  evidence: words("evidence, proof, reference, form, url, ip, ip address, recording, prueba"),
  source: words("source, origin, method, via, how, fuente, origen"),
  note: words("note, notes, comment, comments, reason, nota, remarque"),
  level: words("level, consent level, consent type"),
  language: words("language, lang, locale, idioma, langue"),
} as const;

export const OPT_OUT_WORDS: ReadonlySet<string> = new Set(
  words(
    "opt out, optout, opted out, out, unsubscribe, unsubscribed, unsub, stop, stopped, stopall",
    "dnc, do not contact, do not call, do not text, do not email, block, blocked, suppress",
    "suppressed, revoke, revoked, withdraw, withdrawn, remove, removed, end, quit",
    "cancel, cancelled",
    "complaint, complained, spam, spam complaint, baja, dado de baja, desabonne, desinscrit, arret",
    "desinscrever, cancelado, abgemeldet",
  ),
);

export const OPT_IN_WORDS: ReadonlySet<string> = new Set(
  words(
    "opt in, optin, opted in, in, subscribe, subscribed, sub, start, unstop, resubscribe",
    "resubscribed, consent, consented, granted, alta, suscrito, abonne, inscrit, inscrito",
    "angemeldet",
  ),
);

export const DEALING_WORDS: ReadonlyMap<string, DealingKind> = new Map<string, DealingKind>([
  ...words("purchase, purchased, order, ordered, bought, compra, achat, kauf").map(
    (word) => [word, "purchase"] as const,
  ),
  ...words("inquiry, enquiry, inquired, enquired, quote request, application").map(
    (word) => [word, "inquiry"] as const,
  ),
  ...words("refusal, refused, declined, not interested, rechazo, refus").map(
    (word) => [word, "refusal"] as const,
  ),
  ...words("opt in request, opt in requested, opt in pending, pending, unconfirmed").map(
    (word) => [word, "opt-in-request"] as const,
  ),
]);

const YES = new Set(words("yes, y, true, t, 1, x, on, si, oui, sim, ja"));
const NO = new Set(words("no, n, false, f, 0, off, non, nao, nein"));

/** `null`: neither yes nor no. */
export function isYes(plain: string): boolean | null {
  if (YES.has(plain)) return true;
  return NO.has(plain) ? false : null;
}

export const CHANNEL_WORDS: ReadonlyMap<string, Channel | "all"> = new Map<string, Channel | "all">(
  [
    ...words("sms, text, texts, txt, text message, mms").map((word) => [word, "sms"] as const),
    ...words("voice, call, calls, voice call, llamada, appel").map(
      (word) => [word, "voice"] as const,
    ),
    ...words("email, emails, mail, correo, courriel").map((word) => [word, "email"] as const),
    ...words("all, any, every, every channel, all channels").map((word) => [word, "all"] as const),
  ],
);

export const LEVEL_WORDS: ReadonlyMap<string, ConsentLevel> = new Map<string, ConsentLevel>([
  ["implied", "implied"],
  ["soft", "soft"],
  ["soft opt in", "soft"],
  ["express", "express"],
  ["explicit", "express"],
  ["verbal", "express"],
  ["oral", "express"],
  ["written", "written"],
  ["express written", "written"],
  ["prior express written consent", "written"],
]);
