/**
 * Every problem that the API can answer with, in one table: the code is stable and ends the `type`
 * of the problem document (RFC 9457), so clients match on it. Codes are added, never renamed.
 * `test/http/problems.test.ts` keeps docs/reference/problems.md equal to this, both ways.
 */
import type { ProblemCode } from "../app/problem.ts";

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it. */
  readonly whatToDo: string;
}

export const PROBLEMS = {
  "invalid-json": {
    status: 400,
    title: "The body is not JSON that has one meaning",
    whatToDo:
      "Send UTF-8 JSON without a byte order mark, duplicate keys, NUL characters or unpaired surrogates, at most 32 levels deep. `detail` says where it is wrong.",
  },
  "invalid-request": {
    status: 400,
    title: "The request does not fit the schema",
    whatToDo: "Mend the members that `errors` points to; /reference shows the schema.",
  },
  "malformed-http": {
    status: 400,
    title: "The request is not well-formed HTTP",
    whatToDo: "Check the client or the proxy between it and this server.",
  },
  "malformed-message": {
    status: 400,
    title: "The provider's message cannot be read",
    whatToDo:
      "Check that the source's adapter fits the provider. The server's log says what is missing.",
  },
  unauthenticated: {
    status: 401,
    title: "A valid API key is needed",
    whatToDo: "Send `Authorization: Bearer heed_…`. `heed key add` makes a key.",
  },
  forbidden: {
    status: 403,
    title: "The API key lacks the scope for this",
    whatToDo: "Use a key with the scope that `detail` names.",
  },
  "not-believed": {
    status: 403,
    title: "The message is not proven to come from its provider",
    whatToDo:
      "Check the source's secrets and that the public URL is the one the provider calls. The server's log says what failed.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing here",
    whatToDo: "Check the path; /reference lists every route.",
  },
  "unknown-source": {
    status: 404,
    title: "There is no such source",
    whatToDo: "`heed source list` names those there are.",
  },
  "unknown-destination": {
    status: 404,
    title: "There is no such destination",
    whatToDo: "GET /v1/destinations names those there are.",
  },
  "unknown-entry": {
    status: 404,
    title: "There is no such entry of that kind",
    whatToDo: "Check the position; GET /v1/entries lists the ledger.",
  },
  "method-not-allowed": {
    status: 405,
    title: "This path does not take that method",
    whatToDo: "Use one of the methods in the `Allow` header.",
  },
  "request-timeout": {
    status: 408,
    title: "The request did not arrive in time",
    whatToDo: "Send it again, faster.",
  },
  "already-exists": {
    status: 409,
    title: "It is there already",
    whatToDo: "Choose another name, or replace it with PUT.",
  },
  "no-gap": {
    status: 409,
    title: "There is no gap that could be accepted",
    whatToDo: "`heed doctor` says whether the ledger is locked, why, and which ways out there are.",
  },
  "in-use": {
    status: 409,
    title: "Something else needs it",
    whatToDo: "Change what `detail` names first.",
  },
  "erased-meanwhile": {
    status: 409,
    title: "Somebody was erased while this ran",
    whatToDo: "Send the list again: a result that was begun before may hold them, so none is kept.",
  },
  "payload-too-large": {
    status: 413,
    title: "The body is too large",
    whatToDo: "Send less at a time; large lists go to POST /v1/imports and POST /v1/scrubs.",
  },
  "uri-too-long": {
    status: 414,
    title: "The URL is too long",
    whatToDo: "Shorten the path or the query.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The body is of a type that this route does not take",
    whatToDo:
      "Send `Content-Type: application/json` (lists: `text/csv`), and no `Content-Encoding`.",
  },
  "evidence-required": {
    status: 422,
    title: "An opt-in needs evidence",
    whatToDo: "Add `evidence` with its `kind` and what shows that the person agreed.",
  },
  "idempotency-conflict": {
    status: 422,
    title: "The Idempotency-Key was used with another body",
    whatToDo: "Use a new key for a new act, and the same body for a retry.",
  },
  "invalid-address": {
    status: 422,
    title: "The address cannot be read",
    whatToDo: "Send a phone number with its country code (+1…) or an e-mail address.",
  },
  "unknown-sender": {
    status: 422,
    title: "There is no such sender",
    whatToDo: "Use the id of a configured sender; `heed sender add` makes one.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    whatToDo: "Wait as long as `Retry-After` says. Many checks fit in one POST /v1/check/batch.",
  },
  "header-too-large": {
    status: 431,
    title: "The headers are too large",
    whatToDo: "Send fewer or shorter headers.",
  },
  "internal-error": {
    status: 500,
    title: "Something went wrong in this server",
    whatToDo: "Try again; the log has the details under the request id in `instance`.",
  },
  "not-ready": {
    status: 503,
    title: "The server is not ready yet",
    whatToDo: "Wait as long as `Retry-After` says.",
  },
  locked: {
    status: 503,
    title: "The ledger is locked",
    whatToDo:
      "Nothing of it is signed or served until the operator has ended the lock; `heed doctor` says how. Opt-outs are still taken.",
  },
  overloaded: {
    status: 503,
    title: "The server has too much to do",
    whatToDo: "Nothing was done. Try again after `Retry-After`, with the same Idempotency-Key.",
  },
  "outcome-uncertain": {
    status: 503,
    title: "It cannot be told whether this was recorded",
    whatToDo: "Send the same request again with the same Idempotency-Key until it is answered.",
  },
  "shutting-down": {
    status: 503,
    title: "The server is stopping",
    whatToDo: "Nothing was done. Try again, on a new connection.",
  },
  "store-unavailable": {
    status: 503,
    title: "Nothing can be written now",
    whatToDo:
      "Send it again later, with the same Idempotency-Key. `heed doctor` tells the operator what is wrong.",
  },
  "disk-full": {
    status: 507,
    title: "The disk of the server is full",
    whatToDo:
      "Nothing was kept of this request. Free some space on the server, then send it again.",
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type HttpProblemCode = keyof typeof PROBLEMS;

/** Every problem of the use cases has its row: this line fails to compile when one is missing. */
export const APP_PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = PROBLEMS;

export function isProblemCode(text: string): text is HttpProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
