/**
 * Cells of a list that say more than an address: since when it is listed, for which channels and
 * sectors. What cannot be read does not cost the line: the address is listed all the same, for more
 * than the file may have meant, and the line is reported.
 */
import { CHANNELS, type Channel, type Instant } from "../domain/words.ts";
import { readActTime } from "./act-times.ts";
import { CHANNEL_WORDS } from "./act-words.ts";
import { plainName } from "./column-names.ts";

/** Why a cell was read as the strictest that it can mean. */
export type UnclearCell = "bad-date" | "unknown-channel";

const DAY_MS = 24 * 60 * 60 * 1000;
const COMPACT_DATE = /^((?:19|20)\d{2})(\d{2})(\d{2})$/u;
const US_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: .*)?$/u;
const DATES_KEPT = 10_000;

export interface DateReading {
  /** Date of the copy: nobody was listed after it was made. */
  readonly asOf: Instant;
  /** Whether `03/04/2026` is 4 March, as American registries write. Else it is not read at all. */
  readonly monthFirst: boolean;
}

/** Reads dates of listing; most lists have few different ones. A date without a time is its start in UTC. */
export function dateReader(reading: DateReading): (text: string) => Instant | null | "bad-date" {
  const read = new Map<string, Instant | null | "bad-date">();
  return (text) => {
    const known = read.get(text);
    if (known !== undefined) return known;
    const value = readDate(text, reading);
    if (read.size === DATES_KEPT) read.clear();
    read.set(text, value);
    return value;
  };
}

function readDate(written: string, reading: DateReading): Instant | null | "bad-date" {
  const text = written.trim();
  if (text === "") return null;
  const at = readActTime(isoDate(text, reading.monthFirst), "UTC", "early");
  return typeof at === "number" && at < reading.asOf + DAY_MS ? at : "bad-date";
}

function isoDate(text: string, monthFirst: boolean): string {
  const american = monthFirst ? US_DATE.exec(text) : null;
  if (american !== null) {
    const [, month, day, year] = american;
    return `${year}-${month!.padStart(2, "0")}-${day!.padStart(2, "0")}`;
  }
  return text.replace(COMPACT_DATE, "$1-$2-$3");
}

/** Ways to reach people that Heed has nothing to do with. */
const OTHER_CHANNELS = new Set(["fax", "post", "postal", "letter", "direct mail", "doorstep"]);

/** Empty: all. `no-channel`: the listing is for none that Heed knows. */
export function readChannels(
  text: string,
): readonly Channel[] | "no-channel" | { readonly unclear: UnclearCell } {
  const words = readParts(text);
  if (words.length === 0) return [];
  const channels = new Set<Channel>();
  for (const word of words.map(plainName).flatMap(knownWords)) {
    if (OTHER_CHANNELS.has(word)) continue;
    const channel = CHANNEL_WORDS.get(word);
    if (channel === undefined) return { unclear: "unknown-channel" };
    if (channel === "all") return [];
    channels.add(channel);
  }
  if (channels.size === 0) return "no-channel";
  return CHANNELS.filter((channel) => channels.has(channel));
}

/** `sms voice` is two channels, `text message` is one. */
function knownWords(text: string): readonly string[] {
  return CHANNEL_WORDS.has(text) || OTHER_CHANNELS.has(text) ? [text] : text.split(" ");
}

/** Empty: all. */
export function readSectors(text: string): readonly string[] {
  const sectors = readParts(text).map((sector) => sector.toLowerCase());
  return sectors.includes("all") ? [] : [...new Set(sectors)].sort();
}

function readParts(text: string): readonly string[] {
  return text
    .split(/[,;|]/u)
    .map((part) => part.replace(/\s+/gu, " ").trim())
    .filter((part) => part !== "");
}
