/**
 * The guard of the ledger's head: keeps the size and the root of the tree in an anchor apart from the
 * database, and locks the server when the ledger is behind its anchor or is another one. Locked,
 * opt-outs are taken and everything is denied, because nobody can tell who is missing.
 */
import type { TreeHead } from "../store/store.ts";

/** Why everything is denied; each has its own ways out, which `heed doctor` tells. */
export const LOCK_KINDS = [
  "behind", // the ledger has fewer entries than its anchor
  "differs", // the ledger has other entries than its anchor
  "other-log", // the anchor is of another log, or this folder was begun anew
  "anchor-missing", // there was an anchor, and it is gone or cannot be read
  "damaged", // an entry is not what the ledger committed to
  "keys-missing", // a pepper was rotated on another server, and this one does not have it
] as const;
export type LockKind = (typeof LOCK_KINDS)[number];

export interface Lock {
  readonly kind: LockKind;
  /** One sentence for people, with the numbers. */
  readonly text: string;
  /** What to do about it, one way a line. */
  readonly waysOut: readonly string[];
}

/** What is kept apart from the ledger: the newest tree of a log that was acknowledged. */
export interface Anchor {
  /** The log's name. */
  readonly origin: string;
  readonly tree: TreeHead;
}

/** The place of the anchor. The real one is a file: `runtime/anchor-file.ts`. */
export interface AnchorPlace {
  /** For people: where it is. */
  readonly path: string;
  /** What was there when it was opened. */
  readonly found: Anchor | "none" | "unreadable";
  /** Whether the ledger's own folder says that there was an anchor once. */
  readonly wasAnchored: boolean;
  /**
   * Writes it whatever was there before, and that there is one. Durable when it resolves; rejects
   * with an error that says what to do, a `BrokenStore` when what is there now is not known.
   */
  put(anchor: Anchor): Promise<void>;
  /**
   * Moves it on. Durable when it resolves; rejects with `BrokenStore` when it cannot be written, and
   * when somebody else has moved it since.
   */
  move(anchor: Anchor): Promise<void>;
}

export interface HeadGuard {
  /** `null`: the ledger is what its anchor says. */
  readonly lock: Lock | null;
  /** Locks a running server. The first reason stays, but for one that nobody can accept away. */
  lockNow(lock: Lock): void;
  /**
   * Resolves when the anchor says at least this tree, durably: an acknowledgement waits for it.
   * Locked, it does not move. Rejects when the anchor cannot be written, and with `UncertainOutcome`
   * when a database that others write to cannot be asked for this tree, or does not have it any more.
   */
  keep(tree: TreeHead): Promise<void>;
  /** The newest tree that the anchor says; what may be signed. `null` when locked. */
  readonly kept: TreeHead | null;
  /** What the anchor says, locked or not; `null` when there is none that can be read. */
  readonly anchor: Anchor | null;
  /** What two people give up when they accept a gap: the anchor, or what another server saw. */
  readonly lost: Anchor | null;
  /**
   * Whether it was locked while it ran. Then the standings of this process are not those of the
   * ledger, and only a new start can end the lock.
   */
  readonly needsNewStart: boolean;
  /** Two people accepted the gap: the anchor becomes that of the log that goes on, and the lock ends. */
  acceptGap(anchor: Anchor): Promise<void>;
}
