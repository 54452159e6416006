/** /v1/scrubs: a whole list goes in as a stream; the clean list and the removed rows come out. */
import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import { withoutUndefined } from "../../app/record-told.ts";
import { scrubList } from "../../app/scrub-list.ts";
import { CHANNELS } from "../../domain/words.ts";
import { type ScrubReport, summariseReport } from "../../scrub/report.ts";
import { UnreadableFile } from "../../scrub/sniff.ts";
import type { Api, ApiServer } from "../api.ts";
import { HttpProblem } from "../http-problem.ts";
import { streamBodies } from "../list-bodies.ts";
import { ClassName, Country, Name } from "../schemas.ts";
import { ScrubShelf } from "../scrub-shelf.ts";

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: "^[0-9a-f]{32}$" });
/** Text for the caller; a stream for us. */
const FileText = Type.Unsafe<unknown>({ type: "string" });
const ScrubQuery = Type.Object(
  {
    for: Type.Enum([...CHANNELS], { description: "The channel the list is for." }),
    sender: Name,
    class: Type.Optional(ClassName),
    program: Type.Optional(Name),
    column: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: "Column with the address: its name, or its number from 1.",
      }),
    ),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    header: Type.Optional(Type.Boolean({ description: "Default: found out." })),
    defaultRegion: Type.Optional(Country),
  },
  closed,
);
const ScrubAnswer = Type.Object(
  {
    id: Id,
    report: Type.Object({}, { additionalProperties: true, description: "Counts by reason." }),
    summary: Type.String({ description: "The report in words." }),
    clean: Type.String({ description: "Path of the rows that may be contacted." }),
    removed: Type.String({ description: "Path of the other rows, each with its reason." }),
  },
  closed,
);

export async function addScrubRoutes(server: ApiServer, api: Api): Promise<void> {
  const shelf = new ScrubShelf({
    folder: api.scrubFolder,
    random: api.deps.random,
    now: () => api.deps.clock.now(),
  });
  server.addHook("onClose", () => shelf.clear());
  api.deps.copies.add(shelf);
  await server.register(async (own: ApiServer) => {
    streamBodies(own, api.limits);
    own.post(
      "/v1/scrubs",
      {
        config: { access: "check", lane: "bulk", problems: ["erased-meanwhile"] },
        schema: {
          tags: ["Lists"],
          summary: "Clean a contact list",
          consumes: ["text/csv"],
          querystring: ScrubQuery,
          response: { 201: ScrubAnswer },
        },
      },
      async (request, reply) => {
        const answer = await scrub(
          api,
          shelf,
          request.query,
          request.body as Readable,
          request.apiKey,
        );
        return reply.code(201).send(answer);
      },
    );
  });
  addResultRoutes(server, shelf);
}

async function scrub(
  api: Api,
  shelf: ScrubShelf,
  query: Static<typeof ScrubQuery>,
  body: Readable,
  key: { readonly id: string } | null,
): Promise<Static<typeof ScrubAnswer>> {
  const open = await shelf.open(key?.id ?? "");
  try {
    const report = await scrubList(
      api.deps,
      {
        sender: query.sender,
        channel: query.for,
        class: query.class ?? "marketing",
        ...withoutUndefined({
          program: query.program,
          column: columnOf(query.column),
          delimiter: query.delimiter,
          hasHeader: query.header,
          defaultRegion: query.defaultRegion,
        }),
      },
      body,
      open,
    );
    await open.keep();
    return {
      id: open.id,
      report: report satisfies ScrubReport as object,
      summary: summariseReport(report),
      clean: `/v1/scrubs/${open.id}/clean`,
      removed: `/v1/scrubs/${open.id}/removed`,
    };
  } catch (error) {
    await open.discard();
    if (error instanceof UnreadableFile) throw new HttpProblem("invalid-request", error.message);
    throw error;
  }
}

/** A column of digits is a number from 1; a header may call a column `2` only when it is quoted. */
export function columnOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : text;
}

function addResultRoutes(server: ApiServer, shelf: ScrubShelf): void {
  for (const file of ["clean", "removed"] as const) {
    server.get(
      `/v1/scrubs/:id/${file}`,
      {
        config: { access: "check", lane: "read" },
        schema: {
          tags: ["Lists"],
          summary:
            file === "clean" ? "The rows that may be contacted" : "The rows taken out, and why",
          params: Type.Object({ id: Id }, closed),
          produces: ["text/csv"],
          response: {
            200: { description: "The file.", content: { "text/csv": { schema: FileText } } },
          },
        },
      },
      async (request, reply) => {
        const stream = shelf.read(request.params.id, request.apiKey?.id ?? "", file);
        if (stream === null) throw new HttpProblem("not-found");
        return reply
          .type("text/csv")
          .header("content-disposition", `attachment; filename="${file}.csv"`)
          .send(stream);
      },
    );
  }
  server.delete(
    "/v1/scrubs/:id",
    {
      config: { access: "check", lane: "read" },
      schema: {
        tags: ["Lists"],
        summary: "Delete the results of a scrub",
        params: Type.Object({ id: Id }, closed),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const existed = await shelf.delete(request.params.id, request.apiKey?.id ?? "");
      if (!existed) throw new HttpProblem("not-found");
      return reply.code(204).send(null);
    },
  );
}
