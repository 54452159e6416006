/**
 * The fold against a reference that forgets nothing, and against the promise that neither order
 * nor delay nor repetition can make an answer milder.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ACTORS, type Act, type ActKind } from "../../src/domain/act.ts";
import {
  consentsTo,
  foldAct,
  foldEntry,
  holdsAgainst,
  type Mark,
  NOTHING_KNOWN,
  optOutsAgainst,
  type Standing,
} from "../../src/domain/fold.ts";
import {
  anyCovers,
  plainStartScopes,
  plainStopScopes,
  type Scope,
  type Send,
} from "../../src/domain/scope.ts";
import { answer, type Kept, latest } from "./fold-reference.ts";
import {
  anyInstant,
  DAY,
  DEALINGS,
  type Deed,
  type Delivery,
  deedsAndErasuresUpTo,
  deedsUpTo,
  EPOCH,
  happenedAt,
  ledgerOf,
  SENDS,
  SOMEBODY,
} from "./histories.ts";

function fold(history: readonly Kept[]): Standing {
  return history.reduce<Standing>(
    (standing, { act, position }) => foldAct(standing, act, position),
    NOTHING_KNOWN,
  );
}

/** Deliveries in any order, each after its act, some of them twice, some very late. */
const anyDeliveries = (deeds: readonly Deed[]) =>
  fc
    .tuple(
      fc.shuffledSubarray(
        deeds.map((_, at) => at),
        { minLength: deeds.length },
      ),
      fc.array(fc.nat(deeds.length - 1), { maxLength: 3 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, DAY, 6 * DAY, 8 * DAY, 30 * DAY), {
        minLength: deeds.length + 3,
        maxLength: deeds.length + 3,
      }),
    )
    .map(([order, again, waits]) =>
      [...order, ...again].map((of, at) => ({ of, wait: waits[at]! })),
    );

/** Each delivery `wait` after the one before it, and never before what it reports. */
function arrive(
  deeds: readonly Deed[],
  order: readonly { of: number; wait: number }[],
): Delivery[] {
  let now = EPOCH - 2 * DAY;
  return order.map(({ of, wait }) => {
    now = Math.max(now + wait, happenedAt(deeds[of]!));
    return { of, receivedAt: now };
  });
}

/** The true order: each act is heard of in the instant in which it happens. */
function inTrueOrder(deeds: readonly Deed[]): Delivery[] {
  return deeds
    .map((deed, of) => ({ of, receivedAt: happenedAt(deed) }))
    .sort((a, b) => a.receivedAt - b.receivedAt);
}

/** When the last dealing of a kind with this sender was, as the rules ask it. */
function latestOf(standing: Standing, kind: string, send: Send, proven = false): number {
  const marks = standing.filter(
    (mark) => mark.kind === kind && anyCovers(mark.scopes, send) && (!proven || mark.hasEvidence),
  );
  return Math.max(...marks.map((mark) => mark.effectiveAt));
}

const isBlocked = (standing: Standing, send: Send) => optOutsAgainst(standing, send).length > 0;

function assertAsStrict(strict: Standing, mild: Standing, send: Send, message: string): void {
  const where = `${message}: ${JSON.stringify(send)}`;
  if (isBlocked(mild, send)) assert.ok(isBlocked(strict, send), `opt-out lost, ${where}`);
  if (holdsAgainst(mild, send).length > 0) {
    assert.ok(holdsAgainst(strict, send).length > 0, `hold lost, ${where}`);
  }
  if (consentsTo(strict, send).length > 0) {
    assert.ok(consentsTo(mild, send).length > 0, `consent won, ${where}`);
  }
  // What can allow for a time is no newer, and what can deny for a time no older.
  for (const kind of ["purchase", "inquiry"]) {
    const [heard, truth] = [strict, mild].map((one) => latestOf(one, kind, send, true));
    assert.ok(heard! <= truth!, `${kind} made newer, ${where}`);
  }
  for (const kind of ["refusal", "opt-in-request"]) {
    const [heard, truth] = [strict, mild].map((one) => latestOf(one, kind, send));
    assert.ok(heard! >= truth!, `${kind} made older, ${where}`);
  }
}

test("any order, delay and repetition of up to six acts is as strict as the true order", () => {
  const cases = deedsUpTo(6).chain((deeds) => fc.tuple(fc.constant(deeds), anyDeliveries(deeds)));
  fc.assert(
    fc.property(cases, ([deeds, order]) => {
      const truth = fold(ledgerOf(deeds, inTrueOrder(deeds)));
      const heard = fold(ledgerOf(deeds, arrive(deeds, order)));
      for (const send of SENDS) assertAsStrict(heard, truth, send, "late or out of order");
    }),
    { numRuns: 5000 },
  );
});

test("every permutation of the same six acts is as strict as their true order", () => {
  fc.assert(
    fc.property(deedsUpTo(6), (deeds) => {
      const truth = fold(ledgerOf(deeds, inTrueOrder(deeds)));
      for (const order of permutations(deeds.length)) {
        const unhurried = order.map((of) => ({ of, wait: 1 }));
        const heard = fold(ledgerOf(deeds, arrive(deeds, unhurried)));
        for (const send of SENDS) assertAsStrict(heard, truth, send, `order ${order}`);
      }
    }),
    { numRuns: 60 },
  );
});

/** The same property must fail for a fold that believes every opt-out's own time. */
test("control: without the seven days a late opt-out is outrun by an older opt-in", () => {
  const lateOptOut = [deed("opt-out", 0), deed("opt-in", 10)];
  const arrival = arrive(lateOptOut, [
    { of: 0, wait: 40 * DAY },
    { of: 1, wait: 1 },
  ]);
  const asItIs = fold(ledgerOf(lateOptOut, arrival));
  assert.ok(isBlocked(asItIs, SENDS[0]!));
  const believed = asItIs.map((mark) =>
    mark.kind === "opt-out" ? { ...mark, effectiveAt: EPOCH } : mark,
  );
  assert.ok(!isBlocked(believed, SENDS[0]!));
});

test("forgetting what cannot matter any more changes no answer", () => {
  const cases = deedsAndErasuresUpTo(12).chain((deeds) =>
    fc.tuple(
      fc.constant(deeds),
      fc.array(fc.record({ of: fc.nat(deeds.length - 1), receivedAt: anyInstant }), {
        maxLength: 20,
      }),
    ),
  );
  fc.assert(
    fc.property(cases, ([deeds, deliveries]) => {
      const history = ledgerOf(deeds, deliveries);
      const standing = fold(history);
      for (const send of SENDS) {
        const expected = answer(history, send);
        assertNames(optOutsAgainst(standing, send), expected.optOuts);
        assertNames(consentsTo(standing, send), expected.consents);
        for (const kind of DEALINGS) {
          for (const proven of [false, true]) {
            const expectedAt = latest(history, kind, send, proven);
            assert.equal(latestOf(standing, kind, send, proven), expectedAt, kind);
          }
        }
        const holds = holdsAgainst(standing, send).map((mark) => mark.position);
        assert.deepEqual(
          holds,
          expected.holds.map((hold) => hold.position),
        );
      }
    }),
    { numRuns: 5000 },
  );
});

/**
 * Every name is right, and the newest one is there. Older ones with nothing new to say may be gone.
 */
function assertNames(marks: readonly Mark[], expected: readonly Kept[]): void {
  assert.equal(marks.length > 0, expected.length > 0);
  const right = new Set(expected.map(({ position }) => position));
  for (const { position } of marks)
    assert.ok(right.has(position), `entry ${position} is not in it`);
  if (expected.length > 0) {
    const newest = Math.max(...right);
    assert.ok(
      marks.some((mark) => mark.position === newest),
      `entry ${newest} is missing`,
    );
  }
  // What a reason or a rule may hang on: how strong the consent is, and whether it was an erasure.
  assert.deepEqual(
    new Set(marks.map((mark) => mark.level)),
    new Set(expected.map(({ act }) => (act.kind === "opt-in" ? (act.level ?? "express") : null))),
  );
  assert.deepEqual(
    new Set(marks.map((mark) => mark.erased)),
    new Set(expected.map(({ act }) => act.kind === "erasure")),
  );
}

test("folding a stretch of the ledger a second time changes nothing", () => {
  const cases = deedsAndErasuresUpTo(8).chain((deeds) =>
    fc.tuple(fc.constant(deeds), anyDeliveries(deeds), fc.nat(deeds.length)),
  );
  fc.assert(
    fc.property(cases, ([deeds, order, from]) => {
      const history = ledgerOf(deeds, arrive(deeds, order));
      const once = fold(history);
      const again = history
        .slice(from)
        .reduce((standing, { act, position }) => foldAct(standing, act, position), once);
      const sorted = (standing: Standing) => standing.map((mark) => JSON.stringify(mark)).sort();
      assert.deepEqual(sorted(again), sorted(once));
    }),
  );
});

const STOP = plainStopScopes("acme", "sms");
const START = plainStartScopes("acme", "sms");
const OFFER: Send = {
  sender: "acme",
  channel: "sms",
  program: null,
  class: "marketing",
  use: "contact",
};

function deed(kind: ActKind, day: number, more: Partial<Deed> = {}): Deed {
  return {
    kind,
    address: SOMEBODY,
    scopes: kind === "opt-in" ? START : STOP,
    by: "person",
    via: "sms",
    source: "a-source",
    claimedAt: EPOCH + day * DAY,
    messageId: `${kind}-${day}`,
    evidence: { kind: "message" },
    about: 0,
    fast: 0,
    ...more,
  };
}

/** Each act received as soon as it happened, unless it says otherwise. */
function standingOf(...acts: (Deed & { readonly receivedAt?: number })[]): Standing {
  return fold(
    acts.map((act, at) => ({
      act: { receivedAt: act.claimedAt, ...act } satisfies Act,
      position: at + 1,
    })),
  );
}

test("a person's own START after a STOP lifts it, and a STOP after that stands again", () => {
  assert.ok(!isBlocked(standingOf(deed("opt-out", 1), deed("opt-in", 2)), OFFER));
  assert.ok(
    isBlocked(standingOf(deed("opt-out", 1), deed("opt-in", 2), deed("opt-out", 3)), OFFER),
  );
});

test("an opt-in by anybody but the person never lifts an opt-out", () => {
  for (const by of ACTORS) {
    const standing = standingOf(deed("opt-out", 1), deed("opt-in", 2, { by }));
    assert.equal(isBlocked(standing, OFFER), by !== "person", by);
  }
});

test("an opt-in without evidence neither lifts nor counts as consent", () => {
  const { evidence: _, ...unproven } = deed("opt-in", 2);
  assert.ok(isBlocked(standingOf(deed("opt-out", 1), unproven), OFFER));
  assert.deepEqual(consentsTo(standingOf(unproven), OFFER), []);
});

test("an import that repeats a person's START does not take its power to lift away", () => {
  const standing = standingOf(
    deed("opt-out", 1),
    deed("opt-in", 2),
    deed("opt-in", 3, { by: "import" }),
  );
  assert.ok(!isBlocked(standing, OFFER));
});

test("an unproven opt-in does not displace a proven one", () => {
  const { evidence: _, ...unproven } = deed("opt-in", 2, { by: "import" });
  const standing = standingOf(deed("opt-in", 1, { by: "import" }), unproven);
  assert.equal(consentsTo(standing, OFFER)[0]?.position, 1);
});

test("two STOPs that were each lifted stay lifted, in whatever order they were heard of", () => {
  // STOP on day 2, START on day 5, STOP on day 6, START on day 7; the first two are heard of late.
  const late = { receivedAt: EPOCH + 8 * DAY };
  const standing = standingOf(
    deed("opt-out", 6),
    deed("opt-in", 7),
    { ...deed("opt-out", 2), ...late },
    { ...deed("opt-in", 5), ...late },
  );
  assert.ok(!isBlocked(standing, OFFER));
});

test("an older START that is heard of later does not displace the newer one", () => {
  const older = { ...deed("opt-in", 1), receivedAt: EPOCH + 4 * DAY };
  const standing = standingOf(deed("opt-out", 2), deed("opt-in", 3), older);
  assert.ok(!isBlocked(standing, OFFER));
});

test("an opt-out and an opt-in of the same instant deny, in either order", () => {
  assert.ok(isBlocked(standingOf(deed("opt-out", 1), deed("opt-in", 1)), OFFER));
  assert.ok(isBlocked(standingOf(deed("opt-in", 1), deed("opt-out", 1)), OFFER));
});

test("an opt-in that claims a time in the future counts from its receipt", () => {
  const early = { ...deed("opt-in", 20), receivedAt: EPOCH + 2 * DAY };
  assert.ok(isBlocked(standingOf(early, deed("opt-out", 3)), OFFER));
  const tie = { ...deed("opt-in", 20), receivedAt: EPOCH + DAY };
  assert.ok(isBlocked(standingOf(deed("opt-out", 1), tie), OFFER));
});

test("an opt-out that claims a time in the future can be lifted by what comes after it", () => {
  const early = { ...deed("opt-out", 20), receivedAt: EPOCH + DAY };
  assert.ok(!isBlocked(standingOf(early, deed("opt-in", 2)), OFFER));
});

test("an opt-out heard of more than seven days late counts from seven days before its receipt", () => {
  const late = { ...deed("opt-out", 0), receivedAt: EPOCH + 17 * DAY };
  assert.equal(standingOf(late)[0]?.effectiveAt, EPOCH + 10 * DAY);
  assert.equal(standingOf(deed("opt-out", 0))[0]?.effectiveAt, EPOCH);
  const inTime = { ...deed("opt-out", 0), receivedAt: EPOCH + 7 * DAY };
  assert.equal(standingOf(inTime)[0]?.effectiveAt, EPOCH);
});

test("a dealing is as old as it says where it can allow, and at most seven days where it denies", () => {
  for (const kind of DEALINGS) {
    const late = { ...deed(kind, 0), receivedAt: EPOCH + 17 * DAY };
    const canAllow = kind === "purchase" || kind === "inquiry";
    assert.equal(standingOf(late)[0]?.effectiveAt, EPOCH + (canAllow ? 0 : 10) * DAY, kind);
    const early = { ...deed(kind, 20), receivedAt: EPOCH + DAY };
    assert.equal(standingOf(early)[0]?.effectiveAt, EPOCH + DAY, kind);
  }
});

test("no dealing is consent, lifts an opt-out or ends a hold", () => {
  for (const kind of DEALINGS) {
    const standing = standingOf(deed("opt-out", 1), deed("hold", 2), deed(kind, 3));
    assert.ok(isBlocked(standing, OFFER), kind);
    assert.equal(holdsAgainst(standing, OFFER).length, 1, kind);
    assert.deepEqual(consentsTo(standingOf(deed(kind, 3)), OFFER), [], kind);
  }
});

test("an unproven purchase does not displace a proven one", () => {
  const { evidence: _, ...unproven } = deed("purchase", 2);
  const standing = standingOf(deed("purchase", 1), unproven);
  assert.equal(latestOf(standing, "purchase", OFFER, true), EPOCH + DAY);
});

test("a START does not end a hold, and the release of that hold does", () => {
  const held = [deed("hold", 1), deed("opt-in", 2)] as const;
  assert.equal(holdsAgainst(standingOf(...held), OFFER).length, 1);
  const other = { ...deed("release", 3), refersTo: 2 };
  assert.equal(holdsAgainst(standingOf(...held, other), OFFER).length, 1);
  const right = { ...deed("release", 3), refersTo: 1 };
  assert.equal(holdsAgainst(standingOf(...held, right), OFFER).length, 0);
});

test("a release never lifts an opt-out, not even one that it names", () => {
  const release = { ...deed("release", 2), refersTo: 1 };
  assert.ok(isBlocked(standingOf(deed("opt-out", 1), release), OFFER));
});

test("a partial opt-out after a plain STOP does not narrow it", () => {
  const partial: Scope = {
    sender: "acme",
    channel: "sms",
    program: "offers",
    class: "marketing",
    use: "contact",
  };
  const standing = standingOf(deed("opt-out", 1), deed("opt-out", 2, { scopes: [partial] }));
  assert.ok(isBlocked(standing, OFFER));
  assert.ok(isBlocked(standing, { ...OFFER, class: "transactional" }));
  assert.ok(isBlocked(standing, { ...OFFER, channel: "email" }));
  assert.ok(!isBlocked(standing, { ...OFFER, channel: "email", class: "transactional" }));
});

test("a START by text lifts no more than texts", () => {
  const standing = standingOf(deed("opt-out", 1), deed("opt-in", 2));
  assert.ok(!isBlocked(standing, OFFER));
  assert.ok(isBlocked(standing, { ...OFFER, channel: "email" }));
});

test("an erased person is suppressed for every sender, channel and use", () => {
  const standing = standingOf(deed("opt-in", 1), deed("erasure", 2));
  for (const send of SENDS) assert.ok(isBlocked(standing, send), JSON.stringify(send));
});

test("a person's own later opt-in lifts an erasure for what it covers, and nothing else does", () => {
  const erased = [deed("opt-out", 1), deed("erasure", 2)];
  assert.ok(!isBlocked(standingOf(...erased, deed("opt-in", 3)), OFFER));
  assert.ok(isBlocked(standingOf(...erased, deed("opt-in", 3)), { ...OFFER, sender: "zenith" }));
  for (const by of ACTORS.filter((actor) => actor !== "person")) {
    assert.ok(isBlocked(standingOf(...erased, deed("opt-in", 3, { by })), OFFER), by);
  }
  const early = { ...deed("opt-in", 1), receivedAt: EPOCH + 3 * DAY };
  assert.ok(isBlocked(standingOf(...erased, early), OFFER));
});

test("an erasure ends holds, because nobody can read the message any more", () => {
  const standing = standingOf(deed("hold", 1), deed("erasure", 2), deed("opt-in", 3));
  assert.deepEqual(holdsAgainst(standing, OFFER), []);
  assert.ok(!isBlocked(standing, OFFER));
});

test("an entry whose record was erased suppresses its person everywhere", () => {
  const entry = { position: 7, recordedAt: EPOCH, leafHash: "", token: "", act: null };
  const standing = foldEntry(standingOf(deed("opt-in", -1)), entry);
  for (const send of SENDS) assert.ok(isBlocked(standing, send), JSON.stringify(send));
  assert.equal(standing.at(-1)?.position, 7);
});

test("a thousand STOPs cost as much as one, also when read back from records", () => {
  const fromRecord = (scope: Scope) =>
    Object.fromEntries(Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1)));
  const stops = Array.from({ length: 1000 }, (_, at) =>
    deed("opt-out", at, at % 2 === 0 ? {} : { scopes: STOP.map(fromRecord) as unknown as Scope[] }),
  );
  assert.equal(standingOf(...stops).length, 1);
});

test("acts that are only a record leave the standing as it was", () => {
  const before = standingOf(deed("opt-out", 1));
  for (const kind of ["help", "confirmation", "confirmation-outcome"] as const) {
    assert.equal(foldAct(before, { ...deed(kind, 2), receivedAt: EPOCH }, 2), before, kind);
  }
});

function permutations(length: number): number[][] {
  if (length === 0) return [[]];
  return permutations(length - 1).flatMap((shorter) =>
    Array.from({ length }, (_, at) => shorter.toSpliced(at, 0, length - 1)),
  );
}
