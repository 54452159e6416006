/**
 * The notary: signs trees that the anchor already says, and issues receipts. It never signs while the
 * server is locked, because a log must not sign what is not consistent with what it signed before.
 */
import type { Position } from "../domain/words.ts";
import { signCheckpoint } from "../ledger/checkpoint.ts";
import { sameHash, verifyInclusion } from "../ledger/merkle.ts";
import type { Signer } from "../ledger/note-key.ts";
import { inclusionProof } from "../ledger/proof.ts";
import { buildReceipt, type Receipt } from "../ledger/receipt.ts";
import { faultOf } from "../ledger/sealed-check.ts";
import type { Commit, SealedEntry, Store, TreeHead } from "../store/store.ts";
import { damagedEntry, differsLock } from "./decide-lock.ts";
import type { HeadGuard } from "./head-guard.ts";
import type { InstallationSecrets } from "./installation-secrets.ts";
import type { KeyChange, LogKeys } from "./log-keys.ts";

export interface Notary {
  /** The log's name. */
  readonly origin: string;
  /** All keys the log ever signed with, as published; the present one first. */
  readonly vkeys: readonly string[];
  /**
   * The signed checkpoint of the newest anchored tree, or of the one that is given: the ledger must
   * begin with it and the anchor must say as much already. `null` while nothing may be signed.
   */
  checkpoint(tree?: TreeHead): { readonly tree: TreeHead; readonly note: string } | null;
  /**
   * The receipt of an entry, quick with the commit that it was appended in. `null` while nothing
   * may be signed. Rejects with a `RangeError` when there is no such entry.
   */
  receipt(position: Position, commit?: Commit): Promise<Receipt | null>;
  /**
   * The receipt of the entry that puts a new key in force, signed by both: the old key vouches for
   * the new one. `null` while nothing may be signed.
   */
  handover(position: Position, change: KeyChange): Promise<Receipt | null>;
}

export interface NotaryParts {
  readonly store: Pick<Store, "readSealed" | "readTile" | "tree">;
  readonly guard: Pick<HeadGuard, "lock" | "lockNow" | "keep" | "kept">;
  readonly logKeys: Pick<LogKeys, "origin" | "signer" | "vkeys">;
  readonly secrets: Pick<InstallationSecrets, "tokensOf">;
}

export function createNotary(parts: NotaryParts): Notary {
  return new KeyNotary(parts);
}

/** Trees of a few commits: the entries of one are asked for together, and soon after it. */
const NOTES_KEPT = 64;

interface Signed {
  readonly origin: string;
  readonly keyIds: readonly string[];
  readonly root: Uint8Array;
  readonly note: string;
}

class KeyNotary implements Notary {
  readonly #parts: NotaryParts;
  /** By size, the oldest first. */
  readonly #signed = new Map<number, Signed>();

  constructor(parts: NotaryParts) {
    this.#parts = parts;
  }

  get origin(): string {
    return this.#parts.logKeys.origin;
  }

  get vkeys(): readonly string[] {
    return this.#parts.logKeys.vkeys;
  }

  checkpoint(
    tree: TreeHead | null = this.#parts.guard.kept,
  ): { readonly tree: TreeHead; readonly note: string } | null {
    const { logKeys } = this.#parts;
    const note = tree === null ? null : this.#sign(tree, keysOf(logKeys.signer));
    return tree === null || note === null ? null : { tree, note };
  }

  async receipt(position: Position, commit?: Commit): Promise<Receipt | null> {
    const { signer } = this.#parts.logKeys;
    if (signer === null) return null;
    if (commit === undefined) return await this.#slowReceipt(position, [signer]);
    const sealed = commit.sealed(position);
    const hashes = commit.proof(position);
    // The anchor first: a signature over a tree that it does not say could never be taken back.
    await this.#parts.guard.keep(commit.tree);
    const note = this.#sign(commit.tree, [signer]);
    return note === null ? null : buildReceipt(sealed, hashes, note, signer);
  }

  async handover(position: Position, { to, voucher }: KeyChange): Promise<Receipt | null> {
    return voucher === null ? null : await this.#slowReceipt(position, [voucher, to]);
  }

  /** From the tiles, for an entry of any age. */
  async #slowReceipt(
    position: Position,
    signers: readonly [Signer, ...Signer[]],
  ): Promise<Receipt | null> {
    const { store, guard } = this.#parts;
    const sealed = await this.#entryAt(position);
    // In PostgreSQL it may be another server's, which our anchor does not say yet.
    if ((guard.kept?.size ?? 0) < position) await guard.keep(await store.tree());
    const tree = guard.kept;
    if (tree === null || tree.size < position) return null;
    const hashes = await inclusionProof(position - 1, tree.size, (tile) => store.readTile(tile));
    const fault = this.#faultOf(sealed, hashes, tree);
    if (fault !== null) {
      guard.lockNow(damagedEntry(position, fault));
      return null;
    }
    const note = this.#sign(tree, signers);
    return note === null ? null : buildReceipt(sealed, hashes, note, signers[0]);
  }

  async #entryAt(position: Position): Promise<SealedEntry> {
    const isPosition = Number.isSafeInteger(position) && position >= 1;
    const [sealed] = isPosition ? await this.#parts.store.readSealed(position - 1, 1) : [];
    if (sealed === undefined) throw new RangeError(`There is no entry ${position}.`);
    return sealed;
  }

  /** A receipt that does not hold would look like a lie of whoever got it. */
  #faultOf(sealed: SealedEntry, hashes: readonly Uint8Array[], tree: TreeHead): string | null {
    const { entry, leaf, salt, record, erasedBy } = sealed;
    const { position, recordedAt, leafHash, token, act } = entry;
    const parts = { position, recordedAt, leafHash, token, leaf, salt, record, erasedBy, act };
    const fault = faultOf(parts, this.#parts.secrets.tokensOf);
    if (fault !== null) return fault;
    const hash = Buffer.from(leafHash, "hex");
    return verifyInclusion(position - 1, tree.size, hash, hashes, tree.root)
      ? null
      : "It is not in the tree that the anchor says.";
  }

  /** The signed checkpoint of a tree, `null` while nothing may be signed. */
  #sign(tree: TreeHead, signers: readonly Signer[]): string | null {
    const { guard } = this.#parts;
    const [first] = signers;
    const isKept = guard.lock === null && guard.kept !== null && guard.kept.size >= tree.size;
    if (first === undefined || !isKept) return null;
    const origin = first.name;
    const keyIds = signers.map(({ keyId }) => keyId);
    const known = this.#signed.get(tree.size);
    if (known?.origin === origin && !sameHash(known.root, tree.root)) {
      // INVARIANT: no log signs two trees of one size.
      guard.lockNow(differsLock({ size: tree.size, who: "this server", isRunning: true }));
      return null;
    }
    // Two keys may have signed it when one took over; then it does for either.
    if (known !== undefined && keyIds.every((id) => known.keyIds.includes(id))) return known.note;
    const note = signCheckpoint({ origin, ...tree }, signers);
    this.#signed.set(tree.size, { origin, keyIds, root: tree.root, note });
    for (const size of this.#signed.keys()) {
      if (this.#signed.size <= NOTES_KEPT) break;
      this.#signed.delete(size);
    }
    return note;
  }
}

function keysOf(signer: Signer | null): readonly Signer[] {
  return signer === null ? [] : [signer];
}
