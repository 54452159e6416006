// The part of the contract about ledgers of the first version: they get a tree, and the messages in
// them, which were kept as plain hashes, are known again under keyed ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { ReferenceTree } from "../ledger/reference-tree.ts";
import { appended, assertCommit, assertTree, hex, referenceOf } from "./contract-tree.ts";
import { bodyHash, NOW, requestOf } from "./drafts.ts";
import { asOfToday, writeOld } from "./first-version.ts";
import type { Ledger, MakeLedger } from "./ledger.ts";

export const KEYING = { secret: new Uint8Array(32).fill(7), fingerprint: "ab".repeat(32) };

export function upgradeCases(makeLedger: MakeLedger): void {
  test("a ledger from before there was a tree gets one over all its entries", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    const old = [requestOf("a", "a", 2), requestOf("b", "b", 266), requestOf("c", "c", 1)];
    await writeOld(ledger, old);
    await ledger.sql(
      `INSERT INTO ${ledger.table("settings")} VALUES ('sender', 'acme', '{"x":1}', ${NOW})`,
    );
    const store = await ledger.open({}, KEYING);
    t.after(() => store.close());
    const reference = await referenceOf(store);
    await assertTree(store, reference, 269);
    assert.equal(
      hex(await store.readTile({ level: 1, index: 0, width: 1 })),
      hex(reference.root(0, 256)),
    );
    assert.deepEqual((await store.setting("sender", "acme"))?.value, { x: 1 });
    assert.equal((await store.append(asOfToday(old[1]!, KEYING))).status, "replayed");
    const next = appended(await store.append(requestOf("d", "d", 250)));
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assertCommit(next, await referenceOf(again));
    await assertTree(again, await referenceOf(again), 519);
  });

  test("an empty ledger from before there was a tree has the empty tree", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    const store = await ledger.open();
    t.after(() => store.close());
    await assertTree(store, new ReferenceTree([]), 0);
    assertCommit(appended(await store.append(requestOf("key"))), await referenceOf(store));
  });

  test("a ledger with a hole is not upgraded as if there were none", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    await writeOld(ledger, [requestOf("a", "a", 3)]);
    for (const table of ["entries", "records", "idempotency"]) await ledger.dropTriggers(table);
    await ledger.sql(`DELETE FROM ${ledger.table("records")} WHERE position = 2`);
    await ledger.sql(`DELETE FROM ${ledger.table("entries")} WHERE position = 2`);
    await assert.rejects(ledger.open(), { name: "UnsafeStore", message: /misses one/u });
    const [version] = await ledger.sql(`SELECT version FROM ${ledger.table("schema_version")}`);
    assert.equal(version?.version, 1);
  });

  test("messages from before are known again, with their bodies", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    const old = [requestOf("a", "a", 2), requestOf("+15551234567"), requestOf("c", "c")];
    await writeOld(ledger, old);
    const store = await ledger.open({}, KEYING);
    t.after(() => store.close());
    for (const [at, first] of [1, 3, 4].entries()) {
      const again = await store.append(asOfToday(old[at]!, KEYING));
      assert.equal(again.status, "replayed");
      assert.equal(again.entries[0]?.position, first);
      const other = asOfToday({ ...old[at]!, bodyHash: bodyHash("other") }, KEYING);
      assert.equal((await store.append(other)).status, "conflict");
    }
    // The controls: with plain hashes, and under another secret, each would be recorded anew.
    const otherSecret = { ...KEYING, secret: new Uint8Array(32) };
    for (const unknown of [old[1]!, asOfToday(old[1]!, otherSecret)]) {
      assert.equal((await store.append(unknown)).status, "appended");
    }
    await store.close();
    const later = await ledger.open();
    t.after(() => later.close());
    const again = await later.append(asOfToday(old[1]!, KEYING));
    assert.equal(again.status, "replayed", "also after the next start, which needs no secrets");
  });

  test("messages in their thousands are known again, each as its own", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    const old = Array.from({ length: 10_050 }, (_, n) => requestOf(`k${n}`));
    await writeOld(ledger, old);
    const store = await ledger.open({}, KEYING);
    t.after(() => store.close());
    for (const n of [0, 9_999, 10_000, 10_049]) {
      const again = await store.append(asOfToday(old[n]!, KEYING));
      assert.deepEqual(
        [again.status, "entries" in again && again.entries[0]?.position],
        ["replayed", n + 1],
      );
    }
    const [count] = await rowsOf(ledger, store);
    assert.equal(Number(count?.keys), 10_050);
  });

  test("without the right secrets a ledger with messages stays as it was", async (t) => {
    const ledger = await makeLedger(t);
    await ledger.makeFirstVersion();
    const old = requestOf("a");
    await writeOld(ledger, [old]);
    const fingerprint = `('installation', 'secrets', '"${KEYING.fingerprint}"', ${NOW})`;
    await ledger.sql(`INSERT INTO ${ledger.table("settings")} VALUES ${fingerprint}`);
    const refused = { name: "UnsafeStore" };
    await assert.rejects(ledger.open(), { ...refused, message: /Start Heed on it once/u });
    const other = { secret: new Uint8Array(32), fingerprint: "other" };
    await assert.rejects(ledger.open({}, other), { ...refused, message: /other keys/u });
    const [version] = await ledger.sql(
      `SELECT max(version) AS version FROM ${ledger.table("schema_version")}`,
    );
    assert.equal(version?.version, 1);
    const store = await ledger.open({}, KEYING);
    t.after(() => store.close());
    assert.equal((await store.append(asOfToday(old, KEYING))).status, "replayed");
  });
}

async function rowsOf(ledger: Ledger, store: Store) {
  await store.close();
  return await ledger.sql(`SELECT count(*) AS keys FROM ${ledger.table("idempotency")}`);
}
