/** The compact table of sends against a plain list, while people are forgotten and old sends go. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { PastSend } from "../../src/rules/facts.ts";
import { RecentSends, type SendOfToken } from "../../src/sets/recent-sends.ts";

const SEED = "0123456789abcdef";
const tokenOf = (name: number) => createHash("sha256").update(`${name}`).digest("hex");
const TOKENS = Array.from({ length: 6 }, (_, name) => tokenOf(name));

const aSend: fc.Arbitrary<SendOfToken> = fc.record(
  {
    token: fc.constantFrom(...TOKENS),
    at: fc.integer({ min: 0, max: 50 }),
    sender: fc.constantFrom("acme", "zenith"),
    channel: fc.constantFrom("sms" as const, "voice" as const),
    class: fc.constantFrom("marketing", "transactional"),
    subject: fc.constantFrom(null, "a", "b"),
    callKind: fc.constantFrom(null, "live" as const),
    isReply: fc.boolean(),
    confirms: fc.constantFrom(null, null, 1, 2),
  },
  { noNullPrototype: true },
);
type Step = { add: SendOfToken } | { drop: string } | { before: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ add: aSend }) },
    fc.record({ drop: fc.constantFrom(...TOKENS) }),
    fc.record({ before: fc.integer({ min: 0, max: 50 }) }),
  ),
  { maxLength: 120 },
);

function sorted(sends: readonly PastSend[]): string[] {
  return sends
    .map(({ at, channel, class: cls, sender, subject, callKind, isReply }) =>
      JSON.stringify([at, channel, cls, sender, subject, callKind, isReply]),
    )
    .sort();
}

test("it finds what a plain list of the same sends holds, whatever was forgotten on the way", () => {
  fc.assert(
    fc.property(steps, fc.tuple(fc.nat(50), fc.nat(50)), (script, [after, upTo]) => {
      const sends = new RecentSends(SEED);
      let plain: SendOfToken[] = [];
      for (const step of script) {
        if ("add" in step) {
          sends.add(step.add);
          plain.push(step.add);
        } else if ("drop" in step) {
          const kept = plain.filter(({ token }) => token !== step.drop);
          assert.equal(sends.drop(step.drop), plain.length - kept.length);
          plain = kept;
        } else {
          for (const _ of sends.dropBefore(step.before));
          plain = plain.filter(({ at }) => at >= step.before);
        }
        assert.equal(sends.size, plain.length);
      }
      for (const tokens of [[TOKENS[0]!], TOKENS.slice(1, 3)]) {
        const expected = plain.filter(
          ({ token, at }) => tokens.includes(token) && at > after && at <= upTo,
        );
        assert.deepEqual(sorted(sends.find(tokens, after, upTo)), sorted(expected));
      }
    }),
    { numRuns: 500 },
  );
});

test("a confirmation stays confirmed when its receiver is forgotten, until it is too old to matter", () => {
  const sends = new RecentSends(SEED);
  const [send] = fc.sample(aSend, 1);
  sends.add({ ...send!, at: 10, confirms: 7 });
  sends.drop(send!.token);
  assert.ok(sends.confirmed(7));
  assert.ok(!sends.confirmed(8));
  for (const _ of sends.dropBefore(11));
  assert.ok(!sends.confirmed(7));
});

test("what was forgotten makes room: thousands of people come and go in the same memory", () => {
  const sends = new RecentSends(SEED);
  const [send] = fc.sample(aSend, 1);
  const fill = (round: number) => {
    for (let n = 0; n < 20_000; n++) {
      const subject = `${round} ${n % 1000}`;
      sends.add({ ...send!, token: tokenOf(n), at: round, subject });
    }
  };
  fill(1);
  const bytes = sends.bytes();
  for (let round = 2; round < 5; round++) {
    for (const _ of sends.dropBefore(round));
    assert.equal(sends.size, 0);
    fill(round);
  }
  assert.ok(sends.bytes() <= bytes * 1.05, `${sends.bytes()} instead of ${bytes}`);
});
