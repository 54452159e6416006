// Crashes: processes that write under load are killed with SIGKILL at random moments, and so is the
// whole of PostgreSQL. Nothing that was acknowledged may be missing, nothing may be there twice.
// HEED_KILL_ROUNDS sets the number of rounds; HEED_KILL_SEED repeats the moments of an earlier run.
// LIMIT: a kill keeps what the kernel holds; a power cut does not, and is not made here.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Entry } from "../../src/domain/entry.ts";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { Child, killChildren } from "./child-process.ts";

const SEED = Number(process.env.HEED_KILL_SEED ?? randomInt(2 ** 31));
const LANES = 3;
const folder = temporaryFolder({ after });

function rounds(usual: number): number {
  return Number(process.env.HEED_KILL_ROUNDS ?? usual);
}

/** mulberry32: small, seeded, and good enough to choose moments. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What was promised, and what was found. */
class Record {
  /** Position of every entry found, by message id. */
  readonly found = new Map<string, number>();
  /** First position of every key that was acknowledged. */
  readonly promised = new Map<string, number>();
  unchecked: string[] = [];
  head = 0;

  entry(position: number, messageId: string): void {
    assert.equal(position, this.head + 1, "positions have no gap");
    assert.ok(!this.found.has(messageId), `${messageId} is there twice`);
    this.found.set(messageId, position);
    this.head = position;
  }

  hear(lines: readonly string[][], known = new Map(this.promised)): void {
    for (const [word, key = "", position, status] of lines) {
      if (word === "entry") this.entry(Number(key), position ?? "");
      assert.notEqual(word, "conflict", `${key} is a conflict`);
      if (word === "retried" && known.has(key)) {
        assert.equal(status, "replayed", `${key} was acknowledged before`);
        assert.equal(Number(position), known.get(key));
      }
      if (word === "ack" || word === "retried") {
        this.promised.set(key, Number(position));
        this.unchecked.push(key);
      }
    }
  }

  /** Called when everything that is there has been found. */
  check(): void {
    for (const key of this.unchecked) {
      const position = this.promised.get(key)!;
      assert.equal(this.found.get(`${key}/0`), position, `${key} was acknowledged and is missing`);
      if (key.endsWith("2")) assert.equal(this.found.get(`${key}/1`), position + 1);
    }
    this.unchecked = [];
  }

  /** Keys to send again: some that were acknowledged, and some that may never have arrived. */
  keysToRetry(): string[] {
    const last = [...this.promised.keys()].slice(-3);
    const next = last.map((key) => key.replace(/\d+$/u, (n) => String(Number(n) + 1)));
    return [...last, ...next];
  }
}

async function sqliteLane(file: string, lane: number, count: number): Promise<Record> {
  const record = new Record();
  const roll = dice(SEED + lane);
  for (let round = 0; round <= count; round++) {
    const child = Child.append({
      kind: "sqlite",
      target: file,
      name: `${lane}-${round}`,
      writers: 8,
      listAfter: record.head,
      retry: record.keysToRetry(),
    });
    // Some are killed while they open the file; the last one finds what the others left.
    const isEarly = roll() < 0.1 && round < count;
    if (!isEarly) await child.said("writing");
    await sleep(isEarly ? roll() * 150 : roll() * 40);
    await child.kill();
    assert.deepEqual(child.linesOf("refused"), [], "the file opens after a kill");
    assert.deepEqual(child.linesOf("failed"), []);
    const listed = child.lines.findIndex(([word]) => word === "listed");
    record.hear(child.lines.slice(0, listed + 1 || undefined));
    if (listed === -1) continue;
    record.check();
    record.hear(child.lines.slice(listed));
  }
  return record;
}

async function catchUp(store: Store, record: Record): Promise<void> {
  for (;;) {
    const entries: readonly Entry[] = await store.read(record.head, 1000);
    if (entries.length === 0) break;
    for (const { position, act } of entries) record.entry(position, act?.messageId ?? "");
  }
  record.check();
}

after(killChildren);
before(async () => {
  // Hundreds of short processes: compiled code is kept, and one that ends well puts it there.
  process.env.NODE_COMPILE_CACHE = join(folder, "compiled");
  const target = join(folder, "warm-up.db");
  const plan = { kind: "sqlite", target, name: "", writers: 0, listAfter: 0, retry: [] } as const;
  const child = Child.append(plan);
  await child.said("writing");
  child.process.stdin?.end();
  await child.ended();
});

test(`kill -9 of a server on SQLite loses and doubles nothing (seed ${SEED})`, async (t) => {
  const count = rounds(500);
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const file = join(folder, `lane-${lane}.db`);
    const record = await sqliteLane(file, lane, Math.ceil(count / LANES));
    const store = await openSqliteStore({ file });
    await catchUp(store, record);
    await store.close();
    return record;
  });
  const records = await Promise.all(lanes);
  const acts = records.reduce((sum, record) => sum + record.promised.size, 0);
  t.diagnostic(`${count} kills, ${acts} acknowledged appends, all there once`);
  assert.ok(acts > count, "the processes wrote before they were killed");
});

test("control: a writer that acknowledges before its commit is caught", async (t) => {
  const file = join(folder, "unsafe.db");
  const roll = dice(SEED);
  let lost = 0;
  for (let round = 0; round < 20; round++) {
    const child = new Child("unsafe-child.ts", [file, String(round)]);
    await child.said("ack");
    await sleep(roll() * 30);
    await child.kill();
    const database = new DatabaseSync(file);
    const rows = database.prepare("SELECT key FROM entries").all();
    database.close();
    const found = new Set(rows.map(({ key }) => key));
    lost += child.linesOf("ack").filter(([, key]) => !found.has(key!)).length;
  }
  t.diagnostic(`${lost} acknowledged and lost`);
  assert.ok(lost > 0);
});

const skip = (await hasPostgres()) === null ? "no PostgreSQL on this machine nor from npm" : false;
test(`kill -9 of servers and of all of PostgreSQL loses and doubles nothing (seed ${SEED})`, {
  skip,
}, async (t) => {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const record = new Record();
  const roll = dice(SEED);
  const count = rounds(50);
  const deaths = { servers: 0, databases: 0 };
  let store: Store | null = null;
  try {
    for (let round = 0; round < count; round++) {
      const children = ["a", "b"].map((name) =>
        Child.append({
          kind: "postgres",
          target: url,
          name: `${round}${name}`,
          writers: 6,
          listAfter: null,
          retry: record.keysToRetry(),
        }),
      );
      await Promise.all(children.map((child) => child.said("writing")));
      await sleep(roll() * 60);
      if (round % 4 === 3) {
        // Those who write live on through the database's death, and then die themselves.
        await server.kill();
        await server.restart();
        await sleep(roll() * 200);
        deaths.databases += 1;
      }
      for (const child of children) {
        await child.kill();
        await sleep(roll() * 20);
        deaths.servers += 1;
      }
      const known = new Map(record.promised);
      for (const child of children) {
        assert.deepEqual(child.linesOf("refused"), []);
        assert.deepEqual(child.linesOf("failed"), []);
        record.hear(child.lines, known);
      }
      // Kept open over all the kills of the database: it has to find its way back.
      store ??= await openPostgresStore({ url });
      await catchUp(store, record);
    }
  } finally {
    await store?.close();
    await server.stop();
  }
  t.diagnostic(
    `${deaths.servers} servers and ${deaths.databases} databases killed, ` +
      `${record.promised.size} acknowledged appends, all there once`,
  );
  assert.ok(record.promised.size > count);
});
