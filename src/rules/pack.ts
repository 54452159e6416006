/**
 * The shape of a rule pack: one jurisdiction's rules as dated, cited data. The definitions below
 * give both the TypeScript types and `rulepacks/schema.json`; `docs/formats/rule-pack.md` explains
 * them to the people who write packs. Format 2.
 */
import { type Static, Type } from "typebox";
import { CHANNELS, NAME_PATTERN } from "../domain/words.ts";
import * as kinds from "./rule-kinds.ts";
import { COUNTRY, DATE, ID, oneOrMore, REGION, SOURCES, STRICT, TEXT } from "./rule-parts.ts";

/** What a pack `binds` that goes by something else than the place, such as a mailbox provider's. */
export const EVERYWHERE = "*";

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
        kinds.HoursRuleSchema,
        kinds.ConsentRuleSchema,
        kinds.ListRuleSchema,
        kinds.ReassignedRuleSchema,
        kinds.CapRuleSchema,
        kinds.CoolingOffRuleSchema,
        kinds.BanRuleSchema,
        kinds.SuspensionRuleSchema,
        kinds.StopScopeRuleSchema,
        kinds.WordingRuleSchema,
        kinds.DeadlineRuleSchema,
        kinds.DutyRuleSchema,
      ]),
      { minItems: 1 },
    ),
  },
  STRICT,
);

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
