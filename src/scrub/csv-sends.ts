/**
 * Reads logs of messages that were sent from a CSV file, as a stream: each row becomes a send to put on
 * record, or a problem with its line and what to do. Recording is the server's.
 */
import { isProblem } from "../address/parse-address.ts";
import { type Channel, channelsOf, type Instant, isName } from "../domain/words.ts";
import { CALL_KINDS, type CallKind } from "../rules/facts.ts";
import type { RowProblem } from "./act-row.ts";
import { readActTime } from "./act-times.ts";
import { CHANNEL_WORDS, COLUMN_WORDS, isYes } from "./act-words.ts";
import { cellTexts } from "./cell.ts";
import { plainName } from "./column-names.ts";
import { findColumn, looksLikeHeader } from "./columns.ts";
import type { ReadAddress } from "./read-address.ts";
import { RowScanner } from "./row-scanner.ts";
import { takeSample } from "./sample.ts";
import { SAMPLE_BYTES, sampleRows, sniffDialect, UnreadableFile } from "./sniff.ts";

/** A send as a row says it. `null`: it does not say. */
export interface SendRow {
  /** E.164, or the e-mail address. */
  readonly to: string;
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly at: Instant | null;
  readonly subject: string | null;
  readonly callKind: CallKind | null;
  readonly isReply: boolean | null;
  readonly messageId: string | null;
}

export type ReadSend =
  | { readonly line: number; readonly send: SendRow }
  | { readonly line: number; readonly problem: RowProblem; readonly raw: string };

export interface SendFileOptions {
  readonly read: ReadAddress;
  /** For rows that do not say it themselves. */
  readonly sender?: string;
  readonly channel?: Channel;
  readonly class?: string;
  readonly column?: string | number;
  readonly delimiter?: string;
  /** IANA zone of times without an offset; UTC when it is not given. */
  readonly zone?: string;
}

const WORDS = {
  ...COLUMN_WORDS,
  subject: ["subject", "about", "case", "topic"],
  callKind: ["call kind", "call type", "kind of call"],
  isReply: ["reply", "is reply"],
  messageId: ["message id", "messageid", "message sid", "sid", "id", "uid", "uuid"],
  sentAt: ["sent at", "sent", "time sent", "date sent", "sent time", "sent on", "delivered at"],
} as const;
const NO_TIME_OF_DAY = /^\d{4}[-/]\d{2}[-/]\d{2}$/u;

/** Throws `UnreadableFile` before the first row when the file cannot be understood. */
export async function* readSendRows(
  input: AsyncIterable<Uint8Array>,
  options: SendFileOptions,
): AsyncGenerator<ReadSend> {
  const { sample, isWhole, slices } = await takeSample(input, SAMPLE_BYTES);
  const dialect = sniffDialect(sample, isWhole, options.delimiter);
  const [first, ...others] = sampleRows(sample, isWhole, dialect);
  if (first === undefined) return;
  const hasHeader = looksLikeHeader(first, options.read);
  const header = hasHeader ? first : null;
  const rows = hasHeader ? others : [first, ...others];
  const { read, column: given } = options;
  const { index } = findColumn({ header, rows, kind: null, read, given });
  const columns = findSendColumns(header, index);
  refuseUnsaid(columns, options);
  const scanner = new RowScanner({ delimiter: dialect.delimiter });
  let [awaitsHeader, bomLeft] = [hasHeader, dialect.bomBytes];
  function* readAll(): Generator<ReadSend> {
    for (let found = scanner.next(); found !== "more" && found !== "end"; found = scanner.next()) {
      if (found === "blank") continue;
      const { line } = scanner;
      if (found !== "row") {
        if (!scanner.isLastPiece) continue;
        const problem = fault(scanner.rejection, "The row is too long, or a quote is not closed.");
        yield { line, problem, raw: "" };
      } else if (awaitsHeader) awaitsHeader = false;
      else {
        const cells = cellTexts(scanner, dialect.encoding);
        const send = parseSend(cells, columns, options);
        yield "problem" in send ? { line, problem: send, raw: cells.join(",") } : { line, send };
      }
    }
  }
  for await (const slice of slices) {
    const bytes = slice.subarray(Math.min(bomLeft, slice.length));
    bomLeft -= slice.length - bytes.length;
    scanner.push(bytes);
    yield* readAll();
  }
  scanner.finish();
  yield* readAll();
}

type SendColumn = Exclude<keyof SendRow, "to">;
type SendColumns = Readonly<Record<SendColumn, number | null>> & { readonly to: number };

function findSendColumns(header: readonly string[] | null, to: number): SendColumns {
  const names = (header ?? []).map(plainName);
  const first = (...lists: readonly (readonly string[])[]): number | null => {
    const found = names.findIndex((name, index) => index !== to && lists.flat().includes(name));
    return found < 0 ? null : found;
  };
  return {
    to,
    sender: first(WORDS.sender),
    channel: first(WORDS.channel),
    class: first(WORDS.class),
    at: first(WORDS.sentAt) ?? first(WORDS.at, WORDS.atOther, WORDS.atMore),
    subject: first(WORDS.subject),
    callKind: first(WORDS.callKind),
    isReply: first(WORDS.isReply),
    messageId: first(WORDS.messageId),
  };
}

function refuseUnsaid(columns: SendColumns, options: SendFileOptions): void {
  for (const name of ["sender", "channel", "class"] as const) {
    if (columns[name] !== null || options[name] !== undefined) continue;
    throw new UnreadableFile(
      `no-${name}`,
      `The file does not say the ${name} of its messages. Add a column \`${name}\`, or say it for ` +
        "all rows.",
    );
  }
}

function parseSend(
  cells: readonly string[],
  columns: SendColumns,
  options: SendFileOptions,
): SendRow | RowProblem {
  const cell = (name: keyof SendColumns) => {
    const index = columns[name];
    return index === null ? "" : (cells[index] ?? "").trim();
  };
  const address = options.read(cell("to"), null);
  if (isProblem(address)) return address;
  const said = cell("channel");
  const channel = said === "" ? options.channel : CHANNEL_WORDS.get(plainName(said));
  if (channel === undefined || channel === "all") {
    return fault("unknown-channel", `There is no channel \`${said}\`. Write sms, voice or email.`);
  }
  if (!channelsOf(address.kind).includes(channel)) {
    return fault("wrong-channel", `The channel is ${channel}, but the address is none for it.`);
  }
  const sender = cell("sender") || options.sender || "";
  const cls = cell("class") || options.class || "";
  for (const name of [sender, cls]) {
    if (!isName(name)) return fault("bad-name", `\`${name}\` is no name of a sender or a class.`);
  }
  const at = readTime(cell("at"), options.zone ?? "UTC");
  if (at !== null && typeof at === "object") return at;
  const callKind = cell("callKind").toLowerCase() || null;
  if (callKind !== null && !isCallKind(callKind)) {
    return fault("bad-call-kind", `\`${callKind}\` is none of ${CALL_KINDS.join(", ")}.`);
  }
  const reply = cell("isReply");
  const isReply = reply === "" ? null : isYes(plainName(reply));
  if (reply !== "" && isReply === null) return fault("bad-reply", "Write `yes` or `no`.");
  const [subject, messageId] = [cell("subject") || null, cell("messageId") || null];
  return {
    to: address.key,
    sender,
    channel,
    class: cls,
    at,
    subject,
    callKind,
    isReply,
    messageId,
  };
}

/** A day without a clock is no time at which a message went out: caps count hours. */
function readTime(text: string, zone: string): Instant | null | RowProblem {
  if (text === "") return null;
  if (NO_TIME_OF_DAY.test(text)) {
    return fault("bad-time", `\`${text}\` is a day. Write the time too: \`2025-04-03T14:30:00Z\`.`);
  }
  return readActTime(text, zone, "late");
}

function isCallKind(text: string): text is CallKind {
  return (CALL_KINDS as readonly string[]).includes(text);
}

function fault(problem: string, message: string): RowProblem {
  return { problem, message };
}
