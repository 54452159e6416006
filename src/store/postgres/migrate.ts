/**
 * Brings the tables up to this version when a server starts. Several servers may start at once:
 * the lock on `schema_version` lets one do the work and the others find it done.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import type { MessageKeying } from "../message-keying.ts";
import { UnsafeStore } from "../store.ts";
import { codeOf } from "./failures.ts";
import { MIGRATIONS } from "./migrations.ts";
import { inTransaction } from "./transaction.ts";

/** Two that create the same schema or table at once: one gets such an error, and looks again. */
const RACES: readonly string[] = ["23505", "42P06", "42P07", "40001", "40P01", "XX000"];
const TRIES = 20;

/** Rejects with `UnsafeStore` when a newer version wrote the database. */
export async function migrate(
  pool: Pool,
  timeoutMs: number,
  keying: MessageKeying | null,
): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      return await inTransaction(pool, timeoutMs, (client) => applyMissing(client, keying));
    } catch (error) {
      if (left === 0 || !RACES.includes(codeOf(error))) throw error;
      await sleep(50);
    }
  }
}

async function applyMissing(client: PoolClient, keying: MessageKeying | null): Promise<void> {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const found = await client.query("SELECT to_regclass('heed.schema_version') IS NOT NULL AS is");
  // Only who has work to do needs the right to create things, and the lock.
  if (found.rows[0].is && (await currentVersion(client, newest)) === newest) return;
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS heed;
    CREATE TABLE IF NOT EXISTS heed.schema_version (version int PRIMARY KEY);
    LOCK TABLE heed.schema_version IN ACCESS EXCLUSIVE MODE`);
  const current = await currentVersion(client, newest);
  for (const migration of MIGRATIONS.filter(({ version }) => version > current)) {
    for (const step of migration.steps) {
      if (typeof step === "string") await client.query(step);
      else await step(client, keying);
    }
    await client.query("INSERT INTO heed.schema_version VALUES ($1)", [migration.version]);
  }
}

async function currentVersion(client: PoolClient, newest: number): Promise<number> {
  const { rows } = await client.query(
    "SELECT coalesce(max(version), 0) AS version FROM heed.schema_version",
  );
  const current: number = rows[0].version;
  if (current <= newest) return current;
  throw new UnsafeStore(
    `The database was written by a newer Heed (schema ${current}; this one knows schema ` +
      `${newest}). Start that version or a later one.`,
  );
}
