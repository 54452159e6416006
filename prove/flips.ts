// Proof: a bit that turned over is found, and lets no message through. In the folder of a stopped
// server with entries of every kind, single bits are flipped: in tables, indexes and tile hashes of
// the database and in the snapshot of the standings. Each has to be found by `heed verify`, and a
// server that starts on the folder all the same may refuse to or lock, but never allow anybody who
// was denied. Which bytes hold something is found out from the file format, see flips/pages.ts.
// LIMIT: one bit at a time. Whoever changes more and knows how is stopped by the anchor and by the
// checkpoints that others keep, which are other proofs.
import { runHeed } from "../test/cli/run-heed.ts";
import { diceOf, newSeed, roll } from "./dice.ts";
import { chooserOf, describe, type Flip } from "./flips/choose.ts";
import { believingStart, hashlessVerify } from "./flips/controls.ts";
import { flipIdle } from "./flips/idle.ts";
import { liveIn } from "./flips/ledger.ts";
import { Patient } from "./flips/patient.ts";
import { startAndAsk } from "./flips/start.ts";
import { findsSomething } from "./flips/verifiers.ts";
import type { ProofOptions, ProofResult } from "./proof.ts";
import { withFolder } from "./workshop.ts";

export const name = "flips";
export const promise = "verify finds every flipped bit, and none of them lets a message through";

/** `startEvery`: after one of so many flips Heed is started. `byCli`: flips for the command itself. */
const USUAL = { flips: 2000, idle: 300, startEvery: 1, byCli: 20 };
const SMALL = { flips: 240, idle: 30, startEvery: 4, byCli: 2 };
/** They make about three entries each: more than a tile of 256, and tables of several levels. */
const PEOPLE = 200;

/** `rounds`: flips in bytes that hold something. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const usual = options.ci ? SMALL : USUAL;
  const sizes = { ...usual, flips: options.rounds ?? usual.flips };
  return await withFolder((folder) => prove(folder, sizes, seed), true);
}

async function prove(folder: string, sizes: typeof USUAL, seed: number): Promise<ProofResult> {
  const dice = diceOf(seed);
  const lived = await liveIn(folder, PEOPLE);
  const patient = new Patient(folder, lived.dataFolder);
  const chooser = chooserOf(patient.database, patient.snapshot, dice);
  const broken: string[] = [];
  const counts = { refused: 0, locked: 0, open: 0 };

  for (let count = 1; count <= sizes.flips; count++) {
    const flip = chooser.inUse();
    patient.flip(flip);
    if (!(await findsSomething(patient.dataFolder))) broken.push(`not found: ${describe(flip)}`);
    if (count % sizes.startEvery !== 0) continue;
    patient.flip(flip, flip.file === "database" && roll(dice, 0, 1) === 1);
    const { outcome, allowed } = await startAndAsk(patient.dataFolder, lived.denied, lived.clock);
    counts[outcome] += 1;
    if (allowed.length > 0) broken.push(`${allowed[0]} is allowed: ${describe(flip)}`);
  }
  const cli = await byCommand(patient, sizes.byCli, chooser.inUse);
  const idle = await flipIdle(patient, lived, { ...sizes, choose: chooser.outOfUse, dice });
  const starts = counts.refused + counts.locked + counts.open;
  return {
    skipped: null,
    seed,
    lines: [
      `${sizes.flips} flips in bytes that hold something: ${sizes.flips - notFound(broken)} found`,
      `${starts} starts on such a folder: ${counts.refused} refused, ${counts.locked} locked, ` +
        `${counts.open} opened; of ${lived.denied.length} people who are denied none was ` +
        "allowed by any",
      `${sizes.byCli} of them by the command: ${sizes.byCli - cli.length} found, with exit code 1`,
      idle.line,
    ],
    broken: [...broken, ...cli, ...idle.broken],
    controls: [await hashlessVerify(patient, dice), await believingStart(patient, lived)],
  };
}

function notFound(broken: readonly string[]): number {
  return broken.filter((line) => line.startsWith("not found")).length;
}

/** The command as people run it. */
async function byCommand(patient: Patient, count: number, choose: () => Flip): Promise<string[]> {
  const broken: string[] = [];
  for (let at = 0; at < count; at++) {
    const flip = choose();
    patient.flip(flip);
    const { code, stdout } = await runHeed(patient.dataFolder, ["verify"]);
    if (code === 1 && stdout.includes("does NOT hold")) continue;
    broken.push(`the command ends with ${code}: ${describe(flip)}`);
  }
  return broken;
}
