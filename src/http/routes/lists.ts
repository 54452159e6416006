/** /v1/lists: national registries and deployment-wide do-not-contact lists, loaded from a file. */
import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import type { ListDescription, ListReport } from "../../app/lists.ts";
import { CHANNELS, type Channel } from "../../domain/words.ts";
import type { Api, ApiServer } from "../api.ts";
import { readInstant, writeInstant } from "../instants.ts";
import { streamBodies } from "../list-bodies.ts";
import { Country, InstantText, Name } from "../schemas.ts";
import { invalidMember } from "../validate.ts";

const closed = { additionalProperties: false } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const ListView = Type.Object(
  {
    name: Name,
    kind: Type.Enum(["national", "do-not-contact"]),
    addresses: Type.Integer(),
    asOf: InstantText,
    maxAgeDays: Type.Union([Type.Integer(), Type.Null()]),
    stale: Type.Boolean({ description: "What needs it is answered `unknown`." }),
  },
  closed,
);
const LoadQuery = Type.Object(
  {
    kind: Type.Enum(["national", "do-not-contact"]),
    asOf: InstantText,
    maxAgeDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
    countries: Type.Optional(
      Type.String({ pattern: "^([A-Z]{2}(,[A-Z]{2})*)?$", description: "`US,CA`; empty: all." }),
    ),
    channels: Type.Optional(
      Type.String({
        pattern: `^((${CHANNELS.join("|")})(,(${CHANNELS.join("|")}))*)?$`,
        description: "`sms,voice`; empty: all.",
      }),
    ),
    defaultRegion: Type.Optional(Country),
  },
  closed,
);
const LoadAnswer = Type.Object(
  {
    name: Name,
    addresses: Type.Integer(),
    duplicates: Type.Integer(),
    rejected: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() }, closed)),
    rejectedCount: Type.Integer(),
  },
  closed,
);

export async function addListRoutes(server: ApiServer, api: Api): Promise<void> {
  server.get(
    "/v1/lists",
    {
      config: { access: "import", lane: "read" },
      schema: {
        tags: ["Lists"],
        summary: "The lists of others that are loaded, and how old they are",
        response: { 200: Type.Object({ lists: Type.Array(ListView) }, closed) },
      },
    },
    async () => ({ lists: api.deps.lists.all.map((list) => showList(api, list)) }),
  );
  await server.register(async (own: ApiServer) => {
    streamBodies(own, api.limits);
    own.put(
      "/v1/lists/:name",
      {
        config: { access: "import", lane: "bulk" },
        schema: {
          tags: ["Lists"],
          summary: "Load or replace a list: one address a line",
          consumes: ["text/csv", "text/plain"],
          params: Type.Object({ name: Name }, closed),
          querystring: LoadQuery,
          response: { 200: LoadAnswer },
        },
      },
      async (request) => {
        const description = describe(request.params.name, request.query, api.deps.defaultRegion);
        refuseFuture(description.asOf, api.deps.clock.now());
        return showReport(await api.deps.lists.load(description, request.body as Readable));
      },
    );
  });
}

/** A copy of tomorrow would pass for fresh long after it is not; a day allows for time zones. */
function refuseFuture(asOf: number, now: number): void {
  if (asOf <= now + DAY_MS) return;
  throw invalidMember(
    "/asOf",
    "is in the future; give the day on which the copy was made",
    "query",
  );
}

function describe(
  name: string,
  query: Static<typeof LoadQuery>,
  defaultRegion: string | null,
): ListDescription {
  const split = (text: string | undefined) => (text ?? "").split(",").filter((part) => part !== "");
  return {
    name,
    kind: query.kind,
    asOf: readInstant(query.asOf, "/asOf"),
    maxAgeDays: query.maxAgeDays ?? null,
    countries: split(query.countries),
    channels: split(query.channels) as Channel[],
    defaultRegion: query.defaultRegion ?? defaultRegion,
  };
}

function showList(api: Api, list: Api["deps"]["lists"]["all"][number]): Static<typeof ListView> {
  const ageMs = api.deps.clock.now() - list.asOf;
  return {
    name: list.name,
    kind: list.kind,
    addresses: list.size,
    asOf: writeInstant(list.asOf),
    maxAgeDays: list.maxAgeDays,
    stale: list.maxAgeDays !== null && ageMs > list.maxAgeDays * DAY_MS,
  };
}

function showReport(report: ListReport): Static<typeof LoadAnswer> {
  return {
    name: report.name,
    addresses: report.addresses,
    duplicates: report.duplicates,
    rejected: report.rejected.map(({ line, problem }) => ({ line, problem })),
    rejectedCount: report.rejectedCount,
  };
}
