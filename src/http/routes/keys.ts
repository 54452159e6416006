/** /v1/keys: API keys. The text of a key is shown once, when it is made; its hash never is. */
import { type Static, Type } from "typebox";
import { createApiKey } from "../../app/api-keys.ts";
import { Problem } from "../../app/problem.ts";
import { type ApiKey, KEY_SCOPES } from "../../app/settings.ts";
import type { Api, ApiServer } from "../api.ts";
import { writeInstant } from "../instants.ts";
import { InstantText } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const KeyId = Type.String({ pattern: "^[a-z0-9]{6,32}$" });
const Scopes = Type.Array(Type.Enum([...KEY_SCOPES]), {
  minItems: 1,
  uniqueItems: true,
  description: "What the key may do; `admin` may do everything.",
});
const KeyView = Type.Object(
  { id: KeyId, name: Type.String(), scopes: Scopes, createdAt: InstantText },
  closed,
);
const NewKey = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 100 }), scopes: Scopes },
  { ...closed, examples: [{ name: "campaign tool", scopes: ["check"] }] },
);
const tags = ["Settings"];
const config = { access: "admin", lane: "read" } as const;

export function addKeyRoutes(server: ApiServer, api: Api): void {
  const { settings } = api.deps;
  server.get(
    "/v1/keys",
    {
      config,
      schema: {
        tags,
        summary: "List the API keys, without their secrets",
        response: { 200: Type.Object({ keys: Type.Array(KeyView) }, closed) },
      },
    },
    async () => ({ keys: [...settings.keys.values()].map(show) }),
  );
  server.post(
    "/v1/keys",
    {
      config,
      schema: {
        tags,
        summary: "Make an API key",
        description: "Its text is in this answer and is never shown again.",
        body: NewKey,
        response: { 201: Type.Object({ id: KeyId, key: Type.String() }, closed) },
      },
    },
    async (request, reply) => reply.code(201).send(await createApiKey(api.deps, request.body)),
  );
  server.delete(
    "/v1/keys/:id",
    {
      config,
      schema: {
        tags,
        summary: "Revoke an API key",
        description: "Dead here at once and on every other server within two seconds.",
        params: Type.Object({ id: KeyId }, closed),
        response: { 204: Type.Null({ description: "Revoked." }) },
      },
    },
    async (request, reply) => {
      if (!(await settings.remove("key", request.params.id))) {
        throw new Problem("not-found", `there is no key \`${request.params.id}\``);
      }
      return reply.code(204).send(null);
    },
  );
}

function show(key: ApiKey): Static<typeof KeyView> {
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    createdAt: writeInstant(key.createdAt),
  };
}
