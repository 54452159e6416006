/**
 * What a commit made of the tree. All appends of one commit share it, and whatever costs something
 * is computed when somebody asks first: the one thread that writes gives no more than the frontiers.
 */
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { commitProofs } from "../ledger/commit-proofs.ts";
import { type Frontier, parseFrontier, rootOf } from "../ledger/frontier.ts";
import { leafBytes } from "../ledger/leaf.ts";
import type { PreparedAppend } from "./prepare.ts";
import { type AppendReply, consecutive, entryOf } from "./rows.ts";
import {
  type AppendOutcome,
  type AppendRequest,
  BrokenStore,
  type Commit,
  type SealedEntry,
  type TreeHead,
} from "./store.ts";

/** As the database keeps them: see `frontierBytes`. */
export interface Growth {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The tree before and after one commit. */
export class GrownTree {
  readonly #growth: Growth;
  readonly #replies: readonly AppendReply[];
  #head: TreeHead | null = null;
  #proofs: ((index: number) => readonly Uint8Array[]) | null = null;

  /** `replies` are those of the whole commit, in the order of its entries. */
  constructor(growth: Growth, replies: readonly AppendReply[]) {
    this.#growth = growth;
    this.#replies = replies;
  }

  get head(): TreeHead {
    this.#head ??= treeHeadOf(frontierOf(this.#growth.after));
    return this.#head;
  }

  proof(position: Position): readonly Uint8Array[] {
    this.#proofs ??= commitProofs(frontierOf(this.#growth.before), this.#leafHashes());
    return this.#proofs(position - 1);
  }

  #leafHashes(): readonly Uint8Array[] {
    return this.#replies.flatMap((reply) =>
      reply.status === "appended" ? reply.leafHashes.map((hex) => Buffer.from(hex, "hex")) : [],
    );
  }
}

/** The entries that an append was given, and what became of the tree with them. */
export class AppendCommit implements Commit {
  readonly #grown: GrownTree;
  readonly #append: PreparedAppend;
  readonly #entries: readonly Entry[];

  constructor(grown: GrownTree, append: PreparedAppend, entries: readonly Entry[]) {
    this.#grown = grown;
    this.#append = append;
    this.#entries = entries;
  }

  get tree(): TreeHead {
    return this.#grown.head;
  }

  sealed(position: Position): SealedEntry {
    const at = this.#placeOf(position);
    const { frame, record, salt } = this.#append.drafts[at]!;
    const leaf = leafBytes(frame, position);
    return { entry: this.#entries[at]!, leaf, salt, record, erasedBy: null };
  }

  proof(position: Position): readonly Uint8Array[] {
    this.#placeOf(position);
    return this.#grown.proof(position);
  }

  #placeOf(position: Position): number {
    const at = position - (this.#entries[0]?.position ?? 0);
    if (this.#entries[at]?.position === position) return at;
    throw new RangeError(`entry ${position} is not of this append`);
  }
}

/** What the caller of an append hears, with the acts put back. */
export function outcomeOf(
  reply: AppendReply,
  request: AppendRequest,
  prepared: PreparedAppend,
  grown: GrownTree,
): AppendOutcome {
  if (reply.status === "conflict") return { status: "conflict" };
  if (reply.status === "replayed") {
    const first = reply.rows[0]?.position ?? 1;
    return { status: "replayed", entries: consecutive(reply.rows, first - 1).map(entryOf) };
  }
  const entries = request.drafts.map((draft, index) => ({
    position: reply.first + index,
    recordedAt: draft.recordedAt,
    leafHash: reply.leafHashes[index]!,
    token: draft.token,
    act: draft.act,
  }));
  return { status: "appended", entries, commit: new AppendCommit(grown, prepared, entries) };
}

export function treeHeadOf(frontier: Frontier): TreeHead {
  return { size: frontier.size, root: rootOf(frontier) };
}

/** Throws `BrokenStore` for bytes that no frontier has. */
export function frontierOf(bytes: Uint8Array): Frontier {
  const frontier = parseFrontier(bytes);
  if (frontier !== null) return frontier;
  throw new BrokenStore(
    "The frontier of the ledger's tree is damaged. Stop Heed, keep a copy of its data for " +
      "inspection, and restore a backup.",
  );
}
