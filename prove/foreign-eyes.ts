// Proof: other people's tools take what Heed says for true, and nothing else. A real server is
// killed again and again while people opt out; Go's own packages for its checksum database (sumdb
// note and tlog) then judge every checkpoint that it ever showed, every receipt that it handed out,
// and what it publishes at last.
// LIMIT: Go 0.7's reader of tiles takes some hashes on trust, so roots are recomputed from all
// entries instead. With SQLite; the tree of PostgreSQL is made by the same code.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBase64, toBase64 } from "../src/ledger/base64.ts";
import { openCheckpoint } from "../src/ledger/checkpoint.ts";
import {
  parseSigningKey,
  parseVkey,
  type Signer,
  signerOf,
  type Verifier,
} from "../src/ledger/note-key.ts";
import { consistencyProof, type ReadTile } from "../src/ledger/proof.ts";
import { tilePath } from "../src/ledger/tile.ts";
import {
  type Answer,
  compileJudge,
  type Judge,
  missingForeignJudge,
  type Question,
} from "../test/ledger/foreign/judge.ts";
import type { Paths } from "../test/ledger/foreign/publish.ts";
import { diceOf, newSeed } from "./dice.ts";
import { checkpointIn, type Forgery, forgeries } from "./foreign-eyes/forgeries.ts";
import { fetchLog, type Heard, liveAndDie, type Published } from "./foreign-eyes/lives.ts";
import { type Mutant, mutants } from "./foreign-eyes/mutations.ts";
import { type Control, type ProofOptions, type ProofResult, skippedProof } from "./proof.ts";
import { warmUp } from "./traced-server.ts";
import { withFolder } from "./workshop.ts";

export const name = "foreign-eyes";
export const promise = "Go's own tools accept every checkpoint and receipt, and no changed one";

const USUAL = { checkpoints: 1000, mutants: 1000, mostOfALife: 35 };
const SMALL = { checkpoints: 60, mutants: 300, mostOfALife: 20 };

/** `rounds`: checkpoints, and as many mutated ones. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const missing = missingForeignJudge();
  if (missing !== false) return skippedProof(missing, seed);
  const { rounds } = options;
  const usual = options.ci ? SMALL : USUAL;
  const sizes = rounds === undefined ? usual : { ...usual, checkpoints: rounds, mutants: rounds };
  return await withFolder((folder) => prove(folder, sizes, seed));
}

async function prove(folder: string, sizes: typeof USUAL, seed: number): Promise<ProofResult> {
  const dice = diceOf(seed);
  const judge = compileJudge(folder);
  const [dataFolder, compiled] = [join(folder, "data"), join(folder, "compiled")];
  warmUp(compiled);
  const plan = { ...sizes, dataFolder, compiled, dice };
  const heard = await liveAndDie(plan);
  const log = await fetchLog(plan);
  const stranger = signerOf(originOf(log), new Uint8Array(32).fill(7));
  const changed = mutants(heard.checkpoints, sizes.mutants, stranger, dice);
  const broken = [
    ...(await wronglyRefused(judge, log, heard)),
    ...wronglyTaken(judge, log.vkeys, changed),
  ];
  const forged = await forgeries(log, heard, signerIn(dataFolder), dice);
  return {
    skipped: null,
    seed,
    lines: [
      `${heard.kills} kills, ${heard.earlyKills} of them before the server listened; ` +
        `${log.size} entries, ${heard.receipts.length} receipts`,
      `${heard.checkpoints.length} checkpoints: signatures, roots from all entries, consistency`,
      `${changed.length} changed checkpoints of ${new Set(changed.map(({ kind }) => kind)).size} kinds`,
    ],
    broken,
    controls: [...forged.map((forgery) => judged(judge, forgery)), blind(judge, log, changed)],
  };
}

/** Everything that the server ever said, held against what it publishes now. */
async function wronglyRefused(judge: Judge, log: Published, heard: Heard): Promise<string[]> {
  const { vkeys, checkpoint } = log;
  const asked: [string, Question][] = [
    ["the log as it is published", { checkpoint, vkeys, log: log.paths }],
  ];
  const read = tilesIn(log.paths);
  const addOlder = async (what: string, note: string) => {
    const opened = openCheckpoint(note, verifiersOf(vkeys));
    // A checkpoint that our own reader does not take is left to Go to refuse.
    const size = "problem" in opened ? log.size : opened.size;
    const consistency = (await consistencyProof(size, log.size, read)).map(toBase64);
    asked.push([`the root of ${what}`, { checkpoint: note, vkeys, recompute: true }]);
    asked.push([`consistency from ${what}`, { checkpoint, vkeys, older: note, consistency }]);
  };
  for (const [at, note] of heard.checkpoints.entries()) await addOlder(`checkpoint ${at}`, note);
  for (const [at, receipt] of heard.receipts.entries()) {
    const note = checkpointIn(receipt.proof);
    asked.push([`receipt ${at}`, { checkpoint: note, vkeys, receipt }]);
    await addOlder(`the checkpoint in receipt ${at}`, note);
  }
  return askedOf(judge, asked)
    .filter(({ answer }) => !answer.accepted)
    .map(({ what, answer }) => `Go refused ${what}: ${answer.problem}`);
}

function wronglyTaken(judge: Judge, vkeys: readonly string[], changed: readonly Mutant[]) {
  const known = verifiersOf(vkeys);
  const taken = askedOf(
    judge,
    changed.map(({ kind, note }) => [kind, { checkpoint: note, vkeys }]),
  ).filter(({ answer }) => answer.accepted);
  const takenHere = changed.filter(({ note }) => !("problem" in openCheckpoint(note, known)));
  return [
    ...taken.map(({ what }) => `Go took a checkpoint with ${what}`),
    ...takenHere.map(({ kind }) => `Heed took a checkpoint with ${kind}`),
  ];
}

/** A forged log must be flawless by itself, and refused by whoever kept what it said before. */
function judged(judge: Judge, { name, whole, betrayed }: Forgery): Control {
  const [itself, ...answers] = judge([whole, ...betrayed]);
  const refused = answers.filter(({ accepted }) => !accepted).length;
  return {
    name,
    caught: itself?.accepted === true && betrayed.length > 0 && refused === betrayed.length,
    found:
      `${itself?.accepted ? "flawless by itself" : `refused by itself: ${itself?.problem}`}, ` +
      `refused by ${refused} of ${betrayed.length} checks of what it had said`,
  };
}

/** Without their signatures most of the changed checkpoints look well. */
function blind(judge: Judge, { vkeys }: Published, changed: readonly Mutant[]): Control {
  const questions = changed.map(({ note }) => ({ checkpoint: note, vkeys, unsigned: true }));
  const taken = judge(questions).filter(({ accepted }) => accepted).length;
  return {
    name: "a judge that does not look at signatures",
    caught: taken > 0,
    found: `takes ${taken} of ${changed.length} changed checkpoints`,
  };
}

function askedOf(judge: Judge, asked: readonly [string, Question][]) {
  const answers = judge(asked.map(([, question]) => question));
  return asked.map(([what], at) => {
    const answer: Answer = answers[at] ?? { accepted: false, problem: "no answer" };
    return { what, answer };
  });
}

function tilesIn(paths: Paths): ReadTile {
  return async (tile) => fromBase64(paths[tilePath(tile)] ?? "")!;
}

function verifiersOf(vkeys: readonly string[]): Verifier[] {
  return vkeys.map((vkey) => {
    const verifier = parseVkey(vkey);
    if ("problem" in verifier) throw new Error(verifier.problem);
    return verifier;
  });
}

function originOf({ checkpoint }: Published): string {
  return checkpoint.slice(0, checkpoint.indexOf("\n"));
}

function signerIn(dataFolder: string): Signer {
  const signer = parseSigningKey(readFileSync(join(dataFolder, "keys/signing-key"), "utf8").trim());
  if ("problem" in signer) throw new Error(signer.problem);
  return signer;
}
