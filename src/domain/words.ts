/**
 * The glossary as types: one word, one thing, in code, API, console and docs.
 * Everything here is pure data; nothing in this folder knows of a clock, a disk or a network.
 */

/** How a message reaches a person. Never the name of a provider or an adapter. */
export const CHANNELS = ["sms", "voice", "email"] as const;
export type Channel = (typeof CHANNELS)[number];

/** `contact` is being messaged; `share` is having one's data passed on to somebody else. */
export const USES = ["contact", "share"] as const;
export type Use = (typeof USES)[number];

/** What a message is. Rule packs may add classes of their own, so the type stays open. */
export const CLASSES = ["marketing", "transactional", "emergency"] as const;
export type MessageClass = string;

/** Every value of one dimension of a scope. */
export const ALL = "all";
export type All = typeof ALL;

/** Milliseconds since the Unix epoch, UTC. Names of fields that hold one end in `At`. */
export type Instant = number;

/** Place of an entry in the ledger: 1 for the first, without gaps. 0 stands before all of them. */
export type Position = number;

/**
 * A normalised address, used as the key under which everything about it is kept:
 * `+15551234567` for a phone number (E.164), `local@domain` case-folded for an e-mail address.
 * The first character tells them apart, so a key needs no type beside it.
 */
export type AddressKey = string & { readonly __brand: "AddressKey" };

export type AddressKind = "phone" | "email";

export function kindOfAddress(key: AddressKey): AddressKind {
  return key.startsWith("+") ? "phone" : "email";
}

/** The channels that can reach an address of this kind. */
export function channelsOf(kind: AddressKind): readonly Channel[] {
  return kind === "phone" ? ["sms", "voice"] : ["email"];
}

/**
 * Names of senders, programs, sources and destinations: lower-case letters, digits and hyphens.
 * `all` is refused, because in a scope it means every one of them.
 */
export const NAME_PATTERN = "^(?!all$)[a-z0-9][a-z0-9-]{0,62}$";
const NAME = new RegExp(NAME_PATTERN, "u");

export function isName(text: string): boolean {
  return NAME.test(text);
}
