// Full verdicts with their reasons, in one process and through the batch check over HTTP, for a mixed
// set of places, channels and hours. The baseline in process is the quiet-hours snippet that people
// write instead: the local hour from Intl, and a Set of numbers that opted out.
// Processor time is counted in process, so that other work on the machine matters less.
// Over HTTP the clock on the wall counts, and server and client are two processes that want a core
// each: what other work on the machine takes from them would be held against the server alone. So
// the fastest batch is held against the fastest turn in process, after both have warmed up.
// LIMIT: the server has no lists and no consents, so its verdicts have fewer reasons than the mixed
// ones in process; how fast the very same questions are answered in process stands beside them.
import { strict as assert } from "node:assert";
import { placeOf } from "../src/address/place-of.ts";
import type { AddressKey } from "../src/domain/words.ts";
import { decide } from "../src/rules/decide.ts";
import type { Facts } from "../src/rules/facts.ts";
import { plainFinding } from "../test/rules/any-facts.ts";
import { PACKS } from "../test/rules/load-packs.ts";
import { markOf } from "../test/rules/record-packs.ts";
import { factsOf } from "../test/rules/some-facts.ts";
import { serveHeed } from "../test/support/served-heed.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

export const title = "Verdicts";

const TURNS = 5;
const BATCH = 5000;
/**
 * 200,000 verdicts a second in process, and a batch over HTTP within four times of that, are wanted
 * of a core on which the snippet gives 1.6 million answers: 0.125 and 0.031 of it. The first is
 * promised a little below, so that only a real loss of speed fails a run on a busy machine.
 */
const LEAST_OF_BASELINE = 0.1;
const LEAST_OVER_HTTP = 0.031;

const NUMBERS = [
  ...["+12125550101", "+13055550601", "+12145550115", "+14165550123", "+33612345612"],
  ...["+4915123456789", "+447700900123", "+34612345601", "+393331234567", "+59171234501"],
  ...["+8801812345621", "+50370123456", "+919876543210", "+61491570156", "+5511987654321"],
  ...["+525512345678", "+254712123401", "+6591234567", "+573001234567", "+351912345678"],
] as const;
const LISTS = ["us-national-dnc", "fr-bloctel", "gb-tps", "es-robinson", "it-rpo"];
const DAY_MS = 86_400_000;
const FROM = Date.parse("2026-06-08T00:00:00Z");

/** By day and by night, on weekdays and Sundays, with consent and without. */
function mixedFacts(): readonly Facts[] {
  const facts: Facts[] = [];
  for (const [index, to] of NUMBERS.entries()) {
    for (const channel of ["sms", "voice"] as const) {
      for (let hour = 1; hour < 24; hour += 2) {
        const at = FROM + ((index + hour) % 7) * DAY_MS + hour * 3_600_000;
        const consent = markOf("opt-in", { effectiveAt: at - DAY_MS, level: "written" });
        const standing = (index + hour) % 2 === 0 ? [consent] : [];
        const lists = LISTS.map((list) => plainFinding(list, at - DAY_MS));
        facts.push({ ...factsOf({ to, channel }), at, standing, lists });
      }
    }
  }
  return facts;
}

/** How often `work` can be done in a second of processor time. */
function rateOf(count: number, work: (at: number) => void): number {
  const before = process.cpuUsage();
  for (let at = 0; at < count; at += 1) work(at);
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

/** The snippet: open from 8 to 21 where the number is, and not on the list. */
function snippet(): (facts: Facts) => boolean {
  const optedOut = new Set<string>(["+12125550199"]);
  const formats = new Map<string, Intl.DateTimeFormat>();
  return ({ address, at, place }) => {
    const zone = place.zones[0] ?? "UTC";
    let format = formats.get(zone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat("en-GB", { hour: "numeric", timeZone: zone });
      formats.set(zone, format);
    }
    const hour = Number(format.format(at));
    return hour >= 8 && hour < 21 && !optedOut.has(address);
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function measureInProcess(count: number): { verdicts: number; baseline: number; ratio: number } {
  const facts = mixedFacts();
  const answers = new Set(facts.map((each) => decide(each, PACKS).answer));
  assert.ok(answers.size >= 3, "the cases are not mixed");
  const maySend = snippet();
  const verdict = (at: number) => void decide(facts[at % facts.length]!, PACKS);
  const asked = (at: number) => void maySend(facts[at % facts.length]!);
  rateOf(count, verdict);
  rateOf(count, asked);
  const turns = Array.from({ length: TURNS }, () => {
    const verdicts = rateOf(count, verdict);
    const baseline = rateOf(count, asked);
    return { verdicts, baseline, ratio: verdicts / baseline };
  });
  return {
    verdicts: median(turns.map(({ verdicts }) => verdicts)),
    baseline: median(turns.map(({ baseline }) => baseline)),
    ratio: median(turns.map(({ ratio }) => ratio)),
  };
}

/** So that the server's core does not stand still while the client reads an answer. */
const AT_ONCE = 3;
/** Turns before the first that counts: the server has not run any of its code yet. */
const WARM_UP = 5;

/** Verdicts a second of the fastest batch, by the clock on the wall, and how far that is off. */
async function measureHttp(
  batches: number,
): Promise<{ http: number; same: number; times: number }> {
  const closing: (() => void)[] = [];
  try {
    const heed = await serveHeed({ after: (close) => void closing.push(close as () => void) });
    const facts = mixedFacts();
    const questions = Array.from({ length: BATCH }, (_, at) => {
      const { address, send, at: instant } = facts[at % facts.length]!;
      return { to: address, channel: send.channel, at: new Date(instant).toISOString() };
    });
    const bare = questions.map(({ to, channel, at }) => {
      const place = placeOf(to as AddressKey);
      return { ...factsOf({ to, channel, at }), place };
    });
    const body = JSON.stringify({ defaults: { sender: "acme", class: "marketing" }, questions });
    const headers = { authorization: `Bearer ${heed.key}`, "content-type": "application/json" };
    const askBatch = async () => {
      const given = await fetch(`${heed.url}/v1/check/batch`, { method: "POST", headers, body });
      const bytes = await given.arrayBuffer();
      assert.equal(given.status, 200, Buffer.from(bytes).toString().slice(0, 300));
    };
    /** Milliseconds for a batch while the server always has another one to go on with. */
    const overHttp = async () => {
      const started = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, askBatch));
      return (performance.now() - started) / AT_ONCE;
    };
    const mixed = questions.map((_, at) => facts[at % facts.length]!);
    const inProcess = (those: readonly Facts[]) => {
      const started = performance.now();
      for (const each of those) decide(each, PACKS);
      return performance.now() - started;
    };
    for (let turn = 0; turn < WARM_UP; turn += 1) {
      await overHttp();
      inProcess(mixed);
      inProcess(bare);
    }
    let httpMs = Number.POSITIVE_INFINITY;
    let ownMs = Number.POSITIVE_INFINITY;
    let sameMs = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < batches; turn += 1) {
      httpMs = Math.min(httpMs, await overHttp());
      ownMs = Math.min(ownMs, inProcess(mixed));
      sameMs = Math.min(sameMs, inProcess(bare));
    }
    const rate = (ms: number) => (BATCH / ms) * 1000;
    return { http: rate(httpMs), same: rate(sameMs), times: httpMs / ownMs };
  } finally {
    for (const close of closing.reverse()) close();
  }
}

export async function run({ full }: BenchOptions): Promise<BenchResult> {
  const inProcess = measureInProcess(full ? 300_000 : 60_000);
  const { http, same, times } = await measureHttp(full ? 40 : 12);
  return {
    rows: [
      { label: "in process, one core", value: inProcess.verdicts, unit: "verdicts/s" },
      { label: "quiet-hours snippet (baseline)", value: inProcess.baseline, unit: "answers/s" },
      { label: "POST /v1/check/batch, fastest", value: http, unit: "verdicts/s" },
      { label: "the same questions in process, fastest", value: same, unit: "verdicts/s" },
    ],
    ratios: [
      {
        label: "verdicts : quiet-hours snippet",
        value: inProcess.ratio,
        atLeast: LEAST_OF_BASELINE,
      },
      {
        label: "verdicts over HTTP : quiet-hours snippet",
        value: http / inProcess.baseline,
        atLeast: LEAST_OVER_HTTP,
      },
      { label: "time of a verdict, over HTTP : in process", value: times },
    ],
  };
}
