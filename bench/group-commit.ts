// Group commit: durable appends per second from 64 writers at a time against one at a time, taken
// in turn in one run on the same database. The promise is the ratio, on SQLite.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPostgresStore } from "../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../src/store/store.ts";
import { requestOf } from "../test/store/drafts.ts";
import { hasPostgres, startPostgres } from "../test/support/postgres.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

export const title = "Group commit: 64 writers against one at a time";

const WRITERS = 64;
const PROMISED_RATIO = 5;

/** Appends per second of `writers` that each send one append after the other for a while. */
async function measure(store: Store, writers: number, name: string, ms: number): Promise<number> {
  let appends = 0;
  const startedAt = performance.now();
  const write = async (writer: number) => {
    for (let n = 0; performance.now() - startedAt < ms; n++) {
      await store.append(requestOf(`${name}-${writer}-${n}`));
      appends += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return (appends * 1000) / (performance.now() - startedAt);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function compare(name: string, store: Store, { full }: BenchOptions): Promise<BenchResult> {
  const [turns, ms] = full ? [9, 2000] : [5, 300];
  const one: number[] = [];
  const many: number[] = [];
  await measure(store, WRITERS, "warm-up", ms);
  for (let turn = 0; turn < turns; turn++) {
    one.push(await measure(store, 1, `one-${turn}`, ms));
    many.push(await measure(store, WRITERS, `many-${turn}`, ms));
  }
  return {
    rows: [
      { label: `${name}, one writer`, value: median(one), unit: "appends/s" },
      { label: `${name}, ${WRITERS} writers`, value: median(many), unit: "appends/s" },
    ],
    ratios: [{ label: `${name}, ${WRITERS} writers / one`, value: median(many) / median(one) }],
  };
}

async function onSqlite(options: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const store = await openSqliteStore({ file: join(folder, "heed.db") });
  try {
    const { rows, ratios } = await compare("SQLite", store, options);
    return { rows, ratios: ratios.map((ratio) => ({ ...ratio, atLeast: PROMISED_RATIO })) };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function onPostgres(options: BenchOptions): Promise<BenchResult> {
  if ((await hasPostgres()) === null) return { rows: [], ratios: [] };
  const server = await startPostgres();
  try {
    const store = await openPostgresStore({ url: await server.createDatabase() });
    return await compare("PostgreSQL", store, options).finally(() => store.close());
  } finally {
    await server.stop();
  }
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const results = [await onSqlite(options), await onPostgres(options)];
  return {
    rows: results.flatMap(({ rows }) => rows),
    ratios: results.flatMap(({ ratios }) => ratios),
  };
}

if (import.meta.main) {
  const { rows, ratios } = await run({ full: process.argv.includes("--full") });
  for (const { label, value, unit } of rows) console.log(`${label}: ${Math.round(value)} ${unit}`);
  for (const { label, value } of ratios) console.log(`${label}: ${value.toFixed(1)}`);
}
