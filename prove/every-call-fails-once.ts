// Proof: whatever write or sync fails, nothing is answered that is not there later. Each call of one
// life of the real server fails once, in a run of its own: with EIO, with ENOSPC, cut short, and by
// kill -9. Then the process must have ended by itself within a second, saying why, and the next
// start must find everything that was answered with success.
// LIMIT: the files of the keys are written before anything is answered; their syncs fail here,
// their writes do not.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startHeed } from "../src/runtime/start.ts";
import { type Dice, diceOf, newSeed, roll } from "./dice.ts";
import { countCalls, type Life, liveOnce, type Target } from "./every-call/scenario.ts";
import { type Control, type ProofOptions, type ProofResult, skippedProof } from "./proof.ts";
import { warmUp } from "./traced-server.ts";
import { whyNoStrace } from "./tracing/strace.ts";
import type { End } from "./tracing/trace.ts";
import { withFolder } from "./workshop.ts";

export const name = "every-call-fails-once";
export const promise = "no failed write or sync lets a success be answered that is not there later";

const SWALLOW = fileURLToPath(new URL("./every-call/swallow-errors.ts", import.meta.url));
const USUAL_CALLS = 200;
const SMALL_CALLS = 10;
const LANES = 2;
const CONTROL_RUNS = 12;
const KINDS = ["EIO", "ENOSPC", "short write", "kill -9"] as const;
type Kind = (typeof KINDS)[number];

/** The promise, and what a machine busy with a whole test run is allowed. */
const END_WITHIN_MS = 1000;
const END_WITHIN_WHEN_BUSY_MS = 10_000;

interface Plan {
  readonly work: string;
  readonly compiled: string;
  readonly endWithinMs: number;
}

interface Outcome {
  readonly faults: readonly string[];
  readonly answered: number;
  /** Whether the fault came to pass. */
  readonly isHit: boolean;
  /** From the failed call to the end of the process. */
  readonly endedAfterMs: number | null;
}

/** `rounds`: calls that fail, each in four ways. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const why = whyNoStrace();
  if (why !== null) return skippedProof(why, seed);
  const calls = options.rounds ?? (options.ci ? SMALL_CALLS : USUAL_CALLS);
  const endWithinMs = options.ci ? END_WITHIN_WHEN_BUSY_MS : END_WITHIN_MS;
  return await withFolder(async (work) => {
    const plan = { work, compiled: join(work, "compiled"), endWithinMs };
    warmUp(plan.compiled);
    return await prove(plan, calls, seed);
  });
}

async function prove(plan: Plan, calls: number, seed: number): Promise<ProofResult> {
  const dice = diceOf(seed);
  const { work, compiled } = plan;
  mkdirSync(join(work, "count"));
  const output = join(work, "count.trace");
  const every = await countCalls({ dataFolder: join(work, "count", "heed"), compiled, output });
  const chosen = choose(every, calls, dice);
  const runs = chosen.flatMap((target) =>
    KINDS.filter((kind) => kind !== "short write" || target.name === "pwrite64").map((kind) => ({
      target,
      kind,
    })),
  );
  const outcomes = await inLanes(runs, ({ target, kind }, n) => failOnce(plan, target, kind, n));
  const hits = outcomes.filter(({ isHit }) => isHit);
  const slowest = Math.max(0, ...outcomes.map(({ endedAfterMs }) => endedAfterMs ?? 0));
  const broken = outcomes.flatMap(({ faults }) => faults);
  if (hits.length < runs.length * 0.9) broken.push(`${hits.length} of ${runs.length} faults hit`);
  return {
    ...{ skipped: null, seed, broken },
    lines: [
      `the scenario makes ${every.length} writes and syncs; ${chosen.length} of them failed`,
      `${runs.length} runs, ${hits.length} faults came to pass: ${count(runs.map((one) => one.kind))}`,
      `${outcomes.reduce((sum, one) => sum + one.answered, 0)} successes answered and looked up`,
      `the process had ended at most ${slowest.toFixed(0)} ms after a failed call`,
    ],
    controls: [await control(plan, every, dice)],
  };
}

/** Syncs are few and matter most, so half of the chosen are syncs; the rest come from all over. */
function choose(every: readonly Target[], count: number, dice: Dice): Target[] {
  const chosen = new Set<Target>();
  const takeFrom = (targets: readonly Target[], most: number) => {
    const left = targets.filter((target) => !chosen.has(target));
    for (let n = 0; n < most && left.length > 0; n++) {
      const [taken] = left.splice(roll(dice, 0, left.length - 1), 1);
      if (taken !== undefined) chosen.add(taken);
    }
  };
  const checkpoint = every.filter(({ file, isAfterStart }) => file === "heed.db" && isAfterStart);
  takeFrom(
    checkpoint.filter(({ isSync }) => isSync),
    Math.ceil(count / 10),
  );
  takeFrom(
    every.filter(({ isSync }) => isSync),
    Math.floor(count * 0.4),
  );
  takeFrom(checkpoint, Math.floor(count / 10));
  takeFrom(every, count - chosen.size);
  return [...chosen];
}

async function failOnce(
  plan: Plan,
  target: Target,
  kind: Kind,
  n: number,
  preload?: string,
): Promise<Outcome> {
  const base = join(plan.work, `run-${n}`);
  mkdirSync(base);
  const dataFolder = join(base, "heed");
  const life = await liveOnce({
    dataFolder,
    preload,
    compiled: plan.compiled,
    output: join(base, "trace"),
    onDatabase: target.onDatabase,
    ...faultOf(target, kind),
  });
  const what = `${kind} at ${target.name} ${target.nth} (${target.file})`;
  const faults = [...endFaults(life, plan), ...(await startFaults(dataFolder, life))];
  rmSync(base, { recursive: true, force: true });
  const { failedAt, endedAt } = whenFailed(life);
  return {
    faults: faults.map((fault) => `${what}: ${fault}`),
    answered: life.server.answered.length,
    isHit: failedAt !== null || (!life.hung && life.trace.ends.some(isKill)),
    endedAfterMs: failedAt === null || endedAt === null ? null : (endedAt - failedAt) * 1000,
  };
}

function faultOf({ name, nth, cutAt }: Target, kind: Kind): { inject?: string; limit?: number } {
  switch (kind) {
    case "kill -9":
      return { inject: `${name}:signal=KILL:when=${nth}` };
    case "short write":
      // A limit on the size of files cuts the write as a full disk does; where the file does not
      // grow, the kernel says that it wrote nothing.
      return cutAt === null ? { inject: `${name}:retval=0:when=${nth}` } : { limit: cutAt };
    default:
      return { inject: `${name}:error=${kind}:when=${nth}` };
  }
}

/** Seconds, of the first call that failed and of the end. */
function whenFailed({ trace }: Life): { failedAt: number | null; endedAt: number | null } {
  const failed = trace.calls.find(
    ({ remark, result, name }) =>
      remark.includes("INJECTED") || (name === "pwrite64" && result === -1),
  );
  const ends = trace.ends.map(({ at }) => at);
  return { failedAt: failed?.at ?? null, endedAt: ends.length === 0 ? null : Math.max(...ends) };
}

function isKill({ how }: End): boolean {
  return how.includes("SIGKILL");
}

/** Fail-stop: it ended by itself, soon, with a line that says why. */
function endFaults(life: Life, { endWithinMs }: Plan): string[] {
  const { failedAt, endedAt } = whenFailed(life);
  const { printed, process: child } = life.server;
  if (life.hung) return ["the process did not end"];
  if (failedAt === null || endedAt === null) return [];
  const faults: string[] = [];
  const afterMs = (endedAt - failedAt) * 1000;
  if (afterMs > endWithinMs) faults.push(`the process went on for ${afterMs.toFixed(0)} ms`);
  if (child.exitCode === 0) faults.push("the process ended as if nothing had failed");
  else if (!/disk|room|space/iu.test(printed) || /^\s+at /mu.test(printed)) {
    faults.push(`the process did not say clearly why it ended: ${printed.slice(-600)}`);
  }
  return faults;
}

/** The next start, on a disk that works again, finds everything that was answered. */
async function startFaults(dataFolder: string, { server }: Life): Promise<string[]> {
  try {
    const heed = await startHeed(
      {
        ...{
          dataFolder,
          anchorFile: `${dataFolder}.anchor`,
          databaseUrl: null,
          host: "127.0.0.1",
          port: 0,
          defaultRegion: null,
        },
        ...{ publicUrl: "http://127.0.0.1", logLevel: "silent", mode: "production" },
      },
      {
        env: {},
        log: { debug() {}, info() {}, warn() {}, error() {} },
        onBroken: (error) => {
          throw error;
        },
      },
    );
    try {
      const { lock } = heed.deps.guard;
      const entries = await heed.deps.store.read(0, 10_000);
      const found = new Map(
        entries.map(({ position, leafHash, act }) => [position, { leafHash, act }]),
      );
      const missing = server.answered.filter(({ position, leafHash, address }) => {
        const entry = found.get(position);
        return entry?.leafHash !== leafHash || entry.act?.address !== address;
      });
      return [
        ...missing.map(
          ({ position }) => `entry ${position} was answered with success and is not there`,
        ),
        ...(lock === null ? [] : [`the next start is locked: ${lock.text}`]),
      ];
    } finally {
      await heed.stop();
    }
  } catch (error) {
    return [`the next start failed: ${(error as Error).message}`];
  }
}

/**
 * Which write the n-th sync of a life belongs to is not the same in every life, and only some of them
 * are opt-outs: it goes on until one was lost, over commits from the middle of the opt-outs.
 */
async function control(plan: Plan, every: readonly Target[], dice: Dice): Promise<Control> {
  const commits = every.filter(
    ({ isSync, isAfterStart, file }) => isSync && isAfterStart && file.endsWith("-wal"),
  );
  const middle = commits.slice(Math.floor(commits.length / 4), Math.ceil(commits.length * 0.75));
  let missing = 0;
  for (let n = 0; n < CONTROL_RUNS && missing === 0; n++) {
    const target = middle[roll(dice, 0, middle.length - 1)];
    if (target === undefined) break;
    const kind = dice() < 0.5 ? "EIO" : "ENOSPC";
    const { faults } = await failOnce(plan, target, kind, 1_000_000 + n, SWALLOW);
    missing += faults.filter((fault) => fault.includes("is not there")).length;
  }
  return {
    name: "a server that takes a failed commit for a good one",
    caught: missing > 0,
    found: `${missing} successes answered that were not there later`,
  };
}

async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item, n: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n] as Item, n);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

function count(words: readonly string[]): string {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts].map(([word, all]) => `${all.length} ${word}`).join(", ");
}
