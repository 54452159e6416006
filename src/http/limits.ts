/**
 * How much of what is taken, and who waits first when there is too much. Requests queue in lanes:
 * whole lists are refused first, then checks and reads; an opt-out is never refused for load.
 */
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import type { FastifyRequest } from "fastify";
import type { ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";

/**
 * - `opt-out`: acts that deny, from the API, from providers (`inbound`) and from people (`person`).
 * - `check`, `read`: one answer.
 * - `bulk`: whole lists.
 * - `open`: health and documentation.
 */
export const LANES = ["opt-out", "inbound", "person", "check", "read", "bulk", "open"] as const;
export type Lane = (typeof LANES)[number];

export interface Limits {
  /** Of one act, question or setting. Larger bodies are refused before they are read. */
  readonly actBytes: number;
  /** Of a batch of checks. */
  readonly batchBytes: number;
  /** Of a list to import or scrub, which is streamed. */
  readonly listBytes: number;
  readonly jsonDepth: number;
  /** Requests of one key, or of one IP address where there is no key, in each lane. */
  readonly perMinute: Readonly<Record<Lane | "anonymous", number>>;
  /** Above this, lists are refused; above twice this, checks and reads too. 0: never. */
  readonly maxEventLoopDelayMs: number;
  /** Of resident memory; as above. 0: never. */
  readonly maxRssBytes: number;
  /** A request that takes longer to arrive is cut off: slow senders must not hold sockets. */
  readonly requestTimeoutMs: number;
}

const KIB = 1024;

export const DEFAULT_LIMITS: Limits = {
  actBytes: 64 * KIB,
  batchBytes: 4 * KIB * KIB,
  listBytes: 64 * KIB * KIB * KIB,
  jsonDepth: 32,
  perMinute: {
    "opt-out": 600_000,
    inbound: 600_000,
    person: 6_000,
    check: 600_000,
    read: 12_000,
    bulk: 600,
    open: 6_000,
    /** Requests without a valid key, to routes that need one. */
    anonymous: 600,
  },
  maxEventLoopDelayMs: 2_000,
  maxRssBytes: 0,
  requestTimeoutMs: 60 * 60 * 1000,
};

/** Lanes in the order in which they are shed, with how far above its limit the load must be. */
const SHED_AT: Readonly<Partial<Record<Lane, number>>> = { bulk: 1, check: 2, read: 2 };
const RETRY_AFTER_S = 5;

/** The start itself keeps the event loop busy; what is measured then says nothing about load. */
const STARTING_MS = 5_000;

/** Refuses lists first and opt-outs never, before a body is read. */
export async function shedLoad(
  server: ApiServer,
  limits: Limits,
  monotonic: () => number,
): Promise<void> {
  const startedAt = monotonic();
  await server.register(underPressure, {
    maxEventLoopDelay: limits.maxEventLoopDelayMs,
    maxRssBytes: limits.maxRssBytes,
    sampleInterval: 250,
    pressureHandler: async (request: FastifyRequest, _reply, type, value) => {
      const factor = SHED_AT[laneOf(request)];
      const limit = type === "rssBytes" ? limits.maxRssBytes : limits.maxEventLoopDelayMs;
      if (factor === undefined || (value ?? 0) <= limit * factor) return;
      if (type !== "rssBytes" && monotonic() - startedAt < STARTING_MS) return;
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
