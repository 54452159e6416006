/**
 * What is asked in a check, and what of it the asker knows about the person and the message. What is
 * wrong with it is a `Problem` that points at the member, never a quiet guess.
 */
import { parseAddress } from "../address/parse-address.ts";
import { RecentMap } from "../address/recent-map.ts";
import { addResidence, readResidence } from "../address/residence.ts";
import type { Standing } from "../domain/fold.ts";
import type { Place } from "../domain/place.ts";
import type { Send } from "../domain/scope.ts";
import type { AddressKey, Channel, Instant, Position, Use } from "../domain/words.ts";
import {
  type CallKind,
  type ConfirmedOptOut,
  type ExplanationLanguage,
  type Message,
  type Person,
  PLAIN_MESSAGE,
  type Relationship,
  type SenderType,
  type Subscriber,
  UNKNOWN_PERSON,
} from "../rules/facts.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";

/** What the asker knows of the person. Absent: not known. */
export interface Known {
  /** ISO 3166-1 or 3166-2. Adds to what the number says; the strictest wins. */
  readonly residence?: string;
  readonly county?: string;
  /** IANA zone the person is known to be in; then no other is considered. */
  readonly timezone?: string;
  /** BCP 47 tag. */
  readonly language?: string;
  readonly subscriber?: Subscriber;
  readonly relationship?: Relationship | "none";
  /** Addresses of the same person: an opt-out there may count here. */
  readonly otherAddresses?: readonly string[];
}

export interface Question {
  readonly to: string;
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly program?: string;
  readonly use?: Use;
  /** The instant asked about; absent: now. */
  readonly at?: Instant;
  readonly callKind?: CallKind;
  readonly senderType?: SenderType;
  readonly topic?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly isReply?: boolean;
  /** For the class `confirmation`: position of the opt-out that it confirms. */
  readonly confirms?: Position;
  readonly usefulUntil?: Instant;
  /** Language of the reasons; absent: English. */
  readonly language?: ExplanationLanguage;
  readonly known?: Known;
}

/** A question whose address was read already. */
export type QuestionAbout = Omit<Question, "to">;

export function sendOf(question: QuestionAbout): Send {
  return {
    sender: question.sender,
    channel: question.channel,
    program: question.program ?? null,
    class: question.class,
    use: question.use ?? "contact",
  };
}

const MESSAGE_MEMBERS = [
  ...(["callKind", "senderType", "topic", "subject", "text", "isReply", "usefulUntil"] as const),
];

export function messageOf(question: QuestionAbout, confirms: ConfirmedOptOut | null): Message {
  const isPlain = MESSAGE_MEMBERS.every((member) => question[member] === undefined);
  if (isPlain && confirms === null) return PLAIN_MESSAGE;
  return {
    callKind: question.callKind ?? null,
    senderType: question.senderType ?? null,
    topic: question.topic ?? null,
    subject: question.subject ?? null,
    text: question.text ?? null,
    isReply: question.isReply ?? false,
    confirms,
    usefulUntil: question.usefulUntil ?? null,
  };
}

export function personOf(known: Known | undefined): Person {
  if (known === undefined) return UNKNOWN_PERSON;
  return {
    county: known.county ?? null,
    subscriber: known.subscriber ?? null,
    relationship: known.relationship ?? null,
    language: known.language ?? null,
  };
}

/** Places with what was declared about them: the same few come again and again. */
const declared = new WeakMap<Place, RecentMap<string, Place>>();
const DECLARED_AT_MOST = 1000;

/**
 * The place with what the asker declares: the residence adds to it, the zone replaces all others.
 * Equal questions about equal places give one object. Throws `Problem` for a code or a zone that
 * there is not.
 */
export function placeKnown(place: Place, known: Known | undefined): Place {
  if (known?.residence === undefined && known?.timezone === undefined) return place;
  const memory = declared.get(place) ?? new RecentMap<string, Place>(DECLARED_AT_MOST);
  declared.set(place, memory);
  const key = `${known.residence ?? ""} ${known.timezone ?? ""}`;
  let together = memory.get(key);
  if (together === undefined) {
    together = withResidence(place, known.residence);
    if (known.timezone !== undefined) together = { ...together, zones: [readZone(known.timezone)] };
    memory.set(key, together);
  }
  return together;
}

function withResidence(place: Place, code: string | undefined): Place {
  if (code === undefined) return place;
  const residence = readResidence(code);
  if (!("problem" in residence)) return addResidence(place, residence);
  throw new Problem("invalid-request", residence.problem, "/known/residence");
}

/** The zone as tzdata spells it. An offset is none: it knows no summer time. */
function readZone(zone: string): string {
  try {
    if (/^[A-Za-z]/u.test(zone)) return new Temporal.ZonedDateTime(0n, zone).timeZoneId;
  } catch {
    // Said below.
  }
  throw new Problem(
    "invalid-request",
    `there is no time zone \`${zone}\`; use an IANA name, such as \`America/Denver\``,
    "/known/timezone",
  );
}

const NOBODY: readonly Standing[] = [];

/** Standings of the person's other addresses. Throws `Problem` for one that cannot be read. */
export function otherStandingsOf(
  deps: Pick<Deps, "live" | "defaultRegion">,
  address: AddressKey,
  known: Known | undefined,
): readonly Standing[] {
  if (known?.otherAddresses === undefined) return NOBODY;
  const keys = known.otherAddresses.map((written, index) => {
    const parsed = parseAddress(written, { defaultRegion: deps.defaultRegion });
    if (!("problem" in parsed)) return parsed.key;
    throw new Problem("invalid-address", parsed.message, `/known/otherAddresses/${index}`);
  });
  return [...new Set(keys)].filter((key) => key !== address).map((key) => deps.live.standing(key));
}
