/** POST /v1/opt-outs, /v1/opt-ins, /v1/holds: an agent, a form or a partner writes down a choice. */
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { RecordOutcome } from "../../app/record-acts.ts";
import { type Choice, recordChoice, withoutUndefined } from "../../app/record-choice.ts";
import { CONSENT_LEVELS } from "../../domain/act.ts";
import { describeScopes } from "../../domain/scope.ts";
import { ALL, CHANNELS, USES } from "../../domain/words.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { HttpProblem } from "../http-problem.ts";
import { readInstant } from "../instants.ts";
import { ReceiptQuery, receiptMembers, withReceipt } from "../receipts.ts";
import {
  Address,
  ClassName,
  EntryReference,
  EvidenceSchema,
  IdempotencyHeaders,
  InstantText,
  Language,
  NameOrAll,
  ScopeSchema,
} from "../schemas.ts";
import { referTo } from "../views.ts";

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
  via: Type.Optional(
    Type.Enum(["sms", "voice", "email", "web", "api"], { description: "How it reached you." }),
  ),
  at: Type.Optional(InstantText),
  text: Type.Optional(Type.String({ maxLength: 10_000, description: "The person's own words." })),
  language: Type.Optional(Language),
  author: Type.Optional(Type.String({ maxLength: 200, description: "Who wrote this down." })),
  note: Type.Optional(Type.String({ maxLength: 2_000 })),
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
    via: common.via,
    at: common.at,
    text: common.text,
    author: common.author,
    note: common.note,
  },
  {
    additionalProperties: false,
    examples: [{ address: "+15552340100", sender: "acme", by: "staff", note: "dispute 4711" }],
  },
);

export const Recorded = Type.Object(
  {
    entry: EntryReference,
    covers: Type.Array(ScopeSchema),
    coversInWords: Type.String(),
    replayed: Type.Boolean({ description: "Whether an earlier request had recorded it." }),
    ...receiptMembers,
  },
  { additionalProperties: false, description: "It is on disk and in force." },
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
      const choice = choiceOf("opt-out", { by: "person", ...request.body });
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
      const choice = choiceOf("opt-in", request.body);
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
      const choice = choiceOf("hold", { by: "staff", ...request.body });
      return reply.code(201).send(await record(api, request, request.query, choice));
    },
  );
}

function choiceOf(kind: Choice["kind"], body: Static<typeof OptInBody>): Choice {
  const { address, sender, by, at, evidence, ...rest } = body;
  return {
    kind,
    address,
    sender,
    by,
    ...withoutUndefined({ ...rest, evidence: evidence as Choice["evidence"] }),
    ...(at === undefined ? {} : { at: readInstant(at, "/at") }),
  };
}

async function record(
  api: Api,
  request: FastifyRequest,
  query: Static<typeof ReceiptQuery>,
  choice: Choice,
): Promise<Static<typeof Recorded>> {
  const key = request.headers["idempotency-key"];
  const idempotencyKey = typeof key === "string" ? key : null;
  const outcome = await recordChoice(api.deps, choice, sourceOf(api, request), idempotencyKey);
  return { ...showRecorded(outcome), ...(await withReceipt(api, query, outcome)) };
}

export function showRecorded(
  outcome: Exclude<RecordOutcome, { status: "conflict" }>,
): Static<typeof Recorded> {
  const entry = outcome.entries[0];
  if (entry === undefined) throw new HttpProblem("internal-error");
  const covers = entry.act?.scopes ?? [];
  return {
    entry: referTo(entry),
    covers: [...covers],
    coversInWords: describeScopes(covers),
    replayed: outcome.status === "replayed",
  };
}
