// A contact list as lists are: most numbers in E.164, some as Americans write them, some from
// Bangladesh, El Salvador and France, quoted names, people who said stop, people who stand in it
// twice. Deterministic, and it says what a right answer has to be.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

const AREA_CODES = [201, 212, 303, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 805, 917];
const FIRST = ["Ana", "John", "María", "Wei", "Olu", "Fátima", "Jean", "Emma", "রহিম", "Noah"];
const LAST = ["Smith", "García", "Rahman", "Dupont", "Nguyen", "López", "Hossain", "Okafor"];

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

type Random = () => number;
const upTo = (random: Random, limit: number) => Math.floor(random() * limit);
const pick = <T>(random: Random, from: readonly T[]) => from[upTo(random, from.length)]!;
const pad = (value: number, length: number) => String(value).padStart(length, "0");

/** An E.164 number that exists. */
function number(random: Random): string {
  if (random() < 0.9) return `+1${pick(random, AREA_CODES)}${2_000_000 + upTo(random, 8_000_000)}`;
  const kind = random();
  if (kind < 0.34) return `+8801${3 + upTo(random, 7)}${pad(upTo(random, 1e8), 8)}`;
  if (kind < 0.67) return `+5037${pad(upTo(random, 1e7), 7)}`;
  return `+336${upTo(random, 3)}${pad(upTo(random, 1e7), 7)}`;
}

function spell(random: Random, e164: string): string {
  const how = random();
  if (e164.startsWith("+1")) {
    const [area, exchange, line] = [e164.slice(2, 5), e164.slice(5, 8), e164.slice(8)];
    if (how < 0.78) return e164;
    return how < 0.89 ? `(${area}) ${exchange}-${line}` : `${area}-${exchange}-${line}`;
  }
  if (how < 0.6) return e164;
  if (e164.startsWith("+33"))
    return `+33 ${e164[3]} ${e164.slice(4).replace(/(\d\d)(?=\d)/gu, "$1 ")}`;
  if (e164.startsWith("+503")) return `+503 ${e164.slice(4, 8)} ${e164.slice(8)}`;
  return `+880 ${e164.slice(4, 8)}-${e164.slice(8)}`;
}

export interface MixedList {
  /** Numbers of people who said stop. */
  readonly suppressed: readonly string[];
  readonly clean: number;
  readonly optedOut: number;
  readonly duplicates: number;
}

/** Those who said stop, without writing a file. */
export function suppressedNumbers(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const numbers = new Set<string>();
  while (numbers.size < count) numbers.add(number(random));
  return [...numbers];
}

/** Writes `id,phone,name` rows and counts what a scrub has to find. */
export async function writeMixedList(
  path: string,
  rows: number,
  suppressedCount: number,
  seed: number,
): Promise<MixedList> {
  const suppressed = suppressedNumbers(suppressedCount, seed);
  const random = randomFrom(seed + 1);
  const isSuppressed = new Set(suppressed);
  const kept = new Set<string>();
  let [optedOut, duplicates, last] = [0, 0, suppressed[0]!];
  const stream = createWriteStream(path);
  let batch = "id,phone,name\n";
  for (let row = 1; row <= rows; row += 1) {
    const what = random();
    const e164 = what < 0.08 ? pick(random, suppressed) : what < 0.1 ? last : number(random);
    last = e164;
    if (isSuppressed.has(e164)) optedOut += 1;
    else if (kept.has(e164)) duplicates += 1;
    else kept.add(e164);
    const [first, family] = [pick(random, FIRST), pick(random, LAST)];
    const name = random() < 0.03 ? `"${family}, ${first}"` : `${first} ${family}`;
    batch += `${row},${spell(random, e164)},${name}\n`;
    if (batch.length > 1 << 16) {
      if (!stream.write(batch)) await once(stream, "drain");
      batch = "";
    }
  }
  stream.end(batch);
  await finished(stream);
  return { suppressed, clean: kept.size, optedOut, duplicates };
}
