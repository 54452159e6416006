// The definition of a store: what src/store/store.ts promises in its comments, as cases that every
// database has to pass. `makeLedger` gives an empty database, which the case may open again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Entry } from "../../src/domain/entry.ts";
import { commitsTo, leafHashOf } from "../../src/ledger/leaf.ts";
import type { AppendOutcome, Store } from "../../src/store/store.ts";
import { aboutCases } from "./contract-about.ts";
import { arrivalCases } from "./contract-arrivals.ts";
import { erasureCases } from "./contract-erasure.ts";
import { sendCases } from "./contract-sends.ts";
import { cursorCases, deliveryCases, settingCases } from "./contract-tables.ts";
import { treeCases } from "./contract-tree.ts";
import { upgradeCases } from "./contract-upgrade.ts";
import { bodyHash, draftOf, NOW, requestOf } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

async function readAll(store: Store): Promise<readonly Entry[]> {
  return await store.read(0, 1_000_000);
}

function positionsOf(outcome: AppendOutcome): number[] {
  assert.notEqual(outcome.status, "conflict");
  return outcome.status === "conflict" ? [] : outcome.entries.map((entry) => entry.position);
}

export function storeContract(name: string, makeLedger: MakeLedger): void {
  describe(`the store on ${name}`, () => {
    appendCases(makeLedger);
    orderCases(makeLedger);
    readCases(makeLedger);
    textCases(makeLedger);
    settingCases(makeLedger);
    cursorCases(makeLedger);
    deliveryCases(makeLedger);
    arrivalCases(makeLedger);
    sendCases(makeLedger);
    treeCases(makeLedger);
    upgradeCases(makeLedger);
    erasureCases(makeLedger);
    aboutCases(makeLedger);
    closeCases(makeLedger);
    appendOnlyCases(makeLedger);
  });
}

function appendCases(makeLedger: MakeLedger): void {
  test("an append gives the entries, and they are there after a restart", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    assert.equal(await store.head(), 0);
    const outcome = await store.append(requestOf("twilio:SM1", "body", 3));
    assert.equal(outcome.status, "appended");
    assert.deepEqual(positionsOf(outcome), [1, 2, 3]);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.equal(await again.head(), 3);
    assert.deepEqual(await readAll(again), outcome.status === "appended" && outcome.entries);
  });

  test("the same key with the same body gives the first answer for ever", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const first = await store.append(requestOf("key", "body", 2));
    await store.append(requestOf("another"));
    const second = await store.append(requestOf("key", "body", 2));
    assert.notEqual(first.status, "conflict");
    const { entries } = first.status === "conflict" ? { entries: [] } : first;
    assert.deepEqual(second, { entries, status: "replayed" });
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual(await again.append(requestOf("key", "body")), second);
    assert.equal(await again.head(), 3);
  });

  test("the same key with another body is a conflict and writes nothing", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(requestOf("key", "body"));
    assert.deepEqual(await store.append(requestOf("key", "other")), { status: "conflict" });
    assert.equal(await store.head(), 1);
  });

  test("concurrent duplicates are written once and all get the same entries", async (t) => {
    const store = await openStore(t, makeLedger);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => store.append(requestOf(`k${index % 4}`))),
    );
    assert.equal(outcomes.filter(({ status }) => status === "appended").length, 4);
    assert.equal(outcomes.filter(({ status }) => status === "replayed").length, 36);
    for (const [index, outcome] of outcomes.entries()) {
      assert.deepEqual(positionsOf(outcome), positionsOf(outcomes[index % 4]!));
    }
    assert.equal((await readAll(store)).length, 4);
  });

  test("inside one batch a key used twice is replayed or a conflict", async (t) => {
    const store = await openStore(t, makeLedger);
    const outcomes = await Promise.all([
      store.append(requestOf("blocks the writer, so that the rest form a batch")),
      store.append(requestOf("key", "body", 2)),
      store.append(requestOf("key", "other", 1)),
      store.append(requestOf("key", "body", 2)),
      store.append(requestOf("last")),
    ]);
    const statuses = outcomes.map(({ status }) => status);
    assert.deepEqual(statuses, ["appended", "appended", "conflict", "replayed", "appended"]);
    assert.deepEqual(
      outcomes.map((o) => (o.status === "conflict" ? [] : positionsOf(o))),
      [[1], [2, 3], [], [2, 3], [4]],
    );
  });

  test("a request that cannot be stored fails alone, and its key stays free", async (t) => {
    const store = await openStore(t, makeLedger);
    const lone = { ...requestOf("lone"), drafts: [draftOf("lone", { text: "\ud800" })] };
    const short = { ...draftOf("short"), salt: new Uint8Array(3) };
    const scopes = Array.from({ length: 1000 }, () => draftOf("x").act.scopes[0]!);
    const bad = [
      lone,
      { ...requestOf("none"), drafts: [] },
      { ...requestOf("short"), drafts: [short] },
      { ...requestOf("when"), drafts: [{ ...draftOf("when"), recordedAt: Number.NaN }] },
      { ...requestOf("leaf"), drafts: [draftOf("leaf", { scopes })] },
      requestOf("\udfff"),
    ];
    const good = [store.append(requestOf("a")), store.append(requestOf("b"))];
    for (const request of bad) await assert.rejects(store.append(request), RangeError);
    await Promise.all(good);
    assert.equal((await store.append(requestOf("lone"))).status, "appended");
    assert.equal(await store.head(), 3);
  });

  test("more than the queue may hold is refused, and what was taken is written", async (t) => {
    const store = await (await makeLedger(t)).open({ maxQueuedDrafts: 20, maxBatchDrafts: 5 });
    t.after(() => store.close());
    const settled = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => store.append(requestOf(`k${index}`))),
    );
    const refused = settled.filter((one) => one.status === "rejected");
    assert.ok(refused.length > 0);
    for (const one of refused) assert.equal(one.reason.name, "StoreOverloaded");
    assert.equal(await store.head(), 100 - refused.length);
  });

  test("a request larger than a batch is still written all or none", async (t) => {
    const store = await (await makeLedger(t)).open({ maxBatchDrafts: 10 });
    t.after(() => store.close());
    const outcome = await store.append(requestOf("import", "file", 2500));
    assert.deepEqual(
      positionsOf(outcome),
      Array.from({ length: 2500 }, (_, index) => index + 1),
    );
  });
}

function orderCases(makeLedger: MakeLedger): void {
  test("a reader that polls under racing appends never sees a gap or a change", async (t) => {
    const store = await openStore(t, makeLedger);
    let isWriting = true;
    const seen: Entry[] = [];
    const follow = async () => {
      while (isWriting || seen.length < (await store.head())) {
        const head = await store.head();
        const entries = await store.read(seen.length, 7);
        seen.push(...entries);
        assert.ok((await store.head()) >= head);
      }
    };
    const write = async (writer: number) => {
      for (let n = 0; n < 15; n++) {
        await store.append(requestOf(`w${writer}/${n}`, "body", 1 + (n % 3)));
      }
    };
    const following = follow();
    await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    isWriting = false;
    await following;
    assert.deepEqual(seen, await readAll(store));
    assert.deepEqual(
      seen.map(({ position }) => position),
      seen.map((_, index) => index + 1),
    );
    assert.equal(seen.length, 8 * 30);
  });

  test("an acknowledged append can be read at once", async (t) => {
    const store = await openStore(t, makeLedger);
    for (let n = 1; n <= 10; n++) {
      const [position] = positionsOf(await store.append(requestOf(`k${n}`)));
      assert.equal(await store.head(), position);
      assert.equal((await store.read(position! - 1, 1))[0]?.act?.messageId, `k${n}/0`);
    }
  });

  test("who waits for entries is woken by an append, or told that none came", async (t) => {
    const store = await openStore(t, makeLedger);
    assert.equal(await store.waitForEntries(0, 20), false);
    const waiting = store.waitForEntries(0, 60_000);
    const later = store.waitForEntries(1, 60_000);
    await store.append(requestOf("one"));
    assert.equal(await waiting, true);
    assert.equal(await store.waitForEntries(0, 60_000), true);
    await store.append(requestOf("two"));
    assert.equal(await later, true);
  });
}

function readCases(makeLedger: MakeLedger): void {
  test("a read starts after the position and keeps to its limit", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(requestOf("key", "body", 10));
    const positions = async (after: number, limit: number) =>
      (await store.read(after, limit)).map(({ position }) => position);
    assert.deepEqual(await positions(0, 3), [1, 2, 3]);
    assert.deepEqual(await positions(3, 3), [4, 5, 6]);
    assert.deepEqual(await positions(8, 100), [9, 10]);
    assert.deepEqual(await positions(10, 100), []);
    assert.deepEqual(await positions(99, 100), []);
    assert.deepEqual(await positions(0, 0), []);
    await assert.rejects(store.read(-1, 1), RangeError);
    await assert.rejects(store.read(0, 1.5), RangeError);
  });

  test("a history has all entries about an address and no others", async (t) => {
    const store = await openStore(t, makeLedger);
    const drafts = ["a", "b", "a", "c", "a"].map((token, n) => draftOf(`m${n}`, {}, token));
    await store.append({ key: "key", bodyHash: bodyHash("body"), drafts });
    const positions = async (token: string) =>
      (await store.history(token)).map(({ position }) => position);
    assert.deepEqual(await positions("a"), [1, 3, 5]);
    assert.deepEqual(await positions("b"), [2]);
    assert.deepEqual(await positions("nobody"), []);
  });

  test("the stored leaf is the one that the hash names and commits to the record", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const outcome = await store.append(requestOf("key"));
    await store.close();
    assert.equal(outcome.status, "appended");
    const [row] = await ledger.sql(
      `SELECT e.leaf, r.salt, r.record FROM ${ledger.table("entries")} e
       JOIN ${ledger.table("records")} r ON r.position = e.position`,
    );
    const bytes = (column: string) => Uint8Array.from(row?.[column] as Uint8Array);
    if (outcome.status === "appended") {
      assert.equal(leafHashOf(bytes("leaf")), outcome.entries[0]?.leafHash);
    }
    assert.ok(commitsTo(bytes("leaf"), bytes("salt"), bytes("record")));
  });

  test("an entry whose record somebody removed is read without its act, as not erased", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const before = await store.append(requestOf("key", "body", 2));
    await store.close();
    await ledger.dropTriggers("records");
    await ledger.sql(`DELETE FROM ${ledger.table("records")} WHERE position = 1`);
    const again = await ledger.open();
    t.after(() => again.close());
    assert.notEqual(before.status, "conflict");
    const entries = before.status === "conflict" ? [] : before.entries;
    assert.deepEqual(await readAll(again), [{ ...entries[0]!, act: null }, entries[1]]);
    const [sealed] = await again.readSealed(0, 1);
    assert.deepEqual([sealed?.record, sealed?.salt, sealed?.erasedBy], [null, null, null]);
  });

  test("a ledger with a hole is never read past it", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.append(requestOf("first", "body", 3));
    await store.append(requestOf("last"));
    await store.close();
    for (const table of ["entries", "records", "idempotency"]) await ledger.dropTriggers(table);
    await ledger.sql(`DELETE FROM ${ledger.table("records")} WHERE position = 2`);
    await ledger.sql(`DELETE FROM ${ledger.table("entries")} WHERE position = 2`);
    const again = await ledger.open();
    t.after(() => again.close());
    await assert.rejects(again.read(0, 10), { name: "BrokenStore", message: /no entry 2/u });
  });
}

function textCases(makeLedger: MakeLedger): void {
  test("any text survives: every script, NUL, and 1 MB of evidence", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const draft = draftOf("SM\0odd", {
      text: "বন্ধ ARRÊT \0 \u202e 🛑 \u2028 '; DROP TABLE entries; --",
      evidence: { kind: "letter", scan: "é".repeat(524_288), nul: "a\0b", signed: true, page: 3 },
    });
    const request = { key: "source:\0:বন্ধ", bodyHash: bodyHash("body"), drafts: [draft] };
    const outcome = await store.append(request);
    assert.deepEqual(outcome.status === "appended" && outcome.entries[0]?.act, draft.act);
    assert.equal((await store.append(request)).status, "replayed");
    const other = await store.append({ ...request, key: "source:\0:other" });
    assert.equal(other.status, "appended", "keys that differ after a NUL are different keys");
    assert.equal((await store.append(requestOf("k".repeat(100_000)))).status, "appended");
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual((await again.read(0, 1))[0]?.act, draft.act);
  });

  test("names with a NUL are refused in words, and nothing breaks", async (t) => {
    const store = await openStore(t, makeLedger);
    await assert.rejects(store.putSetting("sender", "a\0b", 1, NOW), /NUL/u);
    await assert.rejects(store.claimCursor("a\0b", "me", 1000, NOW), /NUL/u);
    await assert.rejects(store.history("a\0b"), /NUL/u);
    assert.equal((await store.append(requestOf("key"))).status, "appended");
  });
}

function closeCases(makeLedger: MakeLedger): void {
  test("appends that were called before a close are answered, later ones refused", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const waiting = store.waitForEntries(1_000, 60_000);
    let answered = 0;
    const appends = Array.from({ length: 200 }, async (_, n) => {
      const outcome = await store.append(requestOf(`k${n}`));
      answered += 1;
      return outcome;
    });
    await store.close();
    assert.equal(answered, 200);
    await Promise.all(appends);
    assert.equal(await waiting, false);
    await assert.rejects(store.append(requestOf("late")), /closed/u);
    await assert.rejects(store.read(0, 1), /closed/u);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.equal(await again.head(), 200);
  });
}

function appendOnlyCases(makeLedger: MakeLedger): void {
  test("hand-written SQL cannot change, remove or reorder what is in the ledger", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.append(requestOf("key", "body", 3));
    await store.close();
    const [entries, records] = [ledger.table("entries"), ledger.table("records")];
    const [keys, head] = [ledger.table("idempotency"), ledger.table("head")];
    const forbidden = [
      `UPDATE ${entries} SET token = 'x' WHERE position = 1`,
      `DELETE FROM ${entries} WHERE position = 3`,
      `INSERT INTO ${entries} SELECT 2, leaf, leaf_hash, token, recorded_at FROM ${entries}`,
      `UPDATE ${records} SET record = salt`,
      `DELETE FROM ${records}`,
      `UPDATE ${keys} SET body_hash = 'x'`,
      `DELETE FROM ${keys}`,
      `UPDATE ${head} SET position = 2`,
      `UPDATE ${head} SET position = 4`,
      `DELETE FROM ${head}`,
      `INSERT INTO ${head} VALUES (2, 9)`,
    ];
    for (const statement of forbidden) {
      await assert.rejects(
        ledger.sql(statement),
        /append-only|head|UNIQUE|duplicate|violates/u,
        statement,
      );
    }
    const again = await ledger.open();
    t.after(() => again.close());
    assert.equal((await readAll(again)).length, 3);
    assert.equal((await again.append(requestOf("key", "body"))).status, "replayed");
  });
}
