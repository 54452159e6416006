/** The hash table against a Map, through growth and deletions; and the packing of addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import { keyOfToken, packPhone, TokenKeys } from "../../src/sets/address-keys.ts";
import { KeyTable } from "../../src/sets/key-table.ts";
import { tokenOf } from "./entries.ts";

const SEED = "0123456789abcdef0123456789abcdef";

test("it answers as a Map does through any additions, changes and deletions", () => {
  const key = fc.tuple(fc.integer({ min: 1, max: 2 ** 52 }), fc.nat(2));
  const some = fc.uniqueArray(key, { minLength: 1, maxLength: 40, selector: String });
  const steps = fc.array(fc.tuple(fc.nat(), fc.nat(0xffffffff), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(some, steps, (keys, todo) => {
      const table = new KeyTable(2, SEED);
      const map = new Map<string, number>();
      for (const [pick, value, isDeletion] of todo) {
        const chosen = keys[pick % keys.length]!;
        const name = String(chosen);
        if (isDeletion) assert.equal(table.delete(...chosen), map.delete(name));
        else {
          assert.equal(table.set(...chosen, value), !map.has(name));
          map.set(name, value);
        }
      }
      assert.equal(table.size, map.size);
      for (const one of keys) assert.equal(table.find(...one), map.get(String(one)) ?? -1);
    }),
  );
});

test("deletions in full segments lose no neighbour", () => {
  const table = new KeyTable(1, SEED);
  const last = 60_000;
  for (let key = 1; key <= last; key++) table.set(key, 0, key);
  for (let key = 1; key <= last; key += 3) assert.ok(table.delete(key, 0));
  for (let key = 1; key <= last; key++) {
    assert.equal(table.find(key, 0), key % 3 === 1 ? -1 : key);
  }
  for (let key = 1; key <= last; key += 3) assert.ok(table.set(key, 0, key + 1));
  assert.equal(table.size, last);
  let seen = 0;
  for (const segment of table.segments()) seen += segment.count;
  assert.equal(seen, last);
});

test("a walk over the segments sees every key once, also while the table grows", () => {
  const table = new KeyTable(1, SEED);
  for (let key = 1; key <= 20_000; key++) table.set(key, 0, key);
  const seen = new Map<number, number>();
  let added = 20_000;
  for (const segment of table.segments()) {
    for (const key of segment.first) if (key > 0) seen.set(key, (seen.get(key) ?? 0) + 1);
    for (let more = 0; more < 10_000; more++) table.set(++added, 0, 0);
  }
  for (let key = 1; key <= 20_000; key++) assert.equal(seen.get(key), 1);
  assert.ok([...seen.values()].every((times) => times === 1));
});

test("a phone number packs into a number of its own, leading zeros kept apart", () => {
  const digits = fc.stringMatching(/^[0-9]{1,15}$/);
  fc.assert(
    fc.property(digits, digits, (one, two) => {
      const [a, b] = [packPhone(`+${one}`), packPhone(`+${two}`)];
      assert.equal(a, Number(`1${one}`));
      assert.ok(Number.isSafeInteger(a));
      assert.equal(a === b, one === two);
    }),
  );
  assert.notEqual(packPhone("+0123"), packPhone("+123"));
});

test("what is no phone number does not pack", () => {
  for (const text of ["", "+", "15551234567", "+1 555", "+1555x", "+1234567890123456", "a@b.c"]) {
    assert.equal(packPhone(text), 0, text);
  }
});

test("a key of a token is 104 of its bits, and anything but hex is refused", () => {
  assert.deepEqual(keyOfToken("0000000000000fffffffffffff"), { first: 1, second: 2 ** 52 - 1 });
  assert.throws(() => keyOfToken("not a token"), /INVARIANT/u);
  assert.throws(() => keyOfToken("ABCDEF0123456789ABCDEF0123"), /INVARIANT/u);
});

test("a question about the address of the last one takes no second HMAC", () => {
  let asked = 0;
  const keys = new TokenKeys((address) => {
    asked++;
    return [tokenOf(address)];
  });
  asked = 0;
  const [pat, sam] = ["pat@example.org", "sam@example.org"] as [AddressKey, AddressKey];
  for (const address of [pat, pat, sam, pat]) {
    assert.deepEqual(keys.keyOf(address), keyOfToken(tokenOf(address)));
  }
  assert.equal(asked, 3);
});
