/**
 * How much of what is taken, and who waits first when there is too much. Requests queue in lanes:
 * whole lists are refused first, then checks and reads; an opt-out is never refused for load.
 */
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import type { FastifyRequest } from "fastify";
import type { ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";
import type { Lane, Limits } from "./lanes.ts";

/** Lanes in the order in which they are shed, with how far above its limit the load must be. */
const SHED_AT: Readonly<Partial<Record<Lane, number>>> = { bulk: 1, check: 2, read: 2 };
const RETRY_AFTER_S = 5;

/**
 * A slow event loop is our load only when there are requests to make it so. With fewer than these
 * under way, a start or a busy neighbour on the machine is what was measured.
 */
const MANY_REQUESTS = 32;

/** Refuses lists first and opt-outs never, before a body is read. */
export async function shedLoad(server: ApiServer, limits: Limits): Promise<void> {
  let underWay = 0;
  server.addHook("onRequest", async (_request, reply) => {
    underWay += 1;
    // Emitted once, after an answer and after a caller who went away.
    reply.raw.once("close", () => {
      underWay -= 1;
    });
  });
  await server.register(underPressure, {
    maxEventLoopDelay: limits.maxEventLoopDelayMs,
    maxRssBytes: limits.maxRssBytes,
    sampleInterval: 250,
    pressureHandler: async (request: FastifyRequest, _reply, type, value) => {
      const factor = SHED_AT[laneOf(request)];
      const limit = type === "rssBytes" ? limits.maxRssBytes : limits.maxEventLoopDelayMs;
      if (factor === undefined || (value ?? 0) <= limit * factor) return;
      if (type !== "rssBytes" && underWay < MANY_REQUESTS) return;
      throw new HttpProblem("overloaded", undefined, {
        headers: { "retry-after": String(RETRY_AFTER_S) },
      });
    },
  });
}

/** Counts requests for each key, or each IP address, and lane. */
export async function limitRates(server: ApiServer, limits: Limits): Promise<void> {
  await server.register(rateLimit, {
    global: true,
    cache: 20_000,
    timeWindow: 60_000,
    keyGenerator: (request) => `${counterOf(request)} ${callerOf(request)}`,
    max: (request) => limits.perMinute[counterOf(request)],
    errorResponseBuilder: (_request, context) =>
      new HttpProblem("rate-limited", `More than ${context.max} requests in a minute.`),
  });
}

export function laneOf(request: FastifyRequest): Lane {
  return request.routeOptions.config.lane ?? "open";
}

function counterOf(request: FastifyRequest): Lane | "anonymous" {
  const needsKey = (request.routeOptions.config.access ?? "open") !== "open";
  return needsKey && request.apiKey === null ? "anonymous" : laneOf(request);
}

/** One household of IPv6 has a /64 of addresses, so that is what counts as one caller. */
function callerOf(request: FastifyRequest): string {
  return request.apiKey === null ? normalizeIP(request.ip, 64) : `key ${request.apiKey.id}`;
}
