// Kills processes that write to a SQLite ledger, at random moments, and looks at what is there.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { Child } from "../../test/store/child-process.ts";
import { type Dice, diceOf } from "../dice.ts";
import type { Control } from "../proof.ts";
import { Reckoning } from "./reckoning.ts";

const LANES = 3;
const CONTROL_KILLS = 20;

/** Resolves with the number of acknowledged appends, all of which are there once. */
export async function killOnSqlite(folder: string, kills: number, seed: number): Promise<number> {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const file = join(folder, `lane-${lane}.db`);
    const reckoning = await killLane(file, lane, Math.ceil(kills / LANES), diceOf(seed + lane));
    const store = await openSqliteStore({ file });
    await reckoning.catchUp(store);
    await store.close();
    return reckoning.promised.size;
  });
  return (await Promise.all(lanes)).reduce((sum, acks) => sum + acks, 0);
}

async function killLane(file: string, lane: number, kills: number, dice: Dice): Promise<Reckoning> {
  const reckoning = new Reckoning();
  for (let round = 0; round <= kills; round++) {
    const child = Child.append({
      kind: "sqlite",
      target: file,
      name: `${lane}-${round}`,
      writers: 8,
      listAfter: reckoning.head,
      retry: reckoning.keysToRetry(),
    });
    // Some are killed while they open the file; the last one finds what the others left.
    const isEarly = dice() < 0.1 && round < kills;
    if (!isEarly) await child.said("writing");
    await sleep(isEarly ? dice() * 150 : dice() * 40);
    const { hasEnded } = child;
    await child.kill();
    assert.deepEqual(child.linesOf("refused"), [], "the file opens after a kill");
    assert.deepEqual(child.linesOf("failed"), []);
    assert.ok(!hasEnded, "a server ended by itself");
    const listed = child.lines.findIndex(([word]) => word === "listed");
    reckoning.hear(child.lines.slice(0, listed + 1 || undefined));
    if (listed === -1) continue;
    reckoning.check();
    reckoning.hear(child.lines.slice(listed));
  }
  return reckoning;
}

/** A writer that acknowledges before it commits has to lose something. */
export async function killHasty(folder: string, dice: Dice): Promise<Control> {
  const file = join(folder, "unsafe.db");
  let lost = 0;
  for (let round = 0; round < CONTROL_KILLS; round++) {
    const child = new Child("unsafe-child.ts", [file, String(round)]);
    await child.said("ack");
    await sleep(dice() * 30);
    await child.kill();
    const database = new DatabaseSync(file);
    const rows = database.prepare("SELECT key FROM entries").all();
    database.close();
    const found = new Set(rows.map(({ key }) => key));
    lost += child.linesOf("ack").filter(([, key]) => !found.has(key ?? "")).length;
  }
  return {
    name: "a writer that acknowledges before its commit",
    caught: lost > 0,
    found: `${lost} acknowledged appends lost in ${CONTROL_KILLS} kills`,
  };
}

/** Hundreds of short processes: compiled code is kept, and one that ends well puts it there. */
export async function warmUpChildren(folder: string): Promise<void> {
  process.env.NODE_COMPILE_CACHE = join(folder, "compiled");
  const target = join(folder, "warm-up.db");
  const plan = { kind: "sqlite", target, name: "", writers: 0, listAfter: 0, retry: [] } as const;
  const child = Child.append(plan);
  await child.said("writing");
  child.process.stdin?.end();
  await child.ended();
}
