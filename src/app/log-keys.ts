/**
 * The keys that sign the log. `runtime/log-key-files.ts` keeps them in files, apart from the
 * database: whoever has written the ledger anew must not find there what signs it.
 */

import type { Signer } from "../ledger/note-key.ts";
import type { Receipt } from "../ledger/receipt.ts";

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
  /** A newer key than the one in force, which the ledger does not know of yet. */
  readonly waiting: Signer | null;
  /**
   * Receipts of the entries that put a new key in force, each signed by the key before it: whoever
   * trusts the old key learns the new one from them.
   */
  readonly handovers: readonly Receipt[];
  /** What is not as it should be, with what to do; for `heed doctor`. */
  readonly findings: readonly { readonly text: string; readonly whatToDo: string }[];

  /** Makes the next key and keeps it durably. It waits until the ledger has its entry. */
  rotate(): Promise<Signer>;
  /** Keeps what the old key vouched with. Durable when it resolves. */
  keepHandover(key: Signer, receipt: Receipt): Promise<void>;
  /** The entry of the waiting key is in the ledger: keeps the old vkey, then puts the key in force. */
  putInForce(): Promise<void>;
  /**
   * A new key with a new origin, in force when it resolves: a log that lost entries is not the same
   * log, and the old key must never sign again. Its vkey stays published.
   */
  beginNewLog(): Promise<void>;
  /** The ledger has an entry that put this key (`name+id`) in force; maybe another server's. */
  learn(keyId: string): void;
}
