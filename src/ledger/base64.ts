/**
 * Base64 of RFC 4648 §4 with one text per byte string: what is signed or hashed must not have two
 * spellings, so padding is required, spare bits are zero and there is no white space.
 */

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** `null` when the text is not what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  return toBase64(bytes) === text ? bytes : null;
}
