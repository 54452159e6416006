/** The published log: a stranger with its URL can check all of it, and learns about nobody. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { recordActs } from "../../src/app/record-acts.ts";
import { KEY_SCOPES } from "../../src/app/settings.ts";
import type { PersonsAct } from "../../src/domain/act.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { rootAt } from "../../src/ledger/proof.ts";
import { TILE_WIDTH, tilePath, tileWidth } from "../../src/ledger/tile.ts";
import { leafHash, ReferenceTree } from "../ledger/reference-tree.ts";
import { startTestHeed, type TestHeed } from "../support/heed.ts";
import { withMember } from "../support/with-member.ts";
import { readPublishedLog } from "./published-log.ts";

/** Two full tiles of entries and a partial one. */
const ENTRIES = 601;
const addressOf = (index: number) =>
  (index % 2 === 0
    ? `+1212555${String(index).padStart(4, "0")}`
    : `zoë.${index}@example.com`) as AddressKey;

const heed = await startTestHeed({ after }, { options: { ledgerOpen: true } });
await fill(heed, ENTRIES);
const log = await readPublishedLog(await heed.listen());

async function fill({ deps }: TestHeed, count: number): Promise<void> {
  const acts = Array.from(
    { length: count },
    (_, index): PersonsAct => ({
      kind: "opt-out",
      address: addressOf(index),
      scopes: plainStopScopes("acme", index % 2 === 0 ? "sms" : "email"),
      by: "person",
      via: "sms",
      source: "shop",
      claimedAt: Date.UTC(2026, 0, 1) + index,
      receivedAt: Date.UTC(2026, 0, 1) + index,
      messageId: `message-${index}`,
      text: `STOP says ${addressOf(index)}`,
      author: "Robin Reader",
    }),
  );
  const outcome = await recordActs(deps, { key: `fill:${count}`, body: count, acts });
  assert.equal(outcome.status, "recorded");
}

/** The tiles of the entries of a tree, in order. */
function bundlesOf(size: number): { index: number; width: number }[] {
  const count = Math.ceil(size / TILE_WIDTH);
  return Array.from({ length: count }, (_, index) => ({
    index,
    width: tileWidth(0, index, size),
  }));
}

test("entries and tiles fetched over HTTP rebuild the root of the signed checkpoint", async () => {
  const { size, root } = await log.checkpoint();
  assert.equal(size, ENTRIES);
  const leaves = (await Promise.all(bundlesOf(size).map(log.leaves))).flat();
  const hashes = leaves.map(leafHash);
  assert.deepEqual(new ReferenceTree(hashes).root(0, size), root);
  for (const { index, width } of bundlesOf(size)) {
    const tile = await log.tile({ level: 0, index, width });
    const start = index * TILE_WIDTH;
    assert.deepEqual(Buffer.from(tile), Buffer.concat(hashes.slice(start, start + width)));
  }
  assert.deepEqual(await rootAt(size, log.tile), root);
  // The controls: one bit of one entry, and one of a tile, lead to another root.
  const changed = leaves.map((leaf) => new Uint8Array(leaf));
  changed[300]![40]! ^= 1;
  assert.notDeepEqual(new ReferenceTree(changed.map(leafHash)).root(0, size), root);
  const withBadTile = rootAt(size, async (tile) => {
    const bytes = await log.tile(tile);
    if (tile.level === 1) bytes[5]! ^= 1;
    return bytes;
  });
  assert.notDeepEqual(await withBadTile, root);
});

test("every leaf is at its position, and partial tiles stay what they were", async () => {
  for (const { index, width } of bundlesOf(ENTRIES)) {
    const leaves = await log.leaves({ index, width });
    for (const [at, leaf] of leaves.entries()) {
      assert.equal(
        JSON.parse(new TextDecoder().decode(leaf)).position,
        index * TILE_WIDTH + at + 1,
      );
    }
  }
  const full = await log.tile({ level: 0, index: 1, width: TILE_WIDTH });
  for (const width of [1, 17, 88, 255]) {
    const partial = await log.tile({ level: 0, index: 1, width });
    assert.deepEqual(partial, full.slice(0, width * 32));
    assert.equal((await log.leaves({ index: 1, width })).length, width);
  }
});

test("what is not there, not there yet, or has another name is a 404 that nobody keeps", async () => {
  const width = ENTRIES % TILE_WIDTH;
  const there = [`tile/0/002.p/${width}`, "tile/0/001", "tile/1/000.p/2", "tile/entries/000"];
  for (const path of there) assert.equal((await log.get(path)).status, 200, path);
  const missing = [
    ...[`tile/0/002.p/${width + 1}`, `tile/entries/002.p/${width + 1}`, "tile/0/002"],
    ...["tile/entries/002", "tile/0/003", "tile/0/003.p/1", "tile/1/000.p/3", "tile/1/000"],
    ...["tile/1/001.p/1", "tile/2/000.p/1", "tile/63/000.p/1", "tile/64/000", "tile/0/000.p/0"],
    ...["tile/0/000.p/256", "tile/0/000.p/0256", "tile/0/0", "tile/00/000", "tile/0/x000/000"],
    ...["tile/0/000/", "tile/0/-01", "tile/0/x999/x999/x999/x999/x999/999", "tile/entries"],
    ...["tile/", "tile/data/000", "tile/0/%2e%2e/000", "tile/0/000.p/1/1", "checkpoints", ""],
    `tile/0/${"x000/".repeat(300)}000`,
  ];
  for (const path of missing) {
    const response = await log.get(path);
    assert.equal(response.status, 404, path);
    assert.equal(response.headers.get("cache-control"), "no-store", path);
    assert.match(String(response.headers.get("content-type")), /^application\/problem\+json/);
  }
});

test("types, lengths and how long a cache may keep them are those of tlog-tiles; HEAD too", async () => {
  const cases = [
    { path: "checkpoint", type: "text/plain; charset=utf-8", cache: "public, max-age=2" },
    { path: "keys", type: "text/plain; charset=utf-8", cache: "public, max-age=2" },
    ...["tile/0/000", "tile/0/002.p/3", "tile/entries/000", "tile/entries/002.p/3"].map((path) => ({
      path,
      type: "application/octet-stream",
      cache: "public, max-age=31536000, immutable",
    })),
  ];
  for (const { path, type, cache } of cases) {
    const identity = { headers: { "accept-encoding": "identity" } };
    const got = await log.get(path, identity);
    const head = await log.get(path, { ...identity, method: "HEAD" });
    const { byteLength } = await got.arrayBuffer();
    for (const { status, headers } of [got, head]) {
      assert.equal(status, 200, path);
      assert.equal(headers.get("content-type"), type, path);
      assert.equal(headers.get("cache-control"), cache, path);
      assert.equal(headers.get("content-length"), String(byteLength), path);
      assert.equal(headers.get("set-cookie"), null);
    }
    assert.equal((await head.arrayBuffer()).byteLength, 0);
    assert.equal((await log.get(path, { method: "DELETE" })).status, 405, path);
  }
  assert.equal((await log.bytes("tile/0/000")).length, 256 * 32);
});

test("entries come compressed to those who take it, and are the same entries", async () => {
  const fetchRaw = async (acceptEncoding: string) =>
    heed.server.inject({
      url: "/ledger/tile/entries/000",
      headers: { "accept-encoding": acceptEncoding },
    });
  const plain = await fetchRaw("identity");
  assert.equal(plain.headers["content-encoding"], undefined);
  for (const accepted of ["gzip", "br, gzip;q=0.5", "deflate,GZIP ; q=1.0"]) {
    const packed = await fetchRaw(accepted);
    assert.equal(packed.headers["content-encoding"], "gzip", accepted);
    assert.equal(packed.headers.vary, "accept-encoding");
    assert.ok(packed.rawPayload.length < plain.rawPayload.length / 2);
    assert.deepEqual(gunzipSync(packed.rawPayload), plain.rawPayload);
  }
  for (const accepted of ["", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"]) {
    assert.equal((await fetchRaw(accepted)).headers["content-encoding"], undefined, accepted);
  }
});

/** The byte forms in which an address could hide. */
function formsOf(address: string): string[] {
  const digits = address.replace(/\D/gu, "");
  const spellings = [address, encodeURIComponent(address), JSON.stringify(address).slice(1, -1)];
  if (address.startsWith("+")) spellings.push(digits, digits.slice(1));
  const hex = spellings.map((text) => Buffer.from(text).toString("hex"));
  // Base64 of it wherever it begins: without the characters that depend on its neighbours.
  const base64 = spellings.flatMap((text) =>
    [0, 1, 2].map((shift) => {
      const padded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
      return padded
        .toString("base64")
        .replace(/=+$/u, "")
        .slice(shift + 1, -2);
    }),
  );
  return [...spellings, ...hex, ...base64];
}

function addressIn(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  for (let index = 0; index < ENTRIES; index++) {
    const found = formsOf(addressOf(index)).find((form) =>
      text.includes(Buffer.from(form).toString("latin1")),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

test("nothing in the published log holds an address, in any byte form, nor words or names", async () => {
  const { note } = await log.checkpoint();
  const files = [Buffer.from(note), Buffer.from(log.vkeys.join("\n"))];
  for (let level = 0; level < 2; level++) {
    for (let index = 0; tileWidth(level, index, ENTRIES) > 0; index++) {
      const width = tileWidth(level, index, ENTRIES);
      files.push(Buffer.from(await log.tile({ level, index, width })));
      if (level > 0) continue;
      files.push(Buffer.from(await log.bytes(tilePath({ level: "entries", index, width }))));
    }
  }
  const published = Buffer.concat(files);
  assert.ok(published.length > ENTRIES * 300, "everything was read");
  assert.equal(addressIn(published), undefined);
  for (const secret of ["STOP", "Robin", "message-17"])
    assert.ok(!published.includes(secret), secret);
  // The controls: the search finds what the record of one entry has in it, plainly and packed.
  const [sealed] = await heed.deps.store.readSealed(300, 1);
  const record = sealed?.record;
  assert.ok(record !== null && record !== undefined);
  assert.equal(addressIn(record), addressOf(300));
  for (const encoding of ["base64", "hex"] as const) {
    const packed = Buffer.from(`x${Buffer.from(record).toString("utf8")}`).toString(encoding);
    assert.notEqual(addressIn(Buffer.from(packed)), undefined, encoding);
  }
});

test("nothing wider than the anchored tree is served, though the store has more", async (t) => {
  const size = 300;
  const own = await startTestHeed(t, {
    options: { ledgerOpen: true },
    // As on a server that another one is ahead of: its own anchor does not say the newest yet.
    change: (deps) => ({
      ...deps,
      guard: withMember(deps.guard, "kept", ({ kept }) =>
        kept !== null && kept.size > size ? { size, root: kept.root } : kept,
      ),
    }),
  });
  await fill(own, 310);
  const status = async (path: string) =>
    (await own.server.inject({ url: `/ledger/${path}` })).statusCode;
  for (const kind of ["0", "entries"]) {
    assert.equal(await status(`tile/${kind}/001.p/44`), 200);
    assert.equal(await status(`tile/${kind}/001.p/45`), 404);
  }
  // The control: the store could have given it.
  assert.equal((await own.deps.store.readTile({ level: 0, index: 1, width: 45 })).length, 45 * 32);
});

test("without a key it is closed, unless the operator opens it; any key opens it", async (t) => {
  const closed = await startTestHeed(t);
  await fill(closed, 3);
  const paths = ["checkpoint", "keys", "tile/0/000.p/3", "tile/entries/000.p/3"];
  for (const path of paths) {
    const url = `/ledger/${path}`;
    const anonymous = await closed.server.inject({ url });
    assert.equal(anonymous.statusCode, 401, path);
    assert.equal((await heed.server.inject({ url: "/ledger/keys" })).statusCode, 200);
    for (const scope of KEY_SCOPES) {
      const answer = await closed.server.inject({ url, headers: closed.auth(scope) });
      assert.equal(answer.statusCode, 200, `${path} with ${scope}`);
      // A cache that several people share must not answer in the place of the key.
      assert.match(String(answer.headers["cache-control"]), /^private, /u);
    }
  }
  const wrong = { authorization: `Bearer heed_abcdef_${"A".repeat(43)}` };
  const refused = await closed.server.inject({ url: "/ledger/checkpoint", headers: wrong });
  assert.equal(refused.statusCode, 401);
});

test("an empty log has a checkpoint and no tile", async (t) => {
  const own = await startTestHeed(t, { options: { ledgerOpen: true } });
  const empty = await readPublishedLog(await own.listen());
  assert.equal((await empty.checkpoint()).size, 0);
  assert.equal((await empty.get("tile/0/000.p/1")).status, 404);
  assert.equal((await empty.get("tile/entries/000.p/1")).status, 404);
});

test("locked, nothing is signed or served, the answer says why, and the keys stay", async (t) => {
  const own = await startTestHeed(t, { options: { ledgerOpen: true } });
  await fill(own, 3);
  own.deps.guard.lockNow({
    kind: "behind",
    text: "The ledger has 3 entries, but its anchor (/data.anchor) saw 5.",
    waysOut: [],
  });
  for (const path of ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3", "tile/0/000"]) {
    const answer = await own.server.inject({ url: `/ledger/${path}` });
    assert.equal(answer.statusCode, 503, path);
    const problem = answer.json();
    assert.equal(problem.type, "/problems/locked");
    assert.match(problem.detail, /the ledger has fewer entries than its anchor/u);
    assert.doesNotMatch(problem.detail, /data\.anchor/u, "no path of this machine");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.ok(Number(answer.headers["retry-after"]) > 0);
  }
  const keys = await own.server.inject({ url: "/ledger/keys" });
  assert.deepEqual(keys.body.trimEnd().split("\n"), own.deps.notary.vkeys);
});
