/** The shape of a pack's `scenarios.json`; `docs/formats/rule-pack.md` explains it. */
import { type Static, type TSchema, Type } from "typebox";
import Value from "typebox/value";
import { CONSENT_LEVELS, VIAS } from "../domain/act.ts";
import { MARK_KINDS } from "../domain/fold.ts";
import { ANSWERS, REASON_KINDS } from "../domain/verdict.ts";
import { ALL, CHANNELS, USES } from "../domain/words.ts";
import { CALL_KINDS, RELATIONSHIPS, SENDER_TYPES, SUBSCRIBERS, SUSPENSION_KINDS } from "./facts.ts";

const STRICT = { additionalProperties: false } as const;
const INSTANT = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(Z|[+-][0-9]{2}:[0-9]{2})$",
  description: "RFC 3339, with an offset",
});
const NULLABLE_INSTANT = Type.Union([INSTANT, Type.Null()]);
const NAME = Type.String({ minLength: 1, maxLength: 200 });
const NAMES = Type.Array(NAME);
const CHANNEL = Type.Enum([...CHANNELS]);
const CALL_KIND = Type.Enum([...CALL_KINDS]);

function optional<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(schema);
}

const KNOWN = Type.Object(
  {
    residence: optional(
      Type.String({
        pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        description: "ISO 3166-1 or 3166-2: where the person lives. Adds to what the number says",
      }),
    ),
    timezone: optional(Type.String({ description: "IANA zone; then no other counts" })),
    county: optional(NAME),
    subscriber: optional(Type.Enum([...SUBSCRIBERS])),
    relationship: optional(Type.Enum([...RELATIONSHIPS, "none"])),
    language: optional(NAME),
  },
  STRICT,
);

const SCOPE = Type.Object(
  {
    sender: optional(NAME),
    channel: optional(Type.Enum([...CHANNELS, ALL])),
    program: optional(NAME),
    class: optional(NAME),
    use: optional(Type.Enum([...USES, ALL])),
  },
  {
    ...STRICT,
    description: "What is left out is the message's own, and every program",
  },
);

export const ScenarioEventSchema = Type.Object(
  {
    id: optional(Type.String({ description: "For `confirms`" })),
    kind: Type.Enum([...MARK_KINDS, "erasure"]),
    at: INSTANT,
    receivedAt: optional(INSTANT),
    by: optional(Type.Enum(["person", "staff", "import", "provider"])),
    via: optional(Type.Enum([...VIAS])),
    level: optional(Type.Enum([...CONSENT_LEVELS])),
    evidence: optional(Type.Boolean({ description: "Whether anything proves it. Absent: yes" })),
    sender: optional(NAME),
    scope: optional(SCOPE),
    stopOn: optional(
      Type.Enum([...CHANNELS], { description: "An opt-out by a plain STOP on this channel" }),
    ),
    otherAddress: optional(
      Type.Boolean({ description: "At another address that is known to be the same person's" }),
    ),
  },
  STRICT,
);

const LIST = Type.Object(
  {
    list: NAME,
    listed: Type.Union([Type.Boolean(), Type.Null()]),
    asOf: NULLABLE_INSTANT,
    kind: optional(Type.Enum(["national", "do-not-contact"])),
    maxAgeDays: optional(Type.Integer({ minimum: 1 })),
    listedSince: optional(INSTANT),
    channels: optional(Type.Array(CHANNEL)),
    sectors: optional(NAMES),
    consentAt: optional(INSTANT),
  },
  STRICT,
);

const SEND = Type.Object(
  {
    at: INSTANT,
    channel: optional(CHANNEL),
    class: optional(NAME),
    sender: optional(NAME),
    subject: optional(NAME),
    callKind: optional(CALL_KIND),
    isReply: optional(Type.Boolean()),
  },
  STRICT,
);

const SUSPENSION = Type.Object(
  {
    kind: Type.Enum([...SUSPENSION_KINDS]),
    region: Type.String({ pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$" }),
    county: optional(NAME),
    from: INSTANT,
    until: optional(INSTANT),
  },
  STRICT,
);

const EXPECT = Type.Object(
  {
    answer: Type.Enum([...ANSWERS]),
    notBefore: optional(INSTANT),
    reasons: Type.Array(Type.Enum([...REASON_KINDS]), {
      description: "Kinds that must be among the reasons",
    }),
    rules: optional(
      Type.Array(Type.String({ pattern: "^[a-z0-9-]+/[a-z0-9-]+$" }), {
        description: "Rules that must be named: `us-fl/cap-calls`, without the version",
      }),
    ),
  },
  STRICT,
);

export const ScenarioSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    at: INSTANT,
    to: Type.String({ description: "E.164 or e-mail address, fictional" }),
    channel: CHANNEL,
    class: NAME,
    use: optional(Type.Enum([...USES])),
    program: optional(NAME),
    senderName: optional(NAME),
    senderType: optional(Type.Enum([...SENDER_TYPES])),
    callKind: optional(CALL_KIND),
    topic: optional(NAME),
    subject: optional(NAME),
    text: optional(Type.String({ maxLength: 5000 })),
    isReply: optional(Type.Boolean()),
    usefulUntil: optional(INSTANT),
    confirms: optional(
      Type.Object({ event: NAME, alreadyConfirmed: optional(Type.Boolean()) }, STRICT),
    ),
    consent: optional(Type.Enum([...CONSENT_LEVELS])),
    optedOut: optional(Type.Boolean()),
    known: optional(KNOWN),
    events: optional(Type.Array(ScenarioEventSchema)),
    lists: optional(Type.Array(LIST)),
    sends: optional(Type.Array(SEND)),
    suspensions: optional(Type.Array(SUSPENSION)),
    expect: EXPECT,
  },
  STRICT,
);
export type Scenario = Static<typeof ScenarioSchema>;
export type ScenarioEvent = Static<typeof ScenarioEventSchema>;

const ScenariosSchema = Type.Array(ScenarioSchema);

/** Throws an error that names the file and the first fault. */
export function parseScenarios(json: unknown, path: string): readonly Scenario[] {
  if (Value.Check(ScenariosSchema, json)) return json;
  const fault = Value.Errors(ScenariosSchema, json)[0];
  throw new Error(`${path}: ${fault?.instancePath}: ${fault?.message}`);
}
