/** Standings over a ledger whose pepper was rotated: nobody is lost between two peppers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
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
import { addressToken } from "../../src/ledger/leaf.ts";
import { readSnapshot, writeSnapshot } from "../../src/sets/snapshot.ts";
import { Standings } from "../../src/sets/standings.ts";
import { anyDeed, anyInstant, EPOCH, SENDS } from "../domain/histories.ts";
import { PEOPLE } from "./entries.ts";

/** In the order in which they were in force. */
const PEPPERS = ["first", "second", "third"].map((text) => new TextEncoder().encode(text));
/** As a server with the first `count` of them makes tokens: the present one's first. */
const tokensUnder = (count: number) => (address: AddressKey) =>
  PEPPERS.slice(0, count)
    .map((pepper) => addressToken(pepper, address))
    .reverse();

interface Step {
  readonly person: number;
  readonly what: "act" | "erase" | "rotate";
  readonly act: Omit<Act, "address">;
}

const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc
    .record({
      person: fc.nat(PEOPLE.length - 1),
      what: fc.oneof(
        { weight: 10, arbitrary: fc.constant("act" as const) },
        { weight: 2, arbitrary: fc.constant("erase" as const) },
        fc.constant("rotate" as const),
      ),
      deed: anyDeed,
      receivedAt: anyInstant,
      refersTo: fc.nat(60),
    })
    .map(({ deed: { about: _about, fast: _fast, ...deed }, person, what, ...times }) => ({
      ...{ person, what, act: { ...deed, ...times } },
    })),
  { maxLength: 60 },
);

interface Written extends Entry {
  /** Whose it is, which an erased entry itself does not say. */
  readonly person: AddressKey | null;
  readonly leafHash: string;
}

/** The ledger after all steps, as a server reads it that starts now, and how many peppers there were. */
function writtenBy(steps: readonly Step[]): { entries: Written[]; peppers: number } {
  let entries: Written[] = [];
  let peppers = 1;
  const write = (person: AddressKey | null, token: string, act: Act) => {
    const position = entries.length + 1;
    const leafHash = position.toString(16).padStart(64, "0");
    entries.push({ position, recordedAt: EPOCH + position, leafHash, token, act, person });
  };
  for (const { person: at, what, act } of steps) {
    const person = PEOPLE[at]!;
    const tokens = tokensUnder(peppers)(person);
    if (what === "act") write(person, tokens[0]!, { ...act, address: person });
    if (what === "erase") {
      entries = entries.map((entry) => (entry.person === person ? withoutRecord(entry) : entry));
      const evidence = { kind: "erasure", tokens: tokens.join(" ") };
      const erasure: Act = { ...act, kind: "erasure", address: null, scopes: [], evidence };
      write(person, tokens[0]!, erasure);
    }
    if (what === "rotate" && peppers < PEPPERS.length) {
      peppers += 1;
      write(null, "", { ...act, kind: "key-rotation", address: null, scopes: [] });
    }
  }
  return { entries, peppers };
}

function withoutRecord(entry: Written): Written {
  return entry.act?.kind === "erasure" ? entry : { ...entry, act: null };
}

/** By the person and not by the token: what everybody's acts come to. */
function naive(entries: readonly Written[], person: AddressKey): Standing {
  return entries.filter((entry) => entry.person === person).reduce(foldEntry, NOTHING_KNOWN);
}

function fold(entries: readonly Entry[], peppers: number): Standings {
  const standings = new Standings(tokensUnder(peppers));
  for (const entry of entries) standings.apply(entry);
  return standings;
}

/** The positions that each question about each send names. */
function answersOf(standing: Standing): string {
  return JSON.stringify(
    SENDS.flatMap((send) =>
      [optOutsAgainst, holdsAgainst, consentsTo].map((ask) =>
        [...new Set(ask(standing, send).map((mark) => mark.position))].sort((a, b) => a - b),
      ),
    ),
  );
}

test("they answer as if there had been one pepper all the time", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const { entries, peppers } = writtenBy(steps);
      const standings = fold(entries, peppers);
      for (const person of PEOPLE) {
        const expected = naive(entries, person);
        assert.equal(answersOf(standings.standing(person)), answersOf(expected), person);
        assert.equal(standings.has(person), expected.length > 0);
      }
    }),
    { numRuns: 500 },
  );
});

test("whoever was erased under any pepper is denied everything that they did not allow since", () => {
  let erased = 0;
  let lost = 0;
  let refused = 0;
  fc.assert(
    fc.property(anySteps, (steps) => {
      const { entries, peppers } = writtenBy(steps);
      const whole = fold(entries, peppers);
      const lacking = withoutRetired(entries, peppers, true);
      if (withoutRetired(entries, peppers, false) === null) refused += 1;
      for (const person of PEOPLE) {
        const last = entries.findLast((entry) => entry.person === person);
        if (last?.act?.kind !== "erasure") continue;
        erased += 1;
        assert.ok(SENDS.every((send) => optOutsAgainst(whole.standing(person), send).length > 0));
        assert.ok(whole.isErased(person));
        if (lacking?.has(person) === false) lost += 1; // which reads as nothing against them
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(erased > 50, `${erased} were erased`);
  // The control: without the retired peppers some of them would be unknown, and allowed.
  assert.ok(lost > 5, `${lost} were lost`);
  assert.ok(refused > 5, `${refused} ledgers were refused`);
});

/** A server that lacks the retired peppers: `null` where it refuses the ledger, if it looks. */
function withoutRetired(
  entries: readonly Entry[],
  peppers: number,
  isBlind: boolean,
): Standings | null {
  const present = (address: AddressKey) => tokensUnder(peppers)(address).slice(0, 1);
  const standings = new Standings(present, isBlind ? { position: 0, leafHash: "" } : null);
  try {
    for (const entry of entries) standings.apply(entry);
    return standings;
  } catch (error) {
    assert.match((error as Error).message, /another pepper/u);
    return null;
  }
}

test("a snapshot under the present pepper keeps what is known by retired ones; another is refused", async () => {
  const steps: Step[] = [];
  const act = { ...(fc.sample(anySteps, { numRuns: 50, seed: 7 }).flat()[0] as Step).act };
  for (const what of ["act", "erase", "rotate", "act"] as const) {
    for (const person of what === "rotate" ? [0] : [0, 6]) {
      steps.push({ what, person, act: { ...act, kind: "opt-out" } });
    }
  }
  // Two who were erased under the first pepper and wrote again, one who only was erased.
  steps.splice(2, 0, { what: "act", person: 7, act }, { what: "erase", person: 7, act });
  const { entries, peppers } = writtenBy(steps);
  const standings = fold(entries, peppers);
  const chunks: Uint8Array[] = [];
  await writeSnapshot(standings, (chunk) => void chunks.push(new Uint8Array(chunk)));
  const loaded = await readSnapshot(chunks, tokensUnder(peppers));
  for (const person of PEOPLE) {
    assert.equal(answersOf(loaded.standing(person)), answersOf(naive(entries, person)));
  }
  assert.ok([0, 6, 7].every((at) => loaded.isErased(PEOPLE[at]!)));
  await assert.rejects(readSnapshot(chunks, tokensUnder(1)), /another pepper/u);
});
