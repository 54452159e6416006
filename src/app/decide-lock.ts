/**
 * Whether the ledger is the one that its anchor saw, and what to tell people when it is not. Pure;
 * `anchored-guard.ts` gathers the facts and keeps the anchor.
 */
import type { Position } from "../domain/words.ts";
import type { TreeHead } from "../store/store.ts";
import type { Anchor, Lock, LockKind } from "./head-guard.ts";

/** What was found when the server started. */
export interface AnchorFinding {
  readonly anchor: Anchor | "none" | "unreadable";
  readonly wasAnchored: boolean;
  /** Where the anchor is. */
  readonly path: string;
}

export interface LedgerFinding {
  readonly origin: string;
  readonly tree: TreeHead;
  /** The root that the ledger had at the size of the anchor; `null` when it has fewer entries. */
  readonly rootAtAnchor: Uint8Array | null;
}

/** Locks that two people can end by accepting that entries are lost. */
const GAPS: readonly LockKind[] = ["behind", "differs", "other-log", "anchor-missing"];

export function isGap(lock: Lock): boolean {
  return GAPS.includes(lock.kind);
}

/** `null` when the ledger begins with everything that the anchor saw. */
export function decideLock(found: AnchorFinding, ledger: LedgerFinding): Lock | null {
  const { anchor, path } = found;
  if (anchor === "none") return found.wasAnchored ? missing(path) : null;
  if (anchor === "unreadable") return unreadable(path);
  const { size } = anchor.tree;
  if (anchor.origin !== ledger.origin) {
    // A start that was cut short before anything was written down has nothing to lose.
    return size === 0 && ledger.tree.size === 0 ? null : otherLog(anchor, ledger, path);
  }
  if (size > 0 && ledger.tree.size === 0 && !found.wasAnchored) return begunAnew(anchor, path);
  const { rootAtAnchor } = ledger;
  if (ledger.tree.size < size || rootAtAnchor === null) {
    return behindLock({ had: size, has: ledger.tree.size, who: `its anchor (${path})` });
  }
  return isSame(rootAtAnchor, anchor.tree.root)
    ? null
    : differsLock({ size, who: `its anchor (${path})` });
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** `isRunning`: it was seen by a server that had been right until then. */
export function behindLock(seen: {
  readonly had: Position;
  readonly has: Position;
  readonly who: string;
  readonly isRunning?: boolean;
}): Lock {
  const { had, has, who } = seen;
  const lost = had - has;
  const are = lost === 1 ? "the last one is" : `the last ${lost} are`;
  return {
    kind: "behind",
    text:
      `The ledger has ${entries(has)}, but ${who} saw ${had}: ${are} missing, and nobody can tell ` +
      "whose opt-outs are among them.",
    waysOut: [PUT_BACK, acceptGap(seen.isRunning)],
  };
}

export function differsLock(seen: {
  readonly size: Position;
  readonly who: string;
  readonly isRunning?: boolean;
}): Lock {
  return {
    kind: "differs",
    text:
      `The first ${entries(seen.size)} of the ledger are not those that ${seen.who} saw: ` +
      "the ledger went back or was changed, and nobody can tell whose opt-outs are missing.",
    waysOut: [PUT_BACK, acceptGap(seen.isRunning)],
  };
}

/** No gap to accept: what is there is wrong, and only an earlier copy can be right. */
export function damagedLock(what: string): Lock {
  return {
    kind: "damaged",
    text: `${what} What this ledger says about anybody cannot be relied on.`,
    waysOut: [
      "See what is wrong: `heed verify` names the first wrong entry.",
      "Keep a copy of the damaged data, then put a good one back: `heed restore BACKUP`, or the " +
        "database as another copy has it.",
    ],
  };
}

export function damagedEntry(position: Position, fault: string): Lock {
  return damagedLock(`Entry ${position} is not what the ledger committed to. ${fault}`);
}

function missing(path: string): Lock {
  return {
    kind: "anchor-missing",
    text:
      `This ledger had an anchor, and there is none at ${path}: without it nobody can tell whether ` +
      "entries are missing.",
    waysOut: [
      "Put the anchor back: copy the file from where this server ran before, or set HEED_ANCHOR to " +
        "where it is. In a container it needs a path that outlives the container.",
      acceptGap(),
    ],
  };
}

function unreadable(path: string): Lock {
  return {
    kind: "anchor-missing",
    text: `${path} is no anchor, or it is damaged: nobody can tell whether entries are missing.`,
    waysOut: [
      "If HEED_ANCHOR names a wrong file, set it to the right one. Else put back a copy of the " +
        "anchor from where this server ran before.",
      acceptGap(),
    ],
  };
}

function otherLog(anchor: Anchor, { origin, tree }: LedgerFinding, path: string): Lock {
  if (tree.size === 0) return begunAnew(anchor, path);
  return {
    kind: "other-log",
    text:
      `The anchor (${path}) is of the log ${anchor.origin} with ${entries(anchor.tree.size)}, and ` +
      `this ledger is the log ${origin} with ${tree.size}: nobody can tell whether one follows ` +
      "from the other.",
    waysOut: [
      OWN_ANCHOR,
      "If the key is not the one of this ledger, put its `keys` folder back, or set " +
        "HEED_SIGNING_KEY and HEED_ORIGIN as they were.",
      acceptGap(),
    ],
  };
}

function begunAnew({ origin, tree }: Anchor, path: string): Lock {
  return {
    kind: "other-log",
    text:
      `The ledger is empty, but the anchor (${path}) saw ${entries(tree.size)} of the log ` +
      `${origin}: this folder or database was begun anew.`,
    waysOut: [
      OWN_ANCHOR,
      "If that was not meant, set HEED_DATA or DATABASE_URL to where the ledger is, or put it back: " +
        "`heed restore BACKUP`.",
      `If it is meant, stop the server, remove the anchor file (${path}) and start again.`,
      acceptGap(),
    ],
  };
}

const OWN_ANCHOR =
  "If HEED_ANCHOR names the anchor of another ledger, set it to a path of its own.";

const PUT_BACK =
  "Put the newer data back: stop the server, then bring the newest copy of the data folder or of " +
  "the database, from a backup (`heed restore BACKUP`), a snapshot or another node.";

function acceptGap(isRunning = false): string {
  return (
    "If the missing entries cannot be found: import the opt-outs that providers and other systems " +
    `still know, then ${isRunning ? "start this server again and " : ""}let two people accept the ` +
    "gap: `heed accept-gap --first NAME --second NAME --why TEXT`."
  );
}

function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
