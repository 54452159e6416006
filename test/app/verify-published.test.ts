/** A stranger verifies a log by what it publishes: whatever is not what was signed is found and named. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type PublishedChecks,
  type PublishedReport,
  verifyPublished,
} from "../../src/app/verify-published.ts";
import { canonicalJson } from "../../src/ledger/canonical.ts";
import { signCheckpoint } from "../../src/ledger/checkpoint.ts";
import { rootOf } from "../../src/ledger/frontier.ts";
import { leafHashOf } from "../../src/ledger/leaf.ts";
import { signerOf } from "../../src/ledger/note-key.ts";
import { encodeBundle, tilePath, tileWidth } from "../../src/ledger/tile.ts";
import { appended } from "../ledger/reference-tree.ts";

const ORIGIN = "optout.example.com/heed";
const KEY = signerOf(ORIGIN, new Uint8Array(32).fill(1));
const OTHER_KEY = signerOf(ORIGIN, new Uint8Array(32).fill(2));
const utf8 = (text: string) => new TextEncoder().encode(text);

const leafAt = (position: number, source = "shop") =>
  utf8(canonicalJson({ commit: "00", kind: "opt-out", position, recordedAt: 5, source, v: 1 }));
const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => leafAt(at + 1));

/** Everything that a log of these leaves publishes at a size. */
function filesOf(leaves: readonly Uint8Array[], signer = KEY): Map<string, Uint8Array> {
  const shelf = appended(
    leaves.map((leaf) => new Uint8Array(Buffer.from(leafHashOf(leaf), "hex"))),
    leaves.length,
  );
  const { size } = shelf.frontier;
  const files = new Map<string, Uint8Array>();
  for (const [level, hashes] of shelf.levels.entries()) {
    for (let index = 0; index * 256 < hashes.length; index++) {
      const width = tileWidth(level, index, size);
      const run = hashes.slice(index * 256, index * 256 + width);
      files.set(tilePath({ level, index, width }), Buffer.concat(run));
      if (level > 0) continue;
      const bundle = encodeBundle(leaves.slice(index * 256, index * 256 + width));
      files.set(tilePath({ level: "entries", index, width }), bundle);
    }
  }
  const tree = { origin: signer.name, size, root: rootOf(shelf.frontier) };
  files.set("checkpoint", utf8(signCheckpoint(tree, [signer])));
  files.set("keys", utf8(`${signer.vkey}\n`));
  return files;
}

async function verify(files: ReadonlyMap<string, Uint8Array>, more: Partial<PublishedChecks> = {}) {
  const log = { read: async (path: string) => files.get(path) ?? null };
  return await verifyPublished({ log, vkeys: [KEY.vkey], ...more });
}

async function report(...given: Parameters<typeof verify>): Promise<PublishedReport> {
  const verified = await verify(...given);
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  return verified;
}

async function problem(...given: Parameters<typeof verify>): Promise<string> {
  const verified = await verify(...given);
  assert.ok("problem" in verified);
  return verified.problem;
}

const SIZE = 700;
const LEAVES = leavesOf(SIZE);
const FILES = filesOf(LEAVES);
const checkpointOf = (files: ReadonlyMap<string, Uint8Array>) =>
  Buffer.from(files.get("checkpoint")!).toString();

test("a sound log of any size has nothing wrong", async () => {
  for (const size of [0, 1, 2, 255, 256, 257, 512, SIZE]) {
    const done: number[] = [];
    const verified = await report(filesOf(LEAVES.slice(0, size)), {
      onProgress: (at, of) => done.push(at, of),
    });
    assert.deepEqual(verified.wrong, []);
    assert.deepEqual(verified.findings, []);
    assert.deepEqual([verified.size, verified.entries, verified.origin], [size, size, ORIGIN]);
    assert.deepEqual([verified.signedBy, verified.isOwnWord], [[KEY.vkey], false]);
    assert.deepEqual(done.slice(-2), size === 0 ? [] : [size, size]);
  }
});

test("every changed byte of every file is found", async () => {
  for (const [path, bytes] of FILES) {
    if (path === "keys") continue;
    const step = Math.ceil(bytes.length / 40);
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      const verified = await verify(new Map([...FILES, [path, changed]]));
      const isFound =
        "problem" in verified || verified.wrongCount > 0 || verified.findings.length > 0;
      assert.ok(isFound, `${path}, byte ${at}`);
    }
  }
});

test("the entry that was changed is named, and only that one", async () => {
  const changed = [...LEAVES];
  changed[299] = leafAt(300, "shoq");
  // Only the leaf, as somebody would who writes into the file of entries.
  const files = new Map(FILES);
  const bundle = tilePath({ level: "entries", index: 1, width: 256 });
  files.set(bundle, filesOf(changed).get(bundle)!);
  const { wrong, findings } = await report(files);
  assert.deepEqual([wrong[0]!.first, wrong[0]!.last], [300, 300]);
  assert.match(wrong[0]!.what, /does not have the leaf hash/u);
  // The hash above it, and the root, are wrong too; no other entry is.
  assert.deepEqual([wrong[1]!.first, wrong[1]!.last, wrong.length], [257, 512, 2]);
  assert.match(findings.join(), /root over its 700 entries/u);
});

test("exchanged entries and a leaf in another spelling are named", async () => {
  const swapped = [...LEAVES];
  [swapped[4], swapped[5]] = [LEAVES[5]!, LEAVES[4]!];
  assert.match((await report(filesOf(swapped))).wrong[0]!.what, /has position 6: .*exchanged/u);
  const spaced = [...LEAVES];
  spaced[9] = Buffer.concat([LEAVES[9]!.subarray(0, 1), utf8(" "), LEAVES[9]!.subarray(1)]);
  const { wrong } = await report(filesOf(spaced));
  assert.equal(wrong[0]!.first, 10);
  assert.match(wrong[0]!.what, /not canonical JSON/u);
});

test("a log that was written anew gives another root than the one that was signed", async () => {
  const others = leavesOf(SIZE);
  others[299] = leafAt(300, "shoq");
  const files = filesOf(others).set("checkpoint", FILES.get("checkpoint")!);
  const { wrong, findings } = await report(files);
  assert.deepEqual(wrong, []);
  assert.match(findings.join(), /root over its 700 entries is not the one that its key signed/u);
});

test("missing files are named by the entries that are in them", async () => {
  const without = (path: string) => new Map([...FILES].filter(([name]) => name !== path));
  const bundle = tilePath({ level: "entries", index: 1, width: 256 });
  const gone = await report(without(bundle));
  assert.deepEqual([gone.wrong[0]!.first, gone.wrong[0]!.last], [257, 512]);
  assert.equal(gone.entries, 256);
  const tile = await report(without(tilePath({ level: 0, index: 2, width: 188 })));
  assert.deepEqual([tile.wrong[0]!.first, tile.wrong[0]!.last, tile.wrongCount], [513, 700, 1]);
  const above = await report(without(tilePath({ level: 1, index: 0, width: 2 })));
  assert.match(above.wrong[0]!.what, /tile 0 at level 1 cannot be read/u);
  assert.match(await problem(without("checkpoint")), /publishes no checkpoint/u);
});

test("a log that has grown since its checkpoint is verified up to it", async () => {
  const grown = filesOf(leavesOf(1100)).set("checkpoint", FILES.get("checkpoint")!);
  // It dropped the partial tiles that are full by now.
  assert.ok(!grown.has(tilePath({ level: "entries", index: 2, width: 188 })));
  // Of the tile above the leaves there is only a wider, still partial one. A log keeps the others.
  const above = tilePath({ level: 1, index: 0, width: 2 });
  grown.set(above, FILES.get(above)!);
  const verified = await report(grown);
  assert.deepEqual([verified.wrong, verified.findings, verified.size], [[], [], SIZE]);
});

test("only a known key vouches; the log's own word is said to be that", async () => {
  assert.match(await problem(FILES, { vkeys: [OTHER_KEY.vkey] }), /No known key signed/u);
  const own = await report(FILES, { vkeys: [] });
  assert.deepEqual([own.isOwnWord, own.signedBy], [true, [KEY.vkey]]);
  const without = new Map([...FILES].filter(([name]) => name !== "keys"));
  assert.match(await problem(without, { vkeys: [] }), /publishes no key/u);
  assert.match(await problem(FILES, { vkeys: ["nonsense"] }), /no verifier key/u);
});

test("an earlier checkpoint holds as long as the log begins with it", async () => {
  for (const size of [1, 256, 400, SIZE]) {
    const since = checkpointOf(filesOf(LEAVES.slice(0, size)));
    const verified = await report(FILES, { since });
    assert.deepEqual([verified.since, verified.findings], [size, []]);
  }
});

test("a log that went back, or began differently, does not hold up to an earlier checkpoint", async () => {
  const since = checkpointOf(FILES);
  const back = await report(filesOf(LEAVES.slice(0, 650)), { since });
  assert.match(back.findings.join(), /had 700 entries and now has 650: it went back/u);
  const others = leavesOf(800);
  others[10] = leafAt(11, "shoq");
  const anew = await report(filesOf(others), { since });
  // The control: without the earlier checkpoint nobody could tell.
  assert.deepEqual((await report(filesOf(others))).findings, []);
  assert.deepEqual(anew.wrong, []);
  assert.match(anew.findings.join(), /first 700 entries are not those of the earlier checkpoint/u);
});

test("an earlier checkpoint of nobody, or of another log, is refused", async () => {
  const forged = checkpointOf(filesOf(LEAVES.slice(0, 9), OTHER_KEY));
  assert.match(await problem(FILES, { since: forged }), /earlier checkpoint cannot be used/u);
  const stranger = signerOf("another.example/log", new Uint8Array(32).fill(3));
  const other = checkpointOf(filesOf(LEAVES.slice(0, 9), stranger));
  const vkeys = [KEY.vkey, stranger.vkey];
  assert.match(await problem(FILES, { since: other, vkeys }), /another log, and proves nothing/u);
});
