/** A person's history in words: one sentence for every kind of entry, and nothing of anybody else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { receive } from "../../src/app/receive.ts";
import { tell, timelineOf } from "../../src/app/timeline.ts";
import { ACT_KINDS, type Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { ALICE, BOB, messageOf, NOON, signed, startApp } from "./support.ts";

function entryOf(more: Partial<Act>): Entry {
  const act: Act = {
    kind: "opt-out",
    address: ALICE as AddressKey,
    scopes: plainStopScopes("acme", "sms"),
    by: "person",
    via: "sms",
    source: "shop",
    claimedAt: NOON,
    receivedAt: NOON,
    messageId: "m1",
    ...more,
  };
  return { position: 7, recordedAt: NOON, leafHash: "", token: "", act };
}

const SENTENCES: Readonly<Record<Act["kind"], { act: Partial<Act>; says: string }>> = {
  "opt-out": {
    act: { text: "STOP" },
    says:
      "The person opted out by sms (“STOP”): everything from acme by sms; " +
      "marketing from acme on every channel.",
  },
  "opt-in": {
    act: { by: "staff", via: "api", source: "key:a", level: "written", note: "by telephone" },
    says:
      "A member of staff opted in through key:a (written consent): everything from acme by sms; " +
      "marketing from acme on every channel. Note: by telephone",
  },
  hold: {
    act: { text: "hm" },
    says:
      "An unclear message came in by sms (“hm”). Until somebody has read it, this is held: " +
      "everything from acme by sms; marketing from acme on every channel.",
  },
  release: {
    act: { author: "Robin", refersTo: 3, note: "a joke" },
    says: "Robin read the message of entry 3 and released the hold. Note: a joke",
  },
  "opt-in-request": {
    act: { via: "web" },
    says: "The person asked by web for messages, and the person has not confirmed it yet.",
  },
  purchase: {
    act: { by: "import", via: "import", source: "key:a" },
    says: "An import noted a purchase through key:a: acme.",
  },
  inquiry: {
    act: { by: "staff", via: "api", source: "key:a", note: "a quote" },
    says: "A member of staff noted an inquiry through key:a: acme. Note: a quote",
  },
  refusal: {
    act: { by: "staff", via: "voice", text: "not now" },
    says: "A member of staff noted a no in a call by voice (“not now”): acme.",
  },
  help: { act: {}, says: "The person asked for help by sms." },
  "key-rotation": {
    act: { by: "staff", evidence: { kind: "key-rotation", what: "signing key" } },
    says: "A member of staff put a new signing key in force.",
  },
  gap: {
    act: { evidence: { kind: "gap", first: "Kim", second: "Robin", why: "3 entries are missing" } },
    says: "Kim and Robin accepted that entries are lost: 3 entries are missing.",
  },
  restore: {
    act: { evidence: { kind: "restore", entries: 12 } },
    says: "A backup of 12 entries was put back.",
  },
  erasure: { act: {}, says: "The person's data was erased. They stay suppressed." },
  confirmation: {
    act: { refersTo: 3, note: "You have opted out." },
    says: "Heed confirmed the opt-out of entry 3: “You have opted out.”",
  },
  "confirmation-outcome": {
    act: { refersTo: 3, note: "sent as SM1" },
    says: "The confirmation of entry 3 was sent as SM1.",
  },
  "help-answer": {
    act: { refersTo: 3, note: "Reply STOP." },
    says: "Heed answered the request for help of entry 3.",
  },
};

for (const kind of ACT_KINDS) {
  test(`the sentence about an entry of kind ${kind}`, () => {
    const { act, says } = SENTENCES[kind];
    assert.equal(tell(entryOf({ ...act, kind })), says);
  });
}

test("of an erased record only that it was erased is told", () => {
  assert.equal(tell({ ...entryOf({}), act: null }), "A record that was erased.");
});

test("a timeline has the entries of that person in order, however the address is written", async (t) => {
  const { deps, clock } = await startApp(t);
  for (const [from, text] of [
    [ALICE, "STOP"],
    [BOB, "STOP"],
    [ALICE, "START"],
  ] as const) {
    await receive(deps, "shop", signed(messageOf(text, { from }), clock.now()), {});
  }
  const { address, events } = await timelineOf(deps, "+1 (212) 555-0101");
  assert.equal(address, ALICE);
  assert.deepEqual(
    events.map(({ entry }) => entry.position),
    [1, 3],
  );
  assert.match(events[1]?.inWords ?? "", /opted in by sms/);
  await assert.rejects(timelineOf(deps, "Alice"), { code: "invalid-address" });
});
