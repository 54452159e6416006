/**
 * The Ed25519 keys of signed notes (C2SP signed-note, https://c2sp.org/signed-note) and their text
 * forms, which are those of Go's golang.org/x/mod/sumdb/note. Key material is handed in: nothing
 * here makes or keeps a key.
 * LIMIT: no other algorithm. A key of another type is named as such and refused.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject } from "node:crypto";
import { fromBase64, toBase64 } from "./base64.ts";

/** What was handed in is not what it should be; a sentence for people, without secrets. */
export interface Problem {
  readonly problem: string;
}

/** Knows a signature of one key. */
export interface Verifier {
  readonly name: string;
  /** `name+id`, the id being eight hex digits: what a signature line says of its key. */
  readonly keyId: string;
  /** `name+id+base64(0x01 || public key)`: what is published. */
  readonly vkey: string;
  readonly publicKey: KeyObject;
}

export interface Signer extends Verifier {
  readonly privateKey: KeyObject;
}

const ED25519 = 0x01;
const KEY_BYTES = 32;
/** DER around the 32 bytes of a key (RFC 8410 §4 and §7). */
const PUBLIC_PREFIX = "302a300506032b6570032100";
const PRIVATE_PREFIX = "302e020100300506032b657004220420";

/** Not empty, no white space, no plus: a name ends at the first of them. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && !hasControls(name) && /^[^\p{White_Space}+]+$/u.test(name);
}

/** Whether a text has ASCII control characters other than the line feed, which no note may have. */
export function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 && unit !== 0x0a) return true;
  }
  return false;
}

/** The key with this name and Ed25519 seed (32 secret, random bytes). Throws a RangeError. */
export function signerOf(name: string, seed: Uint8Array): Signer {
  if (!isKeyName(name)) {
    throw new RangeError(`\`${name}\` cannot name a key: use a text without spaces and pluses.`);
  }
  if (seed.length !== KEY_BYTES) throw new RangeError("The seed of an Ed25519 key has 32 bytes.");
  const der = Buffer.concat([Buffer.from(PRIVATE_PREFIX, "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { ...verifierOf(name, new Uint8Array(spki.subarray(-KEY_BYTES))), privateKey };
}

/** The key with this name and Ed25519 public key (32 bytes). */
function verifierOf(name: string, publicKey: Uint8Array): Verifier {
  const typed = Uint8Array.of(ED25519, ...publicKey);
  const keyId = `${name}+${idOf(name, typed)}`;
  const der = Buffer.concat([Buffer.from(PUBLIC_PREFIX, "hex"), publicKey]);
  return {
    name,
    keyId,
    vkey: `${keyId}+${toBase64(typed)}`,
    publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
  };
}

/** SHA-256(name || 0x0A || type || public key), its first four bytes in hex. */
function idOf(name: string, typedKey: Uint8Array): string {
  return hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typedKey]), "hex").slice(0, 8);
}

/** Reads a published key: `name+id+base64`. */
export function parseVkey(vkey: string): Verifier | Problem {
  const parts = partsOf(vkey);
  if (parts === null) {
    return { problem: `\`${vkey}\` is no verifier key: it has the form \`name+id+base64\`.` };
  }
  const { name, id, typedKey } = parts;
  if (id !== idOf(name, typedKey)) {
    return { problem: `The verifier key \`${vkey}\` was changed: its id is not that of its key.` };
  }
  if (typedKey[0] !== ED25519 || typedKey.length !== 1 + KEY_BYTES) {
    return { problem: `The verifier key \`${vkey}\` is no Ed25519 key; give one that is.` };
  }
  return verifierOf(name, typedKey.subarray(1));
}

/** The text of a signing key, for a file that only its owner can read. */
export function signingKeyText(name: string, seed: Uint8Array): string {
  const { keyId } = signerOf(name, seed);
  return `PRIVATE+KEY+${keyId}+${toBase64(Uint8Array.of(ED25519, ...seed))}`;
}

const PRIVATE = "PRIVATE+KEY+";

/** The reverse of `signingKeyText`. A problem never repeats the text, which is secret. */
export function parseSigningKey(text: string): Signer | Problem {
  const parts = text.startsWith(PRIVATE) ? partsOf(text.slice(PRIVATE.length)) : null;
  if (parts === null) {
    return { problem: "This is no signing key: it has the form `PRIVATE+KEY+name+id+base64`." };
  }
  const { name, id, typedKey } = parts;
  if (typedKey[0] !== ED25519 || typedKey.length !== 1 + KEY_BYTES) {
    return { problem: `The signing key \`${name}\` is no Ed25519 key; give one that is.` };
  }
  const signer = signerOf(name, typedKey.subarray(1));
  if (signer.keyId === `${name}+${id}`) return signer;
  return { problem: `The signing key \`${name}\` was changed: its id is not that of its key.` };
}

function partsOf(text: string): { name: string; id: string; typedKey: Uint8Array } | null {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) return null;
  const typedKey = fromBase64(base64);
  return typedKey === null || typedKey.length < 2 || !isKeyName(name)
    ? null
    : { name, id, typedKey };
}
