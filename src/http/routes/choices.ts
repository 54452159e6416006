/** POST /v1/opt-outs, /v1/opt-ins, /v1/holds: an agent, a form or a partner writes down a choice. */
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { type Choice, recordChoice } from "../../app/record-choice.ts";
import { CONSENT_LEVELS } from "../../domain/act.ts";
import { ALL, CHANNELS, USES } from "../../domain/words.ts";
import type { Api, ApiServer } from "../api.ts";
import { ReceiptQuery } from "../receipts.ts";
import {
  Address,
  ClassName,
  EvidenceSchema,
  IdempotencyHeaders,
  Language,
  NameOrAll,
} from "../schemas.ts";
import { answerRecorded, Recorded, readTold, toldMembers } from "../told-acts.ts";

const By = Type.Enum(["person", "staff", "provider"], {
  description: "Who chose. Only the person's own opt-in, with evidence, lifts an earlier opt-out.",
});

const common = {
  address: Address,
  sender: NameOrAll,
  channel: Type.Optional(Type.Enum([...CHANNELS, ALL])),
  program: Type.Optional(NameOrAll),
  class: Type.Optional(Type.Union([ClassName, Type.Literal(ALL)])),
  use: Type.Optional(Type.Enum([...USES, ALL])),
  language: Type.Optional(Language),
  ...toldMembers,
};

const OptOutBody = Type.Object(
  { ...common, by: Type.Optional(By), evidence: Type.Optional(EvidenceSchema) },
  {
    additionalProperties: false,
    examples: [
      { address: "+15552340100", sender: "acme", channel: "sms", by: "person", via: "voice" },
    ],
  },
);
const OptInBody = Type.Object(
  {
    ...common,
    by: By,
    level: Type.Optional(Type.Enum([...CONSENT_LEVELS])),
    evidence: Type.Optional(EvidenceSchema),
  },
  {
    additionalProperties: false,
    examples: [
      {
        address: "+15552340100",
        sender: "acme",
        channel: "sms",
        by: "person",
        level: "written",
        evidence: { kind: "form", url: "https://acme.example/join", formVersion: "2026-03" },
      },
    ],
  },
);

const HoldBody = Type.Object(
  {
    address: common.address,
    sender: common.sender,
    by: Type.Optional(By),
    ...toldMembers,
  },
  {
    additionalProperties: false,
    examples: [{ address: "+15552340100", sender: "acme", by: "staff", note: "dispute 4711" }],
  },
);

export function addChoiceRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/opt-outs",
    {
      config: {
        access: "record",
        lane: "opt-out",
        problems: ["invalid-address", "unknown-sender", "idempotency-conflict"],
      },
      schema: {
        tags: ["Choices"],
        summary: "Record an opt-out",
        description:
          "Answers when it is on disk and in force. Without program, class and use it covers what " +
          "a plain STOP does; without a channel, every channel.",
        headers: IdempotencyHeaders,
        querystring: ReceiptQuery,
        body: OptOutBody,
        response: { 201: Recorded },
      },
    },
    async (request, reply) => {
      const choice = readTold({ kind: "opt-out", by: "person", ...request.body } as const);
      return reply.code(201).send(await record(api, request, request.query, choice));
    },
  );
  server.post(
    "/v1/opt-ins",
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
        summary: "Record an opt-in with its evidence",
        description: "Lifts an earlier opt-out only when the person did it, later, with evidence.",
        headers: IdempotencyHeaders,
        querystring: ReceiptQuery,
        body: OptInBody,
        response: { 201: Recorded },
      },
    },
    async (request, reply) => {
      const choice = readTold({ kind: "opt-in", ...request.body } as const);
      return reply.code(201).send(await record(api, request, request.query, choice));
    },
  );
  addHoldRoute(server, api);
}

function addHoldRoute(server: ApiServer, api: Api): void {
  server.post(
    "/v1/holds",
    {
      config: {
        access: "record",
        lane: "opt-out",
        problems: ["invalid-address", "unknown-sender", "idempotency-conflict"],
      },
      schema: {
        tags: ["Choices"],
        summary: "Hold a sender's marketing to somebody until it is decided",
        description:
          "For what is no clear opt-out: a dispute, a complaint. It ends when somebody releases it " +
          "or records it as an opt-out, as with an unclear message.",
        headers: IdempotencyHeaders,
        querystring: ReceiptQuery,
        body: HoldBody,
        response: { 201: Recorded },
      },
    },
    async (request, reply) => {
      const choice = readTold({ kind: "hold", by: "staff", ...request.body } as const);
      return reply.code(201).send(await record(api, request, request.query, choice));
    },
  );
}

function record(
  api: Api,
  request: FastifyRequest,
  query: Static<typeof ReceiptQuery>,
  choice: Choice,
): Promise<Static<typeof Recorded>> {
  return answerRecorded(api, request, query, ({ source, idempotencyKey }) =>
    recordChoice(api.deps, choice, source, idempotencyKey),
  );
}
