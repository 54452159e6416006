// Proof: no power cut loses an acknowledged act. strace records every call by which the real server
// changes its disk, and every answer it gives; the disk is rebuilt as a power cut at each moment
// would leave it, opened with the store's own code, and compared with what had been answered.
// LIMIT: see power-cut/disk.ts for what such a disk does not do.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Dice, diceOf, newSeed } from "./dice.ts";
import { type CrashMode, Disk } from "./power-cut/disk.ts";
import { Judge } from "./power-cut/judge.ts";
import { type Recording, recordLives } from "./power-cut/record.ts";
import { Replay, type Swallowed } from "./power-cut/replay.ts";
import { type Control, type ProofOptions, type ProofResult, skippedProof } from "./proof.ts";
import { warmUp } from "./traced-server.ts";
import { whyNoStrace } from "./tracing/strace.ts";
import { withFolder } from "./workshop.ts";

export const name = "power-cut";
export const promise =
  "an acknowledged act survives a power cut at any moment, and the next start is not locked";

const LAZY = fileURLToPath(new URL("./power-cut/lazy-commits.ts", import.meta.url));
const USUAL = { points: 21_000, recordings: 2, lives: 3, acts: 220, controlPoints: 400 };
const SMALL = { points: 1500, recordings: 1, lives: 2, acts: 50, controlPoints: 60 };

/** `rounds`: crash points. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const why = whyNoStrace();
  if (why !== null) return skippedProof(why, seed);
  const sizes = options.ci ? SMALL : USUAL;
  const points = options.rounds ?? sizes.points;
  return await withFolder((work) =>
    withFolder((memory) => prove({ ...sizes, points, seed, work, memory }), true),
  );
}

interface Plan {
  readonly points: number;
  readonly recordings: number;
  readonly lives: number;
  readonly acts: number;
  readonly controlPoints: number;
  readonly seed: number;
  /** A folder on a real disk, for the server. */
  readonly work: string;
  /** A folder in memory, for what power cuts leave. */
  readonly memory: string;
}

interface Tally {
  points: number;
  failed: number;
  acks: number;
  readonly modes: Record<CrashMode, number>;
  readonly faults: string[];
}

async function prove(plan: Plan): Promise<ProofResult> {
  const dice = diceOf(plan.seed);
  warmUp(join(plan.work, "compiled"));
  const total = newTally();
  const lines: string[] = [];
  let first: Recording | null = null;
  for (let n = 0; n < plan.recordings; n++) {
    const recording = await recordOne(plan, `server-${n}`, dice);
    first ??= recording;
    const wanted = Math.ceil(plan.points / plan.recordings);
    lines.push(cutPower(recording, plan.memory, dice, wanted, {}, total));
  }
  if (first === null) throw new Error("nothing was recorded");
  const { dropped, subset, torn } = total.modes;
  lines.push(
    `${total.points} power cuts: ${dropped} with unsynced writes dropped, ` +
      `${subset} with some of them kept, ${torn} with torn sectors`,
    `${total.acks} acknowledgements looked up, at ${total.failed} power cuts something was wrong`,
  );
  return {
    ...{ skipped: null, seed: plan.seed, lines, broken: total.faults },
    controls: await controls(plan, first, dice),
  };
}

function recordOne(plan: Plan, name: string, dice: Dice, preload?: string): Promise<Recording> {
  const root = join(plan.work, name);
  const compiled = join(plan.work, "compiled");
  const { lives, acts } = plan;
  return recordLives({ root, compiled, dice, lives, acts, ...(preload ? { preload } : {}) });
}

/** Cuts the power `wanted` times over the whole recording. Says what was recorded. */
function cutPower(
  recording: Recording,
  memory: string,
  dice: Dice,
  wanted: number,
  swallowed: Swallowed,
  tally: Tally,
): string {
  const moments = countMoments(recording);
  // With unsynced writes dropped the disk is the same until the next sync: one look, just before
  // it, when most had been acknowledged. What is left to do goes to the random modes.
  const perChange = (wanted - moments.syncs) / moments.changes;
  const disk = new Disk(recording.root);
  const replay = new Replay(disk, swallowed);
  const judge = new Judge(recording, join(memory, "disk"));
  const look = (mode: CrashMode) => {
    const faults = judge.faultsOf(disk.crash(mode, dice), replay.acks);
    tally.points += 1;
    tally.modes[mode] += 1;
    tally.acks += replay.acks.length;
    if (faults.length > 0) tally.failed += 1;
    for (const fault of faults) tally.faults.push(`${mode}: ${fault}`);
  };
  let owed = 0;
  let turn = 0;
  for (const calls of recording.lives) {
    replay.restart();
    for (const call of calls) {
      if (/^f(data)?sync$/u.test(call.name)) look("dropped");
      if (replay.play(call) !== "change") continue;
      for (owed += perChange; owed >= 1; owed--) look(turn++ % 2 === 0 ? "subset" : "torn");
    }
  }
  look("dropped");
  const said = new Set(replay.acks.map(({ position }) => position));
  // INVARIANT: a client cannot have heard what the record does not hold.
  const unheard = recording.answers.filter(({ position }) => !said.has(position));
  if (unheard.length > 0) tally.faults.push(`${unheard.length} answers are not in the record`);
  if (said.size === 0) tally.faults.push("nothing was acknowledged");
  return (
    `recorded: ${recording.lives.length} lives of a server, ${moments.changes} changes of its ` +
    `disk, ${moments.syncs} syncs, ${said.size} acts acknowledged`
  );
}

function countMoments(recording: Recording): { changes: number; syncs: number } {
  const replay = new Replay(new Disk(recording.root));
  const counted = { change: 0, sync: 0, ack: 0, nothing: 0 };
  for (const calls of recording.lives) {
    replay.restart();
    for (const call of calls) counted[replay.play(call)] += 1;
  }
  return { changes: counted.change, syncs: counted.sync };
}

async function controls(plan: Plan, first: Recording, dice: Dice): Promise<Control[]> {
  const lazy = await recordOne({ ...plan, lives: 1 }, "lazy", dice, LAZY);
  const lost = { fault: "acknowledged and is lost", what: "acknowledged acts lost" };
  const locked = { fault: "it starts locked", what: "starts locked" };
  const tried: [string, Recording, Swallowed, typeof lost][] = [
    ["synchronous=NORMAL", lazy, {}, lost],
    ["a disk whose file syncs do nothing", first, { fileSyncs: true }, lost],
    ["a disk whose folder syncs do nothing", first, { folderSyncs: true }, lost],
    ["an anchor that is written before the database is", first, { databaseSyncs: true }, locked],
  ];
  return tried.map(([control, recording, swallowed, { fault, what }]) => {
    const tally = newTally();
    const wanted = countMoments(recording).syncs + plan.controlPoints;
    cutPower(recording, plan.memory, dice, wanted, swallowed, tally);
    const seen = tally.faults.filter((one) => one.includes(fault)).length;
    return {
      name: control,
      caught: seen > 0,
      found: `${seen} ${what}, something wrong at ${tally.failed} of ${tally.points} power cuts`,
    };
  });
}

function newTally(): Tally {
  return { points: 0, failed: 0, acks: 0, modes: { dropped: 0, subset: 0, torn: 0 }, faults: [] };
}
