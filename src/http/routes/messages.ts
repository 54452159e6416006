/** POST /v1/messages/check: the words of a message, against the rules of every place it goes to. */
import { type Static, Type } from "typebox";
import { checkMessage, type MessageReport } from "../../app/check-message.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import { CALL_KINDS, SENDER_TYPES } from "../../rules/facts.ts";
import { TEXT_KINDS, type TextFault } from "../../rules/message/check-text.ts";
import type { Segments } from "../../rules/message/segments.ts";
import type { Api, ApiServer } from "../api.ts";
import { readInstant } from "../instants.ts";
import { Address, ChannelName, ClassName, InstantText, Language, Name } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const MOST_PLACES = 50;
const Short = Type.String({ minLength: 1, maxLength: 300 });
const MessageBody = Type.Object(
  {
    sender: Name,
    channel: ChannelName,
    class: Type.Optional(
      Type.String({
        ...ClassName,
        description: "Absent: `marketing`. Of a message, not its answers.",
      }),
    ),
    kind: Type.Optional(
      Type.Enum([...TEXT_KINDS], {
        description:
          "`message` (default), the `confirmation` of an opt-out, or the greeting after an `opt-in`.",
      }),
    ),
    text: Type.String({ maxLength: 50_000, description: "As it would be sent." }),
    senderType: Type.Optional(Type.Enum([...SENDER_TYPES])),
    callKind: Type.Optional(Type.Enum([...CALL_KINDS])),
    to: Type.Optional(Address),
    places: Type.Optional(
      Type.Array(Type.String({ minLength: 2, maxLength: 6 }), {
        maxItems: MOST_PLACES,
        description: "ISO 3166-1 countries and ISO 3166-2 parts of them: `FR`, `CA-QC`.",
      }),
    ),
    language: Type.Optional(Language),
    at: Type.Optional(InstantText),
    insert: Type.Optional(
      Type.Boolean({ description: "Answer with the finished text too. Nothing is stored." }),
    ),
    keyword: Type.Optional(
      Type.String({ pattern: "^[\\p{L}\\p{N}]{1,30}$", description: "Absent: `STOP`." }),
    ),
    shortCode: Type.Optional(Type.String({ pattern: "^[0-9]{3,8}$" })),
    link: Type.Optional(Short),
    phone: Type.Optional(Short),
    key: Type.Optional(Type.String({ pattern: "^[0-9]$", description: "Absent: `9`." })),
    contact: Type.Optional(Short),
    postalAddress: Type.Optional(Short),
    frequency: Type.Optional(Short),
  },
  {
    ...closed,
    examples: [
      {
        ...{ sender: "acme", channel: "sms", senderType: "alphanumeric", places: ["FR"] },
        ...{ text: "Acme : -20% cette semaine.", shortCode: "36111", insert: true },
      },
    ],
  },
);

const Fault = Type.Object(
  {
    kind: Type.Enum([
      "wording-missing",
      "wording-wrong",
      "wrong-script",
      "marketing-in-confirmation",
      "rule-failed",
    ]),
    element: Type.String({ description: "What of the text: `opt-out`, `sender`, `contact` …" }),
    text: Type.String(),
    rule: Type.Optional(Type.String()),
    citation: Type.Optional(Type.String()),
    notice: Type.Optional(Type.String()),
  },
  closed,
);
const Count = Type.Object(
  {
    encoding: Type.Enum(["GSM-7", "UCS-2"]),
    units: Type.Integer({ description: "Septets of GSM-7, or 16-bit units of UCS-2." }),
    segments: Type.Integer(),
    left: Type.Integer({ description: "Units that the last one has room for." }),
    outsideGsm7: Type.Array(Type.String(), { description: "What makes it UCS-2, each once." }),
  },
  closed,
);
const Report = Type.Object(
  {
    fit: Type.Boolean({ description: "Nothing is missing or wrong in any of the places." }),
    targets: Type.Array(
      Type.Object(
        {
          target: Type.String(),
          countries: Type.Array(Type.String()),
          languages: Type.Array(Type.String()),
          rules: Type.Array(Type.String(), { description: "Wording rules in force there." }),
          faults: Type.Array(Fault),
          advice: Type.Array(Type.String(), { description: "Better, and no rule asks for it." }),
        },
        closed,
      ),
    ),
    prepend: Type.String({ description: "What to put in front, with what parts the two." }),
    append: Type.String({ description: "What to put behind." }),
    left: Type.Array(Fault, { description: "What is still missing or wrong then." }),
    notes: Type.Array(Type.String()),
    segments: Type.Union([Type.Object({ before: Count, after: Count }, closed), Type.Null()], {
      description: "Of an SMS, as it is and with what is put in.",
    }),
    text: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: "With `insert`: the finished text; `null` while something is left.",
      }),
    ),
  },
  closed,
);

export function addMessageRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/messages/check",
    {
      config: { access: "check", lane: "check", problems: ["invalid-address", "unknown-sender"] },
      schema: {
        tags: ["Checks"],
        summary: "Check the words of a message, and have put in what it lacks",
        description:
          "Whether the way out, the sender and what else the law of each place wants are in the text. " +
          "Whether it may go to somebody is for `/v1/check` to say.",
        body: MessageBody,
        response: { 200: Report },
      },
    },
    async (request) => answer(api, request.body),
  );
}

function answer(api: Api, body: Static<typeof MessageBody>): Static<typeof Report> {
  const { sender, channel, text, places, to, senderType, callKind, language, at } = body;
  const { keyword, shortCode, link, phone, key, contact, postalAddress, frequency } = body;
  const given = { keyword, shortCode, link, phone, key, contact, postalAddress, frequency };
  const report = checkMessage(api.deps, {
    ...{ sender, channel, text },
    class: body.class ?? "marketing",
    kind: body.kind ?? "message",
    ...withoutUndefined({ senderType, callKind, to, places, language }),
    at: at === undefined ? api.deps.clock.now() : readInstant(at, "/at"),
    means: withoutUndefined(given),
  });
  return show(report, body.insert === true);
}

function show(report: MessageReport, withText: boolean): Static<typeof Report> {
  const { finished, segments } = report;
  return {
    fit: report.isFit,
    targets: report.targets.map(({ target, countries, languages, rules, faults, advice }) => ({
      target,
      countries: [...countries],
      languages: [...languages],
      rules: [...rules],
      faults: faults.map(showFault),
      advice: [...advice],
    })),
    prepend: finished.before,
    append: finished.after,
    left: finished.left.map(showFault),
    notes: [...finished.notes],
    segments:
      segments === null
        ? null
        : { before: showCount(segments.before), after: showCount(segments.after) },
    ...(withText ? { text: finished.left.length === 0 ? finished.text : null } : {}),
  };
}

function showFault({
  kind,
  element,
  text,
  rule,
  citation,
  notice,
}: TextFault): Static<typeof Fault> {
  const optional = {
    rule: rule ?? undefined,
    citation: citation ?? undefined,
    notice: notice ?? undefined,
  };
  return { kind, element, text, ...withoutUndefined(optional) };
}

function showCount(count: Segments): Static<typeof Count> {
  return { ...count, outsideGsm7: [...count.outsideGsm7] };
}
