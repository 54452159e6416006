/** /v1/destinations: systems that hear of every entry, and the letters they did not take. */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import { forgetArrivals } from "../../app/arrivals.ts";
import { replayDeadLetters } from "../../app/deliver-entries.ts";
import { Problem } from "../../app/problem.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import { DestinationSchema, type DestinationSetting } from "../../app/settings.ts";
import { acceptConfig, showConfig } from "../adapter-settings.ts";
import type { Api, ApiServer } from "../api.ts";
import { writeInstant } from "../instants.ts";
import { InstantText, Name, PositionNumber } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const { properties } = DestinationSchema;
const members = {
  adapter: properties.adapter,
  enabled: Type.Optional(properties.enabled),
  config: properties.config,
};
const NewDestination = Type.Object(
  { id: Name, ...members },
  {
    ...closed,
    examples: [
      {
        id: "crm",
        adapter: "webhook",
        config: { url: "https://crm.example/heed", secrets: ["env:CRM_WEBHOOK_SECRET"] },
      },
    ],
  },
);
const DestinationBody = Type.Object(members, closed);
const Params = Type.Object({ id: Name }, closed);
const DeliveryView = Type.Object(
  {
    position: PositionNumber,
    attempts: Type.Integer(),
    state: Type.Enum(["waiting", "dead"]),
    nextAttemptAt: InstantText,
    lastError: Type.String(),
  },
  closed,
);
const tags = ["Settings"];
const config = { access: "admin", lane: "read" } as const;

export function addDestinationRoutes(server: ApiServer, api: Api): void {
  const { settings } = api.deps;
  server.get(
    "/v1/destinations",
    {
      config,
      schema: {
        tags,
        summary: "List the destinations",
        response: { 200: Type.Object({ destinations: Type.Array(DestinationSchema) }, closed) },
      },
    },
    async () => ({
      destinations: [...settings.destinations.values()].map((one) => show(api, one)),
    }),
  );
  server.get(
    "/v1/destinations/:id",
    {
      config: { ...config, problems: ["unknown-destination"] },
      schema: {
        tags,
        summary: "Read a destination",
        params: Params,
        response: { 200: DestinationSchema },
      },
    },
    async (request) => show(api, find(api, request.params.id)),
  );
  server.post(
    "/v1/destinations",
    {
      config: { ...config, problems: ["already-exists"] },
      schema: {
        tags,
        summary: "Add a destination",
        description:
          "It hears of every entry from the first one on. One that was removed and comes back under the same id goes on where it stopped.",
        body: NewDestination,
        response: { 201: DestinationSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.body;
      if (settings.destinations.has(id)) {
        throw new Problem("already-exists", `there is a destination \`${id}\` already`, "/id");
      }
      return reply.code(201).send(await put(api, request.body));
    },
  );
  addChanges(server, api);
  addDeliveryRoutes(server, api);
}

function addChanges(server: ApiServer, api: Api): void {
  server.put(
    "/v1/destinations/:id",
    {
      config,
      schema: {
        tags,
        summary: "Add or replace a destination",
        description: "A secret that is sent back hidden stays as it is.",
        params: Params,
        body: DestinationBody,
        response: { 200: DestinationSchema },
      },
    },
    async (request) => put(api, { ...request.body, id: request.params.id }),
  );
  server.delete(
    "/v1/destinations/:id",
    {
      config: { ...config, problems: ["unknown-destination"] },
      schema: {
        tags,
        summary: "Remove a destination",
        params: Params,
        response: { 204: Type.Null({ description: "Removed." }) },
      },
    },
    async (request, reply) => {
      const { id } = find(api, request.params.id);
      await api.deps.settings.remove("destination", id);
      await forgetArrivals(api.deps, id, null);
      return reply.code(204).send(null);
    },
  );
}

function addDeliveryRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/destinations/:id/deliveries",
    {
      config: { ...config, problems: ["unknown-destination"] },
      schema: {
        tags,
        summary: "Entries that a destination has not taken",
        params: Params,
        querystring: Type.Object({ state: Type.Enum(["waiting", "dead"]) }, closed),
        response: { 200: Type.Object({ deliveries: Type.Array(DeliveryView) }, closed) },
      },
    },
    async (request) => {
      const { id } = find(api, request.params.id);
      const deliveries = await api.deps.store.deliveries(id, request.query.state);
      return {
        deliveries: deliveries.map((delivery) => ({
          position: delivery.position,
          attempts: delivery.attempts,
          state: delivery.state,
          nextAttemptAt: writeInstant(delivery.nextAttemptAt),
          lastError: delivery.lastError,
        })),
      };
    },
  );
  server.post(
    "/v1/destinations/:id/replay",
    {
      config: { ...config, problems: ["unknown-destination"] },
      schema: {
        tags,
        summary: "Send dead letters again, all of them or one",
        params: Params,
        body: Type.Object(
          { position: Type.Optional(PositionNumber) },
          { ...closed, examples: [{}] },
        ),
        response: { 200: Type.Object({ replayed: Type.Integer() }, closed) },
      },
    },
    async (request) => ({
      replayed: await replayDeadLetters(api.deps, request.params.id, request.body.position),
    }),
  );
}

function find(api: Api, id: string): DestinationSetting {
  const destination = api.deps.settings.destinations.get(id);
  if (destination === undefined) {
    throw new Problem("unknown-destination", `there is no destination \`${id}\``);
  }
  return destination;
}

async function put(api: Api, given: Static<typeof NewDestination>): Promise<DestinationSetting> {
  const { deps, env } = api;
  const accepted = acceptConfig(
    {
      adapters: deps.destinations,
      adapter: given.adapter,
      adapterPointer: "/adapter",
      config: given.config,
      pointer: "/config",
      stored: deps.settings.destinations.get(given.id)?.config,
    },
    env,
  );
  const known = deps.settings.destinations.get(given.id);
  const addedAt = known === undefined ? writeInstant(deps.clock.now()) : known.addedAt;
  const setting = { ...given, config: accepted, ...withoutUndefined({ addedAt }) };
  const destination = Value.Default(DestinationSchema, setting) as DestinationSetting;
  await deps.settings.putDestination(destination);
  return show(api, destination);
}

function show(api: Api, destination: DestinationSetting): DestinationSetting {
  const { adapter, config: stored } = destination;
  return { ...destination, config: showConfig(api.deps.destinations, adapter, stored) };
}
