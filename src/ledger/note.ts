/**
 * Signed notes: a text, an empty line, and one line per signature (C2SP signed-note,
 * https://c2sp.org/signed-note). Everything that this accepts, Go's golang.org/x/mod/sumdb/note
 * accepts as well; this refuses a little more: base64 with spare bits or line breaks in it, and a
 * second, false signature of a known key.
 */
import { sign, verify } from "node:crypto";
import { fromBase64, toBase64 } from "./base64.ts";
import { hasControls, isKeyName, type Problem, type Signer, type Verifier } from "./note-key.ts";

export interface OpenedNote {
  /** With its last line feed, without the empty line. */
  readonly text: string;
  /** The known keys that signed it, at least one. */
  readonly signedBy: readonly Verifier[];
}

interface Signature {
  /** `name+id` */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

const EM_DASH = "\u2014";
const ID_BYTES = 4;
/** At least 16 must be taken; as many as Go's reader takes. */
const MAX_SIGNATURES = 100;
const MAX_NOTE_LENGTH = 1_000_000;

/** Signs a text that ends with a line feed. Throws a RangeError for one that no note can hold. */
export function signNote(text: string, signers: readonly Signer[]): string {
  if (!text.isWellFormed() || !text.endsWith("\n") || hasControls(text)) {
    throw new RangeError("The text of a note ends with a line feed and has no control characters.");
  }
  const lines = signers.map(({ name, keyId, privateKey }) => {
    const id = Buffer.from(keyId.slice(-2 * ID_BYTES), "hex");
    const signature = sign(null, Buffer.from(text), privateKey);
    return `${EM_DASH} ${name} ${toBase64(Buffer.concat([id, signature]))}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/**
 * The text of a note that some of the known keys signed. Signatures of unknown keys are ignored; a
 * false one of a known key makes the whole note worthless.
 */
export function openNote(
  note: string | Uint8Array,
  known: readonly Verifier[],
): OpenedNote | Problem {
  const parsed = parseNote(note);
  if ("problem" in parsed) return parsed;
  const { text, signatures } = parsed;
  const textBytes = Buffer.from(text);
  const signedBy = new Set<Verifier>();
  for (const { keyId, bytes } of signatures) {
    const verifier = verifierFor(keyId, known);
    if (verifier === null) continue;
    if ("problem" in verifier) return verifier;
    if (!verify(null, textBytes, verifier.publicKey, bytes)) {
      return { problem: `The signature of \`${keyId}\` is not of this text: one was changed.` };
    }
    signedBy.add(verifier);
  }
  if (signedBy.size > 0) return { text, signedBy: [...signedBy] };
  const signers = [...new Set(signatures.map(({ keyId }) => `\`${keyId}\``))].join(", ");
  return { problem: `No known key signed this note, only ${signers}.` };
}

function verifierFor(keyId: string, known: readonly Verifier[]): Verifier | Problem | null {
  const [verifier, ...others] = known.filter((each) => each.keyId === keyId);
  if (verifier === undefined) return null;
  // Four bytes are found again by trying; two keys behind one id can only be an attack.
  return others.some((other) => other.vkey !== verifier.vkey)
    ? { problem: `Two of the known keys have the id \`${keyId}\`: remove the wrong one.` }
    : verifier;
}

function parseNote(
  note: string | Uint8Array,
): { text: string; signatures: readonly Signature[] } | Problem {
  const whole = typeof note === "string" ? note : decode(note);
  if (whole === null || !whole.isWellFormed()) return { problem: "The note is not UTF-8." };
  if (whole.length > MAX_NOTE_LENGTH)
    return { problem: "The note has more than a million characters." };
  if (hasControls(whole)) return { problem: "The note has a control character in it." };
  const end = whole.lastIndexOf("\n\n");
  if (end === -1) return { problem: "The note has no empty line before its signatures." };
  const block = whole.slice(end + 2);
  if (!block.endsWith("\n")) return { problem: "The note does not end with a signature line." };
  const lines = block.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) {
    return { problem: `The note has more than ${MAX_SIGNATURES} signatures.` };
  }
  const signatures: Signature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null) return { problem: `\`${line}\` is no signature line of a note.` };
    signatures.push(signature);
  }
  return { text: whole.slice(0, end + 1), signatures };
}

function parseSignature(line: string): Signature | null {
  const [dash, name, base64, ...rest] = line.split(" ");
  if (dash !== EM_DASH || name === undefined || base64 === undefined || rest.length > 0)
    return null;
  const bytes = fromBase64(base64);
  if (bytes === null || bytes.length <= ID_BYTES || !isKeyName(name)) return null;
  const id = Buffer.from(bytes.subarray(0, ID_BYTES)).toString("hex");
  return { keyId: `${name}+${id}`, bytes: bytes.subarray(ID_BYTES) };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
