/**
 * The shapes of the JSON events that any system can send to Heed: `message.received`, `opt-out` and
 * `opt-in`. Unknown members are refused rather than ignored: a misspelt `chanel` would otherwise
 * make an opt-out mean something else than its sender thinks.
 */
import Type, { type Static, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { CONSENT_LEVELS } from "../domain/act.ts";
import { ALL, CHANNELS, NAME_PATTERN, USES } from "../domain/words.ts";

const STRICT = { additionalProperties: false };

/** RFC 3339 with an offset: a time without one could mean any of 26 hours. */
const DATE_TIME = Type.String({
  pattern:
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}" +
    "(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
  maxLength: 40,
});
const ID = Type.String({ minLength: 1, maxLength: 256 });
const ADDRESS = Type.String({ minLength: 1, maxLength: 320 });
const TEXT = Type.String({ maxLength: 10_000 });
const CHANNEL = Type.Enum(CHANNELS);
/** BCP 47, as far as its shape goes. */
const LANGUAGE = Type.String({ pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}$" });

const NAME_OR_ALL = Type.String({ pattern: `${NAME_PATTERN}|^${ALL}$`, maxLength: 63 });

/** All five dimensions must be said: what is left out of a consent is not consented to. */
const SCOPE = Type.Object(
  {
    sender: NAME_OR_ALL,
    channel: Type.Enum([...CHANNELS, ALL]),
    program: NAME_OR_ALL,
    class: NAME_OR_ALL,
    use: Type.Enum([...USES, ALL]),
  },
  STRICT,
);

/** Integers only, because the ledger's canonical JSON takes no others. */
const EVIDENCE_DETAIL = Type.Union([
  Type.String({ maxLength: 2000 }),
  Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  Type.Boolean(),
  Type.Null(),
]);

const EVIDENCE = Type.Object(
  { kind: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: EVIDENCE_DETAIL, maxProperties: 32 },
);

const MESSAGE = Type.Object(
  {
    id: Type.Optional(ID),
    channel: CHANNEL,
    from: ADDRESS,
    to: ADDRESS,
    text: TEXT,
    sentAt: Type.Optional(DATE_TIME),
    language: Type.Optional(LANGUAGE),
    /** The sender of the event has answered the person already, so Heed must not. */
    confirmed: Type.Optional(Type.Boolean()),
  },
  STRICT,
);

const ACT = Type.Object(
  {
    id: Type.Optional(ID),
    address: ADDRESS,
    by: Type.Enum(["person", "staff", "import", "provider"]),
    channel: Type.Optional(CHANNEL),
    scopes: Type.Optional(Type.Array(SCOPE, { minItems: 1, maxItems: 32 })),
    claimedAt: Type.Optional(DATE_TIME),
    evidence: EVIDENCE,
    level: Type.Optional(Type.Enum(CONSENT_LEVELS)),
    language: Type.Optional(LANGUAGE),
    text: Type.Optional(TEXT),
    confirmed: Type.Optional(Type.Boolean()),
  },
  STRICT,
);

export type MessagePart = Static<typeof MESSAGE>;
export type ActPart = Static<typeof ACT>;

export type WebhookEvent =
  | { readonly type: "message.received"; readonly timestamp?: string; readonly data: MessagePart }
  | { readonly type: "opt-out" | "opt-in"; readonly timestamp?: string; readonly data: ActPart };

const validators = new Map(
  [
    { type: "message.received", part: MESSAGE as TSchema },
    { type: "opt-out", part: ACT as TSchema },
    { type: "opt-in", part: ACT as TSchema },
  ].map(({ type, part }) => [
    type,
    Compile(
      Type.Object(
        // `timestamp` is in the payloads that the specification recommends.
        { type: Type.Literal(type), timestamp: Type.Optional(DATE_TIME), data: part },
        STRICT,
      ),
    ),
  ]),
);

/** Checks one event. A problem names the member at fault and never quotes what was in it. */
export function checkEvent(value: unknown): { event: WebhookEvent } | { problem: string } {
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : null;
  const validator = typeof type === "string" ? validators.get(type) : undefined;
  if (validator === undefined) {
    return { problem: `\`type\` is none of ${[...validators.keys()].join(", ")}` };
  }
  if (validator.Check(value)) return { event: value as WebhookEvent };
  const fault = validator.Errors(value).find(({ keyword }) => !EMPTY_WORDS.has(keyword));
  if (fault === undefined) return { problem: "the event does not have the documented shape" };
  return { problem: `${placeOf(fault.instancePath)} ${saySo(fault)}` };
}

/** Keywords that only repeat that something else is wrong. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(["boolean", "anyOf"]);

function saySo(fault: { keyword: string; message: string; params: object }): string {
  if (fault.keyword !== "additionalProperties") return fault.message;
  const names = "additionalProperties" in fault.params ? fault.params.additionalProperties : [];
  const [name] = Array.isArray(names) ? names : [];
  return `has the unknown member ${quoteName(String(name))}`;
}

/** `/data/scopes/0/use` as `data.scopes.0.use`. Names below `evidence` are the sender's own. */
function placeOf(path: string): string {
  if (path === "") return "the event";
  const known = path.replace(/(\/data\/evidence)\/.*$/su, "$1");
  return `\`${known.slice(1).replaceAll("/", ".")}\``;
}

/** Only letters are repeated: no address and no secret is made of letters alone. */
function quoteName(name: string): string {
  return /^[A-Za-z_]{1,24}$/u.test(name) ? `\`${name}\`` : "(not shown)";
}
