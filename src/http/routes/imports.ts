/** POST /v1/imports: opt-outs, opt-ins and dealings of another system, streamed from a CSV file. */
import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import { importActs, summariseImport } from "../../app/import-acts.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import { DEALING_KINDS } from "../../domain/act.ts";
import { ALL, CHANNELS } from "../../domain/words.ts";
import { UnreadableFile } from "../../scrub/sniff.ts";
import type { Api, ApiServer } from "../api.ts";
import { HttpProblem } from "../http-problem.ts";
import { streamBodies } from "../list-bodies.ts";
import { Country, NameOrAll } from "../schemas.ts";
import { columnOf } from "./scrubs.ts";

const closed = { additionalProperties: false } as const;
/** Rejects are answered with the report; more than this of them is a file of another kind. */
const REJECTS_BYTES_MAX = 8 * 1024 * 1024;

const ImportQuery = Type.Object(
  {
    sender: NameOrAll,
    name: Type.Optional(Type.String({ maxLength: 200, description: "Kept with every entry." })),
    kind: Type.Optional(
      Type.Enum(["opt-out", "opt-in", ...DEALING_KINDS], { description: "For rows without one." }),
    ),
    channel: Type.Optional(Type.Enum([...CHANNELS, ALL], { description: "For rows without one." })),
    evidence: Type.Optional(
      Type.String({ maxLength: 2000, description: "What proves the opt-ins of the file." }),
    ),
    column: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    zone: Type.Optional(Type.String({ maxLength: 64, description: "IANA zone; default: UTC." })),
    defaultRegion: Type.Optional(Country),
    dryRun: Type.Optional(Type.Boolean({ description: "Records nothing." })),
  },
  closed,
);
const ImportAnswer = Type.Object(
  {
    report: Type.Object({}, { additionalProperties: true }),
    summary: Type.String({ description: "The report in words." }),
    rejects: Type.String({ description: "The rejects file, as CSV; cut after 8 MiB." }),
  },
  closed,
);

export async function addImportRoutes(server: ApiServer, api: Api): Promise<void> {
  await server.register(async (own: ApiServer) => {
    streamBodies(own, api.limits);
    own.post(
      "/v1/imports",
      {
        config: { access: "import", lane: "bulk" },
        schema: {
          tags: ["Lists"],
          summary: "Import opt-outs, opt-ins and dealings; an import never lifts an opt-out",
          consumes: ["text/csv"],
          querystring: ImportQuery,
          response: { 200: ImportAnswer },
        },
      },
      async (request) => take(api, request.query, request.body as Readable),
    );
  });
}

async function take(
  api: Api,
  query: Static<typeof ImportQuery>,
  body: Readable,
): Promise<Static<typeof ImportAnswer>> {
  const { sender, name, dryRun, kind, channel, evidence, delimiter, zone, defaultRegion } = query;
  let rejects = "";
  try {
    const report = await importActs(
      api.deps,
      {
        sender,
        name: name ?? "an upload",
        dryRun: dryRun ?? false,
        ...withoutUndefined({ kind, channel, evidence, delimiter, zone, defaultRegion }),
        ...withoutUndefined({ column: columnOf(query.column) }),
      },
      body,
      async (text) => {
        if (rejects.length < REJECTS_BYTES_MAX) rejects += text;
      },
    );
    return { report: { ...report }, summary: summariseImport(report), rejects };
  } catch (error) {
    if (error instanceof UnreadableFile) throw new HttpProblem("invalid-request", error.message);
    throw error;
  }
}
