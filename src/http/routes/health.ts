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
        description:
          "A locked server denies every check and still takes opt-outs, so it is ready: `locked` says it.",
        response: {
          200: Type.Object(
            { status: Type.Literal("ready"), position: Type.Integer(), locked: Type.Boolean() },
            closed,
          ),
        },
      },
    },
    async () => {
      await assertReady(api);
      const { live, guard } = api.deps;
      return { status: "ready" as const, position: live.position, locked: guard.lock !== null };
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
  const { store, live, guard } = api.deps;
  const head = await Promise.race([store.head(), giveUpAfter(READY_WITHIN_MS)]).catch(() => null);
  if (head === null) throw new HttpProblem("not-ready", "The store does not answer.", RETRY);
  if (!live.isFresh() && guard.lock === null) {
    const detail = "This node cannot prove that it has the newest entries.";
    throw new HttpProblem("not-ready", detail, RETRY);
  }
}

function giveUpAfter(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}
