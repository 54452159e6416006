// Signed checkpoints with something about them changed. None of them may pass for one that the log
// signed: in each, the signed text or the bytes of the one signature are others.
// LIMIT: a signature of an unknown key more is no such change; C2SP wants it to be passed over.
import { signNote } from "../../src/ledger/note.ts";
import type { Signer } from "../../src/ledger/note-key.ts";
import { type Dice, roll } from "../dice.ts";

export interface Mutant {
  readonly kind: string;
  readonly note: string;
}

/** A signed checkpoint, taken apart. */
interface Parts {
  readonly origin: string;
  readonly size: string;
  readonly root: string;
  /** Name of the key, and key id with signature. */
  readonly name: string;
  readonly signed: Buffer;
}

interface Given {
  readonly note: string;
  readonly parts: Parts;
  /** Of another checkpoint of the same log. */
  readonly other: Parts;
  /** A key with the name of the log that is not the log's. */
  readonly stranger: Signer;
  readonly dice: Dice;
}

const MUTATIONS: Readonly<Record<string, (given: Given) => string>> = {
  "a bit of the text": ({ parts, dice }) => {
    const bytes = Buffer.from(textOf(parts));
    // Seven bits: what is flipped stays UTF-8, and is refused for what it says.
    bytes[roll(dice, 0, bytes.length - 1)]! ^= 1 << roll(dice, 0, 6);
    return assembled(parts, bytes.toString());
  },
  "a bit of the signature": ({ parts, dice }) =>
    assembled({ ...parts, signed: flipped(parts.signed, roll(dice, 4, 67), dice) }),
  "a bit of the key id": ({ parts, dice }) =>
    assembled({ ...parts, signed: flipped(parts.signed, roll(dice, 0, 3), dice) }),
  "a larger size": ({ parts, dice }) =>
    assembled({ ...parts, size: String(Number(parts.size) + roll(dice, 1, 1000)) }),
  "a smaller size": ({ parts, dice }) =>
    assembled({ ...parts, size: String(roll(dice, 0, Number(parts.size) - 1)) }),
  "a zero before the size": ({ parts }) => assembled({ ...parts, size: `0${parts.size}` }),
  "the root of another tree": ({ parts, other }) => assembled({ ...parts, root: other.root }),
  "the size of another tree": ({ parts, other }) => assembled({ ...parts, size: other.size }),
  "the signature of another tree": ({ parts, other }) =>
    assembled({ ...parts, signed: other.signed }),
  "another origin": ({ parts }) => assembled({ ...parts, origin: `${parts.origin}x` }),
  "another key name": ({ parts }) => assembled({ ...parts, name: `${parts.name}x` }),
  "a line of text more": ({ parts }) => assembled(parts, `${textOf(parts)}more\n`),
  "a line of text less": ({ parts }) => assembled(parts, `${parts.origin}\n${parts.size}\n`),
  "an empty line of text more": ({ parts }) => assembled(parts, `${textOf(parts)}\n`),
  "two lines swapped": ({ parts }) =>
    assembled(parts, `${parts.origin}\n${parts.root}\n${parts.size}\n`),
  "no signature": ({ parts }) => `${textOf(parts)}\n`,
  "no empty line": ({ note }) => note.replace("\n\n", "\n"),
  "a part of the signature": ({ parts, dice }) =>
    assembled({ ...parts, signed: parts.signed.subarray(0, roll(dice, 0, 67)) }),
  "a byte more of the signature": ({ parts, dice }) =>
    assembled({ ...parts, signed: Buffer.concat([parts.signed, Buffer.of(roll(dice, 0, 255))]) }),
  "a false signature before the true one": ({ parts, dice }) => {
    const wrong = { ...parts, signed: flipped(parts.signed, roll(dice, 4, 67), dice) };
    return `${textOf(parts)}\n${signatureOf(wrong)}${signatureOf(parts)}`;
  },
  "a line that is no signature": ({ note }) => `${note}more\n`,
  "a hyphen for the dash": ({ note }) => note.replace("\u2014", "-"),
  "without its end": ({ note, dice }) => note.slice(0, roll(dice, 0, note.length - 1)),
  "line ends of Windows": ({ note }) => note.replaceAll("\n", "\r\n"),
  "the signature of a stranger with the same name": ({ parts, stranger }) =>
    signNote(textOf(parts), [stranger]),
  "another text, signed by a stranger": ({ parts, stranger, dice }) =>
    signNote(textOf({ ...parts, size: String(Number(parts.size) + roll(dice, 1, 9)) }), [stranger]),
};

/** As many, in turn of every kind. */
export function mutants(
  checkpoints: readonly string[],
  count: number,
  stranger: Signer,
  dice: Dice,
): Mutant[] {
  const kinds = Object.entries(MUTATIONS);
  return Array.from({ length: count }, (_, at) => {
    const place = roll(dice, 0, checkpoints.length - 1);
    const note = checkpoints[place]!;
    // INVARIANT: checkpoints are different from each other, so the other one is another one.
    const other = partsOf(checkpoints[(place + 1) % checkpoints.length]!);
    const [kind, mutate] = kinds[at % kinds.length]!;
    return { kind, note: mutate({ note, parts: partsOf(note), other, stranger, dice }) };
  });
}

function partsOf(note: string): Parts {
  const [origin = "", size = "", root = "", , signature = ""] = note.split("\n");
  const [, name = "", base64 = ""] = signature.split(" ");
  return { origin, size, root, name, signed: Buffer.from(base64, "base64") };
}

function textOf({ origin, size, root }: Parts): string {
  return `${origin}\n${size}\n${root}\n`;
}

function signatureOf({ name, signed }: Parts): string {
  return `\u2014 ${name} ${signed.toString("base64")}\n`;
}

function assembled(parts: Parts, text = textOf(parts)): string {
  return `${text}\n${signatureOf(parts)}`;
}

function flipped(bytes: Buffer, at: number, dice: Dice): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1 << roll(dice, 0, 7);
  return changed;
}
