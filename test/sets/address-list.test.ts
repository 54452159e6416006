/** Compiled lists against a plain Set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import {
  type AddressList,
  AddressListBuilder,
  type AddressListSettings,
} from "../../src/sets/address-list.ts";
import { tokenOf } from "./entries.ts";

const SETTINGS: AddressListSettings = {
  name: "us-national-dnc",
  kind: "national",
  asOf: Date.UTC(2026, 0, 1),
  maxAgeDays: 31,
  countries: ["US"],
  channels: ["voice", "sms"],
};

function listOf(addresses: Iterable<string>): AddressList {
  const builder = new AddressListBuilder(SETTINGS, tokenOf);
  for (const address of addresses) builder.add(address as AddressKey);
  return builder.finish();
}

const anyAddress = fc.oneof(
  fc.nat(60).map((n) => `+1555${1_000_000 + n}`),
  fc.nat(60).map((n) => `+0${n}`),
  fc.nat(60).map((n) => `someone${n}@example.org`),
);

test("it names exactly the addresses that were given, and counts the repeated ones", () => {
  fc.assert(
    fc.property(fc.array(anyAddress, { maxLength: 200 }), (addresses) => {
      const list = listOf(addresses);
      const set = new Set(addresses);
      for (let n = 0; n <= 60; n++) {
        for (const one of [`+1555${1_000_000 + n}`, `+0${n}`, `someone${n}@example.org`]) {
          assert.equal(list.has(one as AddressKey), set.has(one), one);
        }
      }
      assert.equal(list.size, set.size);
      assert.equal(list.duplicates, addresses.length - set.size);
    }),
  );
});

test("it carries what its configuration says", () => {
  const list = listOf([]);
  const { name, kind, asOf, maxAgeDays, countries, channels } = list;
  assert.deepEqual({ name, kind, asOf, maxAgeDays, countries, channels }, SETTINGS);
  assert.equal(list.size, 0);
  assert.equal(list.has("+15551234567" as AddressKey), false);
});

test("a phone number costs eight bytes and none is lost between chunks", () => {
  const count = 200_000;
  const phone = (at: number) => `+1${2_000_000_000 + ((at * 7919) % count) * 2}`;
  const list = listOf(Array.from({ length: count }, (_, at) => phone(at)));
  const empty = listOf([]).bytes();
  assert.equal(list.size, count);
  assert.equal((list.bytes() - empty) / count, 8);
  for (let at = 0; at < count; at++) {
    assert.ok(list.has(`+1${2_000_000_000 + at * 2}` as AddressKey));
    assert.ok(!list.has(`+1${2_000_000_001 + at * 2}` as AddressKey));
  }
});
