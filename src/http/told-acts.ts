/** What the routes that record an act have in common: what is told of it, and how it is answered. */
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { type Door, type Told, type ToldOutcome, withoutUndefined } from "../app/record-told.ts";
import type { Evidence } from "../domain/act.ts";
import { describeScopes } from "../domain/scope.ts";
import type { Api } from "./api.ts";
import { sourceOf } from "./authorise.ts";
import { HttpProblem } from "./http-problem.ts";
import { readInstant } from "./instants.ts";
import { type ReceiptQuery, receiptMembers, withReceipt } from "./receipts.ts";
import { EntryReference, InstantText, ScopeSchema } from "./schemas.ts";
import { referTo } from "./views.ts";

/** Members of a body that say how something happened, and who wrote it down. */
export const toldMembers = {
  via: Type.Optional(
    Type.Enum(["sms", "voice", "email", "web", "api"], { description: "How it reached you." }),
  ),
  at: Type.Optional(InstantText),
  text: Type.Optional(Type.String({ maxLength: 10_000, description: "The person's own words." })),
  author: Type.Optional(Type.String({ maxLength: 200, description: "Who wrote this down." })),
  note: Type.Optional(Type.String({ maxLength: 2_000 })),
};

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

/** A body as the app takes it. Throws a problem at `/at` for an instant that is none. */
export function readTold<Body extends { readonly at?: string; readonly evidence?: object }>(
  body: Body,
): Omit<Body, "at" | "evidence"> & Pick<Told, "at" | "evidence"> {
  const { at, evidence, ...rest } = body;
  return {
    ...(withoutUndefined(rest) as typeof rest),
    ...(evidence === undefined ? {} : { evidence: evidence as Evidence }),
    ...(at === undefined ? {} : { at: readInstant(at, "/at") }),
  };
}

/** Records with the caller's key and source, and shows what was recorded. */
export async function answerRecorded(
  api: Api,
  request: FastifyRequest,
  query: Static<typeof ReceiptQuery>,
  record: (door: Door) => Promise<ToldOutcome>,
): Promise<Static<typeof Recorded>> {
  const key = request.headers["idempotency-key"];
  const idempotencyKey = typeof key === "string" ? key : null;
  const outcome = await record({ source: sourceOf(api, request), idempotencyKey });
  return { ...showRecorded(outcome), ...(await withReceipt(api, query, outcome)) };
}

function showRecorded(outcome: ToldOutcome): Static<typeof Recorded> {
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
