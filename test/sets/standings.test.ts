/** The compact standings against the plain fold, and what they must refuse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Entry } from "../../src/domain/entry.ts";
import {
  consentsTo,
  foldEntry,
  holdsAgainst,
  NOTHING_KNOWN,
  optOutsAgainst,
  type Standing,
} from "../../src/domain/fold.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { Standings } from "../../src/sets/standings.ts";
import { SENDS } from "../domain/histories.ts";
import { anyLedger, entryOf, PEOPLE, stopOf, tokenOf, tokensOf } from "./entries.ts";

function apply(entries: readonly Entry[], standings = new Standings(tokensOf)): Standings {
  for (const entry of entries) standings.apply(entry);
  return standings;
}

function plainFold(entries: readonly Entry[], address: AddressKey): Standing {
  return entries
    .filter((entry) => entry.token === tokenOf(address))
    .reduce(foldEntry, NOTHING_KNOWN);
}

const [PHONE, OTHER_PHONE] = PEOPLE as [AddressKey, AddressKey];
const EMAIL = "pat@example.org" as AddressKey;

test("they hold exactly what folding each address's entries gives", () => {
  fc.assert(
    fc.property(anyLedger({ maxLength: 80, erased: false }), (entries) => {
      const standings = apply(entries);
      let known = 0;
      for (const address of PEOPLE) {
        const expected = plainFold(entries, address);
        assert.deepEqual(standings.standing(address), expected);
        assert.equal(standings.has(address), expected.length > 0);
        if (expected.length > 0) known++;
      }
      assert.equal(standings.size, known);
      assert.equal(standings.position, entries.length);
    }),
    { numRuns: 300 },
  );
});

test("with erased records too, they answer as the fold does for every send", () => {
  fc.assert(
    fc.property(anyLedger({ maxLength: 60, erased: true }), (entries) => {
      const standings = apply(entries);
      for (const address of PEOPLE) {
        const expected = plainFold(entries, address);
        const actual = standings.standing(address);
        for (const send of SENDS) {
          for (const ask of [optOutsAgainst, holdsAgainst, consentsTo]) {
            const names = (standing: Standing) =>
              ask(standing, send)
                .map((mark) => mark.position)
                .sort((a, b) => a - b);
            assert.deepEqual(new Set(names(actual)), new Set(names(expected)));
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("an entry that was taken in before changes nothing", () => {
  fc.assert(
    fc.property(anyLedger({ maxLength: 30, erased: true }), fc.nat(30), (entries, from) => {
      const standings = apply(entries);
      const before = PEOPLE.map((address) => standings.standing(address));
      apply(entries.slice(from), standings);
      assert.deepEqual(
        PEOPLE.map((address) => standings.standing(address)),
        before,
      );
      assert.equal(standings.position, entries.length);
    }),
    { numRuns: 100 },
  );
});

test("a gap throws, says where to read on, and changes nothing", () => {
  const standings = apply([stopOf(PHONE, 1)]);
  assert.throws(() => standings.apply(stopOf(OTHER_PHONE, 3)), /Read the ledger from 1/u);
  assert.equal(standings.position, 1);
  assert.deepEqual(standings.standing(OTHER_PHONE), NOTHING_KNOWN);
});

test("position and leaf hash are those of the last entry", () => {
  const entries = [stopOf(PHONE, 1), stopOf(EMAIL, 2)];
  const standings = apply(entries);
  assert.equal(standings.position, 2);
  assert.equal(standings.leafHash, entries[1]?.leafHash);
  assert.equal(new Standings(tokensOf).leafHash, "");
});

test("an erased phone number is in no table, and its person stays suppressed", () => {
  const stop = stopOf(PHONE, 1);
  const erasure = entryOf(2, PHONE, { ...stop.act!, kind: "erasure", address: null, scopes: [] });
  const standings = apply([stop, erasure]);
  standings.forget(PHONE);
  assert.equal(standings.parts.phones.size, 0);
  assert.equal(standings.parts.erased.size, 1);
  for (const segment of standings.parts.phones.segments()) {
    assert.ok(segment.first.every((packed) => packed === 0));
  }
  for (const send of SENDS) {
    assert.ok(optOutsAgainst(standings.standing(PHONE), send).some((mark) => mark.erased));
  }
  assert.deepEqual(standings.standing(OTHER_PHONE), NOTHING_KNOWN);
  // Also when they write again: nothing brings the number back into a table.
  standings.apply(stopOf(PHONE, 3));
  assert.equal(standings.parts.phones.size, 0);
});

test("after a rebuild from erased records the person is still suppressed", () => {
  for (const address of PEOPLE) {
    const standings = apply([entryOf(1, address, null), entryOf(2, address, null)]);
    assert.ok(standings.has(address));
    for (const send of SENDS) {
      assert.ok(optOutsAgainst(standings.standing(address), send).length > 0);
    }
  }
});

test("a released hold leaves no trace of the address", () => {
  const hold = { ...stopOf(PHONE, 1).act!, kind: "hold" as const };
  const release = { ...hold, kind: "release" as const, refersTo: 1 };
  const standings = apply([entryOf(1, PHONE, hold), entryOf(2, PHONE, release)]);
  assert.equal(standings.size, 0);
  assert.equal(standings.parts.marks.size, 0);
  assert.deepEqual(standings.standing(PHONE), NOTHING_KNOWN);
});

test("an entry whose token was made with another pepper is refused", () => {
  const foreign = { ...stopOf(EMAIL, 1), token: "0".repeat(64) };
  assert.throws(() => new Standings(tokensOf).apply(foreign), /pepper/u);
});

test("positions and times beyond 32 bits are kept", () => {
  const position = 2 ** 40;
  const standings = new Standings(tokensOf, { position: position - 1, leafHash: "" });
  standings.apply(stopOf(PHONE, position));
  assert.equal(standings.standing(PHONE)[0]?.position, position);
});

test("two hundred thousand addresses are all found again, and none that was not given", () => {
  const standings = new Standings(tokensOf);
  const phone = (at: number) => `+1${2_000_000_000 + at * 3}` as AddressKey;
  const token = tokenOf(phone(0));
  for (let at = 0; at < 200_000; at++) {
    standings.apply({ ...stopOf(PHONE, at + 1), token, ...withAddress(phone(at), at) });
  }
  assert.equal(standings.size, 200_000);
  for (let at = 0; at < 200_000; at++) {
    assert.equal(standings.standing(phone(at))[0]?.position, at + 1);
    assert.equal(standings.has(`+1${2_000_000_001 + at * 3}` as AddressKey), false);
  }
  assert.ok(standings.bytes() / standings.size < 80, `${standings.bytes()} bytes`);
});

function withAddress(address: AddressKey, at: number): Pick<Entry, "act"> {
  return { act: { ...stopOf(PHONE, at + 1).act!, address } };
}
