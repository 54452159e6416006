/**
 * What an error of PostgreSQL means for a write. The question is always the same: was nothing
 * written, may it be tried again, can nobody tell, or can the server no longer be trusted?
 * Codes: PostgreSQL, Appendix A.
 */
import { DatabaseError } from "pg";
import { UncertainOutcome, UnsafeStore } from "../store.ts";

/**
 * A serialization failure, a deadlock, another server that wrote the same key first, or a wait for
 * a lock or a statement that took too long: nothing was written, and another try may work.
 */
const RETRYABLE: readonly string[] = ["40001", "40P01", "23505", "55P03", "57014"];

/** Classes of errors by the disk or by the server's own state: I/O error, internal error. */
const IO_CODES: readonly string[] = ["58030", "58000", "58P01", "XX001", "XX002"];

export function codeOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? "") : "";
}

/** The server said so itself and the connection lives on; anything else is a lost connection. */
export function isAnswer(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const code = codeOf(error);
  // Class 57P and 08: the server ended the connection. 40003: it cannot tell either.
  return !code.startsWith("57P") && !code.startsWith("08") && code !== "40003";
}

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.includes(codeOf(error));
}

/** The connection was lost or could not be made, in whatever way. */
export function isLostConnection(error: unknown): boolean {
  const others = [TypeError, RangeError, UnsafeStore, UncertainOutcome];
  return !others.some((other) => error instanceof other) && !isAnswer(error);
}

/** What went wrong, in words: Node's error for "nobody listens" may have no message of its own. */
export function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}

/** A disk that fails under the server. A full disk (53100) that it refused cleanly is not one. */
export function isDiskFailure(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return error.severity === "PANIC" || IO_CODES.includes(codeOf(error));
}
