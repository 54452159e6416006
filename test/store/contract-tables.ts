// The part of the contract beside the ledger: settings, cursors with leases, deliveries.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery } from "../../src/store/store.ts";
import { NOW } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

export function settingCases(makeLedger: MakeLedger): void {
  test("settings are created, replaced, listed by kind and deleted", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    assert.equal(await store.setting("sender", "acme"), null);
    const value = { name: "Acme \0 বন্ধ \ud800", nested: [1, 2.5, null, { deep: true }] };
    await store.putSetting("sender", "acme", value, NOW);
    await store.putSetting("source", "acme", "another kind", NOW);
    await store.putSetting("sender", "zeta", 1, NOW);
    await store.putSetting("sender", "zeta", 2, NOW + 1);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    const acme = { kind: "sender" as const, id: "acme", value, updatedAt: NOW };
    assert.deepEqual(await again.setting("sender", "acme"), acme);
    const zeta = { kind: "sender", id: "zeta", value: 2, updatedAt: NOW + 1 };
    assert.deepEqual(await again.settings("sender"), [acme, zeta]);
    assert.equal(await again.deleteSetting("sender", "acme"), true);
    assert.equal(await again.deleteSetting("sender", "acme"), false);
    assert.deepEqual(await again.settings("sender"), [zeta]);
    assert.equal((await again.settings("source")).length, 1);
    await assert.rejects(again.putSetting("sender", "none", undefined, NOW), RangeError);
  });

  test("of many that add the same setting exactly one is told that it did", async (t) => {
    const store = await openStore(t, makeLedger);
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.addSetting("installation", "id", n, NOW)),
    );
    assert.equal(added.filter(Boolean).length, 1);
    assert.equal((await store.setting("installation", "id"))?.value, added.indexOf(true));
  });
}

export function cursorCases(makeLedger: MakeLedger): void {
  test("a cursor belongs to one holder until its lease ends or it lets go", async (t) => {
    const store = await openStore(t, makeLedger);
    assert.equal(await store.claimCursor("hook", "one", 1000, NOW), 0);
    assert.equal(await store.claimCursor("hook", "two", 1000, NOW + 999), null);
    assert.equal(await store.advanceCursor("hook", "one", 5, 1000, NOW + 500), true);
    assert.equal(await store.claimCursor("hook", "two", 1000, NOW + 1499), null);
    assert.equal(await store.claimCursor("hook", "one", 2000, NOW + 1499), 5, "extends");
    assert.equal(await store.claimCursor("hook", "two", 1000, NOW + 3000), null);
    assert.equal(await store.claimCursor("hook", "two", 1000, NOW + 3499), 5, "the lease ran out");
    assert.equal(await store.advanceCursor("hook", "one", 9, 1000, NOW + 3500), false);
    await store.releaseCursor("hook", "one");
    assert.equal(await store.claimCursor("hook", "one", 1000, NOW + 3501), null);
    await store.releaseCursor("hook", "two");
    assert.equal(await store.claimCursor("hook", "one", 1000, NOW + 3502), 5);
    const hook = { name: "hook", position: 5, leaseUntil: NOW + 4502 };
    assert.deepEqual(await store.cursors(), [hook]);
    assert.equal(await store.advanceCursor("unknown", "one", 9, 1000, NOW), false);
  });

  test("of many that claim a free cursor exactly one gets it", async (t) => {
    const store = await openStore(t, makeLedger);
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.claimCursor("hook", `h${n}`, 1000, NOW)),
    );
    assert.deepEqual(
      claims.filter((claim) => claim !== null),
      [0],
    );
  });
}

export function deliveryCases(makeLedger: MakeLedger): void {
  test("deliveries are written, replaced, listed in order and taken away", async (t) => {
    const store = await openStore(t, makeLedger);
    const delivery = (position: number, more: Partial<Delivery> = {}): Delivery => ({
      destination: "crm",
      position,
      token: "abc",
      attempts: 1,
      state: "waiting",
      nextAttemptAt: NOW,
      lastError: "502 \0 \ud800 Bad Gateway",
      ...more,
    });
    for (const position of [12, 3, 7]) await store.putDelivery(delivery(position));
    await store.putDelivery(delivery(3, { destination: "other" }));
    await store.putDelivery(delivery(7, { attempts: 2, state: "dead" }));
    assert.deepEqual(await store.deliveries("crm", "waiting"), [delivery(3), delivery(12)]);
    const dead = delivery(7, { attempts: 2, state: "dead" });
    assert.deepEqual(await store.deliveries("crm", "dead"), [dead]);
    await store.deleteDelivery("crm", 3);
    await store.deleteDelivery("crm", 3);
    assert.deepEqual(await store.deliveries("crm", "waiting"), [delivery(12)]);
    assert.equal((await store.deliveries("other", "waiting")).length, 1);
  });
}
