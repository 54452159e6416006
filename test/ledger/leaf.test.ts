/** Leaves, records and tokens: what is committed to, what is given away, and known test vectors. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import {
  addressToken,
  commitsTo,
  type Draft,
  leafHashOf,
  leafOf,
  recordBytes,
} from "../../src/ledger/leaf.ts";

const AT = Date.UTC(2026, 0, 1);
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const STOP: Act = {
  kind: "opt-out",
  address: "+15551234567" as AddressKey,
  scopes: plainStopScopes("acme", "sms"),
  by: "person",
  via: "sms",
  source: "twilio-us",
  claimedAt: AT,
  receivedAt: AT + 1,
  messageId: "SM1",
};

function draftOf(act: Act, salt: Uint8Array = new Uint8Array(32).fill(7)): Draft {
  return { act, recordedAt: AT + 2, salt, token: addressToken(utf8("pepper"), act.address!) };
}

const leaf = (act: Act, salt?: Uint8Array, position = 1) =>
  leafOf(draftOf(act, salt), position, recordBytes(act));

/** Words that no leaf holds by itself: none of them is hex, a name of a member or a value of ours. */
const anyPersonal = fc
  .array(fc.constantFrom("Zoé", "wünscht", "কোনো", "more", "mails", "pls"), { minLength: 2 })
  .map((words) => words.join(" "));
const anyAddress = fc.oneof(
  fc.stringMatching(/^\+[1-9][0-9]{10,14}$/),
  fc.stringMatching(/^[g-z]{4,10}@[g-z]{3,8}\.example$/),
) as fc.Arbitrary<string> as fc.Arbitrary<AddressKey>;

test("a leaf holds no address, no words, no author, no note, no evidence and no token", () => {
  fc.assert(
    fc.property(anyAddress, anyPersonal, anyPersonal, (address, words, author) => {
      const act: Act = {
        ...STOP,
        address,
        text: words,
        author,
        note: words,
        language: "wo-SN",
        messageId: `${address}/1`,
        replyFrom: "+15557654321",
        evidence: { kind: "call", recording: words, agent: author },
        recognised: { intent: "opt-out", rules: [words], language: "wo", lexicon: "v1" },
      };
      const draft = draftOf(act);
      const bytes = text(leafOf(draft, 1, recordBytes(act)).leaf);
      const isNowhere = (secret: string) => assert.ok(!bytes.includes(secret), secret);
      for (const secret of [address, address.slice(1), words, author, draft.token]) {
        isNowhere(secret);
      }
      for (const secret of ["wo-SN", "15557654321", "recording"]) isNowhere(secret);
      isNowhere(Buffer.from(draft.salt).toString("hex"));
      // The control: all of it is in the record, which can be erased.
      const record = text(recordBytes(act));
      for (const secret of [address, words, author]) assert.ok(record.includes(secret));
    }),
  );
});

test("a leaf is canonical JSON with exactly the members that the format names", () => {
  const { leaf: bytes } = leaf({ ...STOP, kind: "confirmation", refersTo: 9 }, undefined, 12);
  const members = JSON.parse(text(bytes));
  const { commit, ...rest } = members;
  assert.match(commit, /^[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    v: 1,
    position: 12,
    kind: "confirmation",
    source: "twilio-us",
    by: "person",
    via: "sms",
    claimedAt: AT,
    receivedAt: AT + 1,
    recordedAt: AT + 2,
    refersTo: 9,
    scopes: STOP.scopes,
  });
  assert.deepEqual(Object.keys(members), Object.keys(members).sort());
});

test("a leaf commits to its record: any other record or salt is told apart", () => {
  const salt = new Uint8Array(32).fill(7);
  const { leaf: bytes } = leaf(STOP, salt);
  assert.ok(commitsTo(bytes, salt, recordBytes(STOP)));
  const others: Act[] = [
    { ...STOP, address: "+15551234568" as AddressKey },
    { ...STOP, text: "stop" },
    { ...STOP, messageId: "SM2" },
    { ...STOP, evidence: { kind: "message" } },
  ];
  for (const other of others) assert.ok(!commitsTo(bytes, salt, recordBytes(other)));
  assert.ok(!commitsTo(bytes, new Uint8Array(32).fill(8), recordBytes(STOP)));
});

test("a commitment is SHA-256 of salt and record, so that other tools can check it", () => {
  const salt = new Uint8Array(32).fill(7);
  const commit = createHash("sha256")
    .update(Buffer.concat([salt, recordBytes(STOP)]))
    .digest("hex");
  assert.equal(JSON.parse(text(leaf(STOP, salt).leaf)).commit, commit);
});

test("two people who did the same at the same time have leaves that tell nothing of either", () => {
  const one = leaf(STOP, new Uint8Array(32).fill(1));
  const two = leaf(STOP, new Uint8Array(32).fill(2));
  assert.notEqual(one.leafHash, two.leafHash);
});

test("leaf hashes are those of RFC 6962", () => {
  // The hash of an empty leaf in the test vectors of certificate-transparency.
  const empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
  assert.equal(leafHashOf(new Uint8Array(0)), empty);
  const { leaf: bytes, leafHash } = leaf(STOP);
  assert.equal(leafHash, leafHashOf(bytes));
});

test("a token is HMAC-SHA-256 of the address under the pepper", () => {
  // RFC 4231, test case 2.
  const token = addressToken(utf8("Jefe"), "what do ya want for nothing?" as AddressKey);
  assert.equal(token, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assert.notEqual(
    addressToken(utf8("pepper"), STOP.address!),
    addressToken(utf8("other pepper"), STOP.address!),
  );
});

test("a record is the same bytes however the act was put together", () => {
  const shuffled = Object.fromEntries(Object.entries(STOP).reverse()) as unknown as Act;
  assert.deepEqual(recordBytes(shuffled), recordBytes(STOP));
});

test("a record with an unpaired surrogate is refused: it has no bytes to commit to", () => {
  assert.throws(() => recordBytes({ ...STOP, text: "stop \ud83d" }), RangeError);
});
