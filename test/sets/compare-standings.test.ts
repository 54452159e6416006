/** Standings of a snapshot and of the ledger say the same about everybody, or the difference is found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { compareStandings } from "../../src/sets/compare-standings.ts";
import { readSnapshot, writeSnapshot } from "../../src/sets/snapshot.ts";
import { Standings } from "../../src/sets/standings.ts";
import { EPOCH } from "../domain/histories.ts";
import { anyLedger, entryOf, PEOPLE, stopOf, tokenOf, tokensOf } from "./entries.ts";

function fold(entries: readonly Entry[], standings = new Standings(tokensOf)): Standings {
  for (const entry of entries) standings.apply(entry);
  return standings;
}

async function fromSnapshot(entries: readonly Entry[]): Promise<Standings> {
  const chunks: Uint8Array[] = [];
  await writeSnapshot(fold(entries), (chunk) => {
    chunks.push(chunk.slice());
  });
  return await readSnapshot(chunks, tokensOf);
}

const compare = (one: Standings, other: Standings) => compareStandings(one, other, tokensOf);

/** What the ledger has once somebody was erased: the erasure, and nothing of theirs before it. */
function erased(entries: readonly Entry[], who: string, at: number): readonly Entry[] {
  const token = tokenOf(who as Parameters<typeof tokenOf>[0]);
  const act: Act = {
    ...stopOf(PEOPLE[0]!, at).act!,
    kind: "erasure",
    address: null,
    scopes: [],
    evidence: { kind: "erasure", tokens: token, entries: 1 },
    claimedAt: EPOCH,
  };
  return entries.map((entry) => {
    if (entry.position === at) return { ...entryOf(at, PEOPLE[0]!, act), token };
    return entry.position < at && entry.token === token ? { ...entry, act: null } : entry;
  });
}

test("a snapshot and the entries after it give what the whole ledger gives, also after erasures", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLedger({ maxLength: 60, erased: false }).filter((entries) => entries.length > 0),
      fc.constantFrom(...PEOPLE),
      fc.nat(59),
      fc.nat(59),
      async (entries, who, erasure, snapshot) => {
        const now = erased(entries, who, 1 + (erasure % entries.length));
        const at = 1 + (snapshot % entries.length);
        // What the server had in memory when it wrote the snapshot: what was not erased by then.
        const then = erasure % entries.length < at ? now : entries;
        const snapshotted = fold(now, await fromSnapshot(then.slice(0, at)));
        assert.equal(compare(fold(now), snapshotted), null);
        assert.equal(compare(snapshotted, fold(now)), null);
      },
    ),
    { numRuns: 300 },
  );
});

test("an entry that one of them lacks, or has otherwise, is found in both directions", () => {
  const [phone, otherPhone] = PEOPLE;
  const email = "pat@example.org" as (typeof PEOPLE)[number];
  const entries = [stopOf(phone!, 1), stopOf(email, 2), stopOf(otherPhone!, 3)];
  const changed = (position: number, act: Partial<Act> | null) =>
    entries.map((entry) =>
      entry.position !== position
        ? entry
        : { ...entry, act: act === null ? null : ({ ...entry.act, ...act } as Act) },
    );
  const about = (who: (typeof PEOPLE)[number]) => ({ ...stopOf(who, 1), position: 1 });
  const cases: readonly (readonly Entry[])[] = [
    changed(1, { kind: "help" }),
    changed(2, { kind: "help" }),
    changed(1, { scopes: [] }),
    changed(1, { kind: "opt-in" }),
    changed(1, { claimedAt: EPOCH + 9, receivedAt: EPOCH + 9 }),
    changed(1, null),
    [about(PEOPLE[2]!), ...entries.slice(1)],
    [about(PEOPLE[7]!), ...entries.slice(1)],
  ];
  for (const [index, other] of cases.entries()) {
    for (const difference of [
      compare(fold(entries), fold(other)),
      compare(fold(other), fold(entries)),
    ]) {
      assert.notEqual(difference, null, `case ${index}`);
      assert.ok(difference!.position <= 2, `case ${index}`);
      assert.ok(difference!.people >= 1 && difference!.people <= 2, `case ${index}`);
    }
  }
});

test("an erased person of whom the other one knows nothing is found", () => {
  const [phone] = PEOPLE;
  const entries = [stopOf(phone!, 1), stopOf(phone!, 2)];
  const nothing = entries.map((entry) => ({
    ...entry,
    act: { ...entry.act!, kind: "help" as const },
  }));
  const difference = compare(fold(erased(entries, phone!, 2)), fold(nothing));
  assert.equal(difference?.people, 1);
});
