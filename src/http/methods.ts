/** What other methods get on a path that exists: OPTIONS an `Allow`, the rest a 405 with it. */
import type { RouteOptions } from "fastify";
import type { ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Call it before the first route is registered; what comes back, after the last one. */
export function watchMethods(server: ApiServer): () => void {
  const methodsOf = new Map<string, Set<string>>();
  let isComplete = false;
  server.addHook("onRoute", (route: RouteOptions) => {
    if (isComplete) return;
    const known = methodsOf.get(route.url) ?? new Set<string>();
    for (const method of [route.method].flat()) known.add(method);
    methodsOf.set(route.url, known);
  });
  return () => {
    isComplete = true;
    for (const [url, known] of methodsOf) addRefusals(server, url, known);
  };
}

function addRefusals(server: ApiServer, url: string, known: ReadonlySet<string>): void {
  const allow = [...known, "OPTIONS"].sort().join(", ");
  const others = METHODS.filter((method) => !known.has(method) && method !== "OPTIONS");
  const shared = { url, config: { access: "open", lane: "open" }, schema: { hide: true } } as const;
  if (others.length > 0) {
    server.route({
      ...shared,
      method: others,
      exposeHeadRoute: false,
      // Before the body: it need not be read to be refused.
      onRequest: async () => {
        throw new HttpProblem("method-not-allowed", undefined, { headers: { allow } });
      },
      handler: async () => undefined,
    });
  }
  if (known.has("OPTIONS")) return;
  server.route({
    ...shared,
    method: "OPTIONS",
    handler: async (_request, reply) => reply.code(204).header("allow", allow).send(),
  });
}
