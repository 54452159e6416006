/** Proofs made from tiles: the same as those of the recursion, in few reads, at every size. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { appendLeafHashes, rootOf } from "../../src/ledger/frontier.ts";
import { verifyConsistency, verifyInclusion } from "../../src/ledger/merkle.ts";
import { consistencyProof, frontierAt, inclusionProof, rootAt } from "../../src/ledger/proof.ts";
import type { Tile } from "../../src/ledger/tile.ts";
import { appended, leafHash, leafHashes, ReferenceTree, sparseTiles } from "./reference-tree.ts";

const LEAVES = leafHashes(70_000);
const REFERENCE = new ReferenceTree(LEAVES);
const SHELF = appended(LEAVES, 997);

/** Small trees, and those around the edges of tiles. */
const SIZES = [...Array.from({ length: 40 }, (_, at) => at + 1), 255, 256, 257, 513];

test("every inclusion proof of a tree is the one of the recursion", async () => {
  for (const size of SIZES) {
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(index, size, SHELF.read);
      assert.deepEqual(proof.map(hex), REFERENCE.inclusion(index, size).map(hex));
    }
  }
});

test("every consistency proof to a tree is the one of the recursion", async () => {
  for (const size of SIZES) {
    for (let old = 1; old <= size; old++) {
      const proof = await consistencyProof(old, size, SHELF.read);
      assert.deepEqual(proof.map(hex), REFERENCE.consistency(old, size).map(hex));
    }
  }
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("any part of a larger tree has the proofs, root and frontier of the recursion", async () => {
  const anySize = fc.integer({ min: 1, max: LEAVES.length });
  const anyPair = anySize.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  await fc.assert(
    fc.asyncProperty(anyPair, async ([size, index]) => {
      const root = REFERENCE.root(0, size);
      const inclusion = await inclusionProof(index, size, SHELF.read);
      assert.deepEqual(inclusion.map(hex), REFERENCE.inclusion(index, size).map(hex));
      assert.ok(verifyInclusion(index, size, LEAVES[index]!, inclusion, root));
      const old = index + 1;
      const consistency = await consistencyProof(old, size, SHELF.read);
      assert.deepEqual(consistency.map(hex), REFERENCE.consistency(old, size).map(hex));
      assert.ok(verifyConsistency(old, size, REFERENCE.root(0, old), root, consistency));
      assert.equal(hex(await rootAt(size, SHELF.read)), hex(root));
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(await frontierAt(LEAVES.length, SHELF.read), SHELF.frontier);
});

test("a proof in a log of 10 million takes at most five reads of at most 256 hashes", async () => {
  const size = 10_000_000;
  const wasRead: Tile[] = [];
  const measure = async (work: Promise<unknown>): Promise<void> => {
    await work;
    assert.ok(wasRead.length <= 5, `${wasRead.length} reads`);
    assert.ok(wasRead.every(({ width }) => width >= 1 && width <= 256));
    assert.equal(
      new Set(wasRead.map(({ level, index }) => `${level}/${index}`)).size,
      wasRead.length,
    );
    wasRead.length = 0;
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(size - 1), async (index) => {
      const read = sparseTiles(index, wasRead);
      await measure(inclusionProof(index, size, read));
      await measure(consistencyProof(index + 1, size, read));
    }),
    { numRuns: 15 },
  );
});

test("proofs hold beyond 32 bits, up to the largest size that can be counted", async () => {
  const anySize = fc.oneof(
    fc.integer({ min: 2 ** 31 - 2, max: 2 ** 33 }),
    fc.integer({ min: 2 ** 40, max: Number.MAX_SAFE_INTEGER }),
    fc.constantFrom(2 ** 32, 2 ** 48, 2 ** 48 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER),
  );
  const anyPlace = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(anySize, anyPlace, async (size, place) => {
      const index = Math.min(Math.floor(place * size), size - 1);
      const read = sparseTiles(index);
      const root = await rootAt(size, read);
      const proof = await inclusionProof(index, size, read);
      assert.ok(verifyInclusion(index, size, leafHash("other"), proof, root));
      assert.ok(!verifyInclusion(index, size, leafHash("same"), proof, root));
      const other = index ^ 1;
      assert.ok(!verifyInclusion(other, size, leafHash("other"), proof, root));

      const old = index + 1;
      const consistency = await consistencyProof(old, size, read);
      const oldRoot = await rootAt(old, read);
      assert.ok(verifyConsistency(old, size, oldRoot, root, consistency));
      assert.equal(verifyConsistency(old, size, root, root, consistency), old === size);
    }),
    { numRuns: 25 },
  );
});

test("appending to a tree beyond 32 bits gives the roots that its tiles give", async () => {
  for (const size of [2 ** 32 - 3, 2 ** 40 - 1, 2 ** 48 - 2, Number.MAX_SAFE_INTEGER - 5]) {
    const read = sparseTiles(size + 1);
    const before = await frontierAt(size, read);
    const run = [leafHash("same"), leafHash("other"), leafHash("same"), leafHash("same")];
    const { frontier, tileHashes } = appendLeafHashes(before, run);
    assert.equal(frontier.size, size + 4);
    assert.equal(hex(rootOf(frontier)), hex(await rootAt(size + 4, read)));
    for (const { level, index, hash } of tileHashes) {
      const tile = { level, index: Math.floor(index / 256), width: (index % 256) + 1 };
      assert.equal(hex((await read(tile)).subarray(-32)), hex(hash));
    }
  }
  const full = await frontierAt(Number.MAX_SAFE_INTEGER, sparseTiles(0));
  assert.throws(() => appendLeafHashes(full, [leafHash("one too many")]), RangeError);
});

test("what cannot be proven is refused", async () => {
  for (const [index, size] of [
    [0, 0],
    [5, 5],
    [-1, 5],
    [0.5, 5],
    [0, 2 ** 53],
  ] as const) {
    await assert.rejects(inclusionProof(index, size, SHELF.read), RangeError);
  }
  for (const [old, size] of [
    [0, 5],
    [6, 5],
    [-1, 5],
    [1.5, 5],
    [1, 2 ** 53],
  ] as const) {
    await assert.rejects(consistencyProof(old, size, SHELF.read), RangeError);
  }
});

test("a tile with a hash too few or too many makes no proof", async () => {
  for (const bytes of [new Uint8Array(31 * 32), new Uint8Array(33 * 32), new Uint8Array(0)]) {
    const read = async () => bytes;
    await assert.rejects(inclusionProof(3, 32, read), /Tile 0 of level 0 has .* instead of 32/u);
  }
});

test("a wrong hash in a tile can only make a proof that does not verify", async () => {
  const [size, index] = [1000, 700];
  const root = REFERENCE.root(0, size);
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(size - 1), async (wrong) => {
      fc.pre(wrong !== index);
      const flipped = appended(LEAVES.slice(0, size).with(wrong, leafHash("wrong")), size);
      const proof = await inclusionProof(index, size, flipped.read);
      assert.ok(!verifyInclusion(index, size, LEAVES[index]!, proof, root));
      found += 1;
    }),
    { numRuns: 20 },
  );
  assert.ok(found > 0);
});
