// The part of the contract about recorded sends: durable, in one order for all who follow them, each
// once, and gone when they are too old or their receiver was erased.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordedSend, SendDraft, Store } from "../../src/store/store.ts";
import { erasureOf } from "./contract-erasure.ts";
import { bodyHash, NOW, requestOf, sendOf } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

async function record(store: Store, ...drafts: SendDraft[]): Promise<readonly RecordedSend[]> {
  const outcome = await store.recordSends(drafts);
  assert.equal(outcome.status, "recorded");
  return outcome.status === "recorded" ? outcome.sends : [];
}

const serialsOf = (sends: readonly RecordedSend[]) => sends.map(({ serial }) => serial);

export function sendCases(makeLedger: MakeLedger): void {
  orderCases(makeLedger);
  keyCases(makeLedger);
  removalCases(makeLedger);
}

function orderCases(makeLedger: MakeLedger): void {
  test("sends are there with all that was said of them, also after a restart", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    assert.equal(await store.sendsHead(), 0);
    assert.deepEqual(await store.readSends(0, 10), []);
    const full = sendOf("ann", {
      ...{ channel: "voice", class: "debt-collection", subject: "ab".repeat(32) },
      ...{ callKind: "prerecorded", isReply: true, confirms: 7, by: "provider" },
    });
    const sends = await record(store, full, sendOf("bob"));
    const { key: _, bodyHash: __, ...said } = full;
    assert.deepEqual(sends[0], { ...said, serial: 1 });
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual(await again.readSends(0, 10), sends);
    assert.deepEqual(await again.readSends(1, 10), sends.slice(1));
    assert.deepEqual(await again.readSends(0, 1), sends.slice(0, 1));
    assert.equal(await again.sendsHead(), 2);
  });

  test("whoever reads up to a send has seen every one below it, however many write", async (t) => {
    const ledger = await makeLedger(t);
    const stores = [await ledger.open()];
    // Several servers, where the database can be shared.
    const other = await ledger.open().catch(() => null);
    if (other !== null) stores.push(other);
    t.after(() => Promise.all(stores.map((store) => store.close())));
    const seen: number[] = [];
    let isWriting = true;
    const reading = (async () => {
      while (isWriting || seen.length < 200) {
        const sends = await stores[0]!.readSends(seen.at(-1) ?? 0, 1000);
        seen.push(...serialsOf(sends));
      }
    })();
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        record(stores[n % stores.length]!, sendOf(`a${n}`), sendOf(`b${n}`)),
      ),
    );
    isWriting = false;
    await reading;
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
  });

  test("sends are none of the ledger's", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(requestOf("key"));
    const tree = await store.tree();
    await record(store, sendOf("ann"));
    assert.deepEqual(await store.tree(), tree);
    assert.equal(await store.head(), 1);
  });

  test("what cannot be a send is refused, and nothing of its request is written", async (t) => {
    const store = await openStore(t, makeLedger);
    const wrong: Partial<SendDraft>[] = [
      { at: -1 },
      { at: 0.5 },
      { token: "a\0b" },
      { class: "\ud800" },
      { confirms: -3 },
      { key: "short", bodyHash: "x" },
      { key: bodyHash("x"), bodyHash: null },
    ];
    for (const more of wrong) {
      await assert.rejects(store.recordSends([sendOf("ann"), sendOf("bob", more)]), RangeError);
    }
    assert.deepEqual(await record(store), []);
    assert.equal(await store.sendsHead(), 0);
  });
}

function keyCases(makeLedger: MakeLedger): void {
  test("a send with a key counts once, however often it is told", async (t) => {
    const store = await openStore(t, makeLedger);
    const [one, two] = [sendOf("ann", {}, "SM1"), sendOf("ann", {}, "SM2")];
    assert.deepEqual(serialsOf(await record(store, one)), [1]);
    const later = { recordedAt: NOW + 5 };
    const outcome = await store.recordSends([{ ...one, ...later }, two, two, sendOf("ann")]);
    assert.equal(outcome.status === "recorded" && outcome.known, 2);
    assert.deepEqual(serialsOf(await store.readSends(0, 10)), [1, 2, 3]);
    assert.equal((await store.readSends(0, 1))[0]?.recordedAt, NOW);
  });

  test("a key that stands for another send is a conflict, and nothing is written", async (t) => {
    const store = await openStore(t, makeLedger);
    await record(store, sendOf("ann", {}, "SM1"));
    const other = sendOf("ann", { bodyHash: bodyHash("other") }, "SM1");
    const refused = await store.recordSends([sendOf("bob", {}, "SM2"), other]);
    assert.deepEqual(refused, { status: "conflict", index: 1 });
    const own = await store.recordSends([
      sendOf("cy", {}, "SM3"),
      sendOf("cy", { bodyHash: bodyHash("other") }, "SM3"),
    ]);
    assert.deepEqual(own, { status: "conflict", index: 1 });
    assert.equal((await store.readSends(0, 10)).length, 1);
  });

  test("of many that tell of the same send at once, one is the first", async (t) => {
    const store = await openStore(t, makeLedger);
    const told = await Promise.all(
      Array.from({ length: 20 }, () => record(store, sendOf("ann", {}, "SM1"))),
    );
    assert.equal(told.flat().length, 1);
    assert.equal(await store.sendsHead(), 1);
  });
}

function removalCases(makeLedger: MakeLedger): void {
  test("old sends go a part at a time, and their numbers are not used again", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    const recorded = (recordedAt: number, n: number) => sendOf("ann", { recordedAt }, `SM${n}`);
    await record(store, ...[1, 2, 3].map((n) => recorded(NOW - 1, n)), recorded(NOW, 4));
    assert.equal(await store.deleteSendsBefore(NOW, 2), 2);
    assert.deepEqual(serialsOf(await store.readSends(0, 10)), [3, 4]);
    assert.equal(await store.deleteSendsBefore(NOW, 2), 1);
    assert.equal(await store.deleteSendsBefore(NOW, 2), 0);
    assert.deepEqual(serialsOf(await store.readSends(0, 10)), [4]);
    assert.equal(await store.deleteSendsBefore(NOW + 1, 10), 1);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.equal(await again.sendsHead(), 4);
    assert.deepEqual(serialsOf(await record(again, recorded(NOW, 1))), [5]);
  });

  test("an erasure takes what was sent to a person, and nothing else", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await record(store, sendOf("ann", {}, "SM1"), sendOf("bob", {}, "SM2"), sendOf("ann2"));
    await store.append(erasureOf("erase", "ann", "ann2"));
    await store.close();
    const [row] = await ledger.sql(`SELECT count(*) AS keys FROM ${ledger.table("send_keys")}`);
    assert.equal(Number(row?.keys), 1);
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual(
      (await again.readSends(0, 10)).map(({ token }) => token),
      ["bob"],
    );
    assert.equal(await again.sendsHead(), 3);
  });
}
