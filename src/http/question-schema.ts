/** What a check is asked with, as a TypeBox schema, and the way from it to the question itself. */
import { type Static, Type } from "typebox";
import type { Question } from "../app/question.ts";
import { type Instant, USES } from "../domain/words.ts";
import {
  CALL_KINDS,
  EXPLANATION_LANGUAGES,
  RELATIONSHIPS,
  SENDER_TYPES,
  SUBSCRIBERS,
} from "../rules/facts.ts";
import { readInstant } from "./instants.ts";
import {
  Address,
  ChannelName,
  ClassName,
  InstantText,
  Language,
  Name,
  PositionNumber,
} from "./schemas.ts";

const OTHER_ADDRESSES_MAX = 20;
const TEXT_MAX = 100_000;
const SUBJECT_MAX = 300;

export const KnownBody = Type.Object(
  {
    residence: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 6,
        description:
          "Where the person lives: ISO 3166-1 country or ISO 3166-2 subdivision (`FR`, `US-FL`). Its " +
          "rules bind beside those of every place that the number may be of.",
      }),
    ),
    county: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: "County or town, for rules about smaller places than a region.",
      }),
    ),
    timezone: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9+_/-]{1,64}$",
        description:
          "IANA zone the person is known to be in, such as `America/Denver`. The hours of all " +
          "others that the number may be in are then left out, so give it only when you know.",
      }),
    ),
    language: Type.Optional(Language),
    subscriber: Type.Optional(Type.Enum([...SUBSCRIBERS])),
    relationship: Type.Optional(
      Type.Enum(["none", ...RELATIONSHIPS], {
        description: "What the person is to the sender. `none` says that they are a stranger.",
      }),
    ),
    otherAddresses: Type.Optional(
      Type.Array(Address, {
        maxItems: OTHER_ADDRESSES_MAX,
        description: "Other addresses of the same person: an opt-out there may count here.",
      }),
    ),
  },
  { additionalProperties: false, description: "What you know of the person. Absent: not known." },
);

export const QuestionBody = Type.Object(
  {
    to: Address,
    sender: Name,
    channel: ChannelName,
    class: ClassName,
    program: Type.Optional(Name),
    use: Type.Optional(Type.Enum([...USES])),
    at: Type.Optional(InstantText),
    callKind: Type.Optional(
      Type.Enum([...CALL_KINDS], {
        description:
          "How a call or a text is made: `live` is dialled by a human being. Absent: whichever kind " +
          "the consent on record covers.",
      }),
    ),
    senderType: Type.Optional(
      Type.Enum([...SENDER_TYPES], {
        description: "What sends it. An `alphanumeric` sender is a name and cannot be answered.",
      }),
    ),
    topic: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SUBJECT_MAX,
        description: "Line of business or subject matter, as a pack's topic or in words.",
      }),
    ),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SUBJECT_MAX,
        description: "What the contact is about, for caps that count by subject.",
      }),
    ),
    text: Type.Optional(
      Type.String({
        maxLength: TEXT_MAX,
        description: "The wording as it would be sent. Absent: the wording is not asked about.",
      }),
    ),
    isReply: Type.Optional(
      Type.Boolean({ description: "It answers a message of the person's. Absent: it does not." }),
    ),
    confirms: Type.Optional(
      Type.Integer({
        ...PositionNumber,
        description: "For the class `confirmation`: position of the opt-out that it confirms.",
      }),
    ),
    usefulUntil: Type.Optional(
      Type.String({
        ...InstantText,
        description: "When the message is of no more use: what could only go out later is denied.",
      }),
    ),
    language: Type.Optional(
      Type.Enum([...EXPLANATION_LANGUAGES], { description: "Language of the reasons." }),
    ),
    known: Type.Optional(KnownBody),
  },
  {
    additionalProperties: false,
    examples: [{ to: "+15552340100", sender: "acme", channel: "sms", class: "marketing" }],
  },
);

/**
 * The question as the application asks it; `now` is the instant when none is given. `body` came as
 * JSON, so what is absent from it is absent, and nothing is `undefined`.
 */
export function readQuestion(
  body: Static<typeof QuestionBody>,
  now: Instant,
): Question & { readonly at: Instant } {
  const at = body.at === undefined ? now : readInstant(body.at, "/at");
  const { usefulUntil } = body;
  if (usefulUntil === undefined) return { ...(body as Omit<typeof body, "usefulUntil">), at };
  return { ...body, at, usefulUntil: readInstant(usefulUntil, "/usefulUntil") };
}
