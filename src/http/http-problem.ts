/** A problem that the HTTP layer itself finds, and the document it becomes (RFC 9457). */
import type { HttpProblemCode } from "./error-table.ts";
import { PROBLEMS } from "./error-table.ts";

/** One thing that is wrong with a request. */
export interface Fault {
  /** Which part of the request the pointer goes into. */
  readonly in: "body" | "query" | "path" | "headers";
  /** JSON Pointer (RFC 6901) to the member that is wrong; empty for the whole part. */
  readonly pointer: string;
  readonly message: string;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly Fault[];
}

export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly code: HttpProblemCode;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` defaults to what the table says to do. It must hold no secret and no full address. */
  constructor(
    code: HttpProblemCode,
    detail: string = PROBLEMS[code].whatToDo,
    more: { faults?: readonly Fault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

export function documentOf(problem: HttpProblem, requestId: string): ProblemDocument {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: requestId,
    ...(problem.faults.length === 0 ? {} : { errors: problem.faults }),
  };
}
