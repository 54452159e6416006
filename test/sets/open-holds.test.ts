/** Open holds are found without an index of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { holdScopes, plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import { Standings } from "../../src/sets/standings.ts";

const pepper = new Uint8Array(32).fill(7);
const tokenOf = (address: AddressKey) => addressToken(pepper, address);
const tokensOf = (address: AddressKey) => [tokenOf(address)];

function entryOf(position: number, act: Pick<Act, "kind" | "address"> & Partial<Act>): Entry {
  const whole: Act = {
    scopes: act.kind === "opt-out" ? plainStopScopes("acme", "sms") : holdScopes("acme"),
    by: "person",
    via: "sms",
    source: "demo",
    claimedAt: position,
    receivedAt: position,
    messageId: String(position),
    ...act,
  };
  return {
    position,
    recordedAt: position,
    leafHash: "00",
    token: tokenOf(act.address!),
    act: whole,
  };
}

test("open holds are listed in order until each is released, for phones and e-mail addresses", () => {
  const standings = new Standings(tokensOf);
  const phone = "+12125550123" as AddressKey;
  const mail = "ana@example.com" as AddressKey;
  standings.apply(entryOf(1, { kind: "hold", address: phone }));
  standings.apply(entryOf(2, { kind: "opt-out", address: phone }));
  standings.apply(entryOf(3, { kind: "hold", address: mail }));
  standings.apply(entryOf(4, { kind: "hold", address: phone }));
  assert.deepEqual(standings.openHolds(), [1, 3, 4]);
  standings.apply(entryOf(5, { kind: "release", address: phone, by: "staff", refersTo: 1 }));
  assert.deepEqual(standings.openHolds(), [3, 4]);
  standings.apply(entryOf(6, { kind: "release", address: mail, by: "staff", refersTo: 3 }));
  standings.apply(entryOf(7, { kind: "release", address: phone, by: "staff", refersTo: 4 }));
  assert.deepEqual(standings.openHolds(), []);
});
