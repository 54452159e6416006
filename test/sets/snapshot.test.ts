/** Snapshots: the same standings come back, and nothing that was damaged is believed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Entry } from "../../src/domain/entry.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { BadSnapshot, readSnapshot, writeSnapshot } from "../../src/sets/snapshot.ts";
import { Standings } from "../../src/sets/standings.ts";
import { anyLedger, entryOf, PEOPLE, stopOf, tokenOf, tokensOf } from "./entries.ts";

function apply(entries: readonly Entry[], standings = new Standings(tokensOf)): Standings {
  for (const entry of entries) standings.apply(entry);
  return standings;
}

async function bytesOf(standings: Standings): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await writeSnapshot(standings, (chunk) => {
    chunks.push(chunk.slice());
  });
  return Buffer.concat(chunks);
}

function assertEqual(actual: Standings, expected: Standings): void {
  for (const address of PEOPLE) {
    assert.deepEqual(actual.standing(address), expected.standing(address));
  }
  assert.equal(actual.size, expected.size);
  assert.equal(actual.position, expected.position);
  assert.equal(actual.leafHash, expected.leafHash);
}

/** A little of everything, so that every kind of frame is in it. */
const SMALL = apply([
  stopOf(PEOPLE[0]!, 1),
  stopOf(PEOPLE[6]!, 2),
  entryOf(3, PEOPLE[1]!, null),
  entryOf(4, PEOPLE[0]!, { ...stopOf(PEOPLE[0]!, 4).act!, kind: "opt-in", level: "written" }),
]);

test("what was written reads back equal, and entries go on from there", async () => {
  await fc.assert(
    fc.asyncProperty(anyLedger({ maxLength: 60, erased: true }), fc.nat(60), async (all, at) => {
      const before = apply(all.slice(0, at));
      const loaded = await readSnapshot([await bytesOf(before)], tokensOf);
      assertEqual(loaded, before);
      assertEqual(apply(all.slice(at), loaded), apply(all));
    }),
    { numRuns: 100 },
  );
});

test("it may come in chunks of any size, also one after the other in time", async () => {
  const bytes = await bytesOf(SMALL);
  for (const size of [1, 7, 64, bytes.length]) {
    const inChunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    assertEqual(await readSnapshot(inChunks(), tokensOf), SMALL);
  }
});

test("every single flipped bit or byte is noticed", async () => {
  const bytes = await bytesOf(SMALL);
  // The control: undamaged, it is believed.
  assertEqual(await readSnapshot([bytes], tokensOf), SMALL);
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = damaged[at]! ^ flip;
      await assert.rejects(readSnapshot([damaged], tokensOf), BadSnapshot, `byte ${at} ^ ${flip}`);
    }
  }
});

test("a snapshot cut off anywhere, or with something behind it, is refused", async () => {
  const bytes = await bytesOf(SMALL);
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(readSnapshot([bytes.subarray(0, length)], tokensOf), BadSnapshot);
  }
  await assert.rejects(readSnapshot([bytes, Uint8Array.of(0)], tokensOf), /goes on after its end/u);
});

test("another version, another pepper and another file each say what is wrong", async () => {
  const bytes = await bytesOf(SMALL);
  // Version 1 has the same layout, but nobody checked the entries that it was made of.
  for (const version of [2, 4]) {
    const other = Buffer.from(bytes);
    other[15] = version;
    const message = new RegExp(`format version ${version}, this is 3`, "u");
    await assert.rejects(readSnapshot([other], tokensOf), { name: "BadSnapshot", message });
  }
  const otherPepper = (address: AddressKey) => tokensOf(`x${address}` as AddressKey);
  await assert.rejects(readSnapshot([bytes], otherPepper), /another pepper/u);
  await assert.rejects(readSnapshot([Buffer.from("address,reason\n+1,x")], tokensOf), BadSnapshot);
});

test("an error of the disk comes through as it is", async () => {
  const failing = () => {
    throw new Error("EIO");
  };
  await assert.rejects(writeSnapshot(SMALL, failing), /EIO/u);
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(4);
    throw new Error("EIO");
  };
  await assert.rejects(readSnapshot(broken(), tokensOf), /EIO/u);
});

test("entries applied while it is written are not lost and not doubled", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLedger({ maxLength: 60, erased: true }),
      fc.nat(60),
      fc.integer({ min: 1, max: 8 }),
      async (all, at, pace) => {
        const standings = apply(all.slice(0, at));
        const rest = all.slice(at);
        const chunks: Uint8Array[] = [];
        await writeSnapshot(standings, async (chunk) => {
          chunks.push(chunk.slice());
          for (const entry of rest.splice(0, pace)) standings.apply(entry);
        });
        const loaded = await readSnapshot(chunks, tokensOf);
        assert.equal(loaded.position, Math.min(at, all.length));
        apply(all.slice(at), loaded);
        const expected = apply(all);
        for (const address of PEOPLE) {
          const sorted = (of: Standings) =>
            of
              .standing(address)
              .map((m) => JSON.stringify(m))
              .sort();
          assert.deepEqual(sorted(loaded), sorted(expected));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a table of many segments comes back whole", async () => {
  const standings = new Standings(tokensOf);
  const phone = (at: number) => `+33${600_000_000 + at}` as AddressKey;
  const token = tokenOf(phone(0));
  for (let at = 0; at < 30_000; at++) {
    const stop = stopOf(PEOPLE[0]!, at + 1);
    standings.apply({ ...stop, token, act: { ...stop.act!, address: phone(at) } });
  }
  const loaded = await readSnapshot([await bytesOf(standings)], tokensOf);
  assert.equal(loaded.size, 30_000);
  for (let at = 0; at < 30_000; at++) {
    assert.deepEqual(loaded.standing(phone(at)), standings.standing(phone(at)));
  }
});
