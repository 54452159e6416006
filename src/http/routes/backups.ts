/**
 * /v1/backups: a backup, written by the server because nobody else may open its ledger meanwhile. It
 * takes a path on the server's machine, so only the command line of that machine may ask for one.
 */
import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { BackupReport } from "../../app/backups.ts";
import { pause } from "../../app/pause.ts";
import { Problem } from "../../app/problem.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { HttpProblem } from "../http-problem.ts";
import { writeInstant } from "../instants.ts";
import { InstantText } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
/** A question about a backup is answered after this long in any case; ask again. */
const ANSWER_WITHIN_MS = 20_000;
const KEPT = 10;

const NewBackup = Type.Object(
  {
    folder: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: "Whole path of a new folder on the server's machine.",
    }),
    withKeys: Type.Optional(
      Type.Boolean({ description: "Also the keys; the folder then opens everything." }),
    ),
  },
  { ...closed, examples: [{ folder: "/backups/heed-2026-11-21" }] },
);
const BackupId = Type.Object({ id: Type.String({ format: "uuid" }) }, closed);
const BackupView = Type.Object(
  {
    folder: Type.String(),
    madeAt: InstantText,
    entries: Type.Integer(),
    root: Type.String({ description: "Of the tree over these entries, in hex." }),
    signed: Type.Boolean({
      description: "A server that is locked, or lacks its key, signs nothing.",
    }),
    withKeys: Type.Boolean(),
    bytes: Type.Integer(),
    keysElsewhere: Type.Array(Type.String(), {
      description: "Variables that give keys which are no files, so that they are not in it.",
    }),
  },
  closed,
);
const BackupState = Type.Object(
  { state: Type.Enum(["running", "done"]), backup: Type.Optional(BackupView) },
  closed,
);
const tags = ["Operation"];
const config = { access: "admin", lane: "read" } as const;

export function addBackupRoutes(server: ApiServer, api: Api): void {
  const begun = new Map<string, Promise<BackupReport>>();
  server.post(
    "/v1/backups",
    {
      config: { ...config, problems: ["already-exists"] },
      schema: {
        tags,
        summary: "Begin a backup; for `heed backup` on the server's machine",
        body: NewBackup,
        response: { 202: BackupId },
      },
    },
    async (request, reply) => {
      refuseOthers(api, request);
      const { folder, withKeys = false } = request.body;
      if (api.backups === null) throw new Problem("not-found", "this server makes no backups");
      const making = api.backups.make({ folder, withKeys });
      // It is told to whoever asks for it; nobody may have asked yet.
      making.catch(() => undefined);
      const id = randomUUID();
      begun.set(id, making);
      const [oldest] = begun.keys();
      if (begun.size > KEPT && oldest !== undefined) begun.delete(oldest);
      return reply.code(202).send({ id });
    },
  );
  server.get(
    "/v1/backups/:id",
    {
      config: { ...config, problems: ["already-exists", "disk-full"] },
      schema: {
        tags,
        summary: "What became of a backup; waits for its end, but not for long",
        params: BackupId,
        response: { 200: BackupState },
      },
    },
    async (request): Promise<Static<typeof BackupState>> => {
      refuseOthers(api, request);
      const making = begun.get(request.params.id);
      if (making === undefined) throw new Problem("not-found", "there is no such backup");
      const report = await within(ANSWER_WITHIN_MS, making);
      if (report === null) return { state: "running" };
      const { madeAt, keysElsewhere } = report;
      const shown = { madeAt: writeInstant(madeAt), keysElsewhere: [...keysElsewhere] };
      return { state: "done", backup: { ...report, ...shown } };
    },
  );
}

function refuseOthers(api: Api, request: FastifyRequest): void {
  if (sourceOf(api, request) === "local:command-line") return;
  throw new HttpProblem(
    "forbidden",
    "A backup is written to the server's own disk: run `heed backup` on its machine, with its " +
      "HEED_DATA and as its user. No API key can do that from elsewhere.",
  );
}

/** `null` when it takes longer. */
async function within<Value>(ms: number, work: Promise<Value>): Promise<Value | null> {
  const enough = new AbortController();
  try {
    return await Promise.race([work, pause(ms, enough.signal).then(() => null)]);
  } finally {
    enough.abort();
  }
}
