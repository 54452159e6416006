/** Facts: everything a verdict may depend on, gathered before it is decided. No clock, no lookups. */
import type { Standing } from "../domain/fold.ts";
import type { Place } from "../domain/place.ts";
import type { Send } from "../domain/scope.ts";
import type { AddressKey, Channel, Instant, Position } from "../domain/words.ts";

/** How a call or a text is made. `live`: dialled by a human being. */
export const CALL_KINDS = ["live", "auto", "prerecorded"] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** What sends it. An `alphanumeric` sender is a name and cannot be answered. */
export const SENDER_TYPES = [
  "short-code",
  "long-code",
  "toll-free",
  "alphanumeric",
  "mobile",
] as const;
export type SenderType = (typeof SENDER_TYPES)[number];

export const SUBSCRIBERS = ["consumer", "business"] as const;
export type Subscriber = (typeof SUBSCRIBERS)[number];

/** What the person is to the sender, as the sender declares it. */
export const RELATIONSHIPS = ["customer", "contract"] as const;
export type Relationship = (typeof RELATIONSHIPS)[number];

/** What an operator can switch on for an area. */
export const SUSPENSION_KINDS = ["state-of-emergency", "proclaimed-holiday"] as const;
export type SuspensionKind = (typeof SUSPENSION_KINDS)[number];

/** The languages that verdicts are explained in. */
export const EXPLANATION_LANGUAGES = ["en", "es"] as const;
export type ExplanationLanguage = (typeof EXPLANATION_LANGUAGES)[number];

/** What the message is, beyond who sends what over which channel. `null`: nobody said. */
export interface Message {
  readonly callKind: CallKind | null;
  readonly senderType: SenderType | null;
  /** Line of business, or what the contact is about: a topic of a pack, or words. */
  readonly topic: string | null;
  /** Subject for caps that count by subject. */
  readonly subject: string | null;
  /** The wording as it would be sent. `null`: it is not asked about. */
  readonly text: string | null;
  /** Whether it answers a message of the person's. */
  readonly isReply: boolean;
  /** For the class `confirmation`: the opt-out that it confirms; `null`: it could not be found. */
  readonly confirms: ConfirmedOptOut | null;
  /** The latest instant at which the message is of use; a later opening denies it. */
  readonly usefulUntil: Instant | null;
}

/** An opt-out that a message confirms. */
export interface ConfirmedOptOut {
  readonly position: Position;
  readonly receivedAt: Instant;
  /** It was confirmed before, by Heed, by the provider or by the sender. */
  readonly isConfirmed: boolean;
}

/** What is known of the person, as the asker declares it. `null`: not known. */
export interface Person {
  /** County or town, for rules that know smaller places than regions. */
  readonly county: string | null;
  readonly subscriber: Subscriber | null;
  /** `none` was declared; `null`: nothing was. */
  readonly relationship: Relationship | "none" | null;
  /** BCP 47 tag. */
  readonly language: string | null;
}

/** What a list or registry said about an address. */
export interface ListFinding {
  /** Name of the list: `us-national-dnc`, `acme-group-do-not-contact` … */
  readonly list: string;
  /** A `do-not-contact` list binds by itself; a `national` one through the rule that names it. */
  readonly kind: "national" | "do-not-contact";
  /** `null`: the list is needed but was never loaded, or has no data about this number. */
  readonly listed: boolean | null;
  /** Date of the copy, or of the answer about this number; `null` when there is none. */
  readonly asOf: Instant | null;
  /** How old a copy a rule may rely on. `null`: as old as it likes. */
  readonly maxAgeDays: number | null;
  /** Since when the address is listed; `null`: not known. */
  readonly listedSince: Instant | null;
  /** Channels that the listing is for; empty: all of the list's. */
  readonly channels: readonly Channel[];
  /** Sectors or topics that the listing is for; empty: all. */
  readonly sectors: readonly string[];
  /** For a registry of reassigned numbers: the date of the consent that was asked about. */
  readonly consentAt: Instant | null;
}

/** A message that was sent, as far as caps go. */
export interface PastSend {
  readonly at: Instant;
  readonly channel: Channel;
  readonly class: string;
  /** In whose name; whoever carried it counts for them. */
  readonly sender: string;
  readonly subject: string | null;
  readonly callKind: CallKind | null;
  readonly isReply: boolean;
}

/** Something that an operator switched on for an area. */
export interface Suspension {
  readonly kind: SuspensionKind;
  /** ISO 3166-1 or 3166-2. */
  readonly region: string;
  /** `null`: the whole region. */
  readonly county: string | null;
  readonly from: Instant;
  /** The first instant without it; `null`: until somebody ends it. */
  readonly until: Instant | null;
}

export interface Facts {
  readonly at: Instant;
  readonly address: AddressKey;
  readonly send: Send;
  readonly message: Message;
  /** The sender's name as people know it; `null`: the sender is not known here. */
  readonly senderName: string | null;
  readonly standing: Standing;
  /** Standings of other addresses that are known to be the same person's. */
  readonly otherStandings: readonly Standing[];
  readonly person: Person;
  readonly place: Place;
  readonly lists: readonly ListFinding[];
  /** Sends to this address that caps may count, in any order, nothing later than `at`. */
  readonly sends: readonly PastSend[];
  readonly suspensions: readonly Suspension[];
  /** Whether this node can prove that its standings are as new as promise 2 wants. */
  readonly fresh: boolean;
  /** Whether the ledger may lack somebody's opt-out, so that nobody may be allowed anything. */
  readonly locked: boolean;
  readonly position: Position;
  /** The language of the reasons. */
  readonly language: ExplanationLanguage;
}

/** Nothing is known of the person but their address. */
export const UNKNOWN_PERSON: Person = {
  county: null,
  subscriber: null,
  relationship: null,
  language: null,
};

/** A message about which nothing more was said than who sends it over which channel. */
export const PLAIN_MESSAGE: Message = {
  callKind: null,
  senderType: null,
  topic: null,
  subject: null,
  text: null,
  isReply: false,
  confirms: null,
  usefulUntil: null,
};
