/** Tiles and bundles: the examples of C2SP tlog-tiles, and only one name for each file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  encodeBundle,
  MAX_LEAF_BYTES,
  parseBundle,
  parseTilePath,
  tilePath,
  tileWidth,
} from "../../src/ledger/tile.ts";

test("paths are those of the examples in C2SP tlog-tiles", () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), "tile/0/x001/x234/067");
  assert.equal(tilePath({ level: 0, index: 273, width: 112 }), "tile/0/273.p/112");
  assert.equal(tilePath({ level: 63, index: 0, width: 1 }), "tile/63/000.p/1");
  assert.equal(tilePath({ level: "entries", index: 1000, width: 256 }), "tile/entries/x001/000");
});

test("a tree of 70,000 has the tiles that C2SP tlog-tiles counts", () => {
  const widths = (level: number) =>
    [0, 1, 2, 272, 273, 274].map((n) => tileWidth(level, n, 70_000));
  assert.deepEqual(widths(0), [256, 256, 256, 256, 112, 0]);
  assert.deepEqual(widths(1), [256, 17, 0, 0, 0, 0]);
  assert.deepEqual(widths(2), [1, 0, 0, 0, 0, 0]);
  assert.deepEqual(widths(3), [0, 0, 0, 0, 0, 0]);
  // "A tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile."
  assert.deepEqual([tileWidth(0, 0, 256), tileWidth(1, 0, 256), tileWidth(0, 1, 256)], [256, 1, 0]);
  assert.equal(tileWidth(6, 31, Number.MAX_SAFE_INTEGER), 0);
  assert.equal(tileWidth(6, 0, Number.MAX_SAFE_INTEGER), 31);
  assert.equal(tileWidth(7, 0, Number.MAX_SAFE_INTEGER), 0);
});

const anyTile = fc.record(
  {
    level: fc.oneof(fc.nat(63), fc.constant("entries" as const)),
    index: fc.oneof(fc.nat(2000), fc.maxSafeNat()),
    width: fc.integer({ min: 1, max: 256 }),
  },
  { noNullPrototype: true },
);

test("every tile has one path, and it is read back", () => {
  fc.assert(
    fc.property(anyTile, (tile) => {
      assert.deepEqual(parseTilePath(tilePath(tile as Parameters<typeof tilePath>[0])), tile);
    }),
  );
});

test("another spelling of a path is refused", () => {
  const odd = [
    ..."tile/0/00 tile/0/0 tile/0/0000 tile/00/000 tile/01/000 tile/64/000 tile/-1/000".split(" "),
    ..."tile/0/x000/001 tile/0/x001 tile/0/001/002 tile/0/x001/x002 tile/0/X001/002".split(" "),
    ..."tile/0/000.p/0 tile/0/000.p/256 tile/0/000.p/257 tile/0/000.p/01 tile/0/000.p".split(" "),
    ..."tile/0/000/ /tile/0/000 tile/0/000.p/ tile//000 tile/data/000 tile/entries/00".split(" "),
    ..."tile/8/0/000 tile/0/x999/x999/x999/x999/x999/999 tile/0/000%2ep/1 tile/0/+01".split(" "),
    ...[
      "",
      "tile",
      "checkpoint",
      "tile/0/000\n",
      "tile/0/000.p/1\n",
      "tile/0/٠٠٠",
      "../tile/0/000",
    ],
  ];
  for (const path of odd) assert.equal(parseTilePath(path), null, JSON.stringify(path));
  assert.notEqual(parseTilePath("tile/0/000"), null);
});

const anyLeaves = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 });

test("a bundle gives back the leaves that were put in, and says when it was cut or added to", () => {
  fc.assert(
    fc.property(anyLeaves, (leaves) => {
      const bytes = encodeBundle(leaves);
      const parsed = parseBundle(bytes, leaves.length);
      assert.deepEqual(parsed?.map(hex), leaves.map(hex));
      assert.equal(parseBundle(bytes.subarray(0, -1), leaves.length), null);
      assert.equal(parseBundle(Buffer.concat([bytes, Uint8Array.of(0)]), leaves.length), null);
      assert.equal(parseBundle(bytes, leaves.length + 1), null);
      assert.equal(parseBundle(bytes, leaves.length - 1), null);
    }),
    { numRuns: 50 },
  );
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the largest leaf fits a bundle and the next one is refused", () => {
  const largest = new Uint8Array(MAX_LEAF_BYTES).fill(1);
  assert.equal(hex(encodeBundle([largest]).subarray(0, 3)), "ffff01");
  assert.equal(parseBundle(encodeBundle([largest]), 1)?.[0]?.length, MAX_LEAF_BYTES);
  assert.throws(() => encodeBundle([new Uint8Array(MAX_LEAF_BYTES + 1)]), RangeError);
});
