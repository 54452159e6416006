/**
 * When an imported act happened, from the ways systems write it. What can be read in two ways is
 * refused with what to write instead: a swapped month would date an opt-out wrongly by months.
 * A time that is only roughly known is read to the strict side: an opt-out late, an opt-in early.
 */
import type { Instant } from "../domain/words.ts";

export interface TimeProblem {
  readonly problem: "bad-time";
  readonly message: string;
}

const WHAT_TO_USE = "Write it as `2025-04-03T14:30:00Z`, `2025-04-03 14:30` or `2025-04-03`.";
const DAY = String.raw`(\d{4})[-/](\d{2})[-/](\d{2})`;
const CLOCK = String.raw`(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)`;
const DATE_TIME = `${DAY}[T ]${CLOCK}`;
const DATE = new RegExp(`^${DAY}$`, "u");
const LOCAL = new RegExp(`^${DATE_TIME}$`, "iu");
const WITH_OFFSET = new RegExp(String.raw`^${DATE_TIME} ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$`, "iu");
const EPOCH_SECONDS = /^\d{9,10}$/u;
const EPOCH_MS = /^\d{12,13}$/u;
const DAY_AND_MONTH = /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b/u;
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/**
 * `zone`: IANA name, for times without an offset. `strict`: `late` for opt-outs, `early` for
 * opt-ins.
 */
export function readActTime(
  text: string,
  zone: string,
  strict: "late" | "early",
): Instant | TimeProblem {
  if (DAY_AND_MONTH.test(text)) {
    return bad(`\`${text}\` can mean two different days. ${WHAT_TO_USE}`);
  }
  let at: Instant | null;
  try {
    at = instantOf(text, zone, strict);
  } catch {
    return bad(`There is no such time as \`${shorten(text)}\`. ${WHAT_TO_USE}`);
  }
  if (at === null) return bad(`\`${shorten(text)}\` is no time that Heed reads. ${WHAT_TO_USE}`);
  if (at < EARLIEST || at >= LATEST) {
    return bad(`\`${shorten(text)}\` lies outside of 1990 to 2099. Look for wrong digits.`);
  }
  return at;
}

/** `null`: not a spelling we know. Throws when it is one but there is no such time. */
function instantOf(text: string, zone: string, strict: "late" | "early"): Instant | null {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1000;
  if (EPOCH_MS.test(text)) return Number(text);
  const date = DATE.exec(text);
  if (date !== null) {
    const day = Temporal.PlainDate.from(`${date[1]}-${date[2]}-${date[3]}`);
    // The whole day is possible; its first or its last millisecond is the stricter reading.
    const from = (strict === "late" ? day.add({ days: 1 }) : day).toZonedDateTime(zone);
    return from.epochMilliseconds - (strict === "late" ? 1 : 0);
  }
  const local = LOCAL.exec(text);
  if (local !== null) {
    const disambiguation = strict === "late" ? "later" : "earlier";
    return Temporal.PlainDateTime.from(isoOf(local)).toZonedDateTime(zone, { disambiguation })
      .epochMilliseconds;
  }
  const exact = WITH_OFFSET.exec(text);
  if (exact === null) return null;
  const offset = /^[zug]/iu.test(exact[5]!) ? "Z" : exact[5]!;
  return Temporal.Instant.from(`${isoOf(exact)}${offset}`).epochMilliseconds;
}

function isoOf(match: RegExpExecArray): string {
  return `${match[1]}-${match[2]}-${match[3]}T${match[4]!.replace(",", ".")}`;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function bad(message: string): TimeProblem {
  return { problem: "bad-time", message };
}
