/** The kinds of rule: a closed list, so that a kind that nobody can decide is refused. */
import { type Static, Type } from "typebox";
import { CHANNELS, USES } from "../domain/words.ts";
import { CALL_KINDS, SUSPENSION_KINDS } from "./facts.ts";
import {
  DAY,
  DURATION,
  GroundSchema,
  ID,
  oneOrMore,
  rule,
  SPECIAL_DAYS,
  STRICT,
  TEXT,
  UNLESS,
  WEEKDAYS,
} from "./rule-parts.ts";

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
