/** POST /v1/dealings: what a person did with a sender, or said to one, beside opting out and in. */
import { type Static, Type } from "typebox";
import { withoutUndefined } from "../../app/record-choice.ts";
import { type Dealing, recordDealing } from "../../app/record-dealing.ts";
import { DEALING_KINDS } from "../../domain/act.ts";
import { ALL, CHANNELS } from "../../domain/words.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { readInstant } from "../instants.ts";
import { ReceiptQuery, withReceipt } from "../receipts.ts";
import { Address, EvidenceSchema, IdempotencyHeaders, InstantText, NameOrAll } from "../schemas.ts";
import { Recorded, showRecorded } from "./choices.ts";

const DealingBody = Type.Object(
  {
    kind: Type.Enum([...DEALING_KINDS], {
      description:
        "`purchase`, `inquiry`: some laws let a sender write for a time after them. `refusal`: a no " +
        "in a call. `opt-in-request`: somebody typed the address in, and has not confirmed it.",
    }),
    address: Address,
    sender: NameOrAll,
    channel: Type.Optional(
      Type.Enum([...CHANNELS, ALL], { description: "The channel it is about. Default: `all`." }),
    ),
    at: Type.Optional(InstantText),
    by: Type.Enum(["person", "staff", "provider"], { description: "Who did it, or who tells it." }),
    via: Type.Optional(
      Type.Enum(["sms", "voice", "email", "web", "api"], { description: "How it reached you." }),
    ),
    evidence: Type.Optional(EvidenceSchema),
    text: Type.Optional(Type.String({ maxLength: 10_000, description: "The person's own words." })),
    note: Type.Optional(Type.String({ maxLength: 2_000 })),
    author: Type.Optional(Type.String({ maxLength: 200, description: "Who wrote this down." })),
  },
  {
    additionalProperties: false,
    examples: [
      {
        kind: "purchase",
        address: "+15552340100",
        sender: "acme",
        by: "person",
        at: "2026-11-02T15:10:00Z",
        evidence: { kind: "order", number: "A-4711" },
      },
    ],
  },
);

export function addDealingRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/dealings",
    {
      config: {
        access: "record",
        lane: "opt-out",
        problems: [
          "invalid-address",
          "unknown-sender",
          "idempotency-conflict",
          "evidence-required",
        ],
      },
      schema: {
        tags: ["Choices"],
        summary: "Record a purchase, an inquiry, a refusal or a request to opt in",
        description:
          "None of them is consent, and none lifts an opt-out. Purchases and inquiries need evidence.",
        headers: IdempotencyHeaders,
        querystring: ReceiptQuery,
        body: DealingBody,
        response: { 201: Recorded },
      },
    },
    async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const outcome = await recordDealing(
        api.deps,
        dealingOf(request.body),
        sourceOf(api, request),
        typeof key === "string" ? key : null,
      );
      const receipt = await withReceipt(api, request.query, outcome);
      return reply.code(201).send({ ...showRecorded(outcome), ...receipt });
    },
  );
}

function dealingOf(body: Static<typeof DealingBody>): Dealing {
  const { kind, address, sender, by, at, evidence, ...rest } = body;
  return {
    kind,
    address,
    sender,
    by,
    ...withoutUndefined({ ...rest, evidence: evidence as Dealing["evidence"] }),
    ...(at === undefined ? {} : { at: readInstant(at, "/at") }),
  };
}
