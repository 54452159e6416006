/**
 * Problems that a caller can mend. Use cases throw them; the HTTP error table and the CLI turn them
 * into answers. The code is stable; the message says what is wrong and what to do about it.
 */
export const PROBLEM_CODES = [
  "invalid-address",
  "invalid-request",
  "unknown-sender",
  "unknown-source",
  "unknown-destination",
  "unknown-entry",
  "not-found",
  "idempotency-conflict",
  "evidence-required",
  "already-exists",
  "no-gap",
  "locked",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  /** JSON Pointer to the part of the request that is meant, when there is one. */
  readonly pointer: string | undefined;

  constructor(code: ProblemCode, message: string, pointer?: string) {
    super(message);
    this.code = code;
    this.pointer = pointer;
  }
}
