/** A bounded memory that keeps what is in use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentMap } from "../../src/address/recent-map.ts";

test("it never holds more than two generations and never another key's value", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat({ max: 100 })), (size, keys) => {
      const map = new RecentMap<number, string>(size);
      for (const key of keys) {
        const known = map.get(key);
        assert.ok(known === undefined || known === `value ${key}`);
        if (known === undefined) map.set(key, `value ${key}`);
        assert.equal(map.get(key), `value ${key}`);
        assert.ok(map.size <= 2 * size, `${map.size} held`);
      }
    }),
  );
});

test("what is asked for again stays while the rest is forgotten", () => {
  const map = new RecentMap<number, string>(10);
  map.set(0, "in use");
  map.set(1, "not in use");
  for (let key = 2; key < 100; key += 1) {
    map.set(key, "passing");
    assert.equal(map.get(0), "in use", `forgotten at ${key}`);
  }
  assert.equal(map.get(1), undefined);
});
