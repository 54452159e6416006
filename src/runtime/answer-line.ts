/**
 * One answer about one number, as a line: a checksum, whom it is about (`token:…` for whoever was
 * erased), `yes`, `no` or `no-data`, and instants in milliseconds since the epoch, with tabs between.
 */
import { hash } from "node:crypto";
import type { AddressKey, Channel, Instant } from "../domain/words.ts";
import type { Answer } from "../sets/answer-book.ts";

const TOKEN = "token:";
const SUM_DIGITS = 16;
const LISTED = new Map<string, boolean | null>([
  ["yes", true],
  ["no", false],
  ["no-data", null],
]);

export interface AnswerLine {
  readonly named: { readonly address: AddressKey } | { readonly token: string };
  readonly answer: Answer;
}

export function writeAnswerLine({ named, answer }: AnswerLine): string {
  const listed = [...LISTED].find(([, value]) => value === answer.listed)![0];
  const { since, channels, sectors } = answer.listing;
  const cells = [
    "token" in named ? `${TOKEN}${named.token}` : named.address,
    listed,
    answer.asOf,
    since ?? "",
    channels.join(","),
    sectors.join(","),
    answer.consentAt ?? "",
  ];
  const text = cells.join("\t");
  return `${sumOf(text)}\t${text}`;
}

/** `null`: not what was written. */
export function readAnswerLine(line: string): AnswerLine | null {
  const text = line.slice(SUM_DIGITS + 1);
  if (line[SUM_DIGITS] !== "\t" || line.slice(0, SUM_DIGITS) !== sumOf(text)) return null;
  const [
    name = "",
    listed = "",
    asOf = "",
    since = "",
    channels = "",
    sectors = "",
    consentAt = "",
  ] = text.split("\t");
  return {
    named: name.startsWith(TOKEN)
      ? { token: name.slice(TOKEN.length) }
      : { address: name as AddressKey },
    answer: {
      listed: LISTED.get(listed) ?? null,
      asOf: Number(asOf),
      listing: {
        since: instantOf(since),
        channels: partsOf(channels) as Channel[],
        sectors: partsOf(sectors),
      },
      consentAt: instantOf(consentAt),
    },
  };
}

function instantOf(text: string): Instant | null {
  return text === "" ? null : Number(text);
}

function partsOf(text: string): string[] {
  return text === "" ? [] : text.split(",");
}

function sumOf(text: string): string {
  return hash("sha256", text, "hex").slice(0, SUM_DIGITS);
}
