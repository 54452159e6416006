/**
 * How a message is known again for ever: by keyed hashes of its idempotency key and of its body. Both
 * may be made of an address, and a plain hash of that can be reversed by trying all numbers.
 *
 * They are made of the plain hashes, because those are all that ledgers from before have: so they can
 * be brought over to these, and the messages in them are still known.
 */
import { createHmac } from "node:crypto";

export interface MessageHashes {
  readonly key: string;
  readonly bodyHash: string;
}

/** The words in front keep it apart from the token of an address that is the whole text. */
export function keyedDigest(secret: Uint8Array, text: string): string {
  return createHmac("sha256", secret).update(`heed digest v1\n${text}`).digest("hex");
}

/** `plain`: SHA-256 in hex of the key (UTF-8) and of the body (canonical JSON). */
export function keyedHashes(
  digestOf: (text: string) => string,
  plain: MessageHashes,
): MessageHashes {
  return {
    key: digestOf(`message key\n${plain.key}`),
    bodyHash: digestOf(`message body\n${plain.bodyHash}`),
  };
}
