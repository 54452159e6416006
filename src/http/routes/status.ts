/** GET /v1/status: what `heed doctor` shows. */
import { Type } from "typebox";
import { examine } from "../../app/examine.ts";
import { LOCK_KINDS } from "../../app/head-guard.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import type { Api, ApiServer } from "../api.ts";
import { VERSION } from "../version.ts";

const closed = { additionalProperties: false } as const;
const StatusAnswer = Type.Object(
  {
    version: Type.String(),
    node: Type.String(),
    store: Type.String(),
    position: Type.Integer(),
    fresh: Type.Boolean(),
    locked: Type.Union(
      [
        Type.Object(
          {
            kind: Type.Enum([...LOCK_KINDS]),
            text: Type.String(),
            waysOut: Type.Array(Type.String()),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: "Why every check is denied; `null` when the ledger is what its anchor says." },
    ),
    addresses: Type.Integer({ description: "Addresses in memory." }),
    bytes: Type.Integer({ description: "Memory they take." }),
    cursors: Type.Array(
      Type.Object({ name: Type.String(), position: Type.Integer(), lag: Type.Integer() }, closed),
      { description: "Workers over the ledger, and how many entries they are behind." },
    ),
    packs: Type.Array(Type.String()),
    findings: Type.Array(
      Type.Object(
        {
          level: Type.Enum(["ok", "warning", "problem"]),
          text: Type.String(),
          whatToDo: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
  },
  closed,
);

export function addStatusRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/status",
    {
      config: { access: "admin", lane: "read" },
      schema: {
        tags: ["Operation"],
        summary: "What is wrong with this installation, and what to do",
        response: { 200: StatusAnswer },
      },
    },
    async () => {
      const { store, live, packs, guard } = api.deps;
      const { lock } = guard;
      const head = await store.head();
      const cursors = await store.cursors();
      return {
        version: VERSION,
        node: process.version,
        store: store.description,
        position: live.position,
        fresh: live.isFresh(),
        locked: lock && { ...lock, waysOut: [...lock.waysOut] },
        addresses: live.standings.size,
        bytes: live.standings.bytes(),
        cursors: cursors.map(({ name, position }) => ({
          name,
          position,
          lag: Math.max(0, head - position),
        })),
        packs: packs.map((pack) => `${pack.id}@${pack.version}`),
        findings: (await examine(api.deps)).map(({ level, text, whatToDo }) => ({
          level,
          text,
          ...withoutUndefined({ whatToDo }),
        })),
      };
    },
  );
}
