// A log as it is published: everything below `tile/`, by path, for the judge of `judge.go`.
import { toBase64 } from "../../../src/ledger/base64.ts";
import { leafHashOf } from "../../../src/ledger/leaf.ts";
import { encodeBundle, TILE_WIDTH, tilePath, tileWidth } from "../../../src/ledger/tile.ts";
import { appended, type Shelf } from "../reference-tree.ts";

/** Bytes by path, in base64. */
export type Paths = Record<string, string>;

export interface PublishedLog {
  readonly shelf: Shelf;
  readonly paths: Paths;
}

export async function publish(leaves: readonly Uint8Array[]): Promise<PublishedLog> {
  const shelf = appended(
    leaves.map((leaf) => new Uint8Array(Buffer.from(leafHashOf(leaf), "hex"))),
    leaves.length,
  );
  const paths = await tilesOf(shelf, leaves.length);
  for (let index = 0; index * TILE_WIDTH < leaves.length; index++) {
    const bundle = leaves.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
    const path = tilePath({ level: "entries", index, width: bundle.length });
    paths[path] = toBase64(encodeBundle(bundle));
  }
  return { shelf, paths };
}

/** Every tile that a tree of this size has. */
export async function tilesOf(shelf: Shelf, size: number): Promise<Paths> {
  const paths: Paths = {};
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    for (let index = 0; tileWidth(level, index, size) > 0; index++) {
      const tile = { level, index, width: tileWidth(level, index, size) };
      paths[tilePath(tile)] = toBase64(await shelf.read(tile));
    }
  }
  return paths;
}
