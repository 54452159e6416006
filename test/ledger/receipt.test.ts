/** Receipts: they hold offline for as long as any key of the log is known, or say what is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { canonicalJson, type Json } from "../../src/ledger/canonical.ts";
import { signCheckpoint } from "../../src/ledger/checkpoint.ts";
import { rootOf } from "../../src/ledger/frontier.ts";
import { leafHashOf, leafOf, recordBytes } from "../../src/ledger/leaf.ts";
import { type Signer, signerOf } from "../../src/ledger/note-key.ts";
import { inclusionProof } from "../../src/ledger/proof.ts";
import {
  buildReceipt,
  type ProvenEntry,
  type Receipt,
  verifyReceipt,
} from "../../src/ledger/receipt.ts";
import { parseTlogProof, tlogProofText } from "../../src/ledger/tlog-proof.ts";
import { appended } from "./reference-tree.ts";

const ORIGIN = "optout.example.com/heed";
const AT = Date.UTC(2026, 0, 1);
const KEY = signerOf(ORIGIN, new Uint8Array(32).fill(1));
const NEW_KEY = signerOf(ORIGIN, new Uint8Array(32).fill(2));
const STRANGER = signerOf("another.example/log", new Uint8Array(32).fill(3));

function act(index: number): Act {
  return {
    kind: index % 3 === 2 ? "confirmation" : "opt-out",
    address: `+1555123${String(index).padStart(4, "0")}` as AddressKey,
    scopes: plainStopScopes("acme", "sms"),
    by: "person",
    via: "sms",
    source: "twilio-us",
    claimedAt: AT + index,
    receivedAt: AT + index + 1,
    messageId: `SM${index}`,
    text: "STOP, s'il vous plaît 🙏",
    ...(index % 3 === 2 ? { refersTo: index } : {}),
  };
}

function entryOf(index: number, members: Partial<Act> = {}): ProvenEntry & { leafHash: string } {
  const record = recordBytes({ ...act(index), ...members });
  const salt = new Uint8Array(32).fill(index);
  const draft = { act: act(index), recordedAt: AT + index + 2, salt, token: "" };
  return { ...leafOf(draft, index + 1, record), record, salt };
}

/** The receipts of a log, each with its proof in the whole tree. */
async function receiptsOf(
  entries: readonly (ProvenEntry & { leafHash: string })[],
  signer: Signer = KEY,
): Promise<Receipt[]> {
  const hashes = entries.map(({ leafHash }) => new Uint8Array(Buffer.from(leafHash, "hex")));
  const { frontier, read } = appended(hashes, 7);
  const tree = { origin: signer.name, size: frontier.size, root: rootOf(frontier) };
  const checkpoint = signCheckpoint(tree, [signer]);
  return Promise.all(
    entries.map(async (entry, index) =>
      buildReceipt(entry, await inclusionProof(index, frontier.size, read), checkpoint, signer),
    ),
  );
}

const ENTRIES = Array.from({ length: 21 }, (_, index) => entryOf(index));
const RECEIPTS = await receiptsOf(ENTRIES);
const RECEIPT = RECEIPTS[12]!;

function problemOf(receipt: unknown, vkeys: readonly string[] = [KEY.vkey]): string {
  const verified = verifyReceipt(receipt, vkeys);
  return "problem" in verified ? verified.problem : "";
}

test("every receipt of a log holds, as an object and as JSON text", () => {
  for (const [index, receipt] of RECEIPTS.entries()) {
    for (const form of [receipt, JSON.stringify(receipt), JSON.stringify(receipt, null, 2)]) {
      const verified = verifyReceipt(form, [KEY.vkey]);
      assert.ok(!("problem" in verified), JSON.stringify(verified));
      assert.deepEqual(verified.record, JSON.parse(JSON.stringify(act(index))));
      assert.equal(verified.leaf.position, index + 1);
      assert.equal(verified.leaf.kind, act(index).kind);
      assert.deepEqual([verified.origin, verified.size], [ORIGIN, RECEIPTS.length]);
      assert.equal(verified.vkey, KEY.vkey);
    }
  }
});

test("a receipt in a log of one entry holds without any hash", async () => {
  const [receipt] = await receiptsOf([ENTRIES[0]!]);
  assert.equal(problemOf(receipt), "");
});

test("a receipt of an old key holds as long as that key is still published", () => {
  assert.equal(problemOf(RECEIPT, [NEW_KEY.vkey, STRANGER.vkey, KEY.vkey]), "");
  assert.match(problemOf(RECEIPT, [NEW_KEY.vkey, STRANGER.vkey]), /No known key signed/u);
  assert.match(problemOf(RECEIPT, []), /No known key signed/u);
});

test("a broken key in the list is named instead of left out", () => {
  const broken = KEY.vkey.replace("+", "+0");
  assert.ok(problemOf(RECEIPT, [KEY.vkey, broken]).includes(broken));
});

test("a receipt of an erased record proves its leaf and holds no record", async () => {
  const erased = ENTRIES.map((entry, at) =>
    at === 4 ? { ...entry, record: null, salt: null } : entry,
  );
  const receipt = (await receiptsOf(erased))[4]!;
  const verified = verifyReceipt(receipt, [KEY.vkey]);
  assert.ok(!("problem" in verified));
  assert.equal(verified.record, null);
  assert.equal(verified.leaf.position, 5);
  // A receipt that was given out before still proves everything.
  assert.equal(problemOf(RECEIPTS[4]), "");
});

test("every character of a receipt matters", () => {
  const text = canonicalJson(RECEIPT as unknown as Json);
  assert.equal(problemOf(text), "");
  for (let at = 0; at < text.length; at++) {
    const mangled =
      text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    if (problemOf(mangled) === "") assert.fail(`${at}: ${mangled.slice(at - 10, at + 10)}`);
  }
});

test("any text in place of a part of a receipt is refused", () => {
  const anyPart = fc.constantFrom(...(Object.keys(RECEIPT) as (keyof Receipt)[]));
  const anyValue = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constantFrom(null, undefined, 1, true, [], {}),
  );
  fc.assert(
    fc.property(anyPart, anyValue, (part, value) => {
      assert.notEqual(problemOf({ ...RECEIPT, [part]: value }), "");
    }),
    { numRuns: 500 },
  );
});

test("parts of two receipts do not make a third one", () => {
  const anyReceipt = fc.constantFrom(...RECEIPTS);
  const parts = ["record", "salt", "leaf", "proof"] as const;
  fc.assert(
    fc.property(anyReceipt, anyReceipt, fc.constantFrom(...parts), (one, other, part) => {
      fc.pre(one !== other);
      assert.notEqual(problemOf({ ...one, [part]: other[part] }), "");
    }),
  );
});

const leafMembers = JSON.parse(RECEIPT.leaf);
const withLeaf = (members: object) => ({
  ...RECEIPT,
  leaf: canonicalJson({ ...leafMembers, ...members }),
});
const withProof = (from: string | RegExp, to: string) => ({
  ...RECEIPT,
  proof: RECEIPT.proof.replace(from, to),
});

test("every failure names what is wrong", async () => {
  const named: [unknown, RegExp][] = [
    ["", /JSON object/u],
    ["[]", /JSON object/u],
    [null, /JSON object/u],
    [{ ...RECEIPT, format: "heed-receipt@v2" }, /`format`/u],
    [{ ...RECEIPT, valid: true }, /`valid`/u],
    [{ ...RECEIPT, leaf: undefined }, /`leaf`/u],
    [{ ...RECEIPT, salt: null }, /only one of `record` and `salt`/u],
    [{ ...RECEIPT, salt: RECEIPT.salt!.toUpperCase().replace("0", "A") }, /salt is not/u],
    [{ ...RECEIPT, salt: `${RECEIPT.salt}00` }, /salt is not/u],
    [{ ...RECEIPT, record: ` ${RECEIPT.record}` }, /record is not canonical/u],
    [{ ...RECEIPT, record: RECEIPT.record!.replace("STOP", "Stop") }, /does not commit/u],
    [{ ...RECEIPT, salt: RECEIPT.salt!.replace("0", "1") }, /does not commit/u],
    [{ ...RECEIPT, leaf: `${RECEIPT.leaf} ` }, /leaf is not canonical/u],
    [{ ...RECEIPT, leaf: RECEIPT.leaf.replace("{", '{"v":1,') }, /leaf is not canonical/u],
    [withLeaf({ v: 2 }), /another version/u],
    [withLeaf({ commit: undefined }), /lacks/u],
    [withLeaf({ position: 14 }), /index 12, the leaf has position 14/u],
    [withLeaf({ recordedAt: AT }), /not in the signed tree/u],
    // A leaf that its holder changed is not the log's, which is not blamed for it.
    [withLeaf({ kind: "opt-in" }), /not in the signed tree/u],
    [withProof("tlog-proof@v1", "tlog-proof@v2"), /begins with the line/u],
    [withProof("index 12", "index 012"), /its index/u],
    [withProof("index 12", "index 13"), /index 13, the leaf has position 13/u],
    [withProof(/=\n/u, "\n"), /32 bytes in base64/u],
    [withProof(/\n[^\n]{44}\n/u, "\n"), /not in the signed tree/u],
    [withProof(/index 12\n/u, `index 12\n${"A".repeat(43)}=\n`), /not in the signed tree/u],
    [withProof("index 12\n", `index 12\n${`${"A".repeat(43)}=\n`.repeat(61)}`), /more than 64/u],
    [withProof("\n21\n", "\n22\n"), /not of this text/u],
    [withProof(ORIGIN, "another.example/log"), /not of this text/u],
    [withProof(/\n\n— .*$/su, ""), /no empty line before its signatures/u],
    [{ ...RECEIPT, key: NEW_KEY.keyId }, /`optout.example.com\/heed\+.* did not sign/u],
  ];
  for (const [receipt, problem] of named) assert.match(problemOf(receipt), problem);

  const elsewhere = (await receiptsOf(ENTRIES, STRANGER))[12];
  assert.match(problemOf(elsewhere), /No known key signed/u);
  const shorter = (await receiptsOf(ENTRIES.slice(0, 3)))[2]!;
  const { index } = parsedProof(RECEIPT);
  const { checkpoint } = parsedProof(shorter);
  const outside = { ...RECEIPT, proof: tlogProofText({ index, hashes: [], checkpoint }) };
  assert.match(problemOf(outside), /not in the signed tree of 3/u);
});

function parsedProof(receipt: Receipt) {
  const proof = parseTlogProof(receipt.proof);
  if ("problem" in proof) throw new Error(proof.problem);
  return proof;
}

test("a log whose leaf and record say different things is found out", async () => {
  const differing: [string, Partial<Act>][] = [
    ["kind", { kind: "opt-in" }],
    ["scopes", { scopes: [] }],
    ["refersTo", { refersTo: 1 }],
    ["receivedAt", { receivedAt: AT }],
  ];
  for (const [name, members] of differing) {
    const [receipt] = await receiptsOf([entryOf(0, members)]);
    assert.ok(problemOf(receipt).includes(`\`${name}\`: the log contradicts itself`));
  }
  const honest = entryOf(0);
  for (const [name, value] of Object.entries({
    refersTo: 1,
    constructor: "x",
    scopes: undefined,
  })) {
    const members = { ...JSON.parse(Buffer.from(honest.leaf).toString()), [name]: value };
    const leaf = Buffer.from(canonicalJson(members));
    const [receipt] = await receiptsOf([{ ...honest, leaf, leafHash: leafHashOf(leaf) }]);
    assert.ok(problemOf(receipt).includes(`\`${name}\`: the log contradicts itself`));
  }
});

test("a proof file has exactly the lines of C2SP tlog-proof", () => {
  const lines = RECEIPT.proof.split("\n");
  assert.equal(lines[0], "c2sp.org/tlog-proof@v1");
  assert.equal(lines[1], "index 12");
  const empty = lines.indexOf("");
  assert.ok(lines.slice(2, empty).every((line) => Buffer.from(line, "base64").length === 32));
  assert.deepEqual(lines.slice(empty + 1, empty + 3), [ORIGIN, "21"]);
  assert.match(lines.at(-2)!, /^— optout\.example\.com\/heed [A-Za-z0-9+/]{91}=$/u);
  assert.equal(lines.at(-1), "");
  assert.equal(tlogProofText(parsedProof(RECEIPT)), RECEIPT.proof);
  assert.ok("problem" in parseTlogProof(RECEIPT.proof.replace("\nindex", "\nextra AAAA\nindex")));
});

test("the leaf hash that a receipt proves is the one that the ledger keeps", () => {
  assert.equal(leafHashOf(Buffer.from(RECEIPT.leaf)), ENTRIES[12]!.leafHash);
});
