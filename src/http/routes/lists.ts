/** /v1/lists: national registries and deployment-wide do-not-contact lists, loaded from a file. */
import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import {
  LIST_FORMATS,
  type ListDescription,
  type ListLoad,
  type ListReport,
} from "../../app/lists.ts";
import { REGISTRY_STATES, type RegistryStatus, registryStatus } from "../../app/registry-status.ts";
import { CHANNELS, type Channel } from "../../domain/words.ts";
import { HASH_ALGORITHMS, PHONE_FORMS } from "../../sets/hash-way.ts";
import type { Api, ApiServer } from "../api.ts";
import { readInstant, writeInstant, writeInstantOrNull } from "../instants.ts";
import { streamBodies } from "../list-bodies.ts";
import { ChannelName, Country, InstantText, Name } from "../schemas.ts";
import { invalidMember } from "../validate.ts";
import { addListAnswerRoutes } from "./list-answers.ts";

const closed = { additionalProperties: false } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const OrNull = <Item extends Parameters<typeof Type.Array>[0]>(item: Item) =>
  Type.Union([item, Type.Null()]);
const ListView = Type.Object(
  {
    name: Name,
    title: OrNull(Type.String()),
    kind: Type.Enum(["national", "do-not-contact"]),
    access: OrNull(Type.Enum(["download", "wash", "operator-side"])),
    channels: Type.Array(ChannelName),
    state: Type.Enum([...REGISTRY_STATES]),
    inWords: Type.String(),
    addresses: Type.Integer({ description: "Of the copy." }),
    asOf: OrNull(InstantText),
    ageDays: OrNull(Type.Integer()),
    areaCodes: OrNull(Type.Array(Type.String())),
    answers: Type.Integer({ description: "Numbers that were asked about one by one." }),
    newestAnswerAt: OrNull(InstantText),
    maxAgeDays: OrNull(Type.Integer()),
    limitDays: OrNull(Type.Integer({ description: "The strictest, rules included." })),
    dueAt: OrNull(InstantText),
    stale: Type.Boolean({ description: "What needs it is answered `unknown`." }),
    neededBy: Type.Array(Type.String({ description: "`<pack>/<rule>@<version>`" })),
  },
  closed,
);
const LoadQuery = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum(["national", "do-not-contact"], { description: "Absent: `national`." }),
    ),
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
    format: Type.Optional(
      Type.Enum([...LIST_FORMATS], {
        description: "Absent: `csv`. A `us-dnc-change` changes the copy that is there.",
      }),
    ),
    columns: Type.Optional(
      Type.String({
        maxLength: 400,
        description: "Names of the columns of a CSV without a header: `address,since,channels`.",
      }),
    ),
    areaCodes: Type.Optional(
      Type.String({
        pattern: "^(all|[0-9]{3}(,[0-9]{3})*)$",
        description: "Of a `us-dnc` file. Absent: those that stand in it.",
      }),
    ),
    hashAlgorithm: Type.Optional(Type.Enum([...HASH_ALGORITHMS])),
    hashPhones: Type.Optional(Type.Enum([...PHONE_FORMS])),
    hashPrefix: Type.Optional(Type.String({ maxLength: 256 })),
    hashSuffix: Type.Optional(Type.String({ maxLength: 256 })),
  },
  closed,
);
const LineProblems = Type.Array(
  Type.Object({ line: Type.Integer(), problem: Type.String() }, closed),
);
const LoadAnswer = Type.Object(
  {
    name: Name,
    addresses: Type.Integer(),
    duplicates: Type.Integer(),
    rejected: LineProblems,
    rejectedCount: Type.Integer(),
    unclear: LineProblems,
    unclearCount: Type.Integer({
      description: "Lines of which a cell could not be read: listed, for more than they may mean.",
    }),
    changes: OrNull(
      Type.Object(
        { added: Type.Integer(), deleted: Type.Integer(), notThere: Type.Integer() },
        closed,
      ),
    ),
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
        summary: "Every registry that a rule names or that is loaded, and how old it is",
        response: { 200: Type.Object({ lists: Type.Array(ListView) }, closed) },
      },
    },
    async () => {
      const { packs, lists, clock } = api.deps;
      return { lists: registryStatus(packs, lists.named, clock.now()).map(showStatus) };
    },
  );
  addListAnswerRoutes(server, api);
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
        const { query } = request;
        const description = describe(request.params.name, query, api.deps.defaultRegion);
        refuseFuture(description.asOf, api.deps.clock.now());
        const body = request.body as Readable;
        return showReport(await api.deps.lists.load(description, body, howToLoad(query)));
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

type Query = Static<typeof LoadQuery>;

/** What is not said of a list of the US registry is as that registry is. */
function describe(name: string, query: Query, defaultRegion: string | null): ListDescription {
  const isUsDnc = query.format === "us-dnc";
  return {
    name,
    kind: query.kind ?? "national",
    asOf: readInstant(query.asOf, "/asOf"),
    maxAgeDays: query.maxAgeDays ?? null,
    countries: split(query.countries || (isUsDnc ? "US" : "")),
    channels: split(query.channels || (isUsDnc ? "sms,voice" : "")) as Channel[],
    defaultRegion: query.defaultRegion ?? defaultRegion,
    ...(query.format === "hashed" ? { hash: hashWayOf(query) } : {}),
  };
}

/** Without its way, every look-up in a list of hashes would say "not listed". */
function hashWayOf({ hashAlgorithm, hashPhones, hashPrefix, hashSuffix }: Query) {
  if (hashAlgorithm === undefined) {
    throw invalidMember("/hashAlgorithm", "is needed for a list of hashes", "query");
  }
  return {
    algorithm: hashAlgorithm,
    phones: hashPhones ?? "digits",
    prefix: hashPrefix ?? "",
    suffix: hashSuffix ?? "",
  };
}

function howToLoad({ format, columns, areaCodes }: Query): ListLoad {
  return {
    format: format ?? "csv",
    ...(columns === undefined || columns === "" ? {} : { columns: columns.split(",") }),
    ...(areaCodes === undefined
      ? {}
      : { areaCodes: areaCodes === "all" ? ("all" as const) : split(areaCodes) }),
  };
}

function split(text: string): string[] {
  return text.split(",").filter((part) => part !== "");
}

function showStatus(status: RegistryStatus): Static<typeof ListView> {
  return {
    ...status,
    channels: [...status.channels],
    areaCodes: status.areaCodes === null ? null : [...status.areaCodes],
    asOf: writeInstantOrNull(status.asOf),
    newestAnswerAt: writeInstantOrNull(status.newestAnswerAt),
    dueAt: status.dueAt === null ? null : writeInstant(status.dueAt),
    stale: status.state === "stale",
    neededBy: [...status.neededBy],
  };
}

function showReport(report: ListReport): Static<typeof LoadAnswer> {
  return { ...report, rejected: [...report.rejected], unclear: [...report.unclear] };
}
