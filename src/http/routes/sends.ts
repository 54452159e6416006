/** POST /v1/sends: messages that went out, for the rules that count them. */
import { type Static, Type } from "typebox";
import { recordSends, type Sent } from "../../app/record-sends.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import { CALL_KINDS } from "../../rules/facts.ts";
import { CARRIERS } from "../../store/store.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { readInstant } from "../instants.ts";
import {
  Address,
  ChannelName,
  ClassName,
  InstantText,
  idempotencyHeaders,
  Name,
  PositionNumber,
} from "../schemas.ts";

const SENDS_MAX = 10_000;
const closed = { additionalProperties: false } as const;

const SentSchema = Type.Object(
  {
    to: Address,
    sender: Name,
    channel: ChannelName,
    class: ClassName,
    at: Type.Optional(InstantText),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: "What it was about, where a rule counts by subject. Kept as a keyed hash.",
      }),
    ),
    callKind: Type.Optional(Type.Enum([...CALL_KINDS])),
    isReply: Type.Optional(
      Type.Boolean({ description: "Whether it answered a message of the person's." }),
    ),
    confirms: Type.Optional(PositionNumber),
    by: Type.Optional(
      Type.Enum([...CARRIERS], {
        description:
          "Who sent it: your own systems (`us`), or a provider by itself. Default: `us`.",
      }),
    ),
    messageId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: "Your own id of the message: told twice, it counts once.",
      }),
    ),
  },
  closed,
);
const SendsBody = Type.Object(
  { sends: Type.Array(SentSchema, { minItems: 1, maxItems: SENDS_MAX }) },
  {
    ...closed,
    examples: [
      {
        sends: [
          {
            ...{ to: "+15552340100", sender: "acme", channel: "sms", class: "marketing" },
            ...{ at: "2026-11-21T14:00:00Z", messageId: "SM0123" },
          },
        ],
      },
    ],
  },
);
const Answer = Type.Object(
  {
    recorded: Type.Integer({ description: "On record and counted from now on." }),
    known: Type.Integer({ description: "On record already." }),
    tooOld: Type.Integer({ description: "So long ago that no rule can count them; left out." }),
  },
  { ...closed, description: "They are on disk." },
);

export function addSendRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/sends",
    {
      bodyLimit: api.limits.batchBytes,
      config: {
        access: "send",
        lane: "check",
        problems: ["invalid-address", "unknown-sender", "unknown-entry", "idempotency-conflict"],
      },
      schema: {
        tags: ["Checks"],
        summary: "Tell which messages were sent, up to 10,000 at once",
        description:
          "For rules that allow so many messages in a time. All are recorded or none. No address is " +
          "kept, but its suppression token.",
        headers: idempotencyHeaders("as long as the sends are"),
        body: SendsBody,
        response: { 200: Answer },
      },
    },
    async (request) => {
      const key = request.headers["idempotency-key"];
      const sends = request.body.sends.map(sentOf);
      const source = sourceOf(api, request);
      return recordSends(api.deps, sends, source, typeof key === "string" ? key : null);
    },
  );
}

function sentOf({ at, ...sent }: Static<typeof SentSchema>, index: number): Sent {
  return {
    to: sent.to,
    sender: sent.sender,
    channel: sent.channel,
    class: sent.class,
    ...withoutUndefined(sent),
    ...(at === undefined ? {} : { at: readInstant(at, `/sends/${index}/at`) }),
  };
}
