/** Erased entries: a token that nobody erased is found, because it would no longer suppress anybody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ErasureCheck } from "../../src/ledger/erasure-check.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

interface Kept {
  readonly token?: string;
  readonly kind?: string;
  readonly erasedBy?: number;
  /** What an erasure erased. */
  readonly tokens?: string;
}

/** What is wrong with a ledger of these entries. */
function wrongIn(entries: readonly Kept[]) {
  const check = new ErasureCheck();
  const wrong = entries.flatMap((kept, index) =>
    check.take({
      position: index + 1,
      token: kept.token ?? "aa",
      leaf: bytes({ kind: kept.kind ?? "opt-out" }),
      erasedBy: kept.erasedBy ?? null,
      record:
        kept.erasedBy !== undefined
          ? null
          : bytes({ evidence: { kind: "erasure", tokens: kept.tokens ?? "" } }),
    }),
  );
  return [...wrong, ...check.end()];
}

test("an erased entry is vouched for by an erasure that names its token", () => {
  assert.deepEqual(
    wrongIn([
      { token: "aa", erasedBy: 4 },
      { token: "bb" },
      { token: "cc", erasedBy: 4 },
      { token: "aa", kind: "erasure", tokens: "aa cc" },
    ]),
    [],
  );
});

test("a changed token of an erased entry is found, and so is one of a second entry", () => {
  const wrong = wrongIn([
    { token: "aa", erasedBy: 4 },
    { token: "ab", erasedBy: 4 },
    { token: "ac", erasedBy: 4 },
    { token: "aa", kind: "erasure", tokens: "aa" },
  ]);
  assert.deepEqual(
    wrong.map(({ position }) => position),
    [2, 3],
  );
  assert.match(wrong[0]!.what, /none of those that entry 4 erased/u);
});

test("a record that something else than an erasure took is found", () => {
  const [wrong] = wrongIn([{ token: "aa", erasedBy: 2 }, { token: "aa" }]);
  assert.equal(wrong!.position, 1);
  assert.match(wrong!.what, /by entry 2, which is no erasure/u);
});

test("an erasure that the ledger does not have is found at its end", () => {
  const [wrong] = wrongIn([{ token: "aa", erasedBy: 9 }, { token: "bb" }]);
  assert.equal(wrong!.position, 1);
  assert.match(wrong!.what, /by entry 9, which the ledger does not have/u);
});

test("who is erased twice is vouched for by each erasure for what it erased", () => {
  const twice = (second: string) =>
    wrongIn([
      { token: "aa", erasedBy: 2 },
      { token: "aa", kind: "erasure", tokens: "aa" },
      { token: "aa", erasedBy: 4 },
      { token: "aa", kind: "erasure", tokens: second },
    ]);
  assert.deepEqual(twice("aa"), []);
  assert.deepEqual(
    twice("bb").map(({ position }) => position),
    [3],
  );
});

test("an erasure whose own record is gone vouches for nobody", () => {
  const gone = { token: "aa", kind: "erasure", erasedBy: 3 };
  const [wrong] = wrongIn([{ token: "aa", erasedBy: 2 }, gone, { kind: "erasure", tokens: "aa" }]);
  assert.equal(wrong!.position, 1);
});

test("a ledger may be read from its middle: what erases always comes later", () => {
  assert.deepEqual(wrongIn([{ token: "aa", kind: "erasure", tokens: "zz" }]), []);
});
