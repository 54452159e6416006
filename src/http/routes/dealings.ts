/** POST /v1/dealings: what a person did with a sender, or said to one, beside opting out and in. */
import { Type } from "typebox";
import { recordDealing } from "../../app/record-dealing.ts";
import type { Door } from "../../app/record-told.ts";
import { DEALING_KINDS } from "../../domain/act.ts";
import { ALL, CHANNELS } from "../../domain/words.ts";
import type { Api, ApiServer } from "../api.ts";
import { ReceiptQuery } from "../receipts.ts";
import { Address, EvidenceSchema, IdempotencyHeaders, NameOrAll } from "../schemas.ts";
import { answerRecorded, Recorded, readTold, toldMembers } from "../told-acts.ts";

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
    by: Type.Enum(["person", "staff", "provider"], { description: "Who did it, or who tells it." }),
    evidence: Type.Optional(EvidenceSchema),
    ...toldMembers,
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
      const dealing = readTold(request.body);
      const record = ({ source, idempotencyKey }: Door) =>
        recordDealing(api.deps, dealing, source, idempotencyKey);
      return reply.code(201).send(await answerRecorded(api, request, request.query, record));
    },
  );
}
