/**
 * The format page is true and enough: its vectors come out of our code, and a verifier that knows
 * the page only, and none of our code, checks its log and its receipt.
 */
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Act } from "../../src/domain/act.ts";
import { toBase64 } from "../../src/ledger/base64.ts";
import { signCheckpoint } from "../../src/ledger/checkpoint.ts";
import { frontierBytes, rootOf } from "../../src/ledger/frontier.ts";
import { leafOf, recordBytes } from "../../src/ledger/leaf.ts";
import { parseVkey, signerOf, signingKeyText } from "../../src/ledger/note-key.ts";
import { consistencyProof, inclusionProof, rootAt } from "../../src/ledger/proof.ts";
import { buildReceipt, type Receipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { encodeBundle, parseTilePath } from "../../src/ledger/tile.ts";
import { foreignJudge, missingForeignJudge } from "./foreign/judge.ts";
import { appended } from "./reference-tree.ts";

interface Vectors {
  readonly seed: string;
  readonly signingKey: string;
  readonly vkey: string;
  readonly entries: readonly {
    readonly record: string;
    readonly salt: string;
    readonly leaf: string;
    readonly leafHash: string;
  }[];
  readonly roots: readonly string[];
  readonly frontier: string;
  readonly checkpoints: Readonly<Record<string, string>>;
  readonly consistency: readonly string[];
  readonly receipt: Receipt;
  readonly tile: { readonly path: string; readonly bytes: string };
  readonly bundle: {
    readonly path: string;
    readonly length: number;
    readonly start: string;
    readonly sha256: string;
  };
}

const PAGE = readFileSync(new URL("../../docs/formats/ledger.md", import.meta.url), "utf8");
const VECTORS: Vectors = JSON.parse(/```json vectors\n(.*?)\n```/su.exec(PAGE)![1]!);

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const LEAF_HASHES = VECTORS.entries.map(({ leafHash }) => bytesOf(leafHash));
const LOG = appended(LEAF_HASHES, 2);

test("the leaves of the page are made from its records and salts", () => {
  for (const [index, { record, salt, leaf, leafHash }] of VECTORS.entries.entries()) {
    const act: Act = JSON.parse(record);
    assert.equal(Buffer.from(recordBytes(act)).toString(), record);
    const recordedAt: number = JSON.parse(leaf).recordedAt;
    const draft = { act, recordedAt, salt: bytesOf(salt), token: "" };
    const made = leafOf(draft, index + 1, recordBytes(act));
    assert.equal(Buffer.from(made.leaf).toString(), leaf);
    assert.equal(made.leafHash, leafHash);
  }
});

test("the tree of the page has its roots, frontier, tile and bundle", async () => {
  for (const [size, root] of VECTORS.roots.entries()) {
    assert.equal(hex(await rootAt(size, LOG.read)), root);
  }
  assert.equal(hex(rootOf(LOG.frontier)), VECTORS.roots.at(-1));
  assert.equal(hex(frontierBytes(LOG.frontier)), VECTORS.frontier);
  assert.deepEqual(parseTilePath(VECTORS.tile.path), { level: 0, index: 0, width: 3 });
  assert.equal(hex(Buffer.concat(LEAF_HASHES)), VECTORS.tile.bytes);
  assert.deepEqual(parseTilePath(VECTORS.bundle.path), { level: "entries", index: 0, width: 3 });
  const bundle = encodeBundle(VECTORS.entries.map(({ leaf }) => Buffer.from(leaf)));
  const { length, start, sha256: digest } = VECTORS.bundle;
  assert.deepEqual(
    [bundle.length, hex(bundle.subarray(0, 12)), hex(sha256(bundle))],
    [length, start, digest],
  );
});

test("the key of the page signs its checkpoints and its receipt", async () => {
  const [origin] = VECTORS.vkey.split("+") as [string];
  const seed = bytesOf(VECTORS.seed);
  const key = signerOf(origin, seed);
  assert.equal(signingKeyText(origin, seed), VECTORS.signingKey);
  assert.equal(key.vkey, VECTORS.vkey);
  assert.ok(!("problem" in parseVkey(VECTORS.vkey)));
  for (const [size, note] of Object.entries(VECTORS.checkpoints)) {
    const root = await rootAt(Number(size), LOG.read);
    assert.equal(signCheckpoint({ origin, size: Number(size), root }, [key]), note);
  }
  const consistency = await consistencyProof(2, 3, LOG.read);
  assert.deepEqual(consistency.map(toBase64), VECTORS.consistency);

  const [{ record, salt, leaf }] = VECTORS.entries as [Vectors["entries"][0]];
  const entry = { record: Buffer.from(record), salt: bytesOf(salt), leaf: Buffer.from(leaf) };
  const hashes = await inclusionProof(0, 3, LOG.read);
  assert.deepEqual(buildReceipt(entry, hashes, VECTORS.checkpoints["3"]!, key), VECTORS.receipt);
  assert.ok(!("problem" in verifyReceipt(VECTORS.receipt, [VECTORS.vkey])));
});

// From here on, what the page says, in its order, with nothing of ours.

function sha256(...parts: (Uint8Array | string)[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(Uint8Array.of(1), left, right);
const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const half = (count: number) => Math.floor(count / 2);

/** "Inclusion proof", as the page tells how to check one. */
function isIncluded(i: number, n: number, leaf: string, proof: string[], root: string): boolean {
  if (i >= n) return false;
  let [f, s, r] = [i, n - 1, sha256(Uint8Array.of(0), leaf)];
  for (const p of proof.map(base64)) {
    if (s === 0) return false;
    if (f % 2 === 1 || f === s) {
      r = nodeHash(p, r);
      while (f % 2 === 0 && f !== 0) [f, s] = [half(f), half(s)];
    } else {
      r = nodeHash(r, p);
    }
    [f, s] = [half(f), half(s)];
  }
  return s === 0 && hex(r) === hex(base64(root));
}

/** "Checkpoint" and "Keys": the three lines, when this key signed them. */
function signedLines(note: string, vkey: string): string[] | null {
  const [name, id, key64] = vkey.split("+") as [string, string, string];
  const typed = base64(vkey.slice(name.length + id.length + 2));
  assert.ok(key64.length > 0 && hex(sha256(`${name}\n`, typed).subarray(0, 4)) === id);
  const x = Buffer.from(typed.subarray(1)).toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const end = note.lastIndexOf("\n\n");
  const [text, lines] = [
    note.slice(0, end + 1),
    note
      .slice(end + 2)
      .trimEnd()
      .split("\n"),
  ];
  const isSigned = lines.some((line) => {
    const signature = base64(line.split(" ")[2]!);
    return (
      line.startsWith(`— ${name} `) &&
      hex(signature.subarray(0, 4)) === id &&
      verify(null, Buffer.from(text), publicKey, signature.subarray(4))
    );
  });
  return isSigned && text.startsWith(`${name}\n`) ? text.trimEnd().split("\n") : null;
}

/** "Receipt", its five steps. */
function holds(receipt: Receipt, vkey: string): boolean {
  const [record, leaf] = [JSON.parse(receipt.record!), JSON.parse(receipt.leaf)];
  const commit = sha256(Buffer.from(receipt.salt!, "hex"), receipt.record!);
  const [head, ...rest] = receipt.proof.split("\n\n") as [string, ...string[]];
  const [first, indexLine, ...proof] = head.split("\n") as [string, string, ...string[]];
  const lines = signedLines(rest.join("\n\n"), vkey);
  if (lines === null || first !== "c2sp.org/tlog-proof@v1") return false;
  const index = Number(indexLine.slice("index ".length));
  const shared = ["kind", "source", "by", "via", "claimedAt", "receivedAt", "scopes", "refersTo"];
  return (
    hex(commit) === leaf.commit &&
    vkey.startsWith(`${receipt.key}+`) &&
    index === leaf.position - 1 &&
    isIncluded(index, Number(lines[1]), receipt.leaf, proof, lines[2]!) &&
    shared.every((name) => JSON.stringify(leaf[name]) === JSON.stringify(record[name]))
  );
}

test("a verifier that knows the page only accepts its receipt and refuses changed ones", () => {
  const { receipt, vkey } = VECTORS;
  assert.ok(holds(receipt, vkey));
  assert.ok(!holds({ ...receipt, record: receipt.record!.replace("STOP", "stop") }, vkey));
  assert.ok(!holds({ ...receipt, leaf: receipt.leaf.replace("5255", "5256") }, vkey));
  assert.ok(!holds({ ...receipt, proof: receipt.proof.replace("\n3\n", "\n4\n") }, vkey));
  assert.ok(!holds({ ...receipt, proof: receipt.proof.replace("Mfd", "Mfe") }, vkey));
});

const skip = missingForeignJudge();

test("Go accepts the log and the receipt of the page, and refuses a changed record", {
  skip,
}, (t) => {
  const judge = foreignJudge({ after: (release) => t.after(release) });
  const { checkpoints, consistency, entries, receipt, vkey } = VECTORS;
  const inclusion = receipt.proof.split("\n").slice(2, 4);
  const question = {
    checkpoint: checkpoints["3"]!,
    vkeys: [vkey],
    leaves: entries.map(({ leaf }) => Buffer.from(leaf).toString("base64")),
    index: 0,
    leaf: Buffer.from(receipt.leaf).toString("base64"),
    inclusion,
    older: checkpoints["2"]!,
    consistency,
    record: receipt.record!,
    salt: receipt.salt!,
  };
  const changed = { ...question, record: question.record.replace("STOP", "stop") };
  assert.deepEqual(judge([question, changed]), [
    { accepted: true },
    { accepted: false, problem: "the leaf does not commit to the record" },
  ]);
});

test("the page names every member that a receipt and a leaf have", () => {
  const members = [...Object.keys(VECTORS.receipt)];
  for (const { leaf } of VECTORS.entries) members.push(...Object.keys(JSON.parse(leaf)));
  for (const name of members) assert.ok(PAGE.includes(`\`${name}\``), name);
});
