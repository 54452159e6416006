// The part of the contract about the tree: it is the one of RFC 6962 over the leaves, after every
// commit, over restarts and upgrades, and whoever is given an entry is given its proof.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commitsTo, leafHashOf } from "../../src/ledger/leaf.ts";
import { verifyInclusion } from "../../src/ledger/merkle.ts";
import { consistencyProof, inclusionProof, rootAt } from "../../src/ledger/proof.ts";
import type { Tile } from "../../src/ledger/tile.ts";
import type { AppendOutcome, Delivery, Store } from "../../src/store/store.ts";
import { ReferenceTree } from "../ledger/reference-tree.ts";
import { NOW, requestOf } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

type Appended = AppendOutcome & { status: "appended" };

export function appended(outcome: AppendOutcome): Appended {
  assert.equal(outcome.status, "appended");
  return outcome as Appended;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The naive tree over the leaves that are in the ledger, not over what it says of them. */
export async function referenceOf(store: Store): Promise<ReferenceTree> {
  const sealed = await store.readSealed(0, 1_000_000);
  return new ReferenceTree(sealed.map(({ leaf }) => Buffer.from(leafHashOf(leaf), "hex")));
}

export function assertCommit({ entries, commit }: Appended, reference: ReferenceTree): void {
  const { size, root } = commit.tree;
  assert.equal(hex(root), hex(reference.root(0, size)));
  assert.ok(size >= entries.at(-1)!.position);
  for (const entry of entries) {
    const { position } = entry;
    const sealed = commit.sealed(position);
    assert.deepEqual(sealed.entry, entry);
    assert.equal(leafHashOf(sealed.leaf), entry.leafHash);
    assert.ok(commitsTo(sealed.leaf, sealed.salt!, sealed.record!));
    const leafHash = Buffer.from(entry.leafHash, "hex");
    const proof = commit.proof(position);
    assert.ok(verifyInclusion(position - 1, size, leafHash, proof, root), `entry ${position}`);
  }
  for (const other of [entries[0]!.position - 1, entries.at(-1)!.position + 1, 0.5]) {
    assert.throws(() => commit.sealed(other), RangeError);
    assert.throws(() => commit.proof(other), RangeError);
  }
}

export async function assertTree(
  store: Store,
  reference: ReferenceTree,
  size: number,
): Promise<void> {
  const tree = await store.tree();
  assert.equal(tree.size, size);
  assert.equal(hex(tree.root), hex(reference.root(0, size)));
}

export function treeCases(makeLedger: MakeLedger): void {
  growthCases(makeLedger);
  tileCases(makeLedger);
  handWrittenTreeCases(makeLedger);
}

function growthCases(makeLedger: MakeLedger): void {
  test("after any appends, together or not, every commit proves its entries", async (t) => {
    const round = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(fc.array(round, { maxLength: 4 }), async (rounds) => {
      const ledger = await makeLedger(t);
      let store = await ledger.open({ maxBatchDrafts: 100 });
      t.after(() => store.close());
      const commits: Appended[] = [];
      for (const [at, counts] of rounds.entries()) {
        const appends = counts.map((count, n) => store.append(requestOf(`${at}/${n}`, "", count)));
        commits.push(...(await Promise.all(appends)).map(appended));
        await store.close();
        store = await ledger.open({ maxBatchDrafts: 100 });
      }
      const reference = await referenceOf(store);
      for (const commit of commits) assertCommit(commit, reference);
      await assertTree(
        store,
        reference,
        rounds.flat().reduce((sum, count) => sum + count, 0),
      );
      await store.close();
    });
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
  });

  test("appends that share a commit share its tree, and replays have none", async (t) => {
    const store = await openStore(t, makeLedger);
    const first = store.append(requestOf("blocks the writer, so that the rest form a batch"));
    const keys = ["a", "b", "a", "c"];
    const outcomes = await Promise.all(keys.map((key) => store.append(requestOf(key, "body", 2))));
    await first;
    assert.equal(outcomes[2]?.status, "replayed");
    assert.ok(!("commit" in outcomes[2]!));
    const reference = await referenceOf(store);
    for (const at of [0, 1, 3]) {
      const commit = appended(outcomes[at]!);
      assert.equal(commit.commit.tree.size, 7);
      assertCommit(commit, reference);
    }
  });

  test("one that is refused by the database leaves the trees of the others right", async (t) => {
    const store = await openStore(t, makeLedger);
    const odd = { destination: "crm", position: 1, token: "t", attempts: 1, lastError: "" };
    const bad = { ...odd, state: "odd" as Delivery["state"], nextAttemptAt: NOW };
    const first = store.append(requestOf("blocks the writer, so that the rest form a batch"));
    const good = store.append(requestOf("good", "body", 3));
    const refused = assert.rejects(store.putDelivery(bad));
    const later = store.append(requestOf("later", "body", 2));
    await refused;
    const commits = (await Promise.all([first, good, later])).map(appended);
    const reference = await referenceOf(store);
    for (const commit of commits) assertCommit(commit, reference);
    await assertTree(store, reference, 6);
  });

  test("whoever asks for the tree while others append gets that of one moment", async (t) => {
    const store = await openStore(t, makeLedger);
    let isWriting = true;
    const seen = new Map<number, string>([[0, hex((await store.tree()).root)]]);
    const watch = async () => {
      for (let last = 0; isWriting; ) {
        const { size, root } = await store.tree();
        assert.ok(size >= last);
        last = size;
        seen.set(size, hex(root));
      }
    };
    const write = async (writer: number) => {
      for (let n = 0; n < 20; n++) await store.append(requestOf(`${writer}/${n}`, "", 1 + (n % 4)));
    };
    const watching = watch();
    const writing = Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    await writing.finally(() => {
      isWriting = false;
    });
    await watching;
    const reference = await referenceOf(store);
    assert.ok(seen.size > 2);
    for (const [size, root] of seen) assert.equal(root, hex(reference.root(0, size)));
  });
}

function tileCases(makeLedger: MakeLedger): void {
  test("the tree can be rebuilt from its tiles, at every size it ever had", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    t.after(() => store.close());
    for (const count of [1, 254, 1, 1, 400, 111, 1]) {
      await store.append(requestOf(`k${await store.head()}`, "", count));
    }
    const last = appended(await store.append(requestOf("last", "", 30)));
    const reference = await referenceOf(store);
    const readTile = (tile: Tile) => store.readTile(tile);
    for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 513, 768, 799]) {
      assert.equal(hex(await rootAt(size, readTile)), hex(reference.root(0, size)), `${size}`);
      const consistency = await consistencyProof(size, 799, readTile);
      assert.deepEqual(consistency.map(hex), reference.consistency(size, 799).map(hex));
    }
    for (const { position } of last.entries) {
      const proof = await inclusionProof(position - 1, 799, readTile);
      assert.deepEqual(proof.map(hex), last.commit.proof(position).map(hex));
    }
  });

  test("a tile that the tree does not have is refused, whatever is odd about it", async (t) => {
    const store = await openStore(t, makeLedger);
    const none = { level: 0, index: 0, width: 1 };
    await assert.rejects(store.readTile(none), RangeError);
    await store.append(requestOf("key", "", 300));
    assert.equal((await store.readTile({ level: 0, index: 1, width: 44 })).length, 44 * 32);
    assert.equal((await store.readTile({ level: 1, index: 0, width: 1 })).length, 32);
    const odd: Tile[] = [
      { level: 0, index: 1, width: 45 },
      { level: 0, index: 2, width: 1 },
      { level: 1, index: 0, width: 2 },
      { level: 2, index: 0, width: 1 },
      { level: 7, index: 0, width: 1 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
      { level: 0, index: 0, width: 1.5 },
      { level: 0, index: -1, width: 1 },
      { level: -1, index: 0, width: 1 },
      { level: 0.5, index: 0, width: 1 },
      { level: 0, index: Number.NaN, width: 1 },
      { level: 0, index: Number.MAX_SAFE_INTEGER, width: 1 },
    ];
    for (const tile of odd) {
      await assert.rejects(store.readTile(tile), RangeError, JSON.stringify(tile));
    }
  });

  test("a tile of which a hash was taken away is damage, and no smaller tree", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.append(requestOf("key", "", 300));
    await store.close();
    await ledger.dropTriggers("tile_hashes");
    await ledger.sql(`DELETE FROM ${ledger.table("tile_hashes")}`);
    const again = await ledger.open();
    t.after(() => again.close());
    const rejection = again.readTile({ level: 1, index: 0, width: 1 });
    await assert.rejects(rejection, { name: "BrokenStore" });
  });
}

function handWrittenTreeCases(makeLedger: MakeLedger): void {
  test("hand-written SQL cannot change the tree, or move the head without it", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.append(requestOf("key", "body", 300));
    await store.close();
    const [entries, head] = [ledger.table("entries"), ledger.table("head")];
    const hashes = ledger.table("tile_hashes");
    const forbidden = [
      `UPDATE ${hashes} SET place = 7`,
      `DELETE FROM ${hashes}`,
      `INSERT INTO ${hashes} SELECT level, place, hash FROM ${hashes}`,
      `UPDATE ${head} SET frontier = ${ledger.bytes(new Uint8Array(8))}`,
    ];
    for (const statement of forbidden) {
      const refusal = /append-only|head|UNIQUE|duplicate/u;
      await assert.rejects(ledger.sql(statement), refusal, statement);
    }
    await (await ledger.open()).close();
    await ledger.sql(
      `INSERT INTO ${entries} (position, leaf, leaf_hash, token, recorded_at)
       SELECT 301, leaf, leaf_hash, token, recorded_at FROM ${entries} WHERE position = 1`,
    );
    const move = `UPDATE ${head} SET position = 301`;
    await assert.rejects(ledger.sql(move), /frontier of its tree/u);
  });

  test("a head whose tree has another size is refused when the ledger is opened", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.append(requestOf("key", "body", 3));
    await store.close();
    await ledger.dropTriggers("head");
    const frontier = ledger.bytes(new Uint8Array(8));
    await ledger.sql(`UPDATE ${ledger.table("head")} SET frontier = ${frontier}`);
    await assert.rejects(ledger.open(), { name: "UnsafeStore", message: /a tree of 0/u });
  });
}
