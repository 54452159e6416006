/** Entries for the tests of this folder: acts of a few people in the order of a ledger. */
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import { anyDeed, anyInstant, EPOCH } from "../domain/histories.ts";

const PEPPER = new TextEncoder().encode("a pepper for tests");
export const tokenOf = (address: AddressKey) => addressToken(PEPPER, address);
export const tokensOf = (address: AddressKey) => [tokenOf(address)];

/** Phone numbers, one too long to pack, one that differs by a leading zero, and e-mail. */
export const PEOPLE = [
  "+15551234567",
  "+15551234568",
  "+999999999999999",
  "+0442071838750",
  "+442071838750",
  "+1234567890123456789",
  "pat@example.org",
  "sam@example.org",
  "zoé@exämple.org",
] as AddressKey[];

/** The leaf hashes here are of the right shape and tell the positions apart; no more is needed. */
export function entryOf(position: number, address: AddressKey, act: Act | null): Entry {
  const leafHash = position.toString(16).padStart(64, "0");
  return { position, recordedAt: EPOCH + position, leafHash, token: tokenOf(address), act };
}

export function stopOf(address: AddressKey, position: number): Entry {
  return entryOf(position, address, {
    kind: "opt-out",
    address,
    scopes: [{ sender: "acme", channel: "sms", program: "all", class: "all", use: "contact" }],
    by: "person",
    via: "sms",
    source: "a-source",
    claimedAt: EPOCH + position,
    receivedAt: EPOCH + position,
    messageId: `m${position}`,
  });
}

/** A ledger about these people. `erased`: some records are gone, as after an erasure. */
export function anyLedger(options: {
  readonly maxLength: number;
  readonly erased: boolean;
}): fc.Arbitrary<Entry[]> {
  const one = fc.record({
    deed: anyDeed,
    person: fc.nat(PEOPLE.length - 1),
    receivedAt: anyInstant,
    refersTo: fc.nat(options.maxLength),
    isGone: options.erased
      ? fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true))
      : fc.constant(false),
  });
  return fc.array(one, { maxLength: options.maxLength }).map((acts) =>
    acts.map(({ deed, person, receivedAt, refersTo, isGone }, at) => {
      const { about: _about, fast: _fast, ...rest } = deed;
      const address = PEOPLE[person]!;
      const act: Act = { ...rest, address, receivedAt, refersTo };
      return entryOf(at + 1, address, isGone ? null : act);
    }),
  );
}
