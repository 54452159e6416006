/**
 * The first schema kept plain hashes of messages. An upgrade replaces each by its keyed hash, once
 * and in the transaction that makes the new tables: a ledger has only one kind or only the other.
 */
import { createHash } from "node:crypto";
import { keyedDigest, keyedHashes } from "../ledger/message-hashes.ts";
import { UnsafeStore } from "./store.ts";

/** From this schema on the hashes are keyed. */
export const FIRST_KEYED_VERSION = 2;
/** The `installation` setting that tells whose secrets a ledger was begun with. */
export const SECRETS_SETTING = "secrets";

/** What the upgrade takes. It is not needed for a ledger without messages. */
export interface MessageKeying {
  /** What the server's keyed hashes are keyed with. */
  readonly secret: Uint8Array;
  /**
   * The value of the setting where that is the right secret. With a wrong one no message would be
   * known again, and nothing could bring it back.
   */
  readonly fingerprint: string;
}

export interface MessageRow {
  /** SHA-256 of the append's key. */
  readonly key: Uint8Array;
  readonly body_hash: string;
}

/** The same message as an append of today is kept. */
export function keyedRow({ secret }: MessageKeying, plain: MessageRow): MessageRow {
  const digestOf = (text: string) => keyedDigest(secret, text);
  const hashes = { key: Buffer.from(plain.key).toString("hex"), bodyHash: plain.body_hash };
  const { key, bodyHash } = keyedHashes(digestOf, hashes);
  return { key: keyBytes(key), body_hash: bodyHash };
}

/** As an append's key is kept: short, fit for every index, and without what is in it. */
export function keyBytes(key: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(key, "utf8").digest());
}

/** `stored`: the setting's value as it is in the table, `undefined` when there is none. */
export function assertKeying(
  keying: MessageKeying | null,
  stored: unknown,
): asserts keying is MessageKeying {
  if (keying === null) {
    throw new UnsafeStore(
      "This ledger is of an older Heed, and its upgrade needs the secrets of the installation. " +
        "Start Heed on it once.",
    );
  }
  // A server that was killed in its first moments has none yet, and claims it next.
  if (stored === undefined || stored === JSON.stringify(keying.fingerprint)) return;
  throw new UnsafeStore(
    "This ledger is of an older Heed and was begun with other keys, so it cannot be upgraded: copy " +
      "the `keys` folder of the first server here, or set HEED_PEPPER and HEED_LINK_KEY to its values.",
  );
}
