/**
 * The HTTP server: everything is wired here and nothing listens. The order of the hooks is the life
 * of a request: closing? -> load -> headers -> caller -> rate -> access -> body -> schema -> route.
 * Whatever is refused is refused before its body is read.
 */
import { tmpdir } from "node:os";
import path from "node:path";
import helmet from "@fastify/helmet";
import Fastify, { type FastifyRequest } from "fastify";
import type { Deps } from "../app/deps.ts";
import { answerError, problemOf, sendProblem } from "./answer-problems.ts";
import type { Api, ApiServer, ServerOptions } from "./api.ts";
import { guardRoutes, identifyCallers } from "./authorise.ts";
import { PROBLEMS } from "./error-table.ts";
import { documentOf, HttpProblem, PROBLEM_TYPE } from "./http-problem.ts";
import { DEFAULT_LIMITS } from "./lanes.ts";
import { limitRates, shedLoad } from "./limits.ts";
import { watchMethods } from "./methods.ts";
import { Metrics } from "./metrics.ts";
import { describeApi } from "./openapi.ts";
import { addRoutes } from "./routes.ts";
import { readJsonBodies } from "./strict-json.ts";
import { compileValidator } from "./validate.ts";

export type { ServerOptions } from "./api.ts";

/** Links seal an address and a sender; the longest e-mail address makes the longest link. */
const PARAM_LENGTH_MAX = 1024;
const HEADERS_TIMEOUT_MS = 30_000;

export async function buildServer(deps: Deps, options: ServerOptions): Promise<ApiServer> {
  const api = apiOf(deps, options);
  const server = createServer(api, options);
  const refuseOtherMethods = watchMethods(server);
  refuseWhileClosing(server);
  observeRequests(server, api);
  await shedLoad(server, api.limits);
  await setHeaders(server, deps.publicUrl);
  identifyCallers(server, api);
  await limitRates(server, api.limits);
  guardRoutes(server);
  server.setValidatorCompiler(compileValidator);
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  readJsonBodies(server, api.limits);
  await describeApi(server, deps.publicUrl);
  await addRoutes(server, api, options);
  refuseOtherMethods();
  await server.ready();
  return server;
}

function apiOf(deps: Deps, options: ServerOptions): Api {
  // Whoever hands metrics in has measured the store already.
  const metrics = options.metrics ?? new Metrics();
  metrics.watch(deps);
  const isSource = (name: string) => deps.settings.sources.has(name);
  const measured = { ...deps, store: metrics.measure(deps.store, isSource) };
  return {
    deps: options.metrics === undefined ? measured : deps,
    env: options.env,
    mode: options.mode,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    scrubFolder: options.scrubFolder ?? path.join(tmpdir(), `heed-scrubs-${process.pid}`),
    localKeys: options.localKeys ?? new Map(),
    metrics,
    metricsOpen: options.metricsOpen ?? false,
    ledgerOpen: options.ledgerOpen ?? false,
    backups: options.backups ?? null,
  };
}

function createServer(api: Api, options: ServerOptions): ApiServer {
  const { deps, limits } = api;
  const server = Fastify({
    // Requests are logged by `observeRequests`, which knows what must not be in a log.
    logger: false,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    bodyLimit: limits.actBytes,
    requestTimeout: limits.requestTimeoutMs,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: "idle",
    // Answered by `refuseWhileClosing`, as a problem document.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    requestIdHeader: false,
    genReqId: (request) => requestId(request.headers["x-request-id"], deps.random),
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, problemOf(error));
    },
    clientErrorHandler: answerBrokenHttp,
  });
  server.setErrorHandler((error, request, reply) => answerError(deps.log, error, request, reply));
  server.setNotFoundHandler((request, reply) => {
    sendProblem(request, reply, new HttpProblem("not-found"));
  });
  return server as unknown as ApiServer;
}

/** One that the caller sent is kept when it can be nothing but an id: no address, no line break. */
function requestId(given: string | string[] | undefined, random: Deps["random"]): string {
  const isSane = typeof given === "string" && /^(?=.*[A-Za-z])[\w.-]{8,64}$/.test(given);
  return isSane ? given : Buffer.from(random(12)).toString("hex");
}

function refuseWhileClosing(server: ApiServer): void {
  let isClosing = false;
  server.addHook("preClose", async () => {
    isClosing = true;
  });
  server.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (!isClosing) return;
    throw new HttpProblem("shutting-down", undefined, {
      headers: { "retry-after": "1", connection: "close" },
    });
  });
  // A connection that goes on after its answer would keep the server from ending.
  server.addHook("onSend", async (_request, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
}

/** Counts and logs every answer by the route's pattern; the URL itself may hold an address. */
function observeRequests(server: ApiServer, api: Api): void {
  server.addHook("onResponse", async (request: FastifyRequest, reply) => {
    const route = request.routeOptions.url ?? "none";
    const { method } = request;
    const status = reply.statusCode;
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    api.metrics.observeRequest(method, route, status, reply.elapsedTime);
    const fields = { method, route, status, ms, requestId: request.id, key: request.apiKey?.id };
    api.deps.log.info(fields, "answered");
  });
}

async function setHeaders(server: ApiServer, publicUrl: string): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // A browser that was told once refuses plain HTTP for a year, so only HTTPS may say it.
    strictTransportSecurity: publicUrl.startsWith("https://"),
    referrerPolicy: { policy: "no-referrer" },
    xFrameOptions: { action: "deny" },
  });
  server.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
}

/** Bytes that are no HTTP never reach a route; they get a problem document all the same. */
function answerBrokenHttp(error: Error & { code?: string }, socket: import("node:net").Socket) {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code } = problemOf(error);
  const problem = new HttpProblem(code === "internal-error" ? "malformed-http" : code);
  const body = JSON.stringify(documentOf(problem, "none"));
  const { status } = PROBLEMS[problem.code];
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
