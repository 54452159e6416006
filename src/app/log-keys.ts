/**
 * The keys that sign the log. `runtime/log-key-files.ts` keeps them in files, apart from the
 * database: whoever writes the ledger anew must not find there what signs it.
 */
import type { Signer } from "../ledger/note-key.ts";
import type { Receipt } from "../ledger/receipt.ts";
import type { Finding } from "./finding.ts";
import type { SigningKeyChange } from "./known-keys.ts";

/** A new key is taking over. */
export interface KeyChange {
  /** The key before it, `name+id`. */
  readonly from: string;
  readonly to: Signer;
  /** The key before it, when it can still vouch for the new one; never for a log of another name. */
  readonly voucher: Signer | null;
}

export interface LogKeys {
  /** The log's name: that of the key which signs it. */
  readonly origin: string;
  /**
   * The key that the ledger says is in force. `null` while this server does not have it, because
   * another server rotated it; then nothing is signed here.
   */
  readonly signer: Signer | null;
  /** Every key that ever signed here, as published; the present one first. None is ever left out. */
  readonly vkeys: readonly string[];
  /**
   * Receipts of the entries that put a new key in force, each signed by the key before it: whoever
   * trusts the old key learns the new one from them.
   */
  readonly handovers: readonly Receipt[];
  /**
   * Makes the next key of this log and keeps it durably; it waits until the ledger has its entry.
   * `isLost`: the present key is gone for good, so that nobody can vouch for the new one.
   */
  rotate(isLost: boolean): Promise<Signer>;
  /** What was begun and is not finished: its entry, its handover or its files are missing. */
  readonly change: KeyChange | null;
  /** The old key vouches for the new one. Durable when it resolves. */
  keepHandover(change: KeyChange, receipt: Receipt): Promise<void>;
  /** The entry is in the ledger, and the old key is not needed any more. Durable when it resolves. */
  finishChange(): Promise<void>;
  /**
   * A new key with a new name: a log that lost entries is another log, and the old key must never
   * sign again, though its vkey stays published. The new one signs from `finishChange` on.
   */
  beginNewLog(): Promise<void>;
  /** The key of a new log has certainly signed nothing yet. */
  readonly isUnused: boolean;
  /**
   * The present key, or that of a new log, may sign from here on, so that its vkey must never be
   * forgotten. Durable when it resolves; not to be called while locked.
   */
  keepVkey(): Promise<void>;
  /** The ledger has an entry that put a key in force; maybe one of another server. */
  learn(change: SigningKeyChange): void;
  /** What is not as it should be, for `heed doctor`. */
  examine(): Promise<readonly Finding[]>;
}
