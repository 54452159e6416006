/** Proofs made at the commit, from the frontier alone, are those that the tiles give later. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commitProofs } from "../../src/ledger/commit-proofs.ts";
import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  type Frontier,
  rootOf,
} from "../../src/ledger/frontier.ts";
import { verifyInclusion } from "../../src/ledger/merkle.ts";
import { frontierAt, inclusionProof } from "../../src/ledger/proof.ts";
import { appended, leafHash, leafHashes, ReferenceTree, sparseTiles } from "./reference-tree.ts";

const LEAVES = leafHashes(2_600);
const REFERENCE = new ReferenceTree(LEAVES);
const SHELF = appended(LEAVES, 173);

test("all proofs of small commits into small trees are those of the recursion", () => {
  for (let before = 0; before <= 20; before++) {
    for (let count = 1; count <= 20; count++) {
      const proofs = proofsOf(before, count);
      for (let index = before; index < before + count; index++) {
        assert.deepEqual(proofs(index), REFERENCE.inclusion(index, before + count));
      }
    }
  }
});

test("any commit has the proofs that tiles give later, and they verify", async () => {
  const anyCommit = fc.record({
    before: fc.nat(2_000),
    count: fc.integer({ min: 1, max: 600 }),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(anyCommit, async ({ before, count, place }) => {
      const proofs = proofsOf(before, count);
      const size = before + count;
      for (const index of [before, before + Math.floor(place * (count - 1)), size - 1]) {
        const proof = proofs(index);
        assert.deepEqual(proof, REFERENCE.inclusion(index, size));
        assert.deepEqual(proof, await inclusionProof(index, size, SHELF.read));
        const root = REFERENCE.root(0, size);
        assert.ok(verifyInclusion(index, size, LEAVES[index]!, proof, root));
        // The control: what verifies is this entry at this place, not any.
        assert.equal(verifyInclusion(index, size, leafHash("another"), proof, root), false);
      }
    }),
    { numRuns: 300 },
  );
});

test("places beyond 32 bits are counted exactly", async () => {
  const size = 2 ** 40 + 2 ** 33 - 1;
  const before = await frontierAt(size, sparseTiles(5));
  const leaves = LEAVES.slice(0, 9);
  const root = rootOf(appendLeafHashes(before, leaves).frontier);
  const proofs = commitProofs(before, leaves);
  for (const [at, leaf] of leaves.entries()) {
    const index = size + at;
    assert.ok(verifyInclusion(index, size + leaves.length, leaf, proofs(index), root));
  }
});

test("an entry that the commit did not add is a RangeError, and so is each of an empty commit", () => {
  const proofs = proofsOf(10, 3);
  for (const index of [-1, 0, 9, 13, 10.5, Number.NaN]) {
    assert.throws(() => proofs(index), RangeError);
  }
  assert.throws(() => commitProofs(frontierOf(7), [])(7), RangeError);
});

test("the proofs of a commit share their upper hashes as the same arrays", () => {
  const proofs = proofsOf(1_000, 500);
  assert.equal(proofs(1_100).at(-1), proofs(1_101).at(-1));
});

function proofsOf(before: number, count: number) {
  return commitProofs(frontierOf(before), LEAVES.slice(before, before + count));
}

function frontierOf(size: number): Frontier {
  return appendLeafHashes(EMPTY_FRONTIER, LEAVES.slice(0, size)).frontier;
}
