/** Stored entries: whatever is changed in one is named, and an entry as it was written has no fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Act } from "../../src/domain/act.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { canonicalJson } from "../../src/ledger/canonical.ts";
import { addressToken, leafHashOf, leafOf, recordBytes } from "../../src/ledger/leaf.ts";
import { faultOf, type SealedParts } from "../../src/ledger/sealed-check.ts";

const AT = Date.UTC(2026, 0, 1);
const PEPPER = new TextEncoder().encode("pepper");
const OLD_PEPPER = new TextEncoder().encode("old pepper");
const tokensOf = (address: AddressKey) =>
  [PEPPER, OLD_PEPPER].map((pepper) => addressToken(pepper, address));

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
  text: "STOP, s'il vous plaît 🙏",
};
const TOKEN = tokensOf(STOP.address!)[0]!;
const ABOUT_NOBODY = { address: null, scopes: [], by: "system", via: "system", source: "heed" };
const ERASURE = {
  ...STOP,
  ...ABOUT_NOBODY,
  kind: "erasure",
  evidence: { kind: "erasure", tokens: tokensOf(STOP.address!).join(" "), entries: 3 },
} as unknown as Act;
const ROTATION = {
  ...STOP,
  ...ABOUT_NOBODY,
  kind: "key-rotation",
  evidence: { kind: "key-rotation", what: "pepper", from: "a", to: "b" },
} as unknown as Act;

function sealed(act: Act, token: string, position = 7, record = recordBytes(act)): SealedParts {
  const draft = { act, recordedAt: AT + 2, salt: new Uint8Array(32).fill(9), token };
  const { leaf, leafHash } = leafOf(draft, position, record);
  const { recordedAt, salt } = draft;
  return { position, recordedAt, leafHash, token, leaf, salt, record, erasedBy: null };
}

const SOUND: readonly (readonly [string, SealedParts])[] = [
  ["an opt-out", sealed(STOP, TOKEN)],
  ["an act under an older pepper", sealed(STOP, tokensOf(STOP.address!)[1]!)],
  ["an act that refers to another", sealed({ ...STOP, kind: "release", refersTo: 3 }, TOKEN)],
  ["an erasure", sealed(ERASURE, TOKEN)],
  ["a key rotation", sealed(ROTATION, "")],
  ["an erased act", { ...sealed(STOP, TOKEN), record: null, salt: null, erasedBy: 9 }],
];

/** A leaf that is about the same record, but says what `change` makes of it. */
function withLeaf(parts: SealedParts, change: (leaf: Record<string, unknown>) => void) {
  const members = JSON.parse(Buffer.from(parts.leaf).toString());
  change(members);
  const leaf = new TextEncoder().encode(canonicalJson(members));
  return { ...parts, leaf, leafHash: leafHashOf(leaf) };
}

test("an entry as it was written has no fault, whether its record was read before or not", () => {
  for (const [what, parts] of SOUND) {
    assert.equal(faultOf(parts, tokensOf), null, what);
    const act = parts.record === null ? null : JSON.parse(Buffer.from(parts.record).toString());
    assert.equal(faultOf({ ...parts, act }, tokensOf), null, what);
  }
});

test("every single changed bit of every part is found", () => {
  for (const [what, parts] of SOUND) {
    for (const name of ["leaf", "salt", "record"] as const) {
      const bytes = parts[name];
      for (let bit = 0; bytes !== null && bit < bytes.length * 8; bit++) {
        const changed = new Uint8Array(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const fault = faultOf({ ...parts, [name]: changed }, tokensOf);
        assert.notEqual(fault, null, `${what}: bit ${bit} of ${name}`);
      }
    }
    for (const name of ["leafHash", "token"] as const) {
      for (let at = 0; at < parts[name].length; at++) {
        const digit = parts[name][at] === "0" ? "1" : "0";
        const changed = parts[name].slice(0, at) + digit + parts[name].slice(at + 1);
        // The token of an erased entry is vouched for by its erasure, which is another entry.
        if (name === "token" && parts.record === null) continue;
        assert.notEqual(faultOf({ ...parts, [name]: changed }, tokensOf), null, `${what}: ${name}`);
      }
    }
    for (const name of ["position", "recordedAt"] as const) {
      assert.notEqual(faultOf({ ...parts, [name]: parts[name] + 1 }, tokensOf), null, what);
    }
  }
});

const [, erased] = SOUND.at(-1)!;
const stop = sealed(STOP, TOKEN);
const other = sealed({ ...STOP, address: "+15557654321" as AddressKey }, TOKEN);
const spaced = new TextEncoder().encode(JSON.stringify(STOP, null, 1));

const FAULTS: readonly (readonly [string, SealedParts, RegExp])[] = [
  ["a leaf of another entry", { ...stop, leaf: other.leaf }, /does not have its leaf hash/u],
  [
    "an entry at another place",
    { ...stop, position: 8 },
    /has position 7: entries were exchanged/u,
  ],
  ["another time", { ...stop, recordedAt: AT }, /time at which it was recorded/u],
  [
    "a record that was put in",
    { ...stop, record: other.record },
    /does not commit to this record/u,
  ],
  ["a salt that lends a byte to the record", lentSalt(stop), /does not commit to this record/u],
  [
    "a leaf that says something else",
    withLeaf(stop, (leaf) => Object.assign(leaf, { kind: "opt-in" })),
    /leaf and its record differ in `kind`/u,
  ],
  [
    "a leaf of another version",
    withLeaf(stop, (leaf) => Object.assign(leaf, { v: 2 })),
    /another version/u,
  ],
  ["a record with two spellings", sealed(STOP, TOKEN, 7, spaced), /record is not canonical JSON/u],
  ["somebody else's token", other, /token is not that of its address/u],
  ["a token where nobody is meant", sealed(ROTATION, TOKEN), /about the ledger, and yet/u],
  ["an erasure under a token that it does not name", sealed(ERASURE, "ab"), /none of those/u],
  ["an erasure of nobody", sealed(ERASURE, ""), /none of those/u],
  ["an act of nobody", sealed({ ...STOP, address: null }, ""), /`opt-out` of nobody/u],
  ["a record that is gone", { ...erased, erasedBy: null }, /gone, and no erasure removed it/u],
  ["a record that was erased before it was there", { ...erased, erasedBy: 7 }, /earlier entry 7/u],
  ["an erased record that is there", { ...stop, erasedBy: 9 }, /still there, though entry 9/u],
  ["a record without a salt", { ...stop, salt: null }, /Only one of its record and its salt/u],
  ["an erased entry with another leaf", { ...erased, leaf: other.leaf }, /its leaf hash/u],
];

/** The same bytes under the hash, with the boundary between salt and record moved. */
function lentSalt(parts: SealedParts): SealedParts {
  const both = Buffer.concat([parts.salt!, parts.record!]);
  return { ...parts, salt: both.subarray(0, 31), record: both.subarray(31) };
}

for (const [what, parts, expected] of FAULTS) {
  test(`${what} is named`, () => {
    assert.match(String(faultOf(parts, tokensOf)), expected);
  });
}

test("an act that was read as something else than the record is not believed", () => {
  const act = { ...JSON.parse(Buffer.from(stop.record!).toString()), address: "+15557654321" };
  // The record decides: it is sound, and its token is that of the address in it.
  assert.equal(faultOf({ ...stop, act }, tokensOf), null);
  const token = tokensOf(act.address)[0]!;
  assert.match(String(faultOf({ ...stop, token, act }, tokensOf)), /token is not that/u);
});

test("no bytes make it throw", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((json) => new TextEncoder().encode(json)),
  );
  fc.assert(
    fc.property(bytes, bytes, bytes, (leaf, salt, record) => {
      const parts = { ...stop, leaf, salt, record, leafHash: leafHashOf(leaf) };
      assert.notEqual(faultOf(parts, tokensOf), null);
    }),
  );
});
