/**
 * Tokens for links: what a link is about, sealed under the link key, so that it needs no row in a
 * database, shows nothing, and cannot be made up or counted through.
 *
 * Sealed with AES-256-GCM under a nonce derived from the contents (as SIV does), so that the same
 * contents give the same token, and no nonce is ever used for two contents. Every purpose has keys
 * of its own: a token for one opens nothing for another.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import type { Json } from "../ledger/canonical.ts";

/** `link`: opt out. `proof`: fetch the receipt of one opt-out. */
export type TokenPurpose = "link" | "proof";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function sealToken(linkKey: Uint8Array, purpose: TokenPurpose, contents: Json): string {
  const keys = keysOf(linkKey, purpose);
  const plain = Buffer.from(JSON.stringify(contents));
  const nonce = createHmac("sha256", keys.nonce).update(plain).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keys.seal, nonce).setAAD(Uint8Array.of(VERSION));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([Uint8Array.of(VERSION), nonce, sealed]).toString("base64url");
}

/** `undefined` for anything that this installation did not seal for this purpose. */
export function openToken(
  linkKey: Uint8Array,
  purpose: TokenPurpose,
  token: string,
): unknown | undefined {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
  // base64url has more than one spelling of the same bytes; only ours is accepted.
  if (bytes.toString("base64url") !== token) return undefined;
  const keys = keysOf(linkKey, purpose);
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(-TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", keys.seal, nonce)
      .setAAD(Uint8Array.of(VERSION))
      .setAuthTag(tag);
    const plain = Buffer.concat([
      decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return JSON.parse(plain.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The version is part of the name: tokens that are out in messages for years must stay readable. */
function keysOf(
  linkKey: Uint8Array,
  purpose: TokenPurpose,
): { seal: Uint8Array; nonce: Uint8Array } {
  const derive = (use: string) =>
    new Uint8Array(hkdfSync("sha256", linkKey, new Uint8Array(0), `heed ${purpose} v1 ${use}`, 32));
  return { seal: derive("seal"), nonce: derive("nonce") };
}
