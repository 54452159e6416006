// What proofs cost. Appends with tree, signature, anchor and receipt against the same rows written
// bare by the same kind of writer, in turn in one run; and the receipt of any entry of a large
// ledger, made from its tiles long after it was written.
// LIMIT: `--full` fills a ledger of 10 million entries first: 10 GB on disk for some minutes.
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { verifyReceipt } from "../src/ledger/receipt.ts";
import type { AppendRequest } from "../src/store/store.ts";
import { requestOf } from "../test/store/drafts.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";
import { BareStore } from "./ledger-cost/bare-store.ts";
import { fillLedger } from "./ledger-cost/fill-ledger.ts";
import { issued, ledgerIn, openProvenStore, VKEYS } from "./ledger-cost/proven-store.ts";

export const title = "Ledger: appends with their proofs against bare rows, and proofs made later";

/** More than share a commit, so that one is always waiting: the rate is what the store can do. */
const MANY = 2048;
const PROMISED_SHARE = 0.6;
const PROMISED_MS = 5;

/** How a crowd of writers is measured. */
interface Crowd {
  readonly writers: number;
  readonly turns: number;
  /** Appends in one turn. */
  readonly count: number;
}

/** Appends one request and resolves when it may be acknowledged. */
type Append = (request: AppendRequest) => Promise<unknown>;

export async function run({ full }: BenchOptions): Promise<BenchResult> {
  const crowds: readonly Crowd[] = full
    ? [
        { writers: MANY, turns: 15, count: 40_000 },
        { writers: 64, turns: 15, count: 20_000 },
        { writers: 1, turns: 9, count: 2000 },
      ]
    : [
        { writers: MANY, turns: 7, count: 8000 },
        { writers: 64, turns: 7, count: 3000 },
        { writers: 1, turns: 5, count: 200 },
      ];
  const results = [
    ...(await inFolder((folder) => appends(folder, crowds))),
    await inFolder((folder) => lateReceipts(folder, full ? 10_000_000 : 300_000)),
  ];
  return {
    rows: results.flatMap(({ rows }) => rows),
    ratios: results.flatMap(({ ratios }) => ratios),
  };
}

async function appends(folder: string, crowds: readonly Crowd[]): Promise<BenchResult[]> {
  const bare = new BareStore(join(folder, "bare.db"));
  const proven = await openProvenStore(folder);
  try {
    const results: BenchResult[] = [];
    for (const crowd of crowds) {
      const appendBare: Append = (request) => bare.append(request);
      // An acknowledgement carries the receipt as text.
      const appendProven: Append = async (request) => JSON.stringify(await proven.append(request));
      results.push(await compare(crowd, appendBare, appendProven));
    }
    return results;
  } finally {
    await proven.close();
    await bare.close();
  }
}

async function compare(crowd: Crowd, bare: Append, proven: Append): Promise<BenchResult> {
  const rates = { bare: [] as number[], proven: [] as number[], share: [] as number[] };
  for (let turn = 0; turn <= crowd.turns; turn++) {
    const requests = Array.from({ length: crowd.count }, (_, n) =>
      requestOf(`${crowd.writers}-${turn}-${n}`),
    );
    const bareRate = await rateOf(bare, crowd.writers, requests);
    const provenRate = await rateOf(proven, crowd.writers, requests);
    // The first turn warms both up.
    if (turn === 0) continue;
    rates.bare.push(bareRate);
    rates.proven.push(provenRate);
    rates.share.push(provenRate / bareRate);
  }
  const who = crowd.writers === 1 ? "one writer" : `${crowd.writers} writers`;
  // Of the pairs of a turn, because other work on the machine comes and goes.
  const ratio = { label: `with proofs / bare, ${who}`, value: median(rates.share) };
  return {
    rows: [
      { label: `bare rows, ${who}`, value: median(rates.bare), unit: "appends/s" },
      {
        label: `with tree, signature and receipt, ${who}`,
        value: median(rates.proven),
        unit: "appends/s",
      },
    ],
    ratios: [crowd.writers === MANY ? { ...ratio, atLeast: PROMISED_SHARE } : ratio],
  };
}

/** Appends per second of writers that each send one append after the other. */
async function rateOf(
  append: Append,
  writers: number,
  requests: readonly AppendRequest[],
): Promise<number> {
  globalThis.gc?.();
  const waiting = requests.values();
  const startedAt = performance.now();
  const write = async () => {
    for (const request of waiting) await append(request);
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (requests.length * 1000) / (performance.now() - startedAt);
}

async function lateReceipts(folder: string, entries: number): Promise<BenchResult> {
  const file = ledgerIn(folder);
  await mkdir(dirname(file));
  fillLedger(file, entries);
  const { size } = await stat(file);
  const { notary, close } = await openProvenStore(folder);
  const times: number[] = [];
  try {
    for (let n = 0; n < 2200; n++) {
      const position = 1 + Math.floor(Math.random() * entries);
      const startedAt = performance.now();
      const receipt = issued(await notary.receipt(position));
      // The first ones compile code and are not counted.
      if (n >= 200) times.push(performance.now() - startedAt);
      const verified = verifyReceipt(receipt, VKEYS);
      if ("problem" in verified) throw new Error(`a receipt does not hold: ${verified.problem}`);
    }
  } finally {
    await close();
  }
  const millions = `${entries / 1e6} million entries`;
  const label = `receipt of any of ${millions}`;
  return {
    rows: [
      { label: `file of ${millions}`, value: size / 2 ** 20, unit: "MiB" },
      { label: `${label}, median`, value: median(times), unit: "ms" },
      { label: `${label}, 99th percentile`, value: quantile(times, 0.99), unit: "ms" },
    ],
    ratios: [
      {
        label: `${label}, median / ${PROMISED_MS} ms`,
        value: median(times) / PROMISED_MS,
        atMost: 1,
      },
    ],
  };
}

async function inFolder<Outcome>(work: (folder: string) => Promise<Outcome>): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}
