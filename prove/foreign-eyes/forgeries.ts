// Logs that a server without its guards could publish: their history is another one than that
// which they signed before, and they sign it with the true key. Each is flawless in itself; only
// whoever kept an older checkpoint can tell.
import { toBase64 } from "../../src/ledger/base64.ts";
import { openCheckpoint, signCheckpoint } from "../../src/ledger/checkpoint.ts";
import { rootOf } from "../../src/ledger/frontier.ts";
import type { Signer } from "../../src/ledger/note-key.ts";
import { consistencyProof } from "../../src/ledger/proof.ts";
import type { Question } from "../../test/ledger/foreign/judge.ts";
import { publish } from "../../test/ledger/foreign/publish.ts";
import { type Dice, roll } from "../dice.ts";
import type { Heard, Published } from "./lives.ts";

export interface Forgery {
  readonly name: string;
  /** Must be accepted: there is nothing wrong with this log by itself. */
  readonly whole: Question;
  /** Must be refused: checkpoints and receipts of what is not its history any more. */
  readonly betrayed: readonly Question[];
}

/** `signer` is the log's own key. */
export async function forgeries(
  { leaves, vkeys }: Published,
  { checkpoints, receipts }: Heard,
  signer: Signer,
  dice: Dice,
): Promise<Forgery[]> {
  const place = roll(dice, 0, Math.floor(leaves.length / 2));
  const logs: [string, readonly Uint8Array[]][] = [
    ["a log that replaced an entry", leaves.with(place, altered(leaves[place]!))],
    ["a log that left an entry out", without(leaves, place)],
    [
      "a log that lost its tail and went on",
      leaves.map((leaf, at) => (at < place ? leaf : altered(leaf))),
    ],
  ];
  const older = checkpoints.map((note) => ({ note, size: sizeOf(note, signer) }));
  const forged: Forgery[] = [];
  for (const [name, history] of logs) {
    const { shelf, paths } = await publish(history);
    const { frontier, read } = shelf;
    const { size } = frontier;
    const tree = { origin: signer.name, size, root: rootOf(frontier) };
    const checkpoint = signCheckpoint(tree, [signer]);
    const asked = { checkpoint, vkeys };
    const betrayed: Question[] = [];
    for (const { note, size: before } of older.filter((one) => one.size > place)) {
      const consistency = (await consistencyProof(before, size, read)).map(toBase64);
      betrayed.push({ ...asked, older: note, consistency });
      betrayed.push({ checkpoint: note, vkeys, recompute: true });
    }
    const replaced = Buffer.from(leaves[place]!).toString();
    for (const receipt of receipts.filter(({ leaf }) => leaf === replaced)) {
      betrayed.push({ checkpoint: checkpointIn(receipt.proof), vkeys, receipt });
    }
    forged.push({ name, whole: { ...asked, log: paths }, betrayed });
  }
  return forged;
}

/** The checkpoint at the end of a tlog-proof. */
export function checkpointIn(proof: string): string {
  return proof.slice(proof.indexOf("\n\n") + 2);
}

function sizeOf(note: string, signer: Signer): number {
  const opened = openCheckpoint(note, [signer]);
  if ("problem" in opened) throw new Error(opened.problem);
  return opened.size;
}

/** The same entry with another time. */
function altered(leaf: Uint8Array): Uint8Array {
  return changed(leaf, /"claimedAt":(\d+)/u, ([, at]) => `"claimedAt":${Number(at) + 1}`);
}

/** As many entries, the ones behind the gap moved up into it and an invented one at the end. */
function without(leaves: readonly Uint8Array[], place: number): Uint8Array[] {
  const left = [...leaves.toSpliced(place, 1), altered(leaves[place]!)];
  return left.map((leaf, at) => changed(leaf, /"position":\d+/u, () => `"position":${at + 1}`));
}

function changed(
  leaf: Uint8Array,
  part: RegExp,
  change: (found: readonly string[]) => string,
): Uint8Array {
  const text = Buffer.from(leaf).toString();
  return Buffer.from(text.replace(part, (...found: string[]) => change(found)));
}
