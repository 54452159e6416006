/** Rebuilding a tree: every kept hash that is not that of the entries is found, wherever it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadTile } from "../../src/ledger/proof.ts";
import { TreeCheck, type WrongTile } from "../../src/ledger/tree-check.ts";
import { appended, leafHashes, ReferenceTree } from "./reference-tree.ts";

/** Three levels of tiles. */
const SIZE = 2 * 256 * 256 + 300;
const LEAVES = leafHashes(SIZE);
const SHELF = appended(LEAVES, 5000);

async function check(read: ReadTile, run = 777, sizes: number[] = [], leaves = LEAVES) {
  const tree = new TreeCheck(read, sizes);
  const wrong: WrongTile[] = [];
  for (let at = 0; at < leaves.length; at += run) {
    wrong.push(...(await tree.add(leaves.slice(at, at + run))));
  }
  wrong.push(...(await tree.end()));
  return { tree, wrong };
}

test("the tiles of a sound log are all read once, and none is wrong", async () => {
  SHELF.wasRead.length = 0;
  const { tree, wrong } = await check(SHELF.read);
  assert.deepEqual(wrong, []);
  assert.deepEqual(tree.frontier, SHELF.frontier);
  const names = SHELF.wasRead.map(({ level, index, width }) => `${level}/${index}/${width}`);
  assert.deepEqual(names.sort(), ["1/0/256", "1/1/256", "1/2/1", "2/0/2"]);
});

test("roots of earlier sizes are those of the definition, however the leaves come", async () => {
  const sizes = [0, 1, 2, 255, 256, 257, 1000];
  const leaves = LEAVES.slice(0, 1000);
  const shelf = appended(leaves, 100);
  const reference = new ReferenceTree(leaves);
  for (const run of [1, 3, 256, 1000]) {
    const { tree } = await check(shelf.read, run, [...sizes, 5000], leaves);
    for (const size of sizes) assert.deepEqual(tree.rootAt(size), reference.root(0, size));
    assert.equal(tree.rootAt(5000), null);
  }
});

test("a changed hash of any level is named with the entries under it", async () => {
  const cases = [
    { level: 1, index: 0, at: 0, first: 1, last: 256 },
    { level: 1, index: 1, at: 255, first: 511 * 256 + 1, last: 512 * 256 },
    { level: 1, index: 2, at: 0, first: 512 * 256 + 1, last: 513 * 256 },
    { level: 2, index: 0, at: 1, first: 256 * 256 + 1, last: 2 * 256 * 256 },
  ];
  for (const { level, index, at, first, last } of cases) {
    const { wrong } = await check(async (tile) => {
      const bytes = Buffer.from(await SHELF.read(tile));
      if (tile.level === level && tile.index === index) bytes[at * 32 + 5]! ^= 16;
      return bytes;
    });
    const what = `hash ${at} of tile ${index} at level ${level} is not that of its entries`;
    assert.deepEqual(wrong, [{ first, last, what }]);
  }
});

test("a tile that is missing or cut short is named", async () => {
  const gone = await check(async (tile) => {
    if (tile.level === 2) throw new Error("gone");
    return await SHELF.read(tile);
  });
  assert.match(gone.wrong[0]!.what, /tile 0 at level 2 cannot be read: gone/u);
  const short = await check(async (tile) => (await SHELF.read(tile)).subarray(1));
  assert.match(short.wrong[0]!.what, /has 8191 bytes instead of 8192/u);
  assert.equal(short.wrong.length, 4);
});
