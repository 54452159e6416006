/**
 * The guard as it runs: compares the ledger with its anchor at the start, moves the anchor on before
 * anything is acknowledged, and in PostgreSQL, where others write too and a database can be replaced
 * by an older one while we run, proves at every move that the ledger still begins with what we saw.
 *
 * One write of the anchor serves all who wait for it, and goes on beside the store's next commit.
 * INVARIANT: the anchor is never ahead of the store's disk, because only durable trees come here.
 */
import { rootAt } from "../ledger/proof.ts";
import { GroupCommit, type Settled } from "../store/group-commit.ts";
import { BrokenStore, type Store, type TreeHead, UncertainOutcome } from "../store/store.ts";
import { behindLock, damagedLock, decideLock, differsLock, isGap, isSame } from "./decide-lock.ts";
import type { Anchor, AnchorPlace, HeadGuard, Lock } from "./head-guard.ts";
import type { Log } from "./ports.ts";

export interface GuardParts {
  readonly store: Pick<Store, "tree" | "readTile">;
  readonly place: AnchorPlace;
  /** The log's name. */
  readonly origin: string;
  /** No other process can write to this store. */
  readonly alone: boolean;
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
  if ("lock" in compared) guard.lockAtStart(compared.lock);
  else await guard.begin({ origin, tree: compared.tree });
  return guard;
}

async function compare(
  { store, place, origin }: GuardParts,
  anchor: Anchor | null,
): Promise<{ readonly tree: TreeHead } | { readonly lock: Lock }> {
  try {
    const tree = await store.tree();
    const root = await rootIfThere(store, tree.size);
    if (root === null || !isSame(root, tree.root)) {
      const of = `The tree over the ledger's ${tree.size} entries does not have its root.`;
      return { lock: damagedLock(of) };
    }
    const rootAtAnchor = anchor && (await rootIfThere(store, anchor.tree.size));
    const { found, wasAnchored, path } = place;
    const lock = decideLock({ anchor: found, wasAnchored, path }, { origin, tree, rootAtAnchor });
    return lock === null ? { tree } : { lock };
  } catch (error) {
    // What the database cannot put together. People still have to be able to say stop.
    if (error instanceof BrokenStore) return { lock: damagedLock(error.message) };
    throw error;
  }
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

  lockAtStart(lock: Lock): void {
    this.#lock = lock;
    this.#sayLocked(lock);
  }

  lockNow(lock: Lock): void {
    // What two people can accept must not hide what they cannot.
    if (this.#lock !== null && (!isGap(this.#lock) || isGap(lock))) return;
    this.#needsNewStart = true;
    this.#lock = lock;
    this.#sayLocked(lock);
  }

  async keep(tree: TreeHead): Promise<void> {
    if (this.#lock !== null || this.#isKept(tree)) return;
    await this.#moves.submit(tree, { drafts: 1, bytes: 0 });
  }

  async acceptGap(anchor: Anchor): Promise<void> {
    await this.#moves.drain();
    await this.#breaking(() => this.#parts.place.put(anchor));
    this.#anchor = anchor;
    this.#lock = null;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#moves.drain();
  }

  #isKept(tree: TreeHead): boolean {
    const kept = this.#anchor?.tree;
    if (kept === undefined) return false;
    // Alone, a smaller tree is an older one of ours. Where others write it may be another history.
    if (this.#parts.alone) return tree.size <= kept.size;
    return tree.size === kept.size && isSame(tree.root, kept.root);
  }

  async #moveTo(trees: readonly TreeHead[]): Promise<readonly Settled<void>[]> {
    const done = trees.map(() => ({ outcome: undefined }));
    const anchor = this.#anchor;
    // INVARIANT: without a lock there is an anchor.
    if (this.#lock !== null || anchor === null) return done;
    const newest = trees.reduce((one, other) => (other.size > one.size ? other : one));
    if (!this.#parts.alone) {
      const lock = await this.#lockOf(anchor.tree).catch((error: Error) => {
        throw new UncertainOutcome(
          `It is written, and PostgreSQL could not be asked whether it still has everything else ` +
            `(${error.message}): try again with the same key.`,
          { cause: error },
        );
      });
      if (lock !== null) this.lockNow(lock);
      if (this.#lock !== null) return done;
    }
    if (newest.size <= anchor.tree.size) return done;
    const moved = { origin: anchor.origin, tree: newest };
    await this.#breaking(() => this.#parts.place.move(moved));
    this.#anchor = moved;
    return done;
  }

  #sayLocked({ kind, text }: Lock): void {
    const message = `LOCKED, everything is denied: ${text} \`heed doctor\` says what to do.`;
    this.#parts.log.error({ lock: kind }, message);
  }

  /** Whether the ledger, as it is now, still begins with the tree that we kept. */
  async #lockOf(kept: TreeHead): Promise<Lock | null> {
    const { store, place } = this.#parts;
    const root = await rootIfThere(store, kept.size);
    if (root !== null && isSame(root, kept.root)) return null;
    const { size } = await store.tree();
    if (size >= kept.size) {
      return differsLock({ size: kept.size, path: place.path, isRunning: true });
    }
    return behindLock({ had: kept.size, has: size, who: "this server", isRunning: true });
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
