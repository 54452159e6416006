/**
 * POST /v1/inbound/:source: what providers send. No key: the adapter verifies the raw bytes before
 * anybody parses them (promise 9), so any type of body, and none, comes in as bytes.
 */
import { Type } from "typebox";
import { type ReceiveOutcome, receive } from "../../app/receive.ts";
import type { RawRequest, Refusal } from "../../inbound/inbound.ts";
import { bytesOf, takeAnyBody } from "../any-body.ts";
import type { Api, ApiServer } from "../api.ts";
import type { HttpProblemCode } from "../error-table.ts";
import { HttpProblem } from "../http-problem.ts";
import { Name } from "../schemas.ts";

const CODE_OF_REFUSAL: Readonly<Record<Refusal["refused"], HttpProblemCode>> = {
  signature: "not-believed",
  account: "not-believed",
  timestamp: "not-believed",
  malformed: "malformed-message",
  method: "method-not-allowed",
};

/** The query is the provider's own, so nothing in it makes a request wrong. */
const InboundQuery = Type.Object({
  receipt: Type.Optional(
    Type.Unsafe<unknown>({ description: "`1`: the answer carries receipts, if it can (JSON)." }),
  ),
});

export async function addInboundRoutes(server: ApiServer, api: Api): Promise<void> {
  await server.register(async (own: ApiServer) => {
    // The adapter reads the headers as they came, from `rawHeaders`.
    takeAnyBody(own);
    own.post(
      "/v1/inbound/:source",
      {
        bodyLimit: api.limits.actBytes,
        config: {
          access: "open",
          lane: "inbound",
          problems: ["unknown-source", "not-believed", "malformed-message"],
        },
        schema: {
          tags: ["Inbound"],
          summary: "Webhook of a configured source",
          description: "The body and the answer are the provider's; see the source's adapter.",
          params: Type.Object({ source: Name }, { additionalProperties: false }),
          querystring: InboundQuery,
          response: {
            200: {
              description: "What the provider expects to hear, once everything is on disk.",
              content: { "*/*": { schema: Type.String() } },
            },
          },
        },
      },
      async (request, reply) => {
        const raw: RawRequest = {
          method: request.method,
          url: `${api.deps.publicUrl}${request.raw.url ?? ""}`,
          headers: joinHeaders(request.raw.rawHeaders),
          body: bytesOf(request),
        };
        const { source } = request.params;
        const wantsReceipts = request.query.receipt === "1";
        const outcome = await receive(api.deps, source, raw, api.env, wantsReceipts);
        const { response } = believed(api, source, request.id, outcome);
        // The adapter chooses the status; the schema documents the usual one.
        return reply
          .code(response.status as 200)
          .headers(response.headers)
          .send(response.body);
      },
    );
  });
}

/** The refusal's detail helps the operator and would help a forger, so it goes to the log only. */
function believed(
  api: Api,
  source: string,
  requestId: string,
  outcome: ReceiveOutcome,
): Exclude<ReceiveOutcome, { refusal: unknown }> {
  if (!("refusal" in outcome)) return outcome;
  const { refused, detail } = outcome.refusal;
  api.deps.log.warn({ source, requestId, refused, detail }, "an inbound request was refused");
  const code = CODE_OF_REFUSAL[refused];
  throw new HttpProblem(
    code,
    undefined,
    code === "method-not-allowed" ? { headers: { allow: "POST" } } : {},
  );
}

/** Every header that came, in lower case; one that came twice is joined, never dropped. */
function joinHeaders(rawHeaders: readonly string[]): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const before = joined.get(name);
    joined.set(
      name,
      before === undefined ? rawHeaders[at + 1]! : `${before}, ${rawHeaders[at + 1]}`,
    );
  }
  return Object.fromEntries(joined);
}
