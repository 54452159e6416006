/**
 * What may be said about a request that failed. URLs carry tokens and other people's answers carry
 * addresses, so nothing of either is repeated: only the kind of the failure, which is what helps.
 */

/** Its message was written to be shown: it holds no secret, no address of a person, no URL. */
export class ShowableError extends Error {
  override readonly name: string = "ShowableError";
}

/** A short text for a log or for `lastError`. */
export function describeFailure(error: unknown, timeoutMs: number): string {
  if (error instanceof ShowableError) return error.message;
  // The fetch of the platform hides the reason of the network in `cause`.
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    if (at instanceof ShowableError) return at.message;
    if (at.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/u.test(at.code)) {
      return `the connection failed (${at.code})`;
    }
    at = at.cause;
  }
  return "the request failed";
}
