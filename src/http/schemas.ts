/** Shapes that several routes share, as TypeBox schemas: validation, types and documentation. */
import { Type } from "typebox";
import { ACT_KINDS, ACTORS, CONSENT_LEVELS, VIAS } from "../domain/act.ts";
import { ANSWERS, REASON_KINDS } from "../domain/verdict.ts";
import { ALL, CHANNELS, NAME_PATTERN, USES } from "../domain/words.ts";
import { INSTANT_PATTERN } from "./instants.ts";

const closed = { additionalProperties: false } as const;

export const InstantText = Type.String({
  pattern: INSTANT_PATTERN,
  maxLength: 40,
  description: "RFC 3339 instant with an offset, such as `2026-03-01T09:30:00Z`.",
});
export const PositionNumber = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Position in the ledger, from 1.",
});
export const Name = Type.String({
  pattern: NAME_PATTERN,
  description: "Lower-case letters, digits and hyphens, at most 63.",
});
export const NameOrAll = Type.String({
  pattern: "^[a-z0-9][a-z0-9-]{0,62}$",
  description: "A configured name, or `all`.",
});
export const Address = Type.String({
  minLength: 1,
  maxLength: 400,
  description: "Phone number with its country code (`+1…`) or e-mail address.",
});
export const ChannelName = Type.Enum([...CHANNELS]);
export const Language = Type.String({
  pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
  maxLength: 35,
  description: "BCP 47 language tag.",
});
export const Country = Type.String({
  pattern: "^[A-Z]{2}$",
  description: "ISO 3166-1 alpha-2 country, such as `US`.",
});
export const ClassName = Type.String({
  pattern: NAME_PATTERN,
  description:
    "`marketing`, `transactional`, `emergency`, `confirmation`, or a class of a rule pack.",
});

/** `remembered`: for how long, in words. */
export function idempotencyHeaders(remembered: string) {
  return Type.Object({
    "idempotency-key": Type.Optional(
      Type.String({
        pattern: "^[\\x21-\\x7e]{1,255}$",
        description: `Makes a retry safe. Remembered ${remembered}, for each API key.`,
      }),
    ),
  });
}
export const IdempotencyHeaders = idempotencyHeaders("for ever");

/** Numbers are whole and exact, because evidence is part of the record that a proof covers. */
export const EvidenceSchema = Type.Object(
  {
    kind: Type.String({
      minLength: 1,
      maxLength: 64,
      description: "`form`, `call-recording`, `letter` …",
    }),
  },
  {
    additionalProperties: Type.Union([
      Type.String({ maxLength: 10_000 }),
      Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
      Type.Boolean(),
      Type.Null(),
    ]),
    maxProperties: 50,
    description: "What proves the act to somebody who was not there.",
  },
);

export const ScopeSchema = Type.Object(
  {
    sender: NameOrAll,
    channel: Type.Enum([...CHANNELS, ALL]),
    program: NameOrAll,
    class: Type.String(),
    use: Type.Enum([...USES, ALL]),
  },
  { ...closed, description: "What is covered, as a product of five dimensions." },
);

export const ActSchema = Type.Object(
  {
    kind: Type.Enum([...ACT_KINDS]),
    address: Type.Union([Type.String(), Type.Null()], {
      description: "`null` for an erasure, and for what is about the ledger and about nobody.",
    }),
    scopes: Type.Array(ScopeSchema),
    by: Type.Enum([...ACTORS]),
    via: Type.Enum([...VIAS]),
    source: Type.String(),
    claimedAt: InstantText,
    receivedAt: InstantText,
    messageId: Type.String(),
    level: Type.Optional(Type.Enum([...CONSENT_LEVELS])),
    text: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    recognised: Type.Optional(Type.Object({}, { additionalProperties: true })),
    evidence: Type.Optional(Type.Object({}, { additionalProperties: true })),
    refersTo: Type.Optional(PositionNumber),
    confirmedByProvider: Type.Optional(Type.Boolean()),
    replyFrom: Type.Optional(Type.String()),
    replyChannel: Type.Optional(ChannelName),
    author: Type.Optional(Type.String()),
    note: Type.Optional(Type.String()),
  },
  { ...closed, description: "What a person did or said, or what was done about them." },
);

export const EntrySchema = Type.Object(
  {
    position: PositionNumber,
    recordedAt: InstantText,
    leafHash: Type.String({ description: "RFC 6962 leaf hash, lower-case hex." }),
    act: Type.Union([ActSchema, Type.Null()], { description: "`null` once it was erased." }),
    inWords: Type.String(),
  },
  { ...closed, description: "An act as written in the ledger." },
);

export const EntryReference = Type.Object(
  { position: PositionNumber, recordedAt: InstantText, leafHash: Type.String() },
  { ...closed, description: "Where an act is in the ledger." },
);

export const ReasonSchema = Type.Object(
  {
    kind: Type.Enum([...REASON_KINDS]),
    answer: Type.Enum([...ANSWERS], { description: "What this reason alone would answer." }),
    text: Type.String(),
    entry: Type.Optional(PositionNumber),
    list: Type.Optional(Type.String()),
    rule: Type.Optional(Type.String()),
    citation: Type.Optional(Type.String()),
    notice: Type.Optional(Type.String()),
    notBefore: Type.Optional(InstantText),
    details: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            "What the sentence is made of, by name: texts, numbers, yes or no, lists of texts.",
        },
      ),
    ),
  },
  closed,
);

export const VerdictSchema = Type.Object(
  {
    verdict: Type.Enum([...ANSWERS], { description: "Send only on `allow`." }),
    explanation: Type.String({
      description: "The answer and its grounds in one paragraph, in the `language` asked for.",
    }),
    reasons: Type.Array(ReasonSchema),
    notBefore: Type.Union([InstantText, Type.Null()], {
      description: "For `defer`: the next instant at which it may be sent.",
    }),
    position: Type.Integer({ description: "Position of the ledger that this is true as of." }),
    at: InstantText,
  },
  closed,
);

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: "`/problems/<code>`; stable." }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: "Id of the request, also in the server's log." }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            in: Type.Enum(["body", "query", "path", "headers"]),
            pointer: Type.String({ description: "JSON Pointer (RFC 6901)." }),
            message: Type.String(),
          },
          closed,
        ),
      ),
    ),
  },
  { ...closed, description: "A problem document (RFC 9457)." },
);
