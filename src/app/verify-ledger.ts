/**
 * Verifies a whole ledger from what its store keeps: every entry against what the ledger committed
 * to, the tree over all of them against every hash that is kept of it, erased entries against the
 * erasures that removed them, and the result against trees that others remember: the anchor, a
 * checkpoint. It reads everything once, and keeps little of it in memory.
 */
import { tokensOfErasure } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { ErasureCheck } from "../ledger/erasure-check.ts";
import { sameHash } from "../ledger/merkle.ts";
import { faultOf, type TokensOf } from "../ledger/sealed-check.ts";
import { TreeCheck } from "../ledger/tree-check.ts";
import type { SealedEntry, Store, TreeHead } from "../store/store.ts";
import { type Progress, type Wrong, WrongList } from "./verify-report.ts";

/** A tree that somebody remembers: the ledger must begin with it. */
export interface RememberedTree extends TreeHead {
  /** Who says so, as people call it: `the anchor (/data.anchor)`. */
  readonly who: string;
}

export interface LedgerChecks {
  readonly store: Pick<Store, "readSealed" | "tree" | "readTile" | "history">;
  /** `null` when nobody can tell the tokens of addresses; then they are taken for right. */
  readonly tokensOf: TokensOf | null;
  readonly remembered: readonly RememberedTree[];
  readonly onProgress?: Progress;
  /** Every entry with which nothing is wrong, in order, up to the first with which something is. */
  readonly onSound?: (entry: Entry) => void;
  /** For a control: takes every leaf hash, commitment and token for right. */
  readonly withoutHashes?: boolean;
}

export interface LedgerReport {
  /** Entries that were read. */
  readonly entries: number;
  /** Of these, how many were erased. */
  readonly erased: number;
  /** The tree over the entries that were read. */
  readonly tree: TreeHead;
  readonly wrong: readonly Wrong[];
  readonly wrongCount: number;
  /** What is wrong with the ledger as a whole. */
  readonly findings: readonly string[];
}

const READ_LIMIT = 1000;
const OWN_HEAD = "its own head";

export async function verifyLedger(checks: LedgerChecks): Promise<LedgerReport> {
  return await new Verification(checks).run();
}

class Verification {
  readonly #checks: LedgerChecks;
  readonly #wrong = new WrongList();
  readonly #findings: string[] = [];
  readonly #erasures = new ErasureCheck();
  #tree: TreeCheck;
  #erased = 0;
  #isSound = true;

  constructor(checks: LedgerChecks) {
    this.#checks = checks;
    this.#tree = this.#newTree([]);
  }

  async run(): Promise<LedgerReport> {
    const kept = await this.#keptTree();
    const trees = [...(kept === null ? [] : [kept]), ...this.#checks.remembered];
    this.#tree = this.#newTree(trees.map(({ size }) => size));
    if (await this.#readAll(kept?.size ?? 0)) {
      for (const { position, what } of this.#erasures.end()) this.#fault(position, what);
    }
    this.#wrong.tiles(await this.#tree.end());
    if (kept !== null) await this.#compareHead(kept);
    for (const remembered of this.#checks.remembered) this.#compare(remembered);
    const tree = this.#tree;
    return {
      entries: tree.size,
      erased: this.#erased,
      tree: { size: tree.size, root: tree.root },
      wrong: this.#wrong.sorted,
      wrongCount: this.#wrong.count,
      findings: this.#findings,
    };
  }

  #newTree(sizes: readonly number[]): TreeCheck {
    return new TreeCheck((tile) => this.#checks.store.readTile(tile), sizes);
  }

  async #keptTree(): Promise<TreeHead | null> {
    try {
      return await this.#checks.store.tree();
    } catch (error) {
      this.#findings.push(`The head of the ledger cannot be read (${(error as Error).message}).`);
      return null;
    }
  }

  /** Whether it came to the end. */
  async #readAll(size: Position): Promise<boolean> {
    for (let limit = READ_LIMIT; ; ) {
      const after = this.#tree.size;
      let batch: readonly SealedEntry[];
      try {
        batch = await this.#checks.store.readSealed(after, limit);
      } catch (error) {
        // Smaller and smaller, until it is one entry that can be named.
        if (limit > 1) {
          limit = Math.ceil(limit / 2);
          continue;
        }
        this.#fault(after + 1, `It cannot be read (${(error as Error).message}).`);
        // What comes after it has no place in the tree any more.
        return false;
      }
      await this.#takeIn(batch);
      this.#checks.onProgress?.(this.#tree.size, Math.max(size, this.#tree.size));
      if (batch.length < limit && limit === READ_LIMIT) return true;
      if (batch.length === 0) return true;
    }
  }

  async #takeIn(batch: readonly SealedEntry[]): Promise<void> {
    for (const sealed of batch) {
      const { entry, erasedBy } = sealed;
      if (erasedBy !== null) this.#erased += 1;
      const fault = this.#faultOf(sealed);
      if (fault !== null) this.#fault(entry.position, fault);
      else {
        for (const one of this.#erasures.take({ ...entry, ...sealed })) {
          this.#fault(one.position, one.what);
        }
        if (entry.act?.kind === "erasure") await this.#checkErasure(entry);
      }
      if (this.#isSound) this.#checks.onSound?.(entry);
    }
    const hashes = batch.map(({ entry }) => new Uint8Array(Buffer.from(entry.leafHash, "hex")));
    this.#wrong.tiles(await this.#tree.add(hashes));
  }

  #faultOf({ entry, ...sealed }: SealedEntry): string | null {
    if (this.#checks.withoutHashes === true) return null;
    return faultOf({ ...entry, ...sealed }, this.#checks.tokensOf ?? (() => [entry.token]));
  }

  /** What it erased must be gone: every record from before, under every token that it names. */
  async #checkErasure({ position, act }: Entry): Promise<void> {
    for (const token of act === null ? [] : tokensOfErasure(act)) {
      let history: readonly Entry[] = [];
      try {
        history = await this.#checks.store.history(token);
      } catch (error) {
        const what = `What entry ${position} erased cannot be read (${(error as Error).message}).`;
        this.#findings.push(what);
      }
      for (const one of history) {
        if (one.position >= position || one.act === null || one.act.kind === "erasure") continue;
        this.#fault(one.position, `Its record is still there, though entry ${position} erased it.`);
      }
    }
  }

  /** Where other servers write, the head goes on while the entries are read. */
  async #compareHead(before: TreeHead): Promise<void> {
    this.#compare({ ...before, who: OWN_HEAD });
    const has = this.#tree.size;
    const now = has > before.size ? await this.#keptTree() : null;
    if (now === null || now.size > has) return;
    if (now.size === has && sameHash(now.root, this.#tree.root)) return;
    this.#findings.push(`The ledger has ${has} entries, and ${OWN_HEAD} says ${now.size}.`);
  }

  #compare({ who, size, root }: RememberedTree): void {
    const has = this.#tree.size;
    if (size > has) {
      const were = size === 1 ? "1 entry" : `${size} entries`;
      this.#findings.push(`According to ${who} there are ${were}, and ${has} can be read.`);
      return;
    }
    const found = this.#tree.rootAt(size);
    if (found !== null && sameHash(found, root)) return;
    const which = size === has ? `its ${size} entries` : `its first ${size} entries`;
    this.#findings.push(`The tree over ${which} is not the one that ${who} says.`);
  }

  #fault(position: Position, what: string): void {
    this.#isSound = false;
    this.#wrong.entry(position, what);
  }
}
