/** Compiled lists against a plain Set. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import {
  type AddressList,
  AddressListBuilder,
  type AddressListSettings,
} from "../../src/sets/address-list.ts";
import {
  LISTING_KINDS_MAX,
  type Listing,
  PLAIN_LISTING,
  TooManyListingKinds,
} from "../../src/sets/listing.ts";
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

const anyListing: fc.Arbitrary<Listing> = fc.record({
  since: fc.option(
    fc.nat(3).map((day) => Date.UTC(2026, 0, 1 + day)),
    { nil: null },
  ),
  channels: fc.subarray<"sms" | "voice">(["sms", "voice"]),
  sectors: fc.subarray(["banking", "telecom"]),
});

/** What several lines about one address mean together, said another way than the code does. */
function together(lines: readonly Listing[]): Listing {
  const every = <Item>(parts: readonly (readonly Item[])[]) =>
    parts.some((part) => part.length === 0) ? [] : [...new Set(parts.flat())].sort();
  const dates = new Set(lines.map(({ since }) => since));
  return {
    since: dates.size === 1 ? lines[0]!.since : null,
    channels: every(lines.map(({ channels }) => channels)),
    sectors: every(lines.map(({ sectors }) => sectors)),
  };
}

test("what a list says of an address is what its lines say together, before and after it is forgotten", () => {
  const anyLine = fc.record({ address: anyAddress, listing: fc.option(anyListing, { nil: null }) });
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 120 }), fc.nat(2), (lines, seed) => {
      const builder = new AddressListBuilder(SETTINGS, tokensOf);
      const naive = new Map<string, Listing[]>();
      for (const { address, listing } of lines) {
        builder.add(address as AddressKey, listing);
        naive.set(address, [...(naive.get(address) ?? []), listing ?? PLAIN_LISTING]);
      }
      const list = builder.finish();
      const agrees = () => {
        assert.equal(list.size, naive.size);
        for (const [address, said] of naive) {
          assert.deepEqual(list.listing(address as AddressKey), together(said), address);
        }
        assert.equal(list.listing("+15559999999" as AddressKey), null);
      };
      assert.equal(list.duplicates, lines.length - naive.size);
      agrees();
      [...naive.keys()].forEach((address, at) => {
        if (at % 3 === seed) list.forget(address as AddressKey);
      });
      agrees();
    }),
  );
});

test("a plain list of phone numbers pays nothing for what other lists say", () => {
  const plain = listOf(Array.from({ length: 10_000 }, (_, at) => `+1555${1_000_000 + at}`));
  const builder = new AddressListBuilder(SETTINGS, tokensOf);
  const listing: Listing = { since: Date.UTC(2026, 0, 1), channels: [], sectors: [] };
  for (let at = 0; at < 10_000; at++) builder.add(`+1555${1_000_000 + at}` as AddressKey, listing);
  const dated = builder.finish();
  assert.equal(plain.bytes() - listOf([]).bytes(), 80_000);
  assert.ok(dated.bytes() > plain.bytes());
});

test("a file whose sectors are no sectors is refused before it fills the memory", () => {
  const builder = new AddressListBuilder(SETTINGS, tokensOf);
  assert.throws(() => {
    for (let at = 0; at <= LISTING_KINDS_MAX; at++) {
      const listing: Listing = { since: null, channels: [], sectors: [`customer ${at}`] };
      builder.add(`+1555${1_000_000 + at}` as AddressKey, listing);
    }
  }, TooManyListingKinds);
});

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

for (const { phones, written } of [
  { phones: "digits", written: "12125550101" },
  { phones: "plus-digits", written: "+12125550101" },
  { phones: "national-digits", written: "2125550101" },
] as const) {
  test(`a list of hashes names whom it means, with numbers as ${phones}`, () => {
    const hash = { algorithm: "md5", phones, prefix: "salt:", suffix: "!" } as const;
    const builder = new AddressListBuilder({ ...SETTINGS, hash }, tokensOf);
    builder.addHash(md5(`salt:${written}!`));
    builder.addHash(md5("salt:ana@example.org!"));
    const list = builder.finish();
    const agrees = () => {
      for (const address of ["+12125550101", "ana@example.org"]) {
        assert.ok(list.has(address as AddressKey), address);
      }
      for (const other of ["+12125550102", "bo@example.org", "+442071838750"]) {
        assert.ok(!list.has(other as AddressKey), other);
      }
    };
    agrees();
    list.forget("+12125550101" as AddressKey);
    agrees();
  });
}

test("a copy of some area codes says nothing of numbers in others", () => {
  const builder = new AddressListBuilder({ ...SETTINGS, areaCodes: ["212"] }, tokensOf);
  builder.add("+12125550101" as AddressKey);
  const list = builder.finish();
  assert.ok(list.covers("+12125550102" as AddressKey));
  assert.ok(!list.covers("+14155550102" as AddressKey));
  assert.ok(listOf([]).covers("+14155550102" as AddressKey), "the control: a copy of everything");
});
