/** What every kind of rule is made of: where it comes from, which messages it binds, what lifts it. */
import { type Static, type TProperties, Type } from "typebox";
import { CONSENT_LEVELS } from "../domain/act.ts";
import { NUMBER_TYPES } from "../domain/place.ts";
import { CHANNELS, NAME_PATTERN, USES } from "../domain/words.ts";
import { CALL_KINDS, RELATIONSHIPS, SENDER_TYPES, SUBSCRIBERS } from "./facts.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Whose word a rule is. `practice` is the product's own choice where no rule was found. */
export const BASES = ["law", "regulator", "carrier", "industry", "practice"] as const;
export const STATUSES = ["in-force", "disputed", "unverified"] as const;
/** How good the copy was that the author of the pack saw. */
export const GRADES = ["primary", "law-firm", "vendor", "press", "memory", "product"] as const;

export const DATE = Type.String({
  pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
  description: "A civil date, YYYY-MM-DD",
});
export const DURATION = Type.String({
  pattern:
    "^P(?=.)([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,4}D)?(T(?=.)([0-9]{1,4}H)?([0-9]{1,4}M)?)?$",
  description: "An ISO 8601 duration: `P18M`, `P2Y`, `P30D`, `PT24H`. Dates go by the calendar",
});
export const COUNTRY = Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" });
export const REGION = Type.String({
  pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
  description: "ISO 3166-1 country or ISO 3166-2 subdivision. A country stands for all its parts",
});
export const LEVEL = Type.Enum([...CONSENT_LEVELS]);
export const TEXT = Type.String({ minLength: 1, maxLength: 2000 });
export const ID = Type.String({ pattern: NAME_PATTERN });
export const STRICT = { additionalProperties: false } as const;

export function oneOrMore<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return Type.Array(item, { minItems: 1, uniqueItems: true });
}

export const SourceSchema = Type.Object(
  { title: TEXT, url: Type.Optional(TEXT), grade: Type.Enum([...GRADES]) },
  STRICT,
);
export const SOURCES = Type.Array(SourceSchema, { minItems: 1 });

/**
 * Which messages a rule binds: those that fit every member there is. What nobody said about a
 * message (no topic, an unknown subscriber, a county that is not known) fits, because the stricter
 * reading counts; only for the kind of a call can a rule say so itself, with `unstated`.
 */
const APPLIES_TO = Type.Object(
  {
    channels: oneOrMore(Type.Enum([...CHANNELS])),
    classes: oneOrMore(ID),
    uses: Type.Optional(oneOrMore(Type.Enum([...USES]))),
    callKinds: Type.Optional(
      Type.Array(Type.Enum([...CALL_KINDS, "unstated"]), {
        minItems: 1,
        uniqueItems: true,
        description: "Absent: every kind. `unstated`: messages that do not say which they are",
      }),
    ),
    regions: Type.Optional(oneOrMore(REGION)),
    exceptRegions: Type.Optional(oneOrMore(REGION)),
    counties: Type.Optional(oneOrMore(TEXT)),
    subscribers: Type.Optional(oneOrMore(Type.Enum([...SUBSCRIBERS]))),
    numberTypes: Type.Optional(oneOrMore(Type.Enum([...NUMBER_TYPES]))),
    senderTypes: Type.Optional(
      Type.Array(Type.Enum([...SENDER_TYPES]), {
        minItems: 1,
        uniqueItems: true,
        description: "A message that does not say what sends it is not bound",
      }),
    ),
    topics: Type.Optional(
      Type.Array(ID, {
        minItems: 1,
        uniqueItems: true,
        description: "Topics of this pack. A message that names none is not bound",
      }),
    ),
    exceptTopics: Type.Optional(
      Type.Array(ID, {
        minItems: 1,
        uniqueItems: true,
        description: "Topics of this pack that are not bound. A message that names none is bound",
      }),
    ),
  },
  STRICT,
);

/** A ground on which a message passes: what a rule accepts as consent, or is lifted by. */
export const GroundSchema = Type.Union([
  Type.Object(
    {
      ground: Type.Literal("consent"),
      level: LEVEL,
      afterListing: Type.Optional(
        Type.Boolean({ description: "Only consent that was given after the number was listed" }),
      ),
    },
    STRICT,
  ),
  Type.Object(
    {
      ground: Type.Literal("dealing"),
      dealings: oneOrMore(Type.Enum(["purchase", "inquiry"])),
      within: Type.Union([DURATION, Type.Null()], { description: "`null`: however long ago" }),
    },
    STRICT,
  ),
  Type.Object(
    {
      ground: Type.Literal("relationship"),
      relationships: oneOrMore(Type.Enum([...RELATIONSHIPS])),
      topics: Type.Optional(oneOrMore(ID)),
    },
    STRICT,
  ),
  Type.Object({ ground: Type.Literal("reply") }, STRICT),
]);
export const UNLESS = Type.Array(GroundSchema, { description: "Any one of these lifts the rule" });

export const EVERY_RULE = {
  id: ID,
  title: TEXT,
  appliesTo: APPLIES_TO,
  basis: Type.Enum([...BASES]),
  status: Type.Enum([...STATUSES]),
  citation: TEXT,
  notice: Type.Optional(
    Type.String({ minLength: 1, description: "Said with the answer; needed unless in force" }),
  ),
  sources: SOURCES,
  reviewed: DATE,
  effectiveFrom: DATE,
  effectiveUntil: Type.Union([DATE, Type.Null()], { description: "The first day without it" }),
};

export function rule<Fields extends TProperties>(fields: Fields) {
  return Type.Object({ ...EVERY_RULE, ...fields }, STRICT);
}

export const WINDOW = Type.String({
  pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
  description: "Open from the first minute up to, and not with, the second: 10:00-13:00",
});
export const DAY = Type.Array(WINDOW, { description: "In order. Empty: closed all day" });
export const SPECIAL_DAYS = Type.Union([
  Type.Object({ calendar: ID, windows: DAY }, STRICT),
  Type.Null(),
]);

export type Ground = Static<typeof GroundSchema>;
