// The memory of seen addresses against a Set, and its size.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import { SeenAddresses } from "../../src/scrub/seen-addresses.ts";

test("it answers as a Set would, for phone numbers of any length and for e-mail", () => {
  const key = fc.oneof(
    fc.integer({ min: 1, max: 300 }).map((n) => `+${n}`),
    fc.integer({ min: 0, max: 300 }).map((n) => `+0${n}`),
    fc.bigInt({ min: 1n, max: 999_999_999_999_999_999n }).map((n) => `+${n}`),
    fc.integer({ min: 0, max: 300 }).map((n) => `person${n}@example.com`),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 800 }), (keys) => {
      const seen = new SeenAddresses("key", 1_000_000);
      const reference = new Set<string>();
      for (const address of keys) {
        assert.equal(seen.checkAndAdd(address as AddressKey), reference.has(address), address);
        reference.add(address);
      }
      assert.equal(seen.size, reference.size);
    }),
  );
});

test("half a million of each kind are all told apart", () => {
  const seen = new SeenAddresses("key", 2_000_000);
  for (let round = 0; round < 2; round += 1) {
    let known = 0;
    for (let i = 0; i < 500_000; i += 1) {
      if (seen.checkAndAdd(`+1${2_000_000_000 + i * 7}` as AddressKey)) known += 1;
      if (seen.checkAndAdd(`p${i}@example.com` as AddressKey)) known += 1;
    }
    assert.equal(known, round * 1_000_000);
  }
});

test("a full memory says so, and still knows what it knew", () => {
  const seen = new SeenAddresses("key", 2);
  const [a, b, c] = ["+11", "+12", "x@example.com"] as AddressKey[];
  assert.deepEqual(
    [a!, b!].map((key) => seen.checkAndAdd(key)),
    [false, false],
  );
  assert.equal(seen.isFull, false);
  assert.equal(seen.checkAndAdd(c!), false);
  assert.equal(seen.checkAndAdd(c!), false);
  assert.equal(seen.isFull, true);
  assert.equal(seen.checkAndAdd(a!), true);
});
