/** /health, /ready and /metrics: for load balancers, supervisors and dashboards. */
import { Type } from "typebox";
import type { Api, ApiServer } from "../api.ts";
import { HttpProblem } from "../http-problem.ts";

const closed = { additionalProperties: false } as const;
const READY_WITHIN_MS = 2_000;
const RETRY = { headers: { "retry-after": "1" } };
const tags = ["Operation"];

export function addHealthRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/health",
    {
      config: { access: "open", lane: "open" },
      schema: {
        tags,
        summary: "Whether the process is alive",
        response: { 200: Type.Object({ status: Type.Literal("alive") }, closed) },
      },
    },
    async () => ({ status: "alive" as const }),
  );
  server.get(
    "/ready",
    {
      config: { access: "open", lane: "open", problems: ["not-ready"] },
      schema: {
        tags,
        summary: "Whether the store answers and checks may say allow",
        response: {
          200: Type.Object({ status: Type.Literal("ready"), position: Type.Integer() }, closed),
        },
      },
    },
    async () => {
      await assertReady(api);
      return { status: "ready" as const, position: api.deps.live.position };
    },
  );
  server.get(
    "/metrics",
    {
      config: api.metricsOpen
        ? { access: "open", lane: "open" }
        : { access: "check", lane: "open" },
      schema: {
        tags,
        summary: "Metrics in the text format of Prometheus",
        produces: ["text/plain"],
        response: {
          200: { description: "Metrics.", content: { "text/plain": { schema: Type.String() } } },
        },
      },
    },
    async (_request, reply) => {
      const text = await api.metrics.registry.metrics();
      return reply.type(api.metrics.registry.contentType).send(text);
    },
  );
}

async function assertReady(api: Api): Promise<void> {
  const { store, live } = api.deps;
  const head = await Promise.race([store.head(), giveUpAfter(READY_WITHIN_MS)]).catch(() => null);
  if (head === null) throw new HttpProblem("not-ready", "The store does not answer.", RETRY);
  if (!live.isFresh()) {
    const detail = "This node cannot prove that it has the newest entries.";
    throw new HttpProblem("not-ready", detail, RETRY);
  }
}

function giveUpAfter(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}
