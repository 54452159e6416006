// Kills a whole PostgreSQL with its children while servers write to it, and those servers as well.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import type { Store } from "../../src/store/store.ts";
import { Child } from "../../test/store/child-process.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { Dice } from "../dice.ts";
import { Reckoning } from "./reckoning.ts";

export interface PostgresKills {
  readonly servers: number;
  readonly databases: number;
  /** Acknowledged appends, all of which are there once. */
  readonly acks: number;
}

/** PostgreSQL dies in every `every`-th round, two servers in each. */
export async function killPostgres(
  rounds: number,
  every: number,
  dice: Dice,
): Promise<PostgresKills> {
  const postgres = await startPostgres();
  const reckoning = new Reckoning();
  const kills = { servers: 0, databases: 0 };
  let store: Store | null = null;
  try {
    const url = await postgres.createDatabase();
    for (let round = 0; round < rounds; round++) {
      const children = await startWriters(url, round, reckoning);
      await sleep(dice() * 60);
      if (round % every === every - 1) {
        // Those who write live on through the database's death, and then die themselves.
        await postgres.kill();
        await postgres.restart();
        await sleep(dice() * 200);
        kills.databases += 1;
      }
      for (const child of children) {
        assert.ok(!child.hasEnded, "a server ended when its database did");
        await child.kill();
        await sleep(dice() * 20);
        kills.servers += 1;
      }
      const known = new Map(reckoning.promised);
      for (const child of children) {
        assert.deepEqual(child.linesOf("refused"), []);
        assert.deepEqual(child.linesOf("failed"), []);
        reckoning.hear(child.lines, known);
      }
      // Kept open over all the kills of the database: it has to find its way back.
      store ??= await openPostgresStore({ url });
      await reckoning.catchUp(store);
    }
  } finally {
    await store?.close();
    await postgres.stop();
  }
  return { ...kills, acks: reckoning.promised.size };
}

async function startWriters(url: string, round: number, reckoning: Reckoning): Promise<Child[]> {
  const children = ["a", "b"].map((name) =>
    Child.append({
      kind: "postgres",
      target: url,
      name: `${round}${name}`,
      writers: 6,
      listAfter: null,
      retry: reckoning.keysToRetry(),
    }),
  );
  await Promise.all(children.map((child) => child.said("writing")));
  return children;
}
