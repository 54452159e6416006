/** /v1/sources: the configured inbound doors. Their secrets are shown as asterisks. */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import { Problem } from "../../app/problem.ts";
import { unknownSender } from "../../app/record-choice.ts";
import { type Source, SourceSchema } from "../../app/settings.ts";
import { acceptConfig, showConfig } from "../adapter-settings.ts";
import type { Api, ApiServer } from "../api.ts";
import { Name } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const { properties } = SourceSchema;
const members = {
  adapter: properties.adapter,
  sender: Name,
  enabled: Type.Optional(properties.enabled),
  defaultRegion: properties.defaultRegion,
  config: properties.config,
  reply: properties.reply,
};
const NewSource = Type.Object(
  { id: Name, ...members },
  {
    ...closed,
    examples: [
      {
        id: "acme-sms",
        adapter: "twilio",
        sender: "acme",
        config: { accountSid: "AC…", authTokens: ["env:TWILIO_AUTH_TOKEN"] },
      },
    ],
  },
);
const SourceBody = Type.Object(members, closed);
const SourceView = Type.Object({ ...properties, url: Type.String() }, closed);
const Params = Type.Object({ id: Name }, closed);
const tags = ["Settings"];
const config = { access: "admin", lane: "read" } as const;

export function addSourceRoutes(server: ApiServer, api: Api): void {
  const { settings } = api.deps;
  server.get(
    "/v1/sources",
    {
      config,
      schema: {
        tags,
        summary: "List the sources",
        response: { 200: Type.Object({ sources: Type.Array(SourceView) }, closed) },
      },
    },
    async () => ({ sources: [...settings.sources.values()].map((source) => show(api, source)) }),
  );
  server.get(
    "/v1/sources/:id",
    {
      config,
      schema: { tags, summary: "Read a source", params: Params, response: { 200: SourceView } },
    },
    async (request) => show(api, find(api, request.params.id)),
  );
  server.post(
    "/v1/sources",
    {
      config: { ...config, problems: ["already-exists", "unknown-sender"] },
      schema: {
        tags,
        summary: "Add a source",
        description: "Give the provider the `url` of the answer as its webhook.",
        body: NewSource,
        response: { 201: SourceView },
      },
    },
    async (request, reply) => {
      const { id } = request.body;
      if (settings.sources.has(id)) {
        throw new Problem("already-exists", `there is a source \`${id}\` already`, "/id");
      }
      return reply.code(201).send(await put(api, request.body));
    },
  );
  addChanges(server, api);
}

function addChanges(server: ApiServer, api: Api): void {
  server.put(
    "/v1/sources/:id",
    {
      config: { ...config, problems: ["unknown-sender"] },
      schema: {
        tags,
        summary: "Add or replace a source",
        description: "A secret that is sent back hidden stays as it is.",
        params: Params,
        body: SourceBody,
        response: { 200: SourceView },
      },
    },
    async (request) => put(api, { ...request.body, id: request.params.id }),
  );
  server.delete(
    "/v1/sources/:id",
    {
      config,
      schema: {
        tags,
        summary: "Remove a source",
        description: "What came through it stays on record. What its provider sends is refused.",
        params: Params,
        response: { 204: Type.Null({ description: "Removed." }) },
      },
    },
    async (request, reply) => {
      await api.deps.settings.remove("source", find(api, request.params.id).id);
      return reply.code(204).send(null);
    },
  );
}

function find(api: Api, id: string): Source {
  const source = api.deps.settings.sources.get(id);
  if (source === undefined) throw new Problem("not-found", `there is no source \`${id}\``);
  return source;
}

async function put(api: Api, given: Static<typeof NewSource>) {
  const { deps, env } = api;
  if (!deps.settings.senders.has(given.sender)) throw unknownSender(given.sender);
  const stored = deps.settings.sources.get(given.id);
  const accepted = acceptConfig(
    {
      adapters: deps.inbound,
      adapter: given.adapter,
      adapterPointer: "/adapter",
      config: given.config,
      pointer: "/config",
      stored: stored?.config,
    },
    env,
  );
  const source = Value.Default(SourceSchema, { ...given, config: accepted }) as Source;
  const { reply } = given;
  if (reply !== undefined) {
    const replyConfig = acceptConfig(
      {
        adapters: deps.providers,
        adapter: reply.provider,
        adapterPointer: "/reply/provider",
        config: reply.config,
        pointer: "/reply/config",
        stored: stored?.reply?.config,
      },
      env,
    );
    source.reply = { provider: reply.provider, config: replyConfig };
  }
  await deps.settings.putSource(source);
  return show(api, source);
}

function show(api: Api, source: Source): Static<typeof SourceView> {
  const { deps } = api;
  const { reply } = source;
  return {
    ...source,
    config: showConfig(deps.inbound, source.adapter, source.config),
    ...(reply === undefined
      ? {}
      : {
          reply: {
            provider: reply.provider,
            config: showConfig(deps.providers, reply.provider, reply.config),
          },
        }),
    url: `${deps.publicUrl}/v1/inbound/${source.id}`,
  };
}
