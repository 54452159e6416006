/**
 * The log: JSON lines on standard error, so that standard output stays the program's own. Secrets
 * and addresses are kept out at the call; this is the second lock (promise 10).
 */
import { type DestinationStream, type Logger, pino } from "pino";

const HIDDEN = [
  ...["authorization", "authTokens", "secrets", "secret", "password", "peppers", "linkKey"],
  ...["address", "to", "from", "text"],
];
const HIDDEN_PATHS = HIDDEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * Addresses in texts of others: seven digits or more that stand by themselves, so that ids with
 * digits in them can still be told apart; an e-mail address.
 */
const PHONE = /(?<!\w)\+?\(?\d[\d ().\u00a0-]{5,}\d(?!\w)/g;
const EMAIL = /[^\s@<>"]+@[^\s@<>"']+/g;

export function maskAddresses(text: string): string {
  return text.replace(EMAIL, "<e-mail>").replace(PHONE, "<number>");
}

/** `destination` is where the lines go; only a test has another one than standard error. */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      redact: { paths: HIDDEN_PATHS, censor: "<hidden>" },
      formatters: { log: maskFields },
      serializers: {
        err: (error: unknown) =>
          error instanceof Error
            ? { type: error.name, message: maskAddresses(error.message), stack: stackOf(error) }
            : { type: typeof error },
      },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}

/** An id that somebody else chose, such as an e-mail's, may hold an address. */
function maskFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? maskAddresses(value) : value,
    ]),
  );
}

/** The frames without the message, which may hold what somebody sent us, on several lines. */
function stackOf(error: Error): string {
  const stack = (error.stack ?? "").replace(error.message, "");
  return stack
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .join("\n");
}
