/**
 * Erasures in the standings: on the server that erased, on one that only read of it, and on one that
 * starts later, against the reference that keeps everything.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { holdsAgainst, optOutsAgainst } from "../../src/domain/fold.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { packPhone } from "../../src/sets/address-keys.ts";
import { readSnapshot, writeSnapshot } from "../../src/sets/snapshot.ts";
import { Standings } from "../../src/sets/standings.ts";
import { answer, type Kept } from "../domain/fold-reference.ts";
import { anyDeed, DAY, EPOCH, SENDS } from "../domain/histories.ts";
import { entryOf, PEOPLE, stopOf, tokensOf } from "./entries.ts";

interface Happening {
  readonly address: AddressKey;
  readonly act: Act;
}

/** What happens to these people, in its order. Nothing is heard of before it was received. */
const anyHappenings: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.record({
      deed: anyDeed,
      isErasure: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
      person: fc.nat(PEOPLE.length - 1),
      wait: fc.constantFrom(0, 1, DAY),
      refersTo: fc.nat(30),
    }),
    { maxLength: 40 },
  )
  .map((some) => {
    let now = EPOCH;
    return some.map(({ deed, isErasure, person, wait, refersTo }, at) => {
      now += wait;
      const { about: _about, fast: _fast, ...rest } = deed;
      const address = PEOPLE[person]!;
      const act: Act = isErasure
        ? { ...rest, kind: "erasure", address: null, scopes: [], claimedAt: now, receivedAt: now }
        : { ...rest, address, receivedAt: now, refersTo: refersTo % (at + 1) };
      return { address, act };
    });
  });

/** The entry at a position, read when the ledger had `size` entries. */
function readAt(happenings: readonly Happening[], position: number, size: number): Entry {
  const { address, act } = happenings[position - 1]!;
  const isGone = happenings
    .slice(position, size)
    .some((later) => later.address === address && later.act.kind === "erasure");
  const entry = entryOf(position, address, isGone ? null : act);
  return { ...entry, recordedAt: act.receivedAt };
}

function readAll(happenings: readonly Happening[], standings: Standings, size: number): Standings {
  while (standings.position < size) {
    standings.apply(readAt(happenings, standings.position + 1, size));
  }
  return standings;
}

/** Takes everything in as it happens. `isOurs`: this server did the erasures. */
function beThere(happenings: readonly Happening[], isOurs: boolean): Standings {
  const standings = new Standings(tokensOf);
  for (const [at, { address, act }] of happenings.entries()) {
    standings.apply(readAt(happenings, at + 1, at + 1));
    if (isOurs && act.kind === "erasure") standings.forget(address);
  }
  return standings;
}

/** Starts when everything has happened. */
function startLate(happenings: readonly Happening[]): Standings {
  const size = happenings.length;
  return readAll(happenings, new Standings(tokensOf, null, size), size);
}

/** Reads some of it, and the rest when everything has happened. */
function pauseAt(happenings: readonly Happening[], at: number): Standings {
  const early = readAll(happenings, new Standings(tokensOf), Math.min(at, happenings.length));
  return readAll(happenings, early, happenings.length);
}

function numbersIn(standings: Standings): Set<number> {
  const segments = [...standings.parts.phones.segments()];
  return new Set(segments.flatMap(({ first }) => [...first].filter((packed) => packed !== 0)));
}

const wasErased = (happenings: readonly Happening[], address: AddressKey) =>
  happenings.some((one) => one.address === address && one.act.kind === "erasure");

function assertAnswers(happenings: readonly Happening[], standings: Standings, who: string): void {
  for (const address of PEOPLE) {
    const history = happenings.flatMap<Kept>((one, at) =>
      one.address === address ? [{ act: one.act, position: at + 1 }] : [],
    );
    const standing = standings.standing(address);
    assert.equal(standings.isErased(address), wasErased(happenings, address));
    for (const send of SENDS) {
      const expected = answer(history, send);
      const where = `${who}, ${address}: ${JSON.stringify(send)}`;
      assert.equal(optOutsAgainst(standing, send).length > 0, expected.optOuts.length > 0, where);
      assert.equal(holdsAgainst(standing, send).length > 0, expected.holds.length > 0, where);
    }
  }
}

test("whoever was there, read of it, paused or came late denies what the reference denies, and no more", () => {
  fc.assert(
    fc.property(anyHappenings, fc.nat(40), (happenings, at) => {
      assertAnswers(happenings, beThere(happenings, true), "erased here");
      assertAnswers(happenings, beThere(happenings, false), "erased elsewhere");
      assertAnswers(happenings, pauseAt(happenings, at), "paused");
      assertAnswers(happenings, startLate(happenings), "late");
    }),
    { numRuns: 300 },
  );
});

test("after an erasure everything is denied until the person's own later opt-in", () => {
  fc.assert(
    fc.property(anyHappenings, fc.nat(PEOPLE.length - 1), (happenings, person) => {
      const address = PEOPLE[person]!;
      const erasure: Act = { ...stopOf(address, 1).act!, kind: "erasure", address: null };
      const now = EPOCH + 100 * DAY;
      const imported = { ...stopOf(address, 1).act!, kind: "opt-in", by: "import" } as const;
      const later = [
        ...happenings,
        { address, act: { ...erasure, claimedAt: now, receivedAt: now } },
        { address, act: { ...imported, claimedAt: now + 1, receivedAt: now + 1 } },
      ];
      for (const isOurs of [true, false]) {
        const standing = beThere(later, isOurs).standing(address);
        for (const send of SENDS) assert.ok(optOutsAgainst(standing, send).length > 0);
      }
    }),
    { numRuns: 100 },
  );
});

test("no erased number is among the numbers where the erasure was done, nor after a late start", () => {
  fc.assert(
    fc.property(anyHappenings, (happenings) => {
      for (const standings of [beThere(happenings, true), startLate(happenings)]) {
        const numbers = numbersIn(standings);
        for (const address of PEOPLE) {
          if (wasErased(happenings, address)) assert.ok(!numbers.has(packPhone(address)), address);
        }
        assert.equal(standings.mayNameErased, false);
      }
    }),
    { numRuns: 200 },
  );
});

test("whoever only read of an erasure knows when a number may have stayed", () => {
  let stayed = 0;
  fc.assert(
    fc.property(anyHappenings, fc.nat(40), (happenings, at) => {
      for (const standings of [beThere(happenings, false), pauseAt(happenings, at)]) {
        const numbers = numbersIn(standings);
        const isThere = PEOPLE.some(
          (address) => wasErased(happenings, address) && numbers.has(packPhone(address)),
        );
        if (isThere) stayed += 1;
        if (isThere) assert.equal(standings.mayNameErased, true);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(stayed > 0, `the control: left alone, numbers do stay (${stayed})`);
});

test("a snapshot after an erasure does not hold the number, and one from before it is known for stale", async () => {
  const [phone] = PEOPLE as [AddressKey];
  const stop = { address: phone, act: stopOf(phone, 1).act! };
  const erasure = {
    address: phone,
    act: { ...stop.act, kind: "erasure", address: null, receivedAt: EPOCH + 2 } as const,
  };
  const bytesOf = async (standings: Standings) => {
    const chunks: Uint8Array[] = [];
    await writeSnapshot(standings, (chunk) => void chunks.push(chunk));
    return Buffer.concat(chunks);
  };
  const packed = Buffer.from(Float64Array.of(packPhone(phone)).buffer);
  const before = await bytesOf(beThere([stop], true));
  assert.ok(before.includes(packed), "the control: the search finds a number that is there");
  assert.ok(!(await bytesOf(beThere([stop, erasure], true))).includes(packed));

  const restored = await readSnapshot([before], tokensOf);
  assert.equal(restored.mayNameErased, false);
  readAll([stop, erasure], restored, 2);
  assert.equal(restored.mayNameErased, true);
});

test("nobody is forgotten who was not erased", () => {
  const [phone] = PEOPLE as [AddressKey];
  const standings = beThere([{ address: phone, act: stopOf(phone, 1).act! }], true);
  assert.throws(() => standings.forget(phone), /INVARIANT/u);
  assert.ok(standings.has(phone));
});
