// Proof: nobody who said stop is written to again because an older copy of the ledger came back. Copies
// are taken of a real server under load, in every way that people take them; more people opt out; an
// older copy is put back. The next start has to be locked within seconds: everybody denied, opt-outs
// still taken. Then one of the ways out is gone, and everybody has to be right again.
// LIMIT: who rolls the anchor back together with the ledger is not noticed by this machine alone.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { hasPostgres, type PostgresServer, startPostgres } from "../test/support/postgres.ts";
import { type Dice, diceOf, newSeed, roll } from "./dice.ts";
import type { Control, ProofOptions, ProofResult } from "./proof.ts";
import { Database, postgresWays } from "./rollback/postgres-ways.ts";
import { type RoundOutcome, runRound } from "./rollback/round.ts";
import { copyFolder, Site } from "./rollback/site.ts";
import { SQLITE_WAYS, type Way } from "./rollback/ways.ts";
import { personAt, warmUp } from "./traced-server.ts";
import { withFolder } from "./workshop.ts";

export const name = "rollback";
export const promise =
  "an older copy of the ledger allows nobody who was denied, and locks the server";

const USUAL_ROUNDS = 100;
const SMALL_ROUNDS = 3;
/** Of the rounds, the share on PostgreSQL. */
const POSTGRES_EVERY = 3;
/** The promise, and what a machine busy with a whole test run is allowed. */
const LOCKED_WITHIN_MS = 5000;
const LOCKED_WITHIN_WHEN_BUSY_MS = 20_000;
const CONTROL_PEOPLE = 20;

/** `rounds`: rollbacks. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const rounds = options.rounds ?? (options.ci ? SMALL_ROUNDS : USUAL_ROUNDS);
  const withinMs = options.ci ? LOCKED_WITHIN_WHEN_BUSY_MS : LOCKED_WITHIN_MS;
  return await withFolder(async (work) => {
    const compiled = join(work, "compiled");
    warmUp(compiled);
    const postgres = (await hasPostgres()) === null ? null : await startPostgres();
    try {
      return await prove({ work, compiled, postgres, rounds, withinMs, seed });
    } finally {
      await postgres?.stop();
    }
  });
}

interface Plan {
  readonly work: string;
  readonly compiled: string;
  readonly postgres: PostgresServer | null;
  readonly rounds: number;
  readonly withinMs: number;
  readonly seed: number;
}

async function prove(plan: Plan): Promise<ProofResult> {
  const { postgres, rounds, seed } = plan;
  const dice = diceOf(seed);
  const onPostgres = postgres === null ? 0 : Math.floor(rounds / POSTGRES_EVERY);
  const outcomes = await roundsOnSqlite(plan, rounds - onPostgres, dice);
  if (postgres !== null)
    outcomes.push(...(await roundsOnPostgres(plan, postgres, onPostgres, dice)));
  const control = await controlWithoutAnchor(plan);
  return {
    ...{ skipped: null, seed, controls: [control] },
    broken: outcomes.flatMap(({ broken }) => broken),
    lines: [
      ...linesOf(outcomes),
      ...(postgres === null
        ? ["PostgreSQL: skipped, there is none on this machine nor from npm"]
        : []),
    ],
  };
}

async function roundsOnSqlite(plan: Plan, rounds: number, dice: Dice): Promise<RoundOutcome[]> {
  const folder = join(plan.work, "sqlite");
  const site = new Site(folder, plan.compiled);
  return await runRounds(plan, { site, folder, ways: SQLITE_WAYS }, rounds, dice);
}

async function roundsOnPostgres(
  plan: Plan,
  postgres: PostgresServer,
  rounds: number,
  dice: Dice,
): Promise<RoundOutcome[]> {
  const folder = join(plan.work, "postgres");
  const database = new Database(postgres.url, await postgres.createDatabase());
  const site = new Site(folder, plan.compiled, { DATABASE_URL: database.url });
  const ways = await postgresWays(database);
  return await runRounds(plan, { site, folder, ways }, rounds, dice);
}

async function runRounds(
  { withinMs }: Plan,
  place: { readonly site: Site; readonly folder: string; readonly ways: readonly Way[] },
  rounds: number,
  dice: Dice,
): Promise<RoundOutcome[]> {
  const { site, folder, ways } = place;
  const outcomes: RoundOutcome[] = [];
  if (rounds === 0) return outcomes;
  await begin(site);
  const first = roll(dice, 0, ways.length - 1);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const way = ways[(first + round) % ways.length]!;
      const acceptsGap = dice() < 0.5;
      const plan = { site, folder, way, acceptsGap, withinMs, dice };
      const outcome = await runRound(plan).catch((error: Error) => failedRound(way, error));
      outcomes.push(outcome);
      // Nobody knows what state it left.
      if (outcome.broken.length > 0) break;
    }
  } finally {
    await site.kill();
  }
  return outcomes;
}

function failedRound({ name: way }: Way, error: Error): RoundOutcome {
  return {
    ...{ way, broken: [`${way}: ${error.message}`], isLocked: false, isRefused: false },
    ...{ isRunning: false, lockedAfterMs: null, wayOut: "newest", checked: 0 },
  };
}

async function begin(site: Site): Promise<void> {
  await site.mustStart();
  const made = await site.server.request("/v1/senders", { id: "acme", name: "Acme" });
  if (!made.ok) throw new Error(`the sender was answered with ${made.status}`);
}

function linesOf(outcomes: readonly RoundOutcome[]): string[] {
  const byWay = Map.groupBy(outcomes, ({ way }) => way);
  const slowest = Math.max(0, ...outcomes.map(({ lockedAfterMs }) => lockedAfterMs ?? 0));
  const count = (isSo: (outcome: RoundOutcome) => boolean) => outcomes.filter(isSo).length;
  return [
    `${outcomes.length} rollbacks: ${[...byWay].map(([way, all]) => `${all.length} ${way}`).join(", ")}`,
    `${count(({ isLocked }) => isLocked)} times locked, at most ${slowest.toFixed(0)} ms after the ` +
      `process began; ${count(({ isRunning }) => isRunning)} of them were running servers; ` +
      `${count(({ isRefused }) => isRefused)} torn copies were refused`,
    `${outcomes.reduce((sum, { checked }) => sum + checked, 0)} checks of people who had opted out, ` +
      "none allowed",
    `${count(({ wayOut }) => wayOut === "newest")} times the newest state was put back, ` +
      `${count(({ wayOut }) => wayOut === "gap")} times two people accepted the gap`,
  ];
}

/** The same rollback where nothing remembers how far the ledger had come. */
async function controlWithoutAnchor({ work, compiled }: Plan): Promise<Control> {
  const folder = join(work, "control");
  const site = new Site(folder, compiled);
  const older = join(folder, "older");
  try {
    await begin(site);
    await site.crowd((told) => told >= CONTROL_PEOPLE);
    await site.stop();
    copyFolder(site.dataFolder, older);
    await site.mustStart();
    await site.crowd((told) => told >= CONTROL_PEOPLE);
    await site.stop();
    copyFolder(older, site.dataFolder);
    rmSync(`${site.dataFolder}.anchor`);
    rmSync(join(site.dataFolder, "anchored"));
    await site.mustStart();
    const allowed = await site.allowedOf(site.denied);
    return {
      name: "a ledger whose anchor was removed, with the word that it had one",
      caught: allowed.length > 0,
      found: `${allowed.length} people who had opted out were allowed, such as ${personAt(CONTROL_PEOPLE)}`,
    };
  } finally {
    await site.kill();
  }
}
