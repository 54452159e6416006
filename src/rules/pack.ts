/**
 * The shape of a rule pack: one jurisdiction's rules as dated, cited data. The definitions below
 * give both the TypeScript types and `rulepacks/schema.json`; `docs/formats/rule-pack.md` explains
 * them to the people who write packs. Format 2.
 */
import { type Static, type TProperties, Type } from "typebox";
import { CONSENT_LEVELS } from "../domain/act.ts";
import { NUMBER_TYPES } from "../domain/place.ts";
import { CHANNELS, NAME_PATTERN, USES } from "../domain/words.ts";
import { CALL_KINDS, RELATIONSHIPS, SENDER_TYPES, SUBSCRIBERS, SUSPENSION_KINDS } from "./facts.ts";

/** What a pack `binds` that goes by something else than the place, such as a mailbox provider's. */
export const EVERYWHERE = "*";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Whose word a rule is. `practice` is the product's own choice where no rule was found. */
export const BASES = ["law", "regulator", "carrier", "industry", "practice"] as const;
export const STATUSES = ["in-force", "disputed", "unverified"] as const;
/** How good the copy was that the author of the pack saw. */
export const GRADES = ["primary", "law-firm", "vendor", "press", "memory", "product"] as const;

const DATE = Type.String({
  pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
  description: "A civil date, YYYY-MM-DD",
});
const DURATION = Type.String({
  pattern:
    "^P(?=.)([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,4}D)?(T(?=.)([0-9]{1,4}H)?([0-9]{1,4}M)?)?$",
  description: "An ISO 8601 duration: `P18M`, `P2Y`, `P30D`, `PT24H`. Dates go by the calendar",
});
const COUNTRY = Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" });
const REGION = Type.String({
  pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
  description: "ISO 3166-1 country or ISO 3166-2 subdivision. A country stands for all its parts",
});
const LEVEL = Type.Enum([...CONSENT_LEVELS]);
const TEXT = Type.String({ minLength: 1, maxLength: 2000 });
const ID = Type.String({ pattern: NAME_PATTERN });
const STRICT = { additionalProperties: false } as const;

function oneOrMore<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return Type.Array(item, { minItems: 1, uniqueItems: true });
}

export const SourceSchema = Type.Object(
  { title: TEXT, url: Type.Optional(TEXT), grade: Type.Enum([...GRADES]) },
  STRICT,
);
const SOURCES = Type.Array(SourceSchema, { minItems: 1 });

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
const UNLESS = Type.Array(GroundSchema, { description: "Any one of these lifts the rule" });

const EVERY_RULE = {
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

function rule<Fields extends TProperties>(fields: Fields) {
  return Type.Object({ ...EVERY_RULE, ...fields }, STRICT);
}

const WINDOW = Type.String({
  pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
  description: "Open from the first minute up to, and not with, the second: 10:00-13:00",
});
const DAY = Type.Array(WINDOW, { description: "In order. Empty: closed all day" });
const SPECIAL_DAYS = Type.Union([Type.Object({ calendar: ID, windows: DAY }, STRICT), Type.Null()]);

export const HoursRuleSchema = rule({
  kind: Type.Literal("hours"),
  week: Type.Object(
    { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY, sat: DAY, sun: DAY },
    STRICT,
  ),
  holidays: Type.Union(SPECIAL_DAYS.anyOf, {
    description: "Windows on the days of a calendar of this pack, instead of the weekday's",
  }),
  eves: Type.Union(SPECIAL_DAYS.anyOf, {
    description: "Windows on the day before one, unless the day itself is a holiday or closed",
  }),
  zone: Type.String({ description: "`recipient`, or the IANA zone whose clock always counts" }),
  unless: UNLESS,
});

export const ConsentRuleSchema = rule({
  kind: Type.Literal("consent"),
  accepts: Type.Array(GroundSchema, { minItems: 1, description: "Any one of these is enough" }),
});

export const ListRuleSchema = rule({
  kind: Type.Literal("list"),
  list: ID,
  maxAgeDays: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: "How old a copy, or a single answer, may be at the send",
  }),
  graceDays: Type.Integer({
    minimum: 0,
    description: "Days after the listing until it binds. Without a date of listing it binds",
  }),
  lapsesAfter: Type.Union([DURATION, Type.Null()], {
    description: "How long after the listing it stops to bind",
  }),
  unless: UNLESS,
});

export const ReassignedRuleSchema = rule({
  kind: Type.Literal("reassigned"),
  list: ID,
});

export const CapRuleSchema = rule({
  kind: Type.Literal("cap"),
  max: Type.Integer({ minimum: 0, description: "So many sends may there be in the period" }),
  period: Type.Union([
    Type.Object({ hours: Type.Integer({ minimum: 1, maximum: 744 }) }, STRICT),
    Type.Object({ calendarDays: Type.Integer({ minimum: 1, maximum: 366 }) }, STRICT),
  ]),
  counts: Type.Object(
    {
      channels: oneOrMore(Type.Enum([...CHANNELS])),
      classes: oneOrMore(ID),
      callKinds: Type.Optional(
        Type.Array(Type.Enum([...CALL_KINDS, "unstated"]), { minItems: 1, uniqueItems: true }),
      ),
      otherChannelsOnly: Type.Optional(
        Type.Boolean({ description: "Count what went over other channels than this message's" }),
      ),
      replies: Type.Boolean({ description: "Whether answers to the person count" }),
    },
    STRICT,
  ),
  whose: Type.Union([Type.Literal("sender"), Type.Literal("everyone")], {
    description: "Sends in the name of this sender, or of everybody in the deployment",
  }),
  perSubject: Type.Boolean({ description: "Count only sends about the same subject" }),
  unless: UNLESS,
});

export const CoolingOffRuleSchema = rule({
  kind: Type.Literal("cooling-off"),
  after: Type.Union([Type.Literal("refusal"), Type.Literal("opt-out")]),
  afterUse: Type.Optional(
    Type.Enum([...USES], {
      description: "What the refusal or opt-out was about. Absent: the same use as the message's",
    }),
  ),
  lasts: DURATION,
  unless: UNLESS,
});

export const BanRuleSchema = rule({ kind: Type.Literal("ban"), unless: UNLESS });

export const SuspensionRuleSchema = rule({
  kind: Type.Literal("suspension"),
  events: oneOrMore(Type.Enum([...SUSPENSION_KINDS])),
  unless: UNLESS,
});

/** Widens what an opt-out covers, from a date or in a place. Nothing can narrow it. */
export const StopScopeRuleSchema = rule({
  kind: Type.Literal("stop-scope"),
  covers: Type.Enum(["every-channel", "every-address", "sharing"], {
    description:
      "`every-channel`: a plain STOP on one channel covers this message on its own. " +
      "`every-address`: an opt-out at one address of a person covers all the others. " +
      "`sharing`: an opt-out of being contacted covers passing the data on.",
  }),
});

const ELEMENT = Type.Union([
  Type.Object(
    {
      element: Type.Literal("opt-out"),
      ways: Type.Array(Type.Enum(["keyword", "link", "short-code", "phone", "key-press"]), {
        minItems: 1,
        description: "Any one of these has to be said",
      }),
      keywords: Type.Optional(oneOrMore(TEXT)),
      shortCode: Type.Optional(
        Type.String({ description: "Regular expression that the whole short code fits" }),
      ),
    },
    STRICT,
  ),
  Type.Object({ element: Type.Literal("sender") }, STRICT),
  Type.Object({ element: Type.Literal("contact") }, STRICT),
  Type.Object({ element: Type.Literal("postal-address") }, STRICT),
  Type.Object({ element: Type.Literal("free-of-charge") }, STRICT),
  Type.Object({ element: Type.Literal("help") }, STRICT),
  Type.Object({ element: Type.Literal("frequency") }, STRICT),
  Type.Object({ element: Type.Literal("rates") }, STRICT),
  Type.Object(
    { element: Type.Literal("script"), script: Type.String({ pattern: "^[A-Z][a-z]{3}$" }) },
    STRICT,
  ),
  Type.Object({ element: Type.Literal("label"), anyOf: oneOrMore(TEXT) }, STRICT),
]);

export const WordingRuleSchema = rule({
  kind: Type.Literal("wording"),
  requires: Type.Array(ELEMENT, { minItems: 1 }),
});

export const DeadlineRuleSchema = rule({
  kind: Type.Literal("deadline"),
  about: Type.Enum(["opt-out", "sharing", "confirmation", "answer"]),
  within: Type.Union([
    Type.Object({ duration: DURATION }, STRICT),
    Type.Object(
      {
        businessDays: Type.Integer({ minimum: 1 }),
        weekend: Type.Array(Type.Enum([...WEEKDAYS]), { uniqueItems: true }),
        calendar: Type.Union([ID, Type.Null()]),
      },
      STRICT,
    ),
    Type.Object({ immediately: Type.Literal(true) }, STRICT),
  ]),
});

/** What a rule asks of the people, that no check can see: reported, and printed in the reference. */
export const DutyRuleSchema = rule({
  kind: Type.Literal("duty"),
  about: Type.Enum([
    "records",
    "opt-out-lasts",
    "mechanism-lasts",
    "abandoned-calls",
    "identification",
    "registration",
    "sharing",
    "easy-opt-out",
    "sender-identity",
    "other",
  ]),
  value: TEXT,
});

/** Every kind of rule by its name, so that a mistake in one is explained by its own shape. */
export const RULE_SCHEMAS = {
  hours: HoursRuleSchema,
  consent: ConsentRuleSchema,
  list: ListRuleSchema,
  reassigned: ReassignedRuleSchema,
  cap: CapRuleSchema,
  "cooling-off": CoolingOffRuleSchema,
  ban: BanRuleSchema,
  suspension: SuspensionRuleSchema,
  "stop-scope": StopScopeRuleSchema,
  wording: WordingRuleSchema,
  deadline: DeadlineRuleSchema,
  duty: DutyRuleSchema,
} as const;

const CALENDAR_DAY = Type.Object(
  {
    date: Type.String({
      minLength: 1,
      maxLength: 120,
      description:
        "YYYY-MM-DD for one year, MM-DD for every year, or a rule of `date-holidays`: " +
        "`easter -47`, `4th thursday in November`, `07-04 and if sunday then next monday`",
    }),
    name: TEXT,
    regions: Type.Optional(oneOrMore(REGION)),
    counties: Type.Optional(oneOrMore(TEXT)),
    from: Type.Optional(DATE),
    until: Type.Optional(DATE),
    sources: SOURCES,
  },
  STRICT,
);

export const CalendarSchema = Type.Object(
  {
    base: Type.Union([
      Type.Object({ country: COUNTRY, state: Type.Optional(TEXT) }, STRICT),
      Type.Literal("country-of-address"),
      Type.Literal("region-of-address"),
      Type.Null(),
    ]),
    add: Type.Array(CALENDAR_DAY),
    remove: Type.Array(CALENDAR_DAY),
  },
  STRICT,
);

const CLASS = Type.Object({ id: ID, title: TEXT, sources: SOURCES }, STRICT);
const TOPIC = Type.Object(
  {
    id: ID,
    title: TEXT,
    phrases: Type.Array(TEXT, {
      description: "A topic written in words that contain one of these is this topic",
    }),
  },
  STRICT,
);
const REGISTRY = Type.Object(
  {
    id: ID,
    title: TEXT,
    access: Type.Enum(["download", "wash", "operator-side"], {
      description:
        "`download`: a list is loaded. `wash`: one number at a time is asked about. " +
        "`operator-side`: the operators apply it and nobody else can read it.",
    }),
    channels: oneOrMore(Type.Enum([...CHANNELS])),
    notice: Type.Optional(TEXT),
    sources: SOURCES,
  },
  STRICT,
);

export const PackSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    format: Type.Literal(2),
    id: ID,
    version: Type.String({ pattern: "^[0-9]{4}\\.[0-9]{1,2}\\.[0-9]{1,3}$" }),
    title: TEXT,
    binds: Type.Array(Type.Union([REGION, Type.Literal(EVERYWHERE)]), {
      uniqueItems: true,
      description:
        "Countries and subdivisions it binds; `*` for all of them, also where the country is not " +
        "known. Empty in the pack `default`, which binds where no other pack binds the country. A " +
        "pack that binds everywhere does not take the place of one for the country",
    }),
    zone: Type.String({ description: "IANA zone in which the dates of this pack begin" }),
    classes: Type.Array(CLASS, { description: "Classes that this pack adds" }),
    topics: Type.Array(TOPIC),
    registries: Type.Array(REGISTRY),
    calendars: Type.Record(Type.String({ pattern: NAME_PATTERN }), CalendarSchema),
    rules: Type.Array(
      Type.Union([
        HoursRuleSchema,
        ConsentRuleSchema,
        ListRuleSchema,
        ReassignedRuleSchema,
        CapRuleSchema,
        CoolingOffRuleSchema,
        BanRuleSchema,
        SuspensionRuleSchema,
        StopScopeRuleSchema,
        WordingRuleSchema,
        DeadlineRuleSchema,
        DutyRuleSchema,
      ]),
      { minItems: 1 },
    ),
  },
  STRICT,
);

export type Ground = Static<typeof GroundSchema>;
export type HoursRule = Static<typeof HoursRuleSchema>;
export type ConsentRule = Static<typeof ConsentRuleSchema>;
export type ListRule = Static<typeof ListRuleSchema>;
export type ReassignedRule = Static<typeof ReassignedRuleSchema>;
export type CapRule = Static<typeof CapRuleSchema>;
export type CoolingOffRule = Static<typeof CoolingOffRuleSchema>;
export type BanRule = Static<typeof BanRuleSchema>;
export type SuspensionRule = Static<typeof SuspensionRuleSchema>;
export type StopScopeRule = Static<typeof StopScopeRuleSchema>;
export type WordingRule = Static<typeof WordingRuleSchema>;
export type WordingElement = Static<typeof ELEMENT>;
export type DeadlineRule = Static<typeof DeadlineRuleSchema>;
export type DutyRule = Static<typeof DutyRuleSchema>;
export type Rule =
  | HoursRule
  | ConsentRule
  | ListRule
  | ReassignedRule
  | CapRule
  | CoolingOffRule
  | BanRule
  | SuspensionRule
  | StopScopeRule
  | WordingRule
  | DeadlineRule
  | DutyRule;
export type Calendar = Static<typeof CalendarSchema>;
export type RulePack = Static<typeof PackSchema>;

/** The pack that binds where no other does. */
export const DEFAULT_PACK = "default";

/** What `rulepacks/schema.json` holds: the same definition for editors and other tools. */
export function packJsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Heed rule pack, format 2",
    ...PackSchema,
  };
}
