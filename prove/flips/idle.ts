// Flips in bytes that hold nothing, or nothing that anybody reads: the ledger has to be as sound as
// before, and every answer the same.
import { type Dice, roll } from "../dice.ts";
import { describe, type Flip } from "./choose.ts";
import type { LivedFolder } from "./ledger.ts";
import { spansOf, UNUSED } from "./pages.ts";
import type { Patient } from "./patient.ts";
import { type Start, startAndAsk } from "./start.ts";
import { findsSomething } from "./verifiers.ts";

export interface IdlePlan {
  readonly idle: number;
  readonly startEvery: number;
  readonly dice: Dice;
  choose(): Flip;
}

export async function flipIdle(
  patient: Patient,
  lived: LivedFolder,
  plan: IdlePlan,
): Promise<{ line: string; broken: string[] }> {
  const broken = await drownUnused(patient, lived, plan.dice);
  let [found, starts] = [0, 0];
  for (let count = 1; count <= plan.idle; count++) {
    const flip = plan.choose();
    patient.flip(flip);
    const isFound = await findsSomething(patient.dataFolder);
    if (isFound) found += 1;
    if (isFound && flip.use === UNUSED) broken.push(`nothing is there: ${describe(flip)}`);
    if (count % (3 * plan.startEvery) !== 0) continue;
    starts += 1;
    patient.flip(flip, true);
    const start = await askEverybody(patient, lived);
    // What nobody reads may still be looked at: a server may refuse a header that it finds odd.
    if (start.outcome === "refused" && flip.use !== UNUSED) continue;
    if (!answersAsBefore(start, lived)) broken.push(`other answers: ${describe(flip)}`);
  }
  const line =
    `${plan.idle} flips in bytes that hold nothing, or nothing that is read: ${found} found all ` +
    `the same, ${starts} starts with every answer as before; nor does it matter when all unused ` +
    "bytes are overwritten";
  return { line, broken };
}

/** Whether the reader of pages is right about what is unused: all of it is overwritten at once. */
async function drownUnused(patient: Patient, lived: LivedFolder, dice: Dice): Promise<string[]> {
  const drowned = Buffer.from(patient.database);
  for (const { start, end, use } of spansOf(drowned)) {
    for (let at = start; use === UNUSED && at < end; at++) drowned[at] = roll(dice, 0, 255);
  }
  patient.replace(drowned);
  const isSound = !(await findsSomething(patient.dataFolder));
  const isSame = answersAsBefore(await askEverybody(patient, lived), lived);
  return isSound && isSame ? [] : ["bytes that hold something were taken for unused"];
}

function askEverybody(patient: Patient, lived: LivedFolder): Promise<Start> {
  const everybody = [...lived.denied, ...lived.allowed];
  return startAndAsk(patient.dataFolder, everybody, lived.clock);
}

function answersAsBefore({ outcome, allowed }: Start, lived: LivedFolder): boolean {
  return outcome === "open" && allowed.join() === lived.allowed.join();
}
