/** /v1/senders: in whose name messages go. */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import { Problem } from "../../app/problem.ts";
import { type Sender, SenderSchema } from "../../app/settings.ts";
import type { Api, ApiServer } from "../api.ts";
import { HttpProblem } from "../http-problem.ts";
import { Name } from "../schemas.ts";
import { invalidMember } from "../validate.ts";

const { properties } = SenderSchema;
const optional = {
  language: Type.Optional(properties.language),
  stopCovers: Type.Optional(properties.stopCovers),
  confirm: Type.Optional(properties.confirm),
  programs: Type.Optional(properties.programs),
};
const closed = { additionalProperties: false } as const;
const NewSender = Type.Object(
  { id: Name, name: properties.name, ...optional },
  { ...closed, examples: [{ id: "acme", name: "Acme Shoes", language: "en" }] },
);
const SenderBody = Type.Object({ name: properties.name, ...optional }, closed);
const Params = Type.Object({ id: Name }, closed);
const tags = ["Settings"];
const config = { access: "admin", lane: "read" } as const;

export function addSenderRoutes(server: ApiServer, api: Api): void {
  const { settings } = api.deps;
  server.get(
    "/v1/senders",
    {
      config,
      schema: {
        tags,
        summary: "List the senders",
        response: { 200: Type.Object({ senders: Type.Array(SenderSchema) }, closed) },
      },
    },
    async () => ({ senders: [...settings.senders.values()] }),
  );
  server.get(
    "/v1/senders/:id",
    {
      config,
      schema: { tags, summary: "Read a sender", params: Params, response: { 200: SenderSchema } },
    },
    async (request) => find(api, request.params.id),
  );
  server.post(
    "/v1/senders",
    {
      config: { ...config, problems: ["already-exists"] },
      schema: { tags, summary: "Add a sender", body: NewSender, response: { 201: SenderSchema } },
    },
    async (request, reply) => {
      const { id } = request.body;
      if (settings.senders.has(id)) {
        throw new Problem("already-exists", `there is a sender \`${id}\` already`, "/id");
      }
      return reply.code(201).send(await put(api, request.body));
    },
  );
  server.put(
    "/v1/senders/:id",
    {
      config,
      schema: {
        tags,
        summary: "Add or replace a sender",
        params: Params,
        body: SenderBody,
        response: { 200: SenderSchema },
      },
    },
    async (request) => put(api, { ...request.body, id: request.params.id }),
  );
  addRemoval(server, api);
}

function addRemoval(server: ApiServer, api: Api): void {
  server.delete(
    "/v1/senders/:id",
    {
      config: { ...config, problems: ["in-use"] },
      schema: {
        tags,
        summary: "Remove a sender",
        description: "What people said to it stays on record; checks for it answer `unknown`.",
        params: Params,
        response: { 204: Type.Null({ description: "Removed." }) },
      },
    },
    async (request, reply) => {
      const { id } = find(api, request.params.id);
      // A source without its sender could not record what people write to it.
      const source = [...api.deps.settings.sources.values()].find((one) => one.sender === id);
      if (source !== undefined) {
        throw new HttpProblem("in-use", `The source \`${source.id}\` writes in its name.`);
      }
      await api.deps.settings.remove("sender", id);
      return reply.code(204).send(null);
    },
  );
}

function find(api: Api, id: string): Sender {
  const sender = api.deps.settings.senders.get(id);
  if (sender === undefined) throw new Problem("not-found", `there is no sender \`${id}\``);
  return sender;
}

/**
 * The name goes into confirmations, which hold no marketing (47 CFR 64.1200(a)(12)): no link, no
 * line of its own, and no mark that turns the text around it (UAX #9).
 */
const NO_PART_OF_A_NAME = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]|:\/\/|\bwww\./iu;

async function put(api: Api, given: Static<typeof NewSender>): Promise<Sender> {
  if (NO_PART_OF_A_NAME.test(given.name)) {
    throw invalidMember("/name", "is a name only: no link, line break or control character");
  }
  const sender = Value.Default(SenderSchema, { ...given }) as Sender;
  await api.deps.settings.putSender(sender);
  return sender;
}
