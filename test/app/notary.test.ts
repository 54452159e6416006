/** What the notary signs and what it never does, over a real store. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HeadGuard, Lock } from "../../src/app/head-guard.ts";
import { createNotary } from "../../src/app/notary.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import { type Signer, signerOf } from "../../src/ledger/note-key.ts";
import { type Receipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { parseTlogProof } from "../../src/ledger/tlog-proof.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Commit, Store, TreeHead } from "../../src/store/store.ts";
import { bodyHash, draftOf } from "../store/drafts.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const SIGNER = signerOf("optout.example.com/heed", new Uint8Array(randomBytes(32)));
/** The tokens of `draftOf`. */
const tokensOf = (address: AddressKey) => [bodyHash(address)];

/** A guard that keeps when the test says so. */
class TestGuard implements Pick<HeadGuard, "lock" | "lockNow" | "keep" | "kept"> {
  lock: Lock | null = null;
  anchor: TreeHead | null = null;
  /** `null`: an anchor that is written at once. */
  written: Promise<void> | null = null;

  get kept(): TreeHead | null {
    return this.lock === null ? this.anchor : null;
  }

  lockNow(lock: Lock): void {
    this.lock ??= lock;
  }

  async keep(tree: TreeHead): Promise<void> {
    await this.written;
    if ((this.anchor?.size ?? -1) < tree.size) this.anchor = tree;
  }
}

interface Bench {
  readonly store: Store;
  readonly guard: TestGuard;
  signer: Signer | null;
  append(key: string, entries?: number): Promise<Commit>;
  notary(changed?: Partial<Store>): ReturnType<typeof createNotary>;
}

async function bench(t: TestContext): Promise<Bench> {
  const store = await openSqliteStore({ file: join(temporaryFolder(t), "heed.db") });
  t.after(() => store.close());
  const guard = new TestGuard();
  const made: Bench = {
    store,
    guard,
    signer: SIGNER,
    async append(key, entries = 1) {
      const drafts = Array.from({ length: entries }, (_, at) => draftOf(`${key}/${at}`));
      const outcome = await store.append({ key, bodyHash: bodyHash(key), drafts });
      assert.equal(outcome.status, "appended");
      return (outcome as { commit: Commit }).commit;
    },
    notary: (changed = {}) =>
      createNotary({
        store: {
          readSealed: (after, limit) => store.readSealed(after, limit),
          readTile: (tile) => store.readTile(tile),
          tree: () => store.tree(),
          ...changed,
        },
        guard,
        secrets: { tokensOf },
        logKeys: {
          origin: SIGNER.name,
          vkeys: [SIGNER.vkey],
          get signer() {
            return made.signer;
          },
        },
      }),
  };
  return made;
}

function holds(receipt: Receipt | null) {
  const result = verifyReceipt(receipt, [SIGNER.vkey]);
  assert.ok(!("problem" in result), JSON.stringify(result));
  return result;
}

const noteOf = (receipt: Receipt | null): string => {
  const parsed = parseTlogProof(receipt?.proof ?? "");
  assert.ok(!("problem" in parsed));
  return parsed.checkpoint;
};

test("the receipt of a commit and the one from the tiles both hold, for every entry", async (t) => {
  const { append, notary, guard } = await bench(t);
  const desk = notary();
  const commits: Commit[] = [];
  for (const [at, entries] of [1, 3, 200, 1, 60].entries()) {
    const before = guard.anchor?.size ?? 0;
    const commit = await append(`append ${at}`, entries);
    commits.push(commit);
    for (let position = before + 1; position <= commit.tree.size; position += 7) {
      const quick = holds(await desk.receipt(position, commit));
      assert.equal(quick.leaf.position, position);
      assert.equal(quick.size, commit.tree.size);
    }
    await guard.keep(commit.tree);
  }
  for (let position = 1; position <= 265; position += 11) {
    const slow = holds(await desk.receipt(position));
    assert.deepEqual([slow.leaf.position, slow.size], [position, 265]);
  }
  assert.deepEqual(
    Buffer.from(holds(await desk.receipt(265)).root),
    Buffer.from(commits.at(-1)!.tree.root),
  );
});

test("nothing is signed before the anchor says it, and nothing when that fails or locks", async (t) => {
  const { append, notary, guard } = await bench(t);
  const desk = notary();
  const [first, second, third] = [await append("a"), await append("b"), await append("c")];
  const writing = Promise.withResolvers<void>();
  guard.written = writing.promise;
  let receipt: Receipt | null | undefined;
  const done = desk.receipt(1, first).then((made) => {
    receipt = made;
  });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(receipt, undefined);
  assert.equal(desk.checkpoint(), null);
  writing.resolve();
  await done;
  holds(receipt!);
  guard.written = Promise.reject(new Error("the disk is full"));
  await assert.rejects(desk.receipt(2, second), /disk is full/u);
  assert.equal(desk.checkpoint()?.tree.size, 1, "the tree that failed is not signed");
  guard.written = null;
  guard.lock = { kind: "behind", text: "", waysOut: [] };
  assert.equal(await desk.receipt(3, third), null);
  assert.equal(await desk.receipt(1), null);
  assert.equal(desk.checkpoint(), null);
});

test("a server without the key in force signs nothing", async (t) => {
  const made = await bench(t);
  const commit = await made.append("a");
  await made.guard.keep(commit.tree);
  const desk = made.notary();
  assert.notEqual(desk.checkpoint(), null);
  made.signer = null;
  assert.equal(desk.checkpoint(), null);
  assert.equal(await desk.receipt(1, commit), null);
  assert.equal(await desk.receipt(1), null);
});

test("a tree is signed once, whoever asks, and the checkpoint opens with the log's key", async (t) => {
  const { append, notary, guard } = await bench(t);
  const desk = notary();
  const commit = await append("a", 20);
  const notes = new Set<string>();
  for (let position = 1; position <= 20; position++) {
    notes.add(noteOf(await desk.receipt(position, commit)));
  }
  notes.add(desk.checkpoint()?.note ?? "");
  notes.add(noteOf(await desk.receipt(7)));
  assert.equal(notes.size, 1);
  const opened = openCheckpoint([...notes][0]!, [SIGNER]);
  assert.ok(!("problem" in opened));
  assert.deepEqual([opened.size, opened.origin], [guard.anchor?.size, SIGNER.name]);
});

test("an entry that there is not is a RangeError", async (t) => {
  const { append, notary, guard } = await bench(t);
  await guard.keep((await append("a")).tree);
  for (const position of [0, -1, 2, 1.5, Number.NaN, 2 ** 60]) {
    await assert.rejects(notary().receipt(position), RangeError);
  }
});

test("an entry that the anchor does not say yet is anchored before it is signed", async (t) => {
  const { append, notary, guard } = await bench(t);
  await guard.keep((await append("a")).tree);
  // Another server's, in PostgreSQL: nobody here has kept it.
  await append("b");
  assert.equal(holds(await notary().receipt(2)).size, 2);
  assert.equal(guard.anchor?.size, 2);
});

test("the receipt of an erased entry proves its leaf, and the one from before holds as well", async (t) => {
  const { append, notary, guard, store } = await bench(t);
  const commit = await append("a", 3);
  const desk = notary();
  const before = await desk.receipt(2, commit);
  const address = "+15551234567" as AddressKey;
  const evidence = { kind: "erasure", tokens: bodyHash(address) };
  const erasure = draftOf(
    "erasure",
    { kind: "erasure", address: null, scopes: [], evidence },
    bodyHash(address),
  );
  const erased = await store.append({
    ...{ key: "erasure", bodyHash: bodyHash("erasure"), drafts: [erasure] },
    erases: [bodyHash(address)],
  });
  assert.equal(erased.status, "appended");
  await guard.keep(await store.tree());
  const after = await desk.receipt(2);
  assert.deepEqual([after?.record, after?.salt], [null, null]);
  assert.equal(holds(after).record, null);
  assert.equal(after?.leaf, before?.leaf);
  assert.equal(holds(before).record?.text, "STOP");
});

for (const { name, change } of [
  {
    name: "a tile with a flipped bit",
    change: (store: Store): Partial<Store> => ({
      readTile: async (tile) => {
        const bytes = new Uint8Array(await store.readTile(tile));
        bytes[40]! ^= 1;
        return bytes;
      },
    }),
  },
  {
    name: "a record that was changed",
    change: (store: Store): Partial<Store> => ({
      readSealed: async (after, limit) =>
        (await store.readSealed(after, limit)).map((sealed) => {
          const record = new Uint8Array(sealed.record!);
          record[20]! ^= 1;
          return { ...sealed, record };
        }),
    }),
  },
]) {
  test(`${name} gives no receipt and locks the server`, async (t) => {
    const { append, notary, guard, store } = await bench(t);
    await guard.keep((await append("a", 5)).tree);
    holds(await notary().receipt(1));
    assert.ok(guard.kept, "the control: unchanged it gives one");
    assert.equal(await notary(change(store)).receipt(1), null);
    assert.equal(guard.lock?.kind, "damaged");
  });
}

test("two different trees of one size are never both signed", async (t) => {
  const { append, notary, guard } = await bench(t);
  const { tree } = await append("a");
  await guard.keep(tree);
  const desk = notary();
  assert.notEqual(desk.checkpoint(), null);
  guard.anchor = { size: tree.size, root: new Uint8Array(randomBytes(32)) };
  assert.equal(desk.checkpoint(), null);
  assert.equal(guard.lock?.kind, "differs");
});
