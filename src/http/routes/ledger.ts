/**
 * /ledger: the log as anybody may check it, in the layout of C2SP tlog-tiles, whose paths, types and
 * statuses these are (https://c2sp.org/tlog-tiles). There is no personal data in any of it.
 *
 * INVARIANT: nothing beyond the anchored tree is served. What was published can be found again after
 * any crash, so no two readers are ever shown two histories.
 * LIMIT: after an accepted gap another log goes on under these paths. Its own tiles never change
 * either, but a cache may still have the last ones of the log before it.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import {
  type EntryBundle,
  encodeBundle,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  tileWidth,
} from "../../ledger/tile.ts";
import type { Api, ApiServer } from "../api.ts";
import { HttpProblem } from "../http-problem.ts";
import { ledgerLocked } from "../ledger-locked.ts";

const CHECKPOINT_SECONDS = 2;
const YEAR_SECONDS = 365 * 24 * 60 * 60;
const PATH_MAX = 64;

const compress = promisify(gzip);
const text = { description: "As text.", content: { "text/plain": { schema: Type.String() } } };
const bytes = {
  description: "The file.",
  content: {
    "application/octet-stream": {
      schema: Type.Unsafe<unknown>({ contentMediaType: "application/octet-stream" }),
    },
  },
};

export function addLedgerRoutes(server: ApiServer, api: Api): void {
  const access = api.ledgerOpen ? "open" : "any-key";
  const config = { access, lane: "read" } as const;
  const tags = ["Ledger"];
  server.get(
    "/ledger/checkpoint",
    {
      config: { ...config, problems: ["locked"] },
      schema: {
        tags,
        summary: "The newest signed checkpoint: size and root of the ledger",
        description: "A C2SP tlog-checkpoint. May be a few seconds old.",
        produces: ["text/plain"],
        response: { 200: text },
      },
    },
    async (_request, reply) => {
      const checkpoint = api.deps.notary.checkpoint();
      if (checkpoint === null) throw ledgerLocked(api.deps.guard);
      return sendText(api, reply, checkpoint.note);
    },
  );
  server.get(
    "/ledger/keys",
    {
      config,
      schema: {
        tags,
        summary: "The public keys that the ledger was ever signed with, one a line",
        description: "The present one first. Older ones keep proving what they signed.",
        produces: ["text/plain"],
        response: { 200: text },
      },
    },
    async (_request, reply) => sendText(api, reply, `${api.deps.notary.vkeys.join("\n")}\n`),
  );
  server.get(
    "/ledger/tile/*",
    {
      config: { ...config, problems: ["not-found", "locked"] },
      schema: {
        tags,
        summary: "Hashes of the tree (`<level>/<index>`) or entries (`entries/<index>`)",
        description:
          "C2SP tlog-tiles: full tiles and, with `.p/<width>`, partial ones. They never change. " +
          "Entries hold no personal data.",
        params: Type.Object({ "*": Type.String() }),
        produces: ["application/octet-stream"],
        response: { 200: bytes },
      },
    },
    async (request, reply) => sendTile(api, request, reply, request.params["*"]),
  );
}

async function sendTile(api: Api, request: FastifyRequest, reply: FastifyReply, path: string) {
  const { guard, store } = api.deps;
  if (guard.kept === null) throw ledgerLocked(guard);
  const tile = path.length > PATH_MAX ? null : parseTilePath(`tile/${path}`);
  if (tile === null || !isWithin(tile, guard.kept.size)) throw new HttpProblem("not-found");
  const file = isBundle(tile) ? await bundleOf(api, tile) : await store.readTile(tile);
  reply
    .type("application/octet-stream")
    .header("cache-control", `${audience(api)}, max-age=${YEAR_SECONDS}, immutable`);
  if (!isBundle(tile)) return reply.send(Buffer.from(file));
  // Entries are text and much alike; hashes are noise.
  reply.header("vary", "accept-encoding");
  if (!takesGzip(request)) return reply.send(Buffer.from(file));
  return reply.header("content-encoding", "gzip").send(await compress(file));
}

function isBundle(tile: Tile | EntryBundle): tile is EntryBundle {
  return tile.level === "entries";
}

function isWithin(tile: Tile | EntryBundle, size: number): boolean {
  return tileWidth(isBundle(tile) ? 0 : tile.level, tile.index, size) >= tile.width;
}

async function bundleOf(api: Api, { index, width }: EntryBundle): Promise<Uint8Array> {
  const sealed = await api.deps.store.readSealed(index * TILE_WIDTH, width);
  return encodeBundle(sealed.map(({ leaf }) => leaf));
}

/** RFC 9110 §12.5.3, as far as it is needed: a client that says `gzip;q=0` gets it as it is. */
function takesGzip(request: FastifyRequest): boolean {
  const accepted = String(request.headers["accept-encoding"] ?? "").slice(0, 500);
  return accepted
    .split(",")
    .some((part) => /^\s*gzip\s*(;\s*q\s*=\s*(?!0(\.0*)?\s*$)[\d.]+\s*)?$/iu.test(part));
}

function sendText(api: Api, reply: FastifyReply, body: string): FastifyReply {
  return reply
    .type("text/plain; charset=utf-8")
    .header("cache-control", `${audience(api)}, max-age=${CHECKPOINT_SECONDS}`)
    .send(body);
}

/** Where a key is needed, a cache that several share must not answer in the place of the server. */
function audience(api: Api): "public" | "private" {
  return api.ledgerOpen ? "public" : "private";
}
