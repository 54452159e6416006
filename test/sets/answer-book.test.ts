/** Answers about single numbers against a plain Map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddressKey } from "../../src/domain/words.ts";
import { type Answer, AnswerBook } from "../../src/sets/answer-book.ts";
import { LISTING_KINDS_MAX } from "../../src/sets/listing.ts";
import { tokenOf, tokensOf } from "./entries.ts";

const own = { noNullPrototype: true } as const;
const anyAnswer: fc.Arbitrary<Answer> = fc.record(
  {
    listed: fc.constantFrom(true, false, null),
    asOf: fc.nat(5).map((day) => Date.UTC(2026, 0, 1 + day)),
    listing: fc.record(
      {
        since: fc.constantFrom(null, Date.UTC(2025, 0, 1)),
        channels: fc.subarray<"sms" | "voice">(["sms", "voice"]),
        sectors: fc.subarray(["banking", "telecom"]),
      },
      own,
    ),
    consentAt: fc.constantFrom(null, 1234, Date.UTC(2024, 5, 1)),
  },
  own,
);
const anyAddress = fc.oneof(
  fc.nat(20).map((n) => `+1555${1_000_000 + n}`),
  fc.nat(20).map((n) => `someone${n}@example.org`),
);
const RANK = new Map<boolean | null, number>([
  [false, 0],
  [null, 1],
  [true, 2],
]);

test("the newest answer counts, of one instant the stricter, before and after somebody is forgotten", () => {
  const anyStep = fc.record({ address: anyAddress, answer: anyAnswer, forgets: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 150 }), (steps) => {
      const book = new AnswerBook("au-dncr", tokensOf);
      const naive = new Map<string, Answer>();
      const gone = new Set<string>();
      for (const { address, answer, forgets } of steps) {
        const known = naive.get(address);
        const counts =
          known === undefined ||
          answer.asOf > known.asOf ||
          (answer.asOf === known.asOf && RANK.get(answer.listed)! >= RANK.get(known.listed)!);
        if (counts) naive.set(address, answer);
        const key = address as AddressKey;
        const taken = gone.has(address)
          ? book.takeToken(tokenOf(key), answer)
          : book.take(key, answer);
        assert.equal(taken, counts);
        if (forgets === 0) {
          book.forget(key);
          gone.add(address);
        }
      }
      assert.equal(book.size, naive.size);
      for (const [address, answer] of naive) {
        assert.deepEqual(book.find(address as AddressKey), answer, address);
      }
      assert.equal(book.find("+19995550100" as AddressKey), null);
      const dates = [...naive.values()].map(({ asOf }) => asOf);
      assert.equal(book.newest, dates.length === 0 ? null : Math.max(...dates));
    }),
  );
});

test("too many different sectors make an answer one for every sector, and no failure", () => {
  const book = new AnswerBook("br-nao-me-perturbe", tokensOf);
  const address = (at: number) => `+1555${1_000_000 + at}` as AddressKey;
  for (let at = 0; at <= LISTING_KINDS_MAX; at++) {
    const listing = { since: null, channels: [], sectors: [`sector ${at}`] };
    book.take(address(at), { listed: true, asOf: 1, listing, consentAt: null });
  }
  assert.deepEqual(book.find(address(0))?.listing.sectors, ["sector 0"]);
  assert.deepEqual(book.find(address(LISTING_KINDS_MAX))?.listing.sectors, []);
});
