/**
 * The guard as it runs: compares the ledger with its anchor at the start, moves the anchor on before
 * anything is acknowledged, and in PostgreSQL, where others write too and a database can be replaced
 * by an older one while we run, proves at every move that the ledger still begins with what we saw.
 *
 * One write of the anchor serves all who wait for it, and goes on beside the store's next commit.
 * INVARIANT: the anchor is never ahead of the store's disk, because only durable trees come here.
 *
 * In PostgreSQL a server whose anchor is older than what was lost sees nothing wrong by itself. It
 * reads what the others saw: at its start, at every move and with every look at the head.
 * LIMIT: until one who saw what was lost has looked (a fifth of a second after the database answers
 * again) and the others have looked after it, they go on as before. When none who saw it runs,
 * nothing tells them until one starts.
 */
import { rootAt } from "../ledger/proof.ts";
import { GroupCommit, type Settled } from "../store/group-commit.ts";
import { BrokenStore, type Store, type TreeHead, UncertainOutcome } from "../store/store.ts";
import { behindLock, damagedLock, decideLock, differsLock, isGap, isSame } from "./decide-lock.ts";
import type { Anchor, AnchorPlace, HeadGuard, Lock } from "./head-guard.ts";
import { pause } from "./pause.ts";
import type { Clock, Log } from "./ports.ts";
import { type SeenHeadStore, seenHeads, tellSeenHead } from "./seen-heads.ts";

export interface GuardParts {
  readonly store: Pick<Store, "tree" | "readTile"> & SeenHeadStore;
  readonly place: AnchorPlace;
  /** The log's name. */
  readonly origin: string;
  /** No other process can write to this store. */
  readonly alone: boolean;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** The anchor cannot be written: nothing may be acknowledged any more. */
  readonly onBroken: (error: Error) => void;
}

/** Compares the ledger with its anchor. The guard that comes out is locked when they disagree. */
export async function openHeadGuard(parts: GuardParts): Promise<AnchoredGuard> {
  const { place, origin } = parts;
  const anchor = typeof place.found === "string" ? null : place.found;
  const guard = new AnchoredGuard(parts, anchor);
  const compared = await compare(parts, anchor);
  if ("tree" in compared) await guard.begin({ origin, tree: compared.tree });
  else {
    const { lock, lost } = compared;
    // A new server takes the others' word for its own, so that its next start is locked as well.
    if (anchor === null && lost !== null) await guard.begin({ origin, tree: lost });
    guard.lockAtStart(lock, lost);
  }
  return guard;
}

/** `lost`: what only another server saw. */
interface Lost {
  readonly lock: Lock;
  readonly lost: TreeHead | null;
}

async function compare(
  { store, place, origin, alone }: GuardParts,
  anchor: Anchor | null,
): Promise<{ readonly tree: TreeHead } | Lost> {
  try {
    const tree = await store.tree();
    const root = await rootIfThere(store, tree.size);
    if (root === null || !isSame(root, tree.root)) {
      const of = `The tree over the ledger's ${tree.size} entries does not have its root.`;
      return { lock: damagedLock(of), lost: null };
    }
    const rootAtAnchor = anchor && (await rootIfThere(store, anchor.tree.size));
    const { found, wasAnchored, path } = place;
    const lock = decideLock({ anchor: found, wasAnchored, path }, { origin, tree, rootAtAnchor });
    if (lock !== null) return { lock, lost: null };
    return (alone ? null : await lostToOthers(store, origin, false)) ?? { tree };
  } catch (error) {
    // What the database cannot put together. People still have to be able to say stop.
    if (error instanceof BrokenStore) return { lock: damagedLock(error.message), lost: null };
    throw error;
  }
}

/** The largest head that another server saw and that is not in the ledger as it is now. */
async function lostToOthers(
  store: GuardParts["store"],
  origin: string,
  isRunning: boolean,
): Promise<(Lost & { readonly lost: TreeHead }) | null> {
  for (const lost of await seenHeads(store, origin)) {
    const lock = await lockOf(store, lost, { who: "another server", isRunning });
    if (lock !== null) return { lock, lost };
  }
  return null;
}

/** Whether the ledger, as it is now, begins with a tree that somebody saw: `null`. */
async function lockOf(
  store: GuardParts["store"],
  seen: TreeHead,
  by: { readonly who: string; readonly isRunning: boolean },
): Promise<Lock | null> {
  const root = await rootIfThere(store, seen.size);
  if (root !== null && isSame(root, seen.root)) return null;
  const { size } = await store.tree();
  if (size >= seen.size) return differsLock({ size: seen.size, ...by });
  return behindLock({ had: seen.size, has: size, ...by });
}

/** `null` when the tree has not so many entries. */
async function rootIfThere(store: GuardParts["store"], size: number): Promise<Uint8Array | null> {
  try {
    return await rootAt(size, (tile) => store.readTile(tile));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const BY_US = { who: "this server", isRunning: true };
/** How often a locked server makes sure that the others can read what it saw. */
const TELL_EVERY_MS = 1000;
const DONE = { outcome: undefined };

const NO_LIMITS = {
  maxBatchDrafts: Number.POSITIVE_INFINITY,
  maxBatchBytes: Number.POSITIVE_INFINITY,
  // As many as the store lets wait; each of them has been written already.
  maxQueuedDrafts: Number.POSITIVE_INFINITY,
};

export class AnchoredGuard implements HeadGuard {
  readonly #parts: GuardParts;
  readonly #moves: GroupCommit<TreeHead, void>;
  #anchor: Anchor | null;
  #lock: Lock | null = null;
  #needsNewStart = false;
  /** What another server saw, when that is what the ledger lacks. */
  #lostToOthers: TreeHead | null = null;
  readonly #closing = new AbortController();
  #telling: Promise<void> = Promise.resolve();

  constructor(parts: GuardParts, anchor: Anchor | null) {
    this.#parts = parts;
    this.#anchor = anchor;
    this.#moves = new GroupCommit((trees) => this.#moveTo(trees), NO_LIMITS);
  }

  get lock(): Lock | null {
    return this.#lock;
  }

  get anchor(): Anchor | null {
    return this.#anchor;
  }

  get lost(): Anchor | null {
    const anchor = this.#anchor;
    const tree = this.#lostToOthers;
    return anchor === null || tree === null ? anchor : { origin: anchor.origin, tree };
  }

  get kept(): TreeHead | null {
    return this.#lock === null ? (this.#anchor?.tree ?? null) : null;
  }

  get needsNewStart(): boolean {
    return this.#needsNewStart;
  }

  /** The start: the ledger is what its anchor says, and perhaps more, or has none yet. */
  async begin(anchor: Anchor): Promise<void> {
    await this.#parts.place.put(anchor);
    this.#anchor = anchor;
  }

  lockAtStart(lock: Lock, lostToOthers: TreeHead | null): void {
    this.#lostToOthers = lostToOthers;
    this.#takeLock(lock);
  }

  lockNow(lock: Lock): void {
    // What two people can accept must not hide what they cannot.
    if (this.#lock !== null && (!isGap(this.#lock) || isGap(lock))) return;
    this.#needsNewStart = true;
    this.#takeLock(lock);
  }

  async keep(tree: TreeHead): Promise<void> {
    const isKept = this.#isKept(tree);
    if (this.#parts.alone && (this.#lock !== null || isKept)) return;
    if (this.#lock === null && isKept) await this.#hearOthers();
    else await this.#moves.submit(tree, { drafts: 1, bytes: 0 });
  }

  async acceptGap(anchor: Anchor): Promise<void> {
    await this.#moves.drain();
    await this.#breaking(() => this.#parts.place.put(anchor));
    this.#anchor = anchor;
    this.#lostToOthers = null;
    this.#lock = null;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#moves.drain();
    await this.#telling;
  }

  #isKept(tree: TreeHead): boolean {
    const kept = this.#anchor?.tree;
    if (kept === undefined) return false;
    // Alone, a smaller tree is an older one of ours. Where others write it may be another history.
    if (this.#parts.alone) return tree.size <= kept.size;
    return tree.size === kept.size && isSame(tree.root, kept.root);
  }

  async #moveTo(trees: readonly TreeHead[]): Promise<readonly Settled<void>[]> {
    const settled = this.#parts.alone ? trees.map(() => DONE) : await this.#compareAgain(trees);
    const anchor = this.#anchor;
    // INVARIANT: without a lock there is an anchor.
    if (this.#lock !== null || anchor === null) return settled;
    const newest = trees.reduce((one, other) => (other.size > one.size ? other : one));
    if (newest.size <= anchor.tree.size) return settled;
    const moved = { origin: anchor.origin, tree: newest };
    await this.#breaking(() => this.#parts.place.move(moved));
    this.#anchor = moved;
    return settled;
  }

  /**
   * Locks when the ledger, as it is now, does not begin with what this server or another one saw, or
   * with a tree that is to be kept: a database that has been replaced since does not have it.
   */
  async #compareAgain(trees: readonly TreeHead[]): Promise<readonly Settled<void>[]> {
    const { store } = this.#parts;
    try {
      if (this.#lock === null && this.#anchor !== null) {
        const lock = await lockOf(store, this.#anchor.tree, BY_US);
        if (lock !== null) this.lockNow(lock);
        else await this.#hearOthers();
      }
      // What is damaged proves nothing, and people still have to be able to say stop.
      if (this.#lock !== null && !isGap(this.#lock)) return trees.map(() => DONE);
      return await this.#findAll(trees);
    } catch (error) {
      if (this.#lock !== null && error instanceof BrokenStore) return trees.map(() => DONE);
      throw new UncertainOutcome(
        `It is written, and PostgreSQL could not be asked whether it still has everything else ` +
          `(${(error as Error).message}): try again with the same key.`,
        { cause: error },
      );
    }
  }

  /** Locked or not, nobody is told of a success that the ledger, as it is now, does not have. */
  async #findAll(trees: readonly TreeHead[]): Promise<readonly Settled<void>[]> {
    const found = new Map<string, Settled<void>>();
    const settled: Settled<void>[] = [];
    for (const tree of trees) {
      const name = `${tree.size} ${Buffer.from(tree.root).toString("hex")}`;
      const one = found.get(name) ?? (await this.#find(tree));
      found.set(name, one);
      settled.push(one);
    }
    return settled;
  }

  async #find(tree: TreeHead): Promise<Settled<void>> {
    const lock = await lockOf(this.#parts.store, tree, BY_US);
    if (lock === null) return DONE;
    // It counts in the standings already, which are not those of the ledger any more.
    this.lockNow(lock);
    const message =
      "It was written, but PostgreSQL does not have it any more: the database was replaced by an " +
      "older one. Try again with the same key.";
    return { error: new UncertainOutcome(message) };
  }

  /** Locks when another server saw what is not in the ledger as it is now. */
  async #hearOthers(): Promise<void> {
    const origin = this.#anchor?.origin;
    if (origin === undefined) return;
    const found = await lostToOthers(this.#parts.store, origin, true);
    if (found === null || this.#lock !== null) return;
    this.#lostToOthers = found.lost;
    this.lockNow(found.lock);
  }

  #takeLock(lock: Lock): void {
    this.#lock = lock;
    const message = `LOCKED, everything is denied: ${lock.text} \`heed doctor\` says what to do.`;
    this.#parts.log.error({ lock: lock.kind }, message);
    if (!this.#parts.alone && (lock.kind === "behind" || lock.kind === "differs")) {
      this.#telling = this.#tellOthers();
    }
  }

  /** Again and again, because the database may be out of reach, or be replaced once more. */
  async #tellOthers(): Promise<void> {
    const { store, clock, log } = this.#parts;
    let isSaid = false;
    while (!this.#closing.signal.aborted && this.#lock !== null) {
      const { lost } = this;
      try {
        if (lost !== null) await tellSeenHead(store, lost, clock.now());
      } catch (error) {
        if (!isSaid && !this.#closing.signal.aborted) {
          log.warn({ err: error }, "cannot tell the other servers yet that entries are missing");
        }
        isSaid = true;
      }
      await pause(TELL_EVERY_MS, this.#closing.signal);
    }
  }

  /** Fail-stop, as for the store: after a failed write nobody knows what the anchor says. */
  async #breaking(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (error instanceof BrokenStore) this.#parts.onBroken(error);
      throw error;
    }
  }
}
