/**
 * Whether a copied ledger is what it says it is, before it may take anybody's place: whole, the one of
 * the manifest, signed by this log, and of these keys. What could not be checked is told.
 */

import type { Manifest } from "../app/backups.ts";
import { isSame } from "../app/decide-lock.ts";
import { openCheckpoint } from "../ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../ledger/note-key.ts";
import type { TreeHead } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import type { RestoreSource, SourceTexts } from "./restore-source.ts";
import { LEDGER_FILE } from "./staging.ts";

/** What the source says about the tree in it must be so. Throws `ConfigProblem`. */
export function checkOrigin(
  source: RestoreSource,
  texts: SourceTexts,
  tree: TreeHead,
  vkeys: readonly string[],
): readonly string[] {
  if (source.kind !== "backup") {
    return [
      `a ${source.kind} has no manifest and no checkpoint: that this is the ledger as it was ` +
        "written, and that nothing was taken off its end, is not proven",
    ];
  }
  checkManifest(source.manifest, tree);
  if (texts.checkpoint === null) {
    return [
      "the backup was made while the ledger was locked or its signing key was missing, so there is no " +
        "checkpoint: that this is the ledger as it was written is not proven",
    ];
  }
  checkCheckpoint(texts.checkpoint, tree, vkeys.map(parseVkey).filter(isVerifier));
  return [];
}

function checkManifest({ entries, root }: Manifest, tree: TreeHead): void {
  if (entries === tree.size && root === Buffer.from(tree.root).toString("hex")) return;
  throw new ConfigProblem(
    `the backup holds another ledger (${tree.size} entries) than its manifest says (${entries} ` +
      "entries); use another backup",
  );
}

function checkCheckpoint(note: string, tree: TreeHead, known: readonly Verifier[]): void {
  const opened = openCheckpoint(note, known);
  if ("problem" in opened) {
    throw new ConfigProblem(
      `the checkpoint of the backup was not signed by a key of this installation (${opened.problem}) ` +
        "Put the keys back that this ledger was written with, `retired-vkeys` too; or, if you know " +
        `where the copy is from, restore its ${LEDGER_FILE} alone`,
    );
  }
  if (opened.size === tree.size && isSame(opened.root, tree.root)) return;
  throw new ConfigProblem(
    "the ledger in the backup is not the one that its checkpoint was signed for: somebody changed " +
      "it. Use another backup, and keep this one for inspection",
  );
}

function isVerifier(verifier: ReturnType<typeof parseVkey>): verifier is Verifier {
  return !("problem" in verifier);
}
