/**
 * Roots that others published, and the recursion of RFC 6962. Proofs that others published are
 * judged by test/prove/vectors.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  frontierBytes,
  parseFrontier,
  rootOf,
} from "../../src/ledger/frontier.ts";
import { leafHashOf } from "../../src/ledger/leaf.ts";
import {
  emptyRoot,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from "../../src/ledger/merkle.ts";
import { appended, leafHash, leafHashes, ReferenceTree } from "./reference-tree.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

/** The eight leaves of the certificate-transparency test vectors, and the root after each. */
const KNOWN_TREE = [
  ["", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  ["00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  ["10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  ["2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
  ["3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
  ["40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
  ["5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
  [
    "606162636465666768696a6b6c6d6e6f",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
] as const;

test("the roots of small trees are those that certificate transparency published", () => {
  assert.equal(
    hex(emptyRoot()),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  assert.deepEqual(rootOf(EMPTY_FRONTIER), emptyRoot());
  let frontier = EMPTY_FRONTIER;
  for (const [leaf, root] of KNOWN_TREE) {
    frontier = appendLeafHashes(frontier, [bytesOf(leafHashOf(bytesOf(leaf)))]).frontier;
    assert.equal(hex(rootOf(frontier)), root, `tree of size ${frontier.size}`);
  }
});

const LEAVES = leafHashes(600);
const REFERENCE = new ReferenceTree(LEAVES);

test("a frontier has the root of the recursion at every size", () => {
  let frontier = EMPTY_FRONTIER;
  for (const [index, leaf] of LEAVES.entries()) {
    frontier = appendLeafHashes(frontier, [leaf]).frontier;
    assert.equal(hex(rootOf(frontier)), hex(REFERENCE.root(0, index + 1)));
  }
});

test("how entries were batched leaves no trace in frontier, root or tile hashes", () => {
  const oneByOne = appended(LEAVES, 1);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), (runLength) => {
      const batched = appended(LEAVES, runLength);
      assert.deepEqual(frontierBytes(batched.frontier), frontierBytes(oneByOne.frontier));
      assert.deepEqual(batched.levels, oneByOne.levels);
    }),
    { numRuns: 50 },
  );
});

test("tile hashes are the roots of all full tiles below, on every level", () => {
  const leaves = leafHashes(65_536 + 300);
  const { levels } = appended(leaves, 1000);
  const reference = new ReferenceTree(leaves);
  assert.deepEqual(
    levels.map((level) => level.length),
    [leaves.length, 257, 1],
  );
  for (const [index, hash] of levels[1]!.entries()) {
    assert.equal(hex(hash), hex(reference.root(index * 256, (index + 1) * 256)));
  }
  for (const [index, hash] of levels[2]!.entries()) {
    assert.equal(hex(hash), hex(reference.root(index * 65_536, (index + 1) * 65_536)));
  }
});

test("a frontier survives being written down, and no other bytes are read as one", () => {
  let frontier = EMPTY_FRONTIER;
  for (let size = 0; size <= 300; size++) {
    const bytes = frontierBytes(frontier);
    assert.deepEqual(parseFrontier(bytes), frontier);
    // From the middle of a larger buffer, as a database driver gives it.
    assert.deepEqual(parseFrontier(Buffer.concat([ZEROS, bytes]).subarray(7)), frontier);
    assert.equal(parseFrontier(bytes.subarray(1)), null);
    assert.equal(parseFrontier(bytes.subarray(0, -1)), null);
    assert.equal(parseFrontier(Buffer.concat([bytes, Uint8Array.of(0)])), null);
    frontier = appendLeafHashes(frontier, [LEAVES[size]!]).frontier;
  }
  assert.equal(parseFrontier(bytesOf("ffffffffffffffff")), null);
  assert.equal(parseFrontier(new Uint8Array(0)), null);
});
const ZEROS = new Uint8Array(7);

test("an appended hash of another length is refused", () => {
  for (const length of [0, 31, 33, 64]) {
    assert.throws(() => appendLeafHashes(EMPTY_FRONTIER, [new Uint8Array(length)]), RangeError);
  }
});

test("the proofs of the recursion verify for every entry of every tree up to 600", () => {
  for (let size = 1; size <= LEAVES.length; size++) {
    const root = REFERENCE.root(0, size);
    for (let index = 0; index < size; index++) {
      const proof = REFERENCE.inclusion(index, size);
      const isIn = verifyInclusion(index, size, LEAVES[index]!, proof, root);
      if (!isIn) assert.fail(`entry ${index} of ${size} was refused`);
    }
  }
});

test("the proofs of the recursion verify between every two trees up to 300, and more to 600", () => {
  for (let size = 1; size <= LEAVES.length; size += size < 300 ? 1 : 12) {
    const root = REFERENCE.root(0, size);
    for (let old = 1; old <= size; old++) {
      const proof = REFERENCE.consistency(old, size);
      const isPrefix = verifyConsistency(old, size, REFERENCE.root(0, old), root, proof);
      if (!isPrefix) assert.fail(`${old} of ${size} was refused`);
    }
  }
});

/** Other proofs made of the same hashes: one bit, one swap, one more, one less. */
function mutations(proof: readonly Uint8Array[], bit: number): Uint8Array[][] {
  const others: Uint8Array[][] = [];
  for (const at of proof.keys()) {
    const flipped = Uint8Array.from(proof[at]!);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    others.push(proof.with(at, flipped), proof.toSpliced(at, 1));
    others.push(proof.toSpliced(at, 0, proof[at]!), proof.with(at, proof[at]!.subarray(1)));
    if (at > 0) others.push(proof.with(at, proof[at - 1]!).with(at - 1, proof[at]!));
  }
  return [...others, [...proof, LEAVES[0]!], [LEAVES[0]!, ...proof]];
}

const anyTree = fc
  .integer({ min: 1, max: 600 })
  .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(255)));

test("any bit, order or number of hashes changed, or another place, makes inclusion false", () => {
  fc.assert(
    fc.property(anyTree, fc.nat(700), ([size, index, bit], other) => {
      const root = REFERENCE.root(0, size);
      const leaf = LEAVES[index]!;
      const proof = REFERENCE.inclusion(index, size);
      assert.ok(verifyInclusion(index, size, leaf, proof, root));
      for (const changed of mutations(proof, bit)) {
        assert.ok(!verifyInclusion(index, size, leaf, changed, root));
      }
      const [flippedRoot] = mutations([root], bit);
      const [flippedLeaf] = mutations([leaf], bit);
      assert.ok(!verifyInclusion(index, size, leaf, proof, flippedRoot![0]!));
      assert.ok(!verifyInclusion(index, size, flippedLeaf![0]!, proof, root));
      if (other !== index) assert.ok(!verifyInclusion(other, size, leaf, proof, root));
      assert.ok(!verifyInclusion(index, index, leaf, proof, root));
      for (const odd of [-1, 0.5, Number.NaN, 2 ** 53]) {
        assert.ok(!verifyInclusion(odd, size, leaf, proof, root));
        assert.ok(!verifyInclusion(index, odd, leaf, proof, root));
      }
    }),
    { numRuns: 300 },
  );
});

test("any bit, order or number of hashes changed, or another size, makes consistency false", () => {
  fc.assert(
    fc.property(anyTree, ([size, index, bit]) => {
      const old = index + 1;
      const [oldRoot, root] = [REFERENCE.root(0, old), REFERENCE.root(0, size)];
      const proof = REFERENCE.consistency(old, size);
      assert.ok(verifyConsistency(old, size, oldRoot, root, proof));
      for (const changed of mutations(proof, bit)) {
        assert.ok(!verifyConsistency(old, size, oldRoot, root, changed));
      }
      for (const changed of mutations([oldRoot, root], bit).filter((roots) => roots.length === 2)) {
        if (changed[0] === changed[1]) continue;
        const isSwapOfTheSame = old === size && hex(changed[0]!) === hex(changed[1]!);
        assert.ok(
          isSwapOfTheSame || !verifyConsistency(old, size, changed[0]!, changed[1]!, proof),
        );
      }
      assert.ok(!verifyConsistency(0, size, emptyRoot(), root, proof));
      assert.ok(!verifyConsistency(0, size, emptyRoot(), root, []));
      if (old !== size) assert.ok(!verifyConsistency(size, old, root, oldRoot, proof));
      for (const odd of [-1, 0.5, Number.NaN, 2 ** 53]) {
        assert.ok(!verifyConsistency(odd, size, oldRoot, root, proof));
        assert.ok(!verifyConsistency(old, odd, oldRoot, root, proof));
      }
    }),
    { numRuns: 300 },
  );
});

test("a pair of hashes of other lengths cannot pass for a node with the same bytes", () => {
  const [left, right] = [LEAVES[0]!, LEAVES[1]!];
  const both = Buffer.concat([left, right]);
  const root = nodeHash(left, right);
  assert.ok(verifyInclusion(0, 2, left, [right], root));
  assert.ok(!verifyInclusion(0, 2, both.subarray(0, 31), [both.subarray(31)], root));
});

test("leaf hashes of the tests are those of the ledger", () => {
  assert.equal(hex(leafHash("a")), leafHashOf(new TextEncoder().encode("a")));
});
