/** Writes the evidence about one person as a folder that a stranger can read and check. */
import { mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { type Evidence, handoverFile, type ProvenAct, receiptFile } from "./evidence.ts";
import { readmeOf } from "./evidence-readme.ts";
import { CliFailure } from "./failure.ts";
import { explained, openOutput } from "./output-file.ts";
import { visible } from "./print.ts";

/** For its owner only: what is in it is about one person. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export interface EvidenceFolder {
  /** All of it or nothing: a folder that lacks a receipt would look as if there were none. */
  write(evidence: Evidence): Promise<void>;
  /** Leaves nothing behind that was not there before. Does nothing after `write`. */
  discard(): Promise<void>;
}

/** Makes the folder, or takes an empty one. Fails in words before any work is done. */
export async function openFolder(folder: string): Promise<EvidenceFolder> {
  const isNew = await explained(folder, async () => {
    const about = await stat(folder).catch(() => null);
    if (about === null) {
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      return true;
    }
    if (!about.isDirectory()) {
      throw new CliFailure(`\`${folder}\` is no folder; name a new or an empty one`);
    }
    if ((await readdir(folder)).length === 0) return false;
    throw new CliFailure(`\`${folder}\` is not empty; name a new or an empty folder`);
  });
  return {
    write: (evidence) => writeEvidence(folder, evidence),
    // Refused by the system for a folder that has something in it.
    discard: () => (isNew ? rmdir(folder).catch(() => undefined) : Promise.resolve()),
  };
}

async function writeEvidence(folder: string, evidence: Evidence): Promise<void> {
  const files = filesOf(evidence);
  try {
    await mkdir(path.join(folder, "receipts"), { mode: FOLDER_MODE });
    for (const [name, text] of files) {
      const file = await openOutput(path.join(folder, name), { mode: FILE_MODE, replace: false });
      try {
        await file.write([text]);
        await file.keep();
      } finally {
        await file.discard();
      }
    }
  } catch (error) {
    for (const name of files.keys()) await rm(path.join(folder, name), { force: true });
    await rm(path.join(folder, "receipts"), { recursive: true, force: true });
    throw error;
  }
}

/** By name; the README comes last, so that whoever sees it sees a folder that is complete. */
function filesOf(evidence: Evidence): ReadonlyMap<string, string> {
  const files = new Map([
    ["acts.json", shownJson(actsOf(evidence))],
    ["key.txt", evidence.keys.map((key) => `${key}\n`).join("")],
  ]);
  if (evidence.checkpoint !== null) files.set("checkpoint", evidence.checkpoint);
  for (const proven of [...evidence.acts, ...evidence.ledger]) {
    if (proven.receipt !== null) files.set(receiptFile(proven), shownJson(proven.receipt));
  }
  for (const [at, handover] of evidence.handovers.entries()) {
    files.set(handoverFile(at + 1), shownJson(handover));
  }
  return files.set("README.txt", readmeOf(evidence));
}

/** The receipts are files of their own, checked as they are; here stand their names. */
function actsOf(evidence: Evidence): object {
  const { checkpoint: _, keys: __, handovers: ___, acts, ledger, ...rest } = evidence;
  const named = (proven: ProvenAct) => ({
    ...proven,
    receipt: proven.receipt === null ? null : receiptFile(proven),
  });
  return { ...rest, acts: acts.map(named), ledger: ledger.map(named) };
}

function shownJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function summaryOf(folder: string, { acts, address, note }: Evidence): string {
  const entries = acts.length === 1 ? "1 entry" : `${acts.length} entries`;
  const what = note === undefined ? `${entries} with what proves them` : entries;
  return (
    `Wrote ${what} about ${visible(address)} to ${folder}.\n` +
    "README.txt in it says what was said, what the files are and how to check them."
  );
}
