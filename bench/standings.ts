// What the standings in memory cost and how fast they answer, against a plain Map of arrays.
// LIMIT: the rebuild it compares a snapshot with has its entries in memory already; one from a
// database also has to read and parse them, so the true ratio is better than the one printed.
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { Entry } from "../src/domain/entry.ts";
import { plainStopScopes } from "../src/domain/scope.ts";
import type { AddressKey } from "../src/domain/words.ts";
import { readSnapshot, writeSnapshot } from "../src/sets/snapshot.ts";
import { Standings } from "../src/sets/standings.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

export const title = "Standings in memory";

const MILLION = 1_000_000;
const STARTED_AT = Date.UTC(2026, 0, 1);
/** What the design allows for five million opted-out addresses. */
const MAX_BYTES_PER_ADDRESS = 400 / 5;

const tokenOf = (address: AddressKey) => createHash("sha256").update(address).digest("hex");
const tokensOf = (address: AddressKey) => [tokenOf(address)];
/** Spread over the numbering plan, and always a new string, as it comes out of a request. */
const phone = (at: number) => `+1${2_000_000_000 + at * 13}` as AddressKey;
const nobody = (at: number) => `+1${2_000_000_001 + at * 13}` as AddressKey;
const TOKEN = tokenOf(phone(0));

function stopOf(at: number): Entry {
  const when = STARTED_AT + at;
  return {
    position: at + 1,
    recordedAt: when,
    leafHash: "",
    token: TOKEN,
    act: {
      kind: "opt-out",
      address: phone(at),
      scopes: plainStopScopes("acme", "sms"),
      by: "person",
      via: "sms",
      source: "bench",
      claimedAt: when,
      receivedAt: when,
      messageId: `m${at}`,
    },
  };
}

function rebuild(count: number): Standings {
  const standings = new Standings(tokensOf);
  for (let at = 0; at < count; at++) standings.apply(stopOf(at));
  return standings;
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - startedAt) / 1000 };
}

/** Half of the questions are about an address on record, half about nobody. */
function askAll(count: number, ask: (address: AddressKey) => number): number {
  let known = 0;
  for (let at = 0; at < count; at += 2) {
    const other = (at * 7919) % count;
    known += ask(phone(other)) + ask(nobody(other));
  }
  return known;
}

async function compareLookups(standings: Standings, count: number) {
  const plain = new Map<string, object[]>();
  for (let at = 0; at < count; at++) {
    const { act, position } = stopOf(at);
    plain.set(phone(at), [{ kind: "opt-out", scopes: act!.scopes, effectiveAt: at, position }]);
  }
  const ours = (address: AddressKey) => (standings.standing(address).length > 0 ? 1 : 0);
  const theirs = (address: AddressKey) => ((plain.get(address) ?? []).length > 0 ? 1 : 0);
  // One round each before the clock runs, so that both are compiled.
  askAll(count / 10, ours);
  askAll(count / 10, theirs);
  const compact = await timed(() => askAll(count, ours));
  const map = await timed(() => askAll(count, theirs));
  assert.equal(compact.result, map.result);
  return { compact: count / compact.seconds, map: count / map.seconds };
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const count = options.full ? 5 * MILLION : MILLION;
  const size = `${count / MILLION} M plain STOPs`;
  const built = await timed(() => rebuild(count));
  const standings = built.result;
  const bytes = standings.bytes();

  const chunks: Uint8Array[] = [];
  const written = await timed(() => writeSnapshot(standings, (chunk) => void chunks.push(chunk)));
  const loaded = await timed(() => readSnapshot(chunks, tokensOf));
  assert.equal(loaded.result.size, count);
  chunks.length = 0;
  // A Map of five million arrays mostly tests the garbage collector, so it holds one million. With
  // `full` that is in its favour: the standings then hold five times as many.
  const lookups = await compareLookups(standings, MILLION);

  return {
    rows: [
      { label: `${size}: memory per address`, value: bytes / count, unit: "bytes/address" },
      { label: `${size}: memory`, value: bytes / 1e6, unit: "MB" },
      { label: `${size}: rebuilt from entries`, value: built.seconds, unit: "s" },
      { label: `${size}: snapshot written`, value: written.seconds, unit: "s" },
      { label: `${size}: snapshot loaded`, value: loaded.seconds, unit: "s" },
      { label: "standings", value: lookups.compact, unit: "look-ups/s" },
      { label: "Map of arrays (baseline)", value: lookups.map, unit: "look-ups/s" },
    ],
    ratios: [
      {
        label: "bytes per address, of what 5 M in 400 MB allow",
        value: bytes / count / MAX_BYTES_PER_ADDRESS,
        atMost: 1,
      },
      { label: "look-ups, standings : Map of arrays", value: lookups.compact / lookups.map },
      { label: "start, rebuild : snapshot", value: built.seconds / loaded.seconds, atLeast: 1 },
    ],
  };
}

if (import.meta.main) {
  const { rows, ratios } = await run({ full: process.argv.includes("--full") });
  for (const { label, value, unit } of rows) console.log(`${label}: ${rounded(value)} ${unit}`);
  for (const { label, value } of ratios) console.log(`${label}: ${rounded(value)}`);
}

function rounded(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 1000 ? 2 : 0 });
}
