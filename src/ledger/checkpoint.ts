/**
 * Checkpoints: the size and the root of a log, signed (C2SP tlog-checkpoint,
 * https://c2sp.org/tlog-checkpoint). A log signs with a key that has the log's origin as its name,
 * and never a tree that does not begin with every tree that it signed before.
 * LIMIT: no extension lines. Heed writes none, and nobody could audit what one says.
 */
import { fromBase64, toBase64 } from "./base64.ts";
import { emptyRoot, HASH_BYTES, MAX_TREE_SIZE, sameHash } from "./merkle.ts";
import { openNote, signNote } from "./note.ts";
import type { Problem, Signer, Verifier } from "./note-key.ts";

export interface Checkpoint {
  /** The log's name: a URL without its scheme, such as `optout.example.com/heed`. */
  readonly origin: string;
  /** Entries in the tree. */
  readonly size: number;
  readonly root: Uint8Array;
}

export interface OpenedCheckpoint extends Checkpoint {
  /** The keys of the log that signed it, at least one. */
  readonly signedBy: readonly Verifier[];
}

/** The three lines that are signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** The signed note. Throws a RangeError unless every signer has the log's origin as its name. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly Signer[]): string {
  const text = checkpointText(checkpoint);
  const parsed = parseCheckpointText(text);
  if ("problem" in parsed) throw new RangeError(parsed.problem);
  if (signers.length === 0 || signers.some(({ name }) => name !== checkpoint.origin)) {
    throw new RangeError(`Only keys with the name \`${checkpoint.origin}\` sign this log.`);
  }
  return signNote(text, signers);
}

/** Reads the three lines; `checkpointText` writes exactly what this accepts. */
export function parseCheckpointText(text: string): Checkpoint | Problem {
  const [origin, size, base64, ...rest] = text.split("\n");
  if (base64 === undefined || rest.length !== 1 || rest[0] !== "") {
    return { problem: "A checkpoint has three lines: origin, size and root." };
  }
  if (!origin) return { problem: "The checkpoint has no origin." };
  if (size === undefined || !/^(0|[1-9]\d*)$/u.test(size) || Number(size) > MAX_TREE_SIZE) {
    return { problem: `The size of a checkpoint is a whole number, not \`${size}\`.` };
  }
  const root = fromBase64(base64);
  if (root === null || root.length !== HASH_BYTES) {
    return { problem: "The root of a checkpoint is 32 bytes in base64." };
  }
  if (size === "0" && !sameHash(root, emptyRoot())) {
    return { problem: "The checkpoint has a root that is not that of an empty log." };
  }
  return { origin, size: Number(size), root };
}

/**
 * The checkpoint in a signed note, when a known key of that log signed it. `known` may hold keys of
 * other logs, of witnesses and old keys of this log, which stay valid for what they signed.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  known: readonly Verifier[],
): OpenedCheckpoint | Problem {
  const opened = openNote(note, known);
  if ("problem" in opened) return opened;
  const checkpoint = parseCheckpointText(opened.text);
  if ("problem" in checkpoint) return checkpoint;
  const signedBy = opened.signedBy.filter(({ name }) => name === checkpoint.origin);
  if (signedBy.length > 0) return { ...checkpoint, signedBy };
  const names = opened.signedBy.map(({ name }) => `\`${name}\``).join(", ");
  return { problem: `A checkpoint of \`${checkpoint.origin}\` was signed by ${names}, not by it.` };
}
