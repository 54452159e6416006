/**
 * Who is calling, and whether they may. Every route names its access; one that names none stops the
 * start, so a forgotten line cannot open a door (OWASP ASVS 8.2.1, 8.3.1).
 */
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { findApiKey, hasScope } from "../app/api-keys.ts";
import type { Access, Api, ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";

/** Finds the key of a request. Runs before the rate limit, which counts by key. */
export function identifyCallers(server: ApiServer, api: Api): void {
  server.decorateRequest("apiKey", null);
  server.addHook("onRequest", async (request: FastifyRequest) => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "") ?? [];
    if (token === undefined) return;
    request.apiKey = findApiKey(api.localKeys, token) ?? findApiKey(api.deps.settings.keys, token);
  });
}

/** Guards every route that is registered after this call. Call it after the rate limit. */
export function guardRoutes(server: ApiServer): void {
  server.addHook("onRoute", (route: RouteOptions) => {
    const access = route.config?.access;
    if (access === undefined) {
      throw new Error(`the route ${route.url} does not say who may call it (config.access)`);
    }
    if (access === "open") return;
    const hooks = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [...hooks, async (request, reply) => authorise(request, reply, access)];
  });
}

function authorise(
  request: FastifyRequest,
  reply: FastifyReply,
  scope: Exclude<Access, "open">,
): void {
  const { apiKey } = request;
  if (apiKey === null) {
    const wasGiven = request.headers.authorization !== undefined;
    reply.header("www-authenticate", challenge(wasGiven ? 'error="invalid_token"' : null));
    throw new HttpProblem(
      "unauthenticated",
      wasGiven ? "The API key is not one of this server's, or it was revoked." : undefined,
    );
  }
  if (scope === "any-key" || hasScope(apiKey, scope)) return;
  reply.header("www-authenticate", challenge(`error="insufficient_scope", scope="${scope}"`));
  throw new HttpProblem("forbidden", `This needs an API key with the scope \`${scope}\`.`);
}

/** RFC 6750 §3. */
function challenge(parameters: string | null): string {
  return parameters === null ? 'Bearer realm="heed"' : `Bearer realm="heed", ${parameters}`;
}

/**
 * The name under which a key's acts are written down. A key of the process has another id after
 * every start, so its name stands for it and a retried Idempotency-Key is still known.
 */
export function sourceOf(api: Api, request: FastifyRequest): string {
  const key = request.apiKey;
  if (key === null) throw new HttpProblem("unauthenticated");
  return api.localKeys.has(key.id) ? `local:${key.name}` : `key:${key.id}`;
}
