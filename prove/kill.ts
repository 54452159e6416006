// Proof: crashes lose and double nothing. Processes that write under load are killed with SIGKILL at
// random moments, and so is the whole of PostgreSQL with its children; what they acknowledged has
// to be there, once, and a message sent again has to find its first answer.
// LIMIT: a kill keeps what the kernel holds; `power-cut` takes that away as well.

import { killChildren } from "../test/store/child-process.ts";
import { hasPostgres } from "../test/support/postgres.ts";
import { diceOf, newSeed } from "./dice.ts";
import { killPostgres } from "./kill/postgres-kills.ts";
import { killHasty, killOnSqlite, warmUpChildren } from "./kill/sqlite-kills.ts";
import type { Control, ProofOptions, ProofResult } from "./proof.ts";
import { withFolder } from "./workshop.ts";

export const name = "kill";
export const promise =
  "kill -9 at any moment, of servers or of the database, loses and doubles nothing";

const USUAL = { sqliteKills: 1000, postgresRounds: 200, databaseDiesEvery: 1 };
const SMALL = { sqliteKills: 500, postgresRounds: 50, databaseDiesEvery: 4 };

/** `rounds`: kills on SQLite; PostgreSQL is killed for every fifth of them. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const usual = options.ci ? SMALL : USUAL;
  const { rounds } = options;
  const sizes =
    rounds === undefined
      ? usual
      : { ...usual, sqliteKills: rounds, postgresRounds: Math.ceil(rounds / 5) };
  return await withFolder((folder) => prove(folder, sizes, seed));
}

async function prove(folder: string, sizes: typeof USUAL, seed: number): Promise<ProofResult> {
  const { sqliteKills, postgresRounds, databaseDiesEvery } = sizes;
  const lines: string[] = [];
  const broken: string[] = [];
  const controls: Control[] = [];
  const doing = async (what: string, work: () => Promise<string>) => {
    try {
      lines.push(await work());
    } catch (error) {
      broken.push(`${what}: ${(error as Error).message}`);
    } finally {
      await killChildren();
    }
  };
  await warmUpChildren(folder);
  await doing("SQLite", async () => {
    const acks = await killOnSqlite(folder, sqliteKills, seed);
    if (acks <= sqliteKills) throw new Error("the processes hardly wrote before they were killed");
    return `SQLite: ${sqliteKills} kills, ${acks} acknowledged appends, all there once`;
  });
  const dice = diceOf(seed);
  controls.push(await killHasty(folder, dice).finally(killChildren));
  if ((await hasPostgres()) === null) {
    lines.push("PostgreSQL: skipped, there is none on this machine nor from npm");
  } else {
    await doing("PostgreSQL", async () => {
      const kills = await killPostgres(postgresRounds, databaseDiesEvery, dice);
      if (kills.acks <= postgresRounds) throw new Error("the servers hardly wrote");
      return (
        `PostgreSQL: ${kills.databases} kills of all of it and ${kills.servers} of servers, ` +
        `${kills.acks} acknowledged appends, all there once`
      );
    });
  }
  return { skipped: null, seed, lines, broken, controls };
}
