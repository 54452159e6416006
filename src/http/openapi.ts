/** The OpenAPI 3.1 document, made from the schemas that validate the requests. */
import swagger from "@fastify/swagger";
import type { FastifySchema, RouteOptions } from "fastify";
import type { Access, ApiServer } from "./api.ts";
import { type HttpProblemCode, PROBLEMS } from "./error-table.ts";
import { ProblemSchema } from "./schemas.ts";
import { VERSION } from "./version.ts";

const DESCRIPTION = `Every opt-out, heeded: everywhere, at once, provably.

Instants are RFC 3339 text with an offset. Every problem is an \`application/problem+json\` document
(RFC 9457) whose \`type\` is stable. An opt-out is answered when it is on disk and in force: a check
made after that does not allow what it covers. Send only on \`allow\`; treat \`unknown\` as \`deny\`.`;

const TAGS = [
  { name: "Choices", description: "Opt-outs, opt-ins and dealings." },
  { name: "Checks", description: "May this message go to this person now?" },
  { name: "People", description: "One person's record, and their link out." },
  { name: "Ledger", description: "Entries, and messages that wait for a reader." },
  { name: "Lists", description: "Imports, scrubs and registries." },
  { name: "Inbound", description: "What providers call." },
  { name: "Settings", description: "Senders, sources, destinations and keys." },
  { name: "Operation", description: "Health, metrics and documentation." },
];

export async function describeApi(server: ApiServer, publicUrl: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Heed",
        version: VERSION,
        description: DESCRIPTION,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: publicUrl }],
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "`heed_<id>_<secret>`" },
        },
      },
    },
    convertConstToEnum: false,
    transform: ({ schema, url, route }) => ({ schema: withProblems(schema, route), url }),
  });
}

/** Adds what every route of its kind has: who may call it, and the problems it can answer with. */
function withProblems(given: FastifySchema | undefined, route: RouteOptions): FastifySchema {
  const schema = given ?? { hide: true };
  if (schema.hide === true) return schema;
  const access = route.config?.access ?? "open";
  const codes = problemsOf(schema, route);
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, ofStatus]) => [
    String(status),
    {
      description: ofStatus.map((code) => `${PROBLEMS[code].title} (\`${code}\`).`).join(" "),
      content: { "application/problem+json": { schema: ProblemSchema } },
    },
  ]);
  return {
    ...schema,
    description: [schema.description, scopeInWords(access)].filter(Boolean).join("\n\n"),
    security: securityOf(access),
    response: { ...(schema.response as object), ...Object.fromEntries(responses) },
  };
}

/** OpenAPI 3.1 takes names of scopes for bearer keys too; none in the list means any key. */
function securityOf(access: Access): readonly { [scheme: string]: string[] }[] {
  if (access === "open") return [];
  return [{ apiKey: access === "any-key" ? [] : [access] }];
}

function scopeInWords(access: Access): string {
  if (access === "any-key") return "Needs an API key; any will do.";
  return access === "open" ? "Needs no API key." : `Needs an API key with the scope \`${access}\`.`;
}

function problemsOf(schema: FastifySchema, route: RouteOptions): readonly HttpProblemCode[] {
  const takesInput = schema.querystring !== undefined || schema.params !== undefined;
  const { access, lane, problems } = route.config ?? {};
  const codes: HttpProblemCode[] = [...(problems ?? [])];
  if (takesInput || schema.body !== undefined) codes.push("invalid-request");
  if (schema.body !== undefined) codes.push("invalid-json");
  if (route.method !== "GET" && route.method !== "DELETE") {
    codes.push("payload-too-large");
    if (lane !== "inbound") codes.push("unsupported-media-type");
    if (lane !== "check") codes.push("store-unavailable", "outcome-uncertain");
  }
  if (access !== undefined && access !== "open") codes.push("unauthenticated", "forbidden");
  codes.push("rate-limited", "overloaded", "shutting-down");
  return [...new Set(codes)].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}
