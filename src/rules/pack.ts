/**
 * The shape of a rule pack: one jurisdiction's rules as dated, cited data. The definitions below
 * give both the TypeScript types and `rulepacks/schema.json`; `docs/formats/rule-pack.md` explains
 * them to the people who write packs. Format 1.
 */
import { type Static, type TProperties, Type } from "typebox";
import { CONSENT_LEVELS } from "../domain/act.ts";
import { CHANNELS, NAME_PATTERN } from "../domain/words.ts";

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
const COUNTRY = Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" });
const LEVEL = Type.Enum([...CONSENT_LEVELS]);
const TEXT = Type.String({ minLength: 1, maxLength: 1000 });
const ID = Type.String({ pattern: NAME_PATTERN });
const STRICT = { additionalProperties: false } as const;

export const SourceSchema = Type.Object(
  { title: TEXT, url: Type.Optional(TEXT), grade: Type.Enum([...GRADES]) },
  STRICT,
);
const SOURCES = Type.Array(SourceSchema, { minItems: 1 });

const EVERY_RULE = {
  id: ID,
  title: TEXT,
  appliesTo: Type.Object(
    {
      channels: Type.Array(Type.Enum([...CHANNELS]), { minItems: 1, uniqueItems: true }),
      classes: Type.Array(ID, { minItems: 1, uniqueItems: true }),
    },
    STRICT,
  ),
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

export const HoursRuleSchema = rule({
  kind: Type.Literal("hours"),
  week: Type.Object(
    { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY, sat: DAY, sun: DAY },
    STRICT,
  ),
  bannedHolidays: Type.Union([ID, Type.Null()], { description: "A calendar of this pack" }),
  zone: Type.String({ description: "`recipient`, or the IANA zone whose clock always counts" }),
  exemptConsent: Type.Union([LEVEL, Type.Null()], {
    description: "Consent of this level or better lifts the hours",
  }),
});

export const ConsentRuleSchema = rule({
  kind: Type.Literal("consent"),
  minimumLevel: LEVEL,
});

export const ListRuleSchema = rule({
  kind: Type.Literal("list"),
  list: ID,
  maxAgeDays: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  consentOverrides: Type.Union([LEVEL, Type.Null()], {
    description: "Consent of this level or better makes the list needless",
  }),
});

/** Every kind of rule by its name, so that a mistake in one is explained by its own shape. */
export const RULE_SCHEMAS = {
  hours: HoursRuleSchema,
  consent: ConsentRuleSchema,
  list: ListRuleSchema,
} as const;

const CALENDAR_DAY = Type.Object(
  {
    date: Type.String({
      pattern: "^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
      description: "YYYY-MM-DD for one year, MM-DD for every year",
    }),
    name: TEXT,
    sources: SOURCES,
  },
  STRICT,
);

export const CalendarSchema = Type.Object(
  {
    base: Type.Union([
      Type.Object({ country: COUNTRY, state: Type.Optional(TEXT) }, STRICT),
      Type.Literal("country-of-address"),
      Type.Null(),
    ]),
    add: Type.Array(CALENDAR_DAY),
    remove: Type.Array(CALENDAR_DAY),
  },
  STRICT,
);

export const PackSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    format: Type.Literal(1),
    id: ID,
    version: Type.String({ pattern: "^[0-9]{4}\\.[0-9]{1,2}\\.[0-9]{1,3}$" }),
    title: TEXT,
    countries: Type.Array(COUNTRY, {
      uniqueItems: true,
      description: "Empty in the pack `default`, which binds where no other does",
    }),
    zone: Type.String({ description: "IANA zone in which the dates of this pack begin" }),
    calendars: Type.Record(Type.String({ pattern: NAME_PATTERN }), CalendarSchema),
    rules: Type.Array(Type.Union([HoursRuleSchema, ConsentRuleSchema, ListRuleSchema]), {
      minItems: 1,
    }),
  },
  STRICT,
);

export type HoursRule = Static<typeof HoursRuleSchema>;
export type ConsentRule = Static<typeof ConsentRuleSchema>;
export type ListRule = Static<typeof ListRuleSchema>;
export type Rule = HoursRule | ConsentRule | ListRule;
export type Calendar = Static<typeof CalendarSchema>;
export type RulePack = Static<typeof PackSchema>;

/** The pack that binds where no other does. */
export const DEFAULT_PACK = "default";

/** What `rulepacks/schema.json` holds: the same definition for editors and other tools. */
export function packJsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Heed rule pack, format 1",
    ...PackSchema,
  };
}
