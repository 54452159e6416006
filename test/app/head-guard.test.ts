/**
 * The guard of the head (promise 6): which ledgers it locks at a start and while it follows, and that
 * nobody is told of a success before the anchor says it. The anchors are real files.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import {
  type AnchoredGuard,
  type GuardParts,
  openHeadGuard,
} from "../../src/app/anchored-guard.ts";
import { damagedEntry } from "../../src/app/decide-lock.ts";
import type { Anchor, AnchorPlace } from "../../src/app/head-guard.ts";
import { rootOf } from "../../src/ledger/frontier.ts";
import { tileWidth } from "../../src/ledger/tile.ts";
import { openAnchorFile } from "../../src/runtime/anchor-file.ts";
import { BrokenStore, type Setting, type TreeHead } from "../../src/store/store.ts";
import { appended, leafHash, leafHashes } from "../ledger/reference-tree.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { logInto } from "./support.ts";

const ORIGIN = "optout.example.com/heed";
const LEAVES = leafHashes(700);

type Leaves = readonly Uint8Array[];

function treeOf(leaves: Leaves): TreeHead {
  return { size: leaves.length, root: rootOf(appended(leaves, 100).frontier) };
}

/** A ledger that can be replaced by another one while somebody looks at it. */
function ledgerOf(leaves: Leaves) {
  let shelf = appended(leaves, 64);
  let rows: Setting[] = [];
  const store: GuardParts["store"] & { becomes(leaves: Leaves): void } = {
    /** As another database would have it: without what was written into this one. */
    becomes(others) {
      shelf = appended(others, 64);
      rows = [];
    },
    settings: async (kind) => rows.filter((row) => row.kind === kind),
    addSetting: async (kind, id, value, updatedAt) => {
      if (rows.some((row) => row.kind === kind && row.id === id)) return false;
      rows.push({ kind, id, value, updatedAt });
      return true;
    },
    tree: async () => ({ size: shelf.frontier.size, root: rootOf(shelf.frontier) }),
    readTile: async (tile) => {
      if (tile.width > tileWidth(tile.level, tile.index, shelf.frontier.size)) {
        throw new RangeError("there is no such tile");
      }
      return await shelf.read(tile);
    },
  };
  return store;
}

/** The same entries but for one that is another. */
function changedAt(leaves: Leaves, index: number): Leaves {
  return leaves.with(index, leafHash("another"));
}

function place(t: TestContext) {
  const data = join(temporaryFolder(t), "data");
  mkdirSync(data);
  const file = `${data}.anchor`;
  const broken: Error[] = [];
  const logged: string[] = [];
  const start = async (
    store: GuardParts["store"],
    more: { origin?: string; alone?: boolean; wrap?: (real: AnchorPlace) => AnchorPlace } = {},
  ): Promise<AnchoredGuard> => {
    const real = await openAnchorFile(file, data);
    const guard = await openHeadGuard({
      store,
      place: more.wrap?.(real) ?? real,
      origin: more.origin ?? ORIGIN,
      alone: more.alone ?? true,
      clock: Date,
      log: logInto(logged),
      onBroken: (error) => broken.push(error),
    });
    t.after(async () => {
      await guard.close();
      await real.close();
    });
    return guard;
  };
  return { data, file, start, broken, logged };
}

test("a first start anchors what is there, an empty ledger and one of before", async (t) => {
  for (const count of [0, 1, 300]) {
    const { start, data } = place(t);
    const guard = await start(ledgerOf(LEAVES.slice(0, count)));
    assert.equal(guard.lock, null);
    assert.deepEqual(guard.kept, treeOf(LEAVES.slice(0, count)));
    const found = await openAnchorFile(`${data}.anchor`, data);
    assert.deepEqual(found.found, { origin: ORIGIN, tree: treeOf(LEAVES.slice(0, count)) });
    await found.close();
  }
});

test("a ledger that begins with what its anchor saw starts, whatever came after", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, 2, 255, 256, 257, 300, 511, 512, 513),
      fc.nat(180),
      async (size, more) => {
        const { start } = place(t);
        await start(ledgerOf(LEAVES.slice(0, size)));
        const guard = await start(ledgerOf(LEAVES.slice(0, size + more)));
        assert.equal(guard.lock, null);
        assert.equal(guard.kept?.size, size + more);
      },
    ),
    { numRuns: 40 },
  );
});

test("one that went back or was changed starts locked, signs nothing, and keeps its anchor", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 0, max: 699 }),
      fc.nat(699),
      async (size, now, changed) => {
        const { start, data, logged } = place(t);
        await start(ledgerOf(LEAVES.slice(0, size)));
        const isBehind = now < size;
        const others = isBehind
          ? LEAVES.slice(0, now)
          : changedAt(LEAVES.slice(0, Math.max(now, size)), changed % size);
        const guard = await start(ledgerOf(others));
        assert.equal(guard.lock?.kind, isBehind ? "behind" : "differs");
        assert.equal(guard.kept, null);
        assert.equal(guard.anchor?.tree.size, size);
        assert.ok(logged.some((line) => line.includes("LOCKED")));
        // What is recorded meanwhile is not held up, and leaves the anchor as it was.
        await guard.keep(treeOf(LEAVES.slice(0, 650)));
        const found = await openAnchorFile(`${data}.anchor`, data);
        assert.deepEqual(found.found, { origin: ORIGIN, tree: treeOf(LEAVES.slice(0, size)) });
        await found.close();
        // And it stays locked, start for start.
        assert.notEqual((await start(ledgerOf(others))).lock, null);
      },
    ),
    { numRuns: 30 },
  );
});

test("a change after what the anchor saw is none that it can see: the control of the test above", async (t) => {
  const { start } = place(t);
  await start(ledgerOf(LEAVES.slice(0, 400)));
  assert.equal((await start(ledgerOf(changedAt(LEAVES.slice(0, 600), 400)))).lock, null);
});

test("each lock says in numbers what happened, and names its ways out", async (t) => {
  const lockOf = async (
    prepare: (at: ReturnType<typeof place>) => Promise<AnchoredGuard>,
  ): Promise<{ kind: string; text: string; ways: string }> => {
    const { lock } = await prepare(place(t));
    assert.ok(lock !== null);
    return { kind: lock.kind, text: lock.text, ways: lock.waysOut.join("\n") };
  };
  const behind = await lockOf(async ({ start }) => {
    await start(ledgerOf(LEAVES.slice(0, 300)));
    return await start(ledgerOf(LEAVES.slice(0, 290)));
  });
  assert.match(behind.text, /has 290 entries, but its anchor \(.*\) saw 300: the last 10 are miss/);
  assert.match(behind.ways, /heed restore/);
  assert.match(behind.ways, /heed accept-gap --first NAME --second NAME --why TEXT/);

  const otherLog = await lockOf(async ({ start }) => {
    await start(ledgerOf(LEAVES.slice(0, 300)), { origin: "one.example/log" });
    return await start(ledgerOf(LEAVES.slice(0, 7)));
  });
  assert.equal(otherLog.kind, "other-log");
  assert.match(otherLog.text, /of the log one\.example\/log with 300 entries, and .* with 7/);

  const anew = await lockOf(async ({ start, data }) => {
    await start(ledgerOf(LEAVES.slice(0, 300)), { origin: "one.example/log" });
    rmSync(join(data, "anchored"));
    return await start(ledgerOf([]));
  });
  assert.equal(anew.kind, "other-log");
  assert.match(anew.text, /begun anew/);
  assert.match(anew.ways, /remove the anchor file \(.*data\.anchor\)/);

  const missing = await lockOf(async ({ start, file }) => {
    await start(ledgerOf(LEAVES.slice(0, 300)));
    rmSync(file);
    return await start(ledgerOf(LEAVES.slice(0, 300)));
  });
  assert.equal(missing.kind, "anchor-missing");
  assert.match(missing.ways, /HEED_ANCHOR/);

  const garbage = await lockOf(async ({ start, file }) => {
    writeFileSync(file, "somebody's notes");
    return await start(ledgerOf([]));
  });
  assert.equal(garbage.kind, "anchor-missing");
  assert.match(garbage.text, /is no anchor, or it is damaged/);

  const rotten = await lockOf(async ({ start }) => {
    const store = ledgerOf(LEAVES.slice(0, 300));
    const tree = { size: 300, root: new Uint8Array(32) };
    return await start({ ...store, tree: async () => tree });
  });
  assert.equal(rotten.kind, "damaged");
  assert.doesNotMatch(rotten.ways, /accept-gap/);
});

test("a start that was cut short before the mark, or before anything was written, does not lock", async (t) => {
  const { start, data } = place(t);
  await start(ledgerOf([]), { origin: "first.example/log" });
  rmSync(join(data, "anchored"));
  // Between the anchor and the mark; and the keys of a folder that was thrown away are new ones.
  assert.equal((await start(ledgerOf([]), { origin: "first.example/log" })).lock, null);
  assert.equal((await start(ledgerOf([]), { origin: "second.example/log" })).lock, null);
  const { start: again, data: other } = place(t);
  await again(ledgerOf(LEAVES.slice(0, 5)));
  rmSync(join(other, "anchored"));
  assert.equal((await again(ledgerOf(LEAVES.slice(0, 5)))).lock, null);
});

test("what a database cannot put together locks and does not stop the start", async (t) => {
  const { start } = place(t);
  const lost = async () => Promise.reject(new BrokenStore("A hash of tile 0 is missing."));
  const guard = await start({ ...ledgerOf(LEAVES.slice(0, 9)), readTile: lost });
  assert.equal(guard.lock?.kind, "damaged");
  assert.match(guard.lock?.text ?? "", /A hash of tile 0 is missing/);
  // A database that cannot be asked is no reason to lock: the start fails in its own words.
  const gone = async () => Promise.reject(new Error("connection refused"));
  await assert.rejects(start({ ...ledgerOf([]), tree: gone }), /connection refused/);
});

interface HeldMove {
  readonly size: number;
  release(error?: Error): void;
}

/** The same place, whose writes take as long as the test wants. */
function slow(real: AnchorPlace, moves: HeldMove[]): AnchorPlace {
  return {
    path: real.path,
    found: real.found,
    wasAnchored: real.wasAnchored,
    put: (anchor) => real.put(anchor),
    move: async (anchor: Anchor) => {
      const gate = Promise.withResolvers<void>();
      const release = (error?: Error) =>
        error === undefined ? gate.resolve() : gate.reject(error);
      moves.push({ size: anchor.tree.size, release });
      await gate.promise;
      await real.move(anchor);
    },
  };
}

const nextTurns = () => new Promise((resolve) => setTimeout(resolve, 20));

test("nobody is let go before the anchor says it, and one write lets everybody go who waits", async (t) => {
  const { start, data } = place(t);
  const moves: HeldMove[] = [];
  const guard = await start(ledgerOf([]), { wrap: (real) => slow(real, moves) });
  const done: number[] = [];
  const keep = (size: number) =>
    guard.keep(treeOf(LEAVES.slice(0, size))).then(() => void done.push(size));
  const all = [keep(1)];
  await nextTurns();
  assert.deepEqual(
    moves.map(({ size }) => size),
    [1],
  );
  // They come while the first is written, in any order, and share the second.
  for (const size of [5, 3, 9, 2, 9]) all.push(keep(size));
  await nextTurns();
  assert.deepEqual(done, []);
  assert.equal(guard.kept?.size, 0);
  moves[0]!.release();
  await nextTurns();
  assert.deepEqual(done, [1]);
  assert.deepEqual(
    moves.map(({ size }) => size),
    [1, 9],
  );
  moves[1]!.release();
  await Promise.all(all);
  assert.equal(guard.kept?.size, 9);
  await keep(4); // Kept already: nothing is written for it.
  assert.equal(moves.length, 2);
  const found = await openAnchorFile(`${data}.anchor`, data);
  assert.deepEqual((found.found as Anchor).tree, treeOf(LEAVES.slice(0, 9)));
  await found.close();
});

test("an anchor that cannot be written is no success for anybody, and ends the process", async (t) => {
  const { start, broken } = place(t);
  const moves: HeldMove[] = [];
  const guard = await start(ledgerOf([]), { wrap: (real) => slow(real, moves) });
  const waiting = [1, 2].map((size) => guard.keep(treeOf(LEAVES.slice(0, size))));
  const settled = Promise.allSettled(waiting);
  await nextTurns();
  moves[0]!.release(new BrokenStore("Writing the anchor failed (EIO)."));
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(guard.kept?.size, 0);
  assert.match(broken[0]?.message ?? "", /EIO/);
});

test("where others write too, a ledger that is replaced while we run locks, at the next move", async (t) => {
  for (const { becomes, kind } of [
    { becomes: LEAVES.slice(0, 290), kind: "behind" },
    { becomes: [], kind: "behind" },
    { becomes: changedAt(LEAVES.slice(0, 300), 299), kind: "differs" },
    // It went back and has grown past us since.
    { becomes: [...LEAVES.slice(0, 290), ...leafHashes(40)], kind: "differs" },
    { becomes: changedAt(LEAVES, 0), kind: "differs" },
  ]) {
    const { start } = place(t);
    const store = ledgerOf(LEAVES.slice(0, 300));
    const guard = await start(store, { alone: false });
    store.becomes(becomes);
    await guard.keep(await store.tree());
    assert.equal(guard.lock?.kind, kind);
    assert.equal(guard.kept, null);
    assert.equal(guard.needsNewStart, true);
    assert.match(guard.lock?.waysOut.join("\n") ?? "", /start this server again/);
    // The anchor is as it was: the next start is locked too.
    assert.equal((await start(ledgerOf(becomes), { alone: false })).lock?.kind, kind);
  }
});

test("a tree that the database had and has no more is no success, and the anchor stays", async (t) => {
  // The anchor saw 300; the old primary committed 310, and the new one never got them.
  for (const becomes of [
    LEAVES.slice(0, 300),
    LEAVES.slice(0, 305),
    changedAt(LEAVES.slice(0, 320), 305),
  ]) {
    const { start } = place(t);
    const store = ledgerOf(LEAVES.slice(0, 300));
    const guard = await start(store, { alone: false });
    const committed = treeOf(LEAVES.slice(0, 310));
    store.becomes(becomes);
    // Whoever shares the write with it and is in the ledger is not told that it failed.
    const [lost, there] = await Promise.allSettled([
      guard.keep(committed),
      guard.keep(await store.tree()),
    ]);
    assert.equal(lost.status, "rejected");
    assert.equal(lost.reason.name, "UncertainOutcome");
    assert.match(lost.reason.message, /does not have it any more.*Try again with the same key/s);
    assert.equal(there.status, "fulfilled");
    assert.equal(guard.anchor?.tree.size, 300);
    // It counts in this process, and in the ledger it does not.
    assert.deepEqual([guard.kept, guard.needsNewStart], [null, true]);
    // Locked, the same holds: only what is in the ledger now is a success.
    await assert.rejects(guard.keep(committed), { name: "UncertainOutcome" });
    await guard.keep(await store.tree());
  }
});

test("what one server missed, the others of its database learn, however little they saw", async (t) => {
  const database = ledgerOf(LEAVES.slice(0, 100));
  const [saw, lagging, fresh] = [place(t), place(t), place(t)];
  const others = { alone: false };
  const running = await lagging.start(database, others);
  database.becomes(LEAVES.slice(0, 300));
  await saw.start(database, others);
  database.becomes(LEAVES.slice(0, 120));
  // Control: nobody has told it yet, and it goes on.
  await running.keep(await database.tree());
  const lockKind = (guard: AnchoredGuard) => guard.lock?.kind ?? null;
  assert.equal(lockKind(running), null);

  const first = await saw.start(database, others);
  assert.equal(first.lock?.kind, "behind");
  await nextTurns();
  await running.keep(await database.tree());
  assert.equal(lockKind(running), "behind");
  assert.match(running.lock?.text ?? "", /120 entries, but another server saw 300/);
  assert.equal(running.needsNewStart, true);
  const again = await lagging.start(database, others);
  assert.equal(again.lock?.kind, "behind");
  assert.equal(again.anchor?.tree.size, 120, "its own word stays");
  assert.deepEqual(again.lost, { origin: ORIGIN, tree: treeOf(LEAVES.slice(0, 300)) });
  // A new one keeps what it was told: it stays locked on a database that nobody wrote it into.
  assert.equal((await fresh.start(database, others)).lock?.kind, "behind");
  assert.equal((await fresh.start(ledgerOf(LEAVES.slice(0, 120)), others)).lock?.kind, "behind");
  // Grown past what was lost, it is another history.
  const grown = changedAt(LEAVES.slice(0, 400), 200);
  const rows = await database.settings("installation");
  database.becomes(grown);
  for (const { kind, id, value } of rows) await database.addSetting(kind, id, value, 0);
  assert.equal((await lagging.start(database, others)).lock?.kind, "differs");

  // Two who accept it begin another log, which no word about the old one locks.
  const anew = { origin: "optout.example.com/heed-2", tree: await database.tree() };
  await again.acceptGap(anew);
  await again.keep(await database.tree());
  assert.deepEqual([again.lock, again.lost], [null, anew]);
  // And the entries back in place, nobody is locked.
  database.becomes(LEAVES.slice(0, 300));
  for (const { kind, id, value } of rows) await database.addSetting(kind, id, value, 0);
  assert.equal((await place(t).start(database, others)).lock, null);
});

test("where others write too, late answers and newer trees lock nobody", async (t) => {
  const { start } = place(t);
  const store = ledgerOf(LEAVES.slice(0, 300));
  const guard = await start(store, { alone: false });
  store.becomes(LEAVES.slice(0, 520));
  await Promise.all(
    [310, 520, 300, 299, 1, 400].map((size) => guard.keep(treeOf(LEAVES.slice(0, size)))),
  );
  assert.equal(guard.lock, null);
  assert.equal(guard.kept?.size, 520);
});

test("where others write too, a database that cannot be asked is an uncertain outcome, and no lock", async (t) => {
  const { start, broken } = place(t);
  const store = ledgerOf(LEAVES.slice(0, 300));
  const guard = await start(store, { alone: false });
  const { readTile } = store;
  store.readTile = async () => Promise.reject(new Error("connection reset"));
  await assert.rejects(guard.keep(treeOf(LEAVES.slice(0, 301))), { name: "UncertainOutcome" });
  store.readTile = readTile;
  store.becomes(LEAVES.slice(0, 301));
  await guard.keep(treeOf(LEAVES.slice(0, 301)));
  assert.equal(guard.kept?.size, 301);
  assert.deepEqual([guard.lock, broken], [null, []]);
});

test("the first lock stays, but what two people can accept never hides what they cannot", async (t) => {
  const { start } = place(t);
  await start(ledgerOf(LEAVES.slice(0, 300)));
  const guard = await start(ledgerOf(LEAVES.slice(0, 290)));
  assert.equal(guard.needsNewStart, false);
  guard.lockNow(damagedEntry(7, "Its record was changed."));
  assert.equal(guard.lock?.kind, "damaged");
  assert.equal(guard.needsNewStart, true);
  guard.lockNow(damagedEntry(8, "Its record was changed."));
  assert.match(guard.lock?.text ?? "", /^Entry 7 is not what the ledger committed to\./);
});
