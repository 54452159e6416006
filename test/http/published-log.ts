// A reader of a published log, as a stranger would write one: it knows the URL and nothing else.
import assert from "node:assert/strict";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../../src/ledger/note-key.ts";
import { type EntryBundle, parseBundle, type Tile, tilePath } from "../../src/ledger/tile.ts";

export interface PublishedLog {
  readonly vkeys: readonly string[];
  /** The newest checkpoint, with its signature checked. */
  checkpoint(): Promise<{
    readonly size: number;
    readonly root: Uint8Array;
    readonly note: string;
  }>;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** The bytes of what has to be there. */
  bytes(path: string): Promise<Uint8Array>;
  tile(tile: Tile): Promise<Uint8Array>;
  leaves(bundle: Omit<EntryBundle, "level">): Promise<readonly Uint8Array[]>;
}

export async function readPublishedLog(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PublishedLog> {
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${url}/ledger/${path}`, { ...init, headers: { ...headers, ...init.headers } });
  const bytes = async (path: string) => {
    const response = await get(path);
    assert.equal(response.status, 200, path);
    return new Uint8Array(await response.arrayBuffer());
  };
  const text = async (path: string) => new TextDecoder().decode(await bytes(path));
  const vkeys = (await text("keys")).trimEnd().split("\n");
  const verifiers = vkeys.map((vkey) => parseVkey(vkey) as Verifier);
  return {
    vkeys,
    get,
    bytes,
    tile: (tile) => bytes(tilePath(tile)),
    async checkpoint() {
      const note = await text("checkpoint");
      const opened = openCheckpoint(note, verifiers);
      assert.ok(!("problem" in opened), JSON.stringify(opened));
      return { size: opened.size, root: opened.root, note };
    },
    async leaves({ index, width }) {
      const leaves = parseBundle(await bytes(tilePath({ level: "entries", index, width })), width);
      assert.ok(leaves !== null);
      return leaves;
    },
  };
}
