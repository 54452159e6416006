/** Compiled lists against a plain Set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import {
  type AddressList,
  AddressListBuilder,
  type AddressListSettings,
} from "../../src/sets/address-list.ts";
import { tokensOf } from "./entries.ts";

const SETTINGS: AddressListSettings = {
  name: "us-national-dnc",
  kind: "national",
  asOf: Date.UTC(2026, 0, 1),
  maxAgeDays: 31,
  countries: ["US"],
  channels: ["voice", "sms"],
};

function listOf(addresses: Iterable<string>): AddressList {
  const builder = new AddressListBuilder(SETTINGS, tokensOf);
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

test("whoever is forgotten stays listed, and nobody else is touched", () => {
  fc.assert(
    fc.property(fc.array(anyAddress, { maxLength: 60 }), fc.nat(60), (addresses, seed) => {
      const list = listOf(addresses);
      const set = new Set(addresses);
      const gone = new Set(addresses.filter((_, at) => at % 3 === seed % 3));
      for (const one of gone) list.forget(one as AddressKey);
      list.forget("+19998887777" as AddressKey);
      for (let n = 0; n <= 60; n++) {
        for (const one of [`+1555${1_000_000 + n}`, `+0${n}`, `someone${n}@example.org`]) {
          assert.equal(list.has(one as AddressKey), set.has(one), one);
        }
      }
      assert.equal(list.has("+19998887777" as AddressKey), false);
      assert.equal(list.size, set.size);
    }),
  );
});

test("a token on a list names its person after the pepper was rotated", () => {
  const builder = new AddressListBuilder(SETTINGS, (address) => [
    addressToken(Uint8Array.of(2), address),
    ...tokensOf(address),
  ]);
  const phone = "+15551234567" as AddressKey;
  builder.addToken(tokensOf(phone)[0]!);
  builder.add("someone@example.org" as AddressKey);
  const list = builder.finish();
  assert.ok(list.has(phone));
  assert.ok(list.has("someone@example.org" as AddressKey));
  assert.ok(!list.has("+15551234568" as AddressKey));
});
