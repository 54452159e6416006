/**
 * Signed notes and checkpoints: keys and notes of Go's sumdb/note, the examples of C2SP, and
 * manglings of both, none of which may pass.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Checkpoint,
  checkpointText,
  openCheckpoint,
  parseCheckpointText,
  signCheckpoint,
} from "../../src/ledger/checkpoint.ts";
import { emptyRoot } from "../../src/ledger/merkle.ts";
import { openNote, signNote } from "../../src/ledger/note.ts";
import {
  isKeyName,
  parseSigningKey,
  parseVkey,
  type Signer,
  signerOf,
  signingKeyText,
  type Verifier,
} from "../../src/ledger/note-key.ts";

// Public test keys, text and signatures of golang.org/x/mod/sumdb/note (example_test.go).
const PETER_SIGNING =
  "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT =
  "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n";
const PETER_LINE =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const NOTE = `${TEXT}\n${PETER_LINE}`;

function known(...vkeys: string[]): Verifier[] {
  return vkeys.map((vkey) => {
    const verifier = parseVkey(vkey);
    if ("problem" in verifier) throw new Error(verifier.problem);
    return verifier;
  });
}

function names(note: string | Uint8Array, verifiers: readonly Verifier[]): string[] | string {
  const opened = openNote(note, verifiers);
  return "problem" in opened ? opened.problem : opened.signedBy.map(({ name }) => name);
}

const fails = (note: string | Uint8Array, verifiers: readonly Verifier[]) =>
  "problem" in openNote(note, verifiers);

const signer = (name: string, fill: number): Signer =>
  signerOf(name, new Uint8Array(32).fill(fill));

test("a note signed with Go's key is the note that Go signs", () => {
  const peter = parseSigningKey(PETER_SIGNING);
  assert.ok(!("problem" in peter));
  assert.equal(peter.vkey, PETER);
  assert.equal(peter.keyId, "PeterNeumann+c74f20a3");
  assert.equal(signNote(TEXT, [peter]), NOTE);
  const seed = Buffer.from(PETER_SIGNING.split("+").slice(4).join("+"), "base64").subarray(1);
  assert.equal(signingKeyText("PeterNeumann", seed), PETER_SIGNING);
});

test("a note tells which known keys signed it and ignores the others", () => {
  const both = `${TEXT}\n${PETER_LINE}${ENOCH_LINE}`;
  assert.deepEqual(names(both, known(PETER)), ["PeterNeumann"]);
  assert.deepEqual(names(both, known(ENOCH)), ["EnochRoot"]);
  assert.deepEqual(names(both, known(PETER, ENOCH)), ["PeterNeumann", "EnochRoot"]);
  assert.deepEqual(names(Buffer.from(both), known(PETER)), ["PeterNeumann"]);
  assert.deepEqual(names(`${NOTE}${PETER_LINE}`, known(PETER, PETER)), ["PeterNeumann"]);
  assert.match(String(names(both, [])), /No known key .* `PeterNeumann\+c74f20a3`, `EnochRoot/u);
});

test("a signature with the name or the id of a known key, but not both, is ignored", () => {
  const [peter, other] = [known(PETER)[0]!, signer("PeterNeumann", 1)];
  const note = signNote(TEXT, [other]);
  assert.ok(fails(note, [peter]));
  assert.deepEqual(names(note + PETER_LINE, [peter]), ["PeterNeumann"]);
  const renamed = PETER_LINE.replace("PeterNeumann", "AnotherName");
  assert.deepEqual(names(`${NOTE}${renamed}`, [peter]), ["PeterNeumann"]);
});

test("a false signature of a known key makes a note worthless that others signed rightly", () => {
  const false1 = ENOCH_LINE.replace("5n2t", "5n2u");
  assert.deepEqual(names(`${NOTE}${false1}`, known(PETER)), ["PeterNeumann"]);
  assert.ok(fails(`${NOTE}${false1}`, known(PETER, ENOCH)));
  assert.ok(fails(`${NOTE}${PETER_LINE.replace("ZJku", "ZJkv")}`, known(PETER)));
});

test("two known keys behind one id are refused", () => {
  const [peter] = known(PETER);
  const forged = { ...signer("x", 1), name: peter!.name, keyId: peter!.keyId };
  assert.match(String(names(NOTE, [peter!, forged])), /remove the wrong one/u);
});

test("a note with many signatures is read, one with more than a hundred is not", () => {
  const [peter] = known(PETER);
  const others = Array.from({ length: 16 }, (_, at) => signer(`witness.example/${at}`, at));
  const lines = signNote(TEXT, others).slice(TEXT.length + 1);
  assert.deepEqual(names(`${TEXT}\n${lines}${PETER_LINE}`, [peter!]), ["PeterNeumann"]);
  assert.deepEqual(names(`${TEXT}\n${PETER_LINE.repeat(100)}`, [peter!]), ["PeterNeumann"]);
  assert.ok(fails(`${TEXT}\n${PETER_LINE.repeat(101)}`, [peter!]));
});

test("a text with empty lines and letters of any language is signed as it is", () => {
  const italian = "Ognuno sta solo sul cuor della terra\n\ned è subito sera.\n";
  const key = signer("quasimodo.example/salvatore", 3);
  const note = signNote(italian, [key]);
  const opened = openNote(note, [key]);
  assert.ok(!("problem" in opened));
  assert.equal(opened.text, italian);
});

test("every byte of a note matters", () => {
  const bytes = Buffer.from(NOTE);
  assert.ok(!fails(bytes, known(PETER)));
  for (const at of bytes.keys()) {
    for (const change of [1, 0x20, 0x80, 0xff]) {
      const mangled = Uint8Array.from(bytes);
      mangled[at]! ^= change;
      if (!fails(mangled, known(PETER))) assert.fail(`byte ${at} changed by ${change}`);
    }
    if (!fails(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]), known(PETER))) {
      assert.fail(`byte ${at} taken away`);
    }
  }
});

test("what is not a note is refused", () => {
  const odd = [
    "",
    "\n",
    "\n\n",
    TEXT,
    `${TEXT}\n`,
    `${TEXT}${PETER_LINE}`,
    NOTE.slice(0, -1),
    `${NOTE}\n`,
    `\n${NOTE}`,
    `${NOTE} `,
    NOTE.replaceAll("\n", "\r\n"),
    NOTE.replace("—", "-"),
    NOTE.replace("— ", "—"),
    NOTE.replace("— ", "—  "),
    NOTE.replace("PeterNeumann ", "PeterNeumann\t"),
    NOTE.replace("PeterNeumann ", "PeterNeumann  "),
    NOTE.replace("PeterNeumann ", " "),
    `${NOTE}— Peter+Neumann ${PETER_LINE.split(" ")[2]}`,
    `${NOTE}— Peter\u00a0Neumann ${PETER_LINE.split(" ")[2]}`,
    `${NOTE}— NoBase64 !!!!\n`,
    `${NOTE}— TooShort AAAAAA==\n`,
    // The two spare bits before the padding are not zero.
    NOTE.replace("nAM=", "nAN="),
    NOTE.replace("nAM=", "nAM"),
    NOTE.replace("nAM=", "nAM= "),
    `\ufeff${NOTE}`,
    `\u0000${NOTE}`,
    `\ud800${NOTE}`,
    "x".repeat(1_000_001) + NOTE,
  ];
  for (const note of odd) {
    if (!fails(note, known(PETER))) assert.fail(JSON.stringify(note.slice(0, 400)));
  }
  assert.ok(fails(Buffer.concat([Buffer.from([0xff]), Buffer.from(NOTE)]), known(PETER)));
});

test("a text that no note can hold is not signed", () => {
  const [key] = [signer("a", 1)];
  for (const text of ["", "no line feed", "a\tb\n", "a\r\n", "\u0000\n", "\ud800\n"]) {
    assert.throws(() => signNote(text, [key!]), RangeError);
  }
});

test("every byte and every part of a key matters", () => {
  for (const [key, parse] of [
    [PETER, parseVkey],
    [PETER_SIGNING, parseSigningKey],
  ] as const) {
    assert.ok(!("problem" in parse(key)));
    for (let from = 0; from < key.length; from++) {
      for (let to = from; to <= key.length; to++) {
        if (to - from === key.length) continue;
        if (!("problem" in parse(key.slice(from, to)))) assert.fail(key.slice(from, to));
      }
      const next = String.fromCharCode(key.charCodeAt(from) + 1);
      const mangled = key.slice(0, from) + next + key.slice(from + 1);
      if (!("problem" in parse(mangled))) assert.fail(mangled);
    }
  }
  // Of another length and of another algorithm, with the id that belongs to them (Go's note_test.go).
  for (const key of [
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  ]) {
    assert.ok("problem" in parseVkey(key));
  }
});

test("a problem with a signing key never repeats the key", () => {
  const secret = PETER_SIGNING.split("+").slice(4).join("+");
  for (const text of [secret, PETER_SIGNING.replace("c74f", "c74e"), `x${PETER_SIGNING}`]) {
    const parsed = parseSigningKey(text);
    assert.ok("problem" in parsed && !parsed.problem.includes(secret.slice(4, 12)));
  }
});

test("a key has a name without spaces and pluses", () => {
  for (const name of ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "\u0000", "\ud800"]) {
    assert.ok(!isKeyName(name));
    assert.throws(() => signerOf(name, new Uint8Array(32)), RangeError);
  }
  assert.ok(isKeyName("optout.example.com/heed"));
  assert.throws(() => signerOf("a", new Uint8Array(31)), RangeError);
});

// The example of C2SP tlog-checkpoint. Its key is not published, so only its text can be read.
const SOFA = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
`;

test("the checkpoint in the C2SP specification is read, and written the same", () => {
  const checkpoint = parseCheckpointText(SOFA);
  assert.ok(!("problem" in checkpoint));
  assert.equal(checkpoint.origin, "example.com/behind-the-sofa");
  assert.equal(checkpoint.size, 20_852_163);
  assert.equal(checkpoint.root.length, 32);
  assert.equal(checkpointText(checkpoint), SOFA);
  const line =
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  assert.match(String(names(`${SOFA}\n${line}`, [])), /`example.com\/behind-the-sofa\+033de0ae`/u);
});

test("another spelling of a checkpoint is refused", () => {
  const [origin, size, root] = SOFA.split("\n") as [string, string, string];
  const odd = [
    `${origin}\n${size}\n`,
    `${SOFA}extension\n`,
    `${SOFA}\n`,
    SOFA.slice(0, -1),
    `\n${size}\n${root}\n`,
    ...["0", "-1", "+1", "01", "1.0", "1e3", " 1", "9007199254740992", "٣", ""].map(
      (other) => `${origin}\n${other}\n${root}\n`,
    ),
    ...["", root.slice(1), `${root}=`, root.replace("q2I=", "q2J="), "AAAA", ` ${root}`].map(
      (other) => `${origin}\n${size}\n${other}\n`,
    ),
  ];
  for (const text of odd) {
    if (!("problem" in parseCheckpointText(text))) assert.fail(JSON.stringify(text));
  }
});

const ORIGIN = "optout.example.com/heed";
const CHECKPOINT: Checkpoint = { origin: ORIGIN, size: 3, root: new Uint8Array(32).fill(9) };

test("a checkpoint is believed for a key of its log only, and for old keys as well", () => {
  const [old, present] = [signer(ORIGIN, 1), signer(ORIGIN, 2)];
  const note = signCheckpoint(CHECKPOINT, [old]);
  const opened = openCheckpoint(note, [present, old]);
  assert.ok(!("problem" in opened));
  assert.deepEqual(opened.root, CHECKPOINT.root);
  assert.deepEqual([opened.origin, opened.size], [ORIGIN, 3]);
  assert.deepEqual(
    opened.signedBy.map(({ keyId }) => keyId),
    [old.keyId],
  );
  assert.ok("problem" in openCheckpoint(note, [present]));
  assert.ok("problem" in openCheckpoint(note, []));

  const stranger = signer("another.example/log", 3);
  const strange = signNote(checkpointText(CHECKPOINT), [stranger]);
  const problem = openCheckpoint(strange, [stranger, present]);
  assert.ok("problem" in problem && problem.problem.includes("`another.example/log`"));
});

test("while a key is changed, both may sign, and either is enough", () => {
  const [old, present] = [signer(ORIGIN, 1), signer(ORIGIN, 2)];
  const note = signCheckpoint(CHECKPOINT, [old, present]);
  for (const one of [[old], [present], [old, present]]) {
    const opened = openCheckpoint(note, one);
    assert.ok(!("problem" in opened) && opened.signedBy.length === one.length);
  }
});

test("a log signs nothing that it would not read, and only with its own keys", () => {
  const key = signer(ORIGIN, 1);
  for (const wrong of [
    { ...CHECKPOINT, size: -1 },
    { ...CHECKPOINT, size: 0.5 },
    { ...CHECKPOINT, size: 0 },
    { ...CHECKPOINT, root: new Uint8Array(31) },
    { ...CHECKPOINT, origin: `${ORIGIN}\n4` },
    { ...CHECKPOINT, origin: "" },
  ]) {
    assert.throws(() => signCheckpoint(wrong, [key]), RangeError);
  }
  assert.throws(() => signCheckpoint(CHECKPOINT, []), RangeError);
  assert.throws(() => signCheckpoint(CHECKPOINT, [signer("another", 1)]), RangeError);
  const empty = signCheckpoint({ ...CHECKPOINT, size: 0, root: emptyRoot() }, [key]);
  assert.ok(!("problem" in openCheckpoint(empty, [key])));
});

test("every checkpoint that is signed is opened as it was", () => {
  const key = signer(ORIGIN, 1);
  const anyRoot = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), anyRoot, (size, root) => {
      const opened = openCheckpoint(signCheckpoint({ origin: ORIGIN, size, root }, [key]), [key]);
      assert.ok(!("problem" in opened));
      assert.equal(opened.size, size);
      assert.deepEqual([...opened.root], [...root]);
    }),
  );
});
