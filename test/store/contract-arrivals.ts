// The part of the contract about arrivals: when a destination took an entry, kept from the first time on
// and removed from the oldest end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

export function arrivalCases(makeLedger: MakeLedger): void {
  test("arrivals are there after a restart, and only those that were asked for", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    await store.addArrivals("crm", [
      { position: 7, at: NOW + 7 },
      { position: 3, at: NOW },
    ]);
    await store.addArrivals("other", [{ position: 3, at: NOW + 9 }]);
    await store.addArrivals("crm", []);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual(await again.arrivals("crm", [9, 7, 3]), [
      { position: 3, at: NOW },
      { position: 7, at: NOW + 7 },
    ]);
    assert.deepEqual(await again.arrivals("crm", [7]), [{ position: 7, at: NOW + 7 }]);
    assert.deepEqual(await again.arrivals("other", [3, 7]), [{ position: 3, at: NOW + 9 }]);
    assert.deepEqual(await again.arrivals("crm", []), []);
    assert.deepEqual(await again.arrivals("nobody", [3]), []);
  });

  test("the first time that an entry arrived stays, whatever comes later", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.addArrivals("crm", [{ position: 3, at: NOW }]);
    await store.addArrivals("crm", [
      { position: 3, at: NOW + 5 },
      { position: 4, at: NOW + 5 },
    ]);
    assert.deepEqual(await store.arrivals("crm", [3, 4]), [
      { position: 3, at: NOW },
      { position: 4, at: NOW + 5 },
    ]);
  });

  test("arrivals are all written or none", async (t) => {
    const store = await openStore(t, makeLedger);
    const bad = [
      { position: 1, at: NOW },
      { position: 0, at: NOW },
    ];
    await assert.rejects(store.addArrivals("crm", bad));
    await assert.rejects(store.addArrivals("crm", [{ position: 1.5, at: NOW }]), RangeError);
    await assert.rejects(store.addArrivals("c\0rm", [{ position: 1, at: NOW }]), RangeError);
    assert.deepEqual(await store.arrivals("crm", [1]), []);
  });

  test("arrivals are removed from the oldest end, of one destination, before an instant", async (t) => {
    const store = await openStore(t, makeLedger);
    const all = Array.from({ length: 10 }, (_, at) => ({ position: at + 1, at: NOW + at }));
    await store.addArrivals("crm", all);
    await store.addArrivals("other", all);
    const positions = all.map(({ position }) => position);
    assert.equal(await store.deleteArrivals("crm", NOW + 5, 3), 3);
    assert.equal(await store.deleteArrivals("crm", NOW + 5, 3), 2);
    assert.equal(await store.deleteArrivals("crm", NOW + 5, 3), 0);
    assert.deepEqual(await store.arrivals("crm", positions), all.slice(5));
    assert.equal(await store.deleteArrivals("crm", null, 100), 5);
    assert.deepEqual(await store.arrivals("crm", positions), []);
    assert.deepEqual(await store.arrivals("other", positions), all);
  });

  test("deliveries of both states are read on from a position, or at some, in order", async (t) => {
    const store = await openStore(t, makeLedger);
    const row = { token: "ann", attempts: 1, nextAttemptAt: NOW, lastError: "down" };
    for (const position of [9, 2, 5, 7]) {
      const state = position === 5 ? ("dead" as const) : ("waiting" as const);
      await store.putDelivery({ ...row, destination: "crm", position, state });
    }
    await store.putDelivery({ ...row, destination: "other", position: 4, state: "waiting" });
    const read = async (after: number, limit: number) =>
      (await store.deliveriesAfter("crm", after, limit)).map(
        ({ position, state }) => `${position} ${state}`,
      );
    assert.deepEqual(await read(0, 10), ["2 waiting", "5 dead", "7 waiting", "9 waiting"]);
    assert.deepEqual(await read(2, 2), ["5 dead", "7 waiting"]);
    assert.deepEqual(await read(9, 2), []);
    const at = await store.deliveriesAt("crm", [7, 4, 5]);
    assert.deepEqual(
      at.map(({ position, state }) => `${position} ${state}`),
      ["5 dead", "7 waiting"],
    );
    assert.deepEqual(await store.deliveriesAt("crm", []), []);
  });
}
