/**
 * Turns everything that can go wrong into a problem document from the one table. What is not in the
 * table is a 500 whose details go to the log only: an answer never shows a stack or a secret.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../app/ports.ts";
import { Problem } from "../app/problem.ts";
import { BrokenStore, StoreOverloaded, UncertainOutcome, UnsafeStore } from "../store/store.ts";
import { type HttpProblemCode, isProblemCode, PROBLEMS } from "./error-table.ts";
import { documentOf, HttpProblem, PROBLEM_TYPE } from "./http-problem.ts";

const RETRY_SOON = { headers: { "retry-after": "1" } };
const RETRY_LATER = { headers: { "retry-after": "10" } };

/** Errors of Fastify and Node that say more than their status does. */
const BY_ERROR_CODE: Readonly<Record<string, HttpProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed-http",
  FST_ERR_BAD_URL: "malformed-http",
  FST_ERR_MAX_PARAM_LENGTH: "uri-too-long",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
  HPE_HEADER_OVERFLOW: "header-too-large",
  ECONNRESET: "malformed-http",
  ENOSPC: "disk-full",
};

/** Statuses of other errors for which the table has a general row. */
const BY_STATUS: Readonly<Record<number, HttpProblemCode>> = {
  400: "invalid-request",
  404: "not-found",
  408: "request-timeout",
  413: "payload-too-large",
  414: "uri-too-long",
  415: "unsupported-media-type",
  429: "rate-limited",
  431: "header-too-large",
};

export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Problem) return problemOfUseCase(error);
  if (error instanceof StoreOverloaded) return new HttpProblem("overloaded", undefined, RETRY_SOON);
  if (error instanceof UncertainOutcome) {
    return new HttpProblem("outcome-uncertain", undefined, RETRY_SOON);
  }
  if (error instanceof BrokenStore || error instanceof UnsafeStore) {
    return new HttpProblem("store-unavailable", undefined, RETRY_LATER);
  }
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = BY_ERROR_CODE[code ?? ""] ?? BY_STATUS[statusCode ?? 500];
  return new HttpProblem(known ?? "internal-error");
}

function problemOfUseCase(problem: Problem): HttpProblem {
  const code = isProblemCode(problem.code) ? problem.code : "invalid-request";
  const { pointer, message } = problem;
  const faults = pointer === undefined ? [] : [{ in: "body", pointer, message } as const];
  return new HttpProblem(code, message, { faults });
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: HttpProblem,
): FastifyReply {
  // What is left of a body that was refused is not read, so nothing can follow it.
  if (!request.raw.complete) reply.header("connection", "close");
  return reply
    .code(PROBLEMS[problem.code].status)
    .headers(problem.headers)
    .header("cache-control", "no-store")
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(documentOf(problem, request.id)));
}

/** The server's error handler. */
export function answerError(
  log: Log,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const problem = problemOf(error);
  const isOurs = PROBLEMS[problem.code].status >= 500 && !(error instanceof HttpProblem);
  if (isOurs) {
    const route = request.routeOptions.url ?? "none";
    log.error({ err: error, requestId: request.id, route }, "a request could not be served");
  }
  return sendProblem(request, reply, problem);
}
