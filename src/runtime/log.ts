/**
 * The log: JSON lines on standard error, so that standard output stays the program's own. Secrets
 * and addresses are kept out at the call; this is the second lock (promise 10).
 */
import { type Logger, pino } from "pino";

const SECRET_FIELDS = [
  "authorization",
  "headers.authorization",
  "req.headers.authorization",
  "*.authTokens",
  "*.secrets",
  "*.secret",
  "*.password",
  "*.address",
  "*.to",
  "*.from",
  "*.text",
];

/** Addresses inside error messages of others: a number of seven digits or more, an e-mail. */
const PHONE = /\+?\d[\d ().-]{5,}\d/g;
const EMAIL = /[^\s@<>"']+@[^\s@<>"']+/g;

export function maskAddresses(text: string): string {
  return text.replace(EMAIL, "<e-mail>").replace(PHONE, "<number>");
}

export function createLog(level: string): Logger {
  return pino(
    {
      level,
      redact: { paths: SECRET_FIELDS, censor: "<hidden>" },
      serializers: {
        err: (error: unknown) =>
          error instanceof Error
            ? { type: error.name, message: maskAddresses(error.message), stack: stackOf(error) }
            : { type: typeof error },
      },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** The frames without the message, which may hold what somebody sent us. */
function stackOf(error: Error): string {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .join("\n");
}
