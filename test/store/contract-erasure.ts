// The part of the contract about erasures: what is personal goes, in the same commit as the entry
// that says so, and everything that proves the rest stays as it was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LEDGER_TOKEN } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { leafHashOf } from "../../src/ledger/leaf.ts";
import type { AppendRequest, Delivery, Store } from "../../src/store/store.ts";
import { appended } from "./contract-tree.ts";
import { bodyHash, draftOf, NOW } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

/** One entry for each token, in this order. */
function about(key: string, ...tokens: string[]): AppendRequest {
  const drafts = tokens.map((token, n) => draftOf(`${key}/${n}`, {}, token));
  return { key, bodyHash: bodyHash(key), drafts };
}

export function erasureOf(key: string, ...tokens: string[]): AppendRequest {
  const evidence = { kind: "erasure", tokens: tokens.join(" ") };
  const more = { kind: "erasure", address: null, scopes: [], evidence } as const;
  const drafts = [draftOf(key, more, tokens[0])];
  return { key, bodyHash: bodyHash(key), drafts, erases: tokens };
}

async function erasedBy(store: Store): Promise<(number | null)[]> {
  return (await store.readSealed(0, 1_000_000)).map((sealed) => sealed.erasedBy);
}

export function erasureCases(makeLedger: MakeLedger): void {
  goneCases(makeLedger);
  scopeCases(makeLedger);
  refusalCases(makeLedger);
}

function goneCases(makeLedger: MakeLedger): void {
  test("an erasure takes the records of a person, and leaves what proves that they were", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    t.after(() => store.close());
    await store.append(about("first", "ann", "bob", "ann"));
    await store.append(about("second", "ann2", "cy"));
    const before = await store.readSealed(0, 100);
    const erasure = appended(await store.append(erasureOf("erase", "ann", "ann2")));
    assert.equal(erasure.commit.tree.size, 6);
    const check = async (one: Store) => {
      const after = await one.readSealed(0, 100);
      for (const [at, sealed] of before.entries()) {
        const isAnns = sealed.entry.token.startsWith("ann");
        const gone = {
          salt: null,
          record: null,
          erasedBy: 6,
          entry: { ...sealed.entry, act: null },
        };
        assert.deepEqual(after[at], isAnns ? { ...sealed, ...gone } : sealed);
        assert.equal(leafHashOf(after[at]!.leaf), sealed.entry.leafHash);
      }
      assert.deepEqual(after[5], erasure.commit.sealed(6));
      assert.deepEqual(await one.tree(), erasure.commit.tree);
      const acts = (await one.history("ann")).map(({ position, act }) => [position, act?.kind]);
      assert.deepEqual(acts, [
        [1, undefined],
        [3, undefined],
        [6, "erasure"],
      ]);
    };
    await check(store);
    await store.close();
    const again = await ledger.open();
    t.after(() => again.close());
    await check(again);
  });

  test("the keys of erased entries stay used, and an erasure is done once", async (t) => {
    const store = await openStore(t, makeLedger);
    const first = about("first", "ann", "bob");
    const [ann, bob] = appended(await store.append(first)).entries;
    const erasure = appended(await store.append(erasureOf("erase", "ann")));
    const entries: Entry[] = [{ ...ann!, act: null }, bob!];
    assert.deepEqual(await store.append(first), { status: "replayed", entries });
    await store.append(about("later", "ann"));
    const replayed = await store.append(erasureOf("erase", "ann"));
    assert.deepEqual(replayed, { status: "replayed", entries: erasure.entries });
    assert.deepEqual(await erasedBy(store), [3, null, null, null], "a replay erases nothing");
    const other = { ...erasureOf("erase", "bob"), bodyHash: bodyHash("other") };
    assert.deepEqual(await store.append(other), { status: "conflict" });
    assert.deepEqual(await erasedBy(store), [3, null, null, null], "nor does a conflict");
  });

  test("what receivers said about an erased person's deliveries goes, that of others stays", async (t) => {
    const store = await openStore(t, makeLedger);
    const delivery = (position: number, token: string, lastError: string): Delivery => ({
      ...{ destination: "crm", position, token, attempts: 3, state: "waiting" },
      ...{ nextAttemptAt: NOW, lastError },
    });
    for (let n = 0; n < 40; n++) {
      await store.putDelivery(delivery(n + 1, n % 4 === 0 ? "ann" : "bob", `+15551234567 ${n}`));
    }
    const before = await store.deliveries("crm", "waiting");
    await store.append(erasureOf("erase", "ann"));
    const expected = before.map((one) => (one.token === "ann" ? { ...one, lastError: "" } : one));
    assert.deepEqual(await store.deliveries("crm", "waiting"), expected);
  });
}

function scopeCases(makeLedger: MakeLedger): void {
  test("an erasure reaches what came before it, also in its own commit, and nothing later", async (t) => {
    const store = await openStore(t, makeLedger);
    await Promise.all([
      store.append(about("blocks the writer, so that the rest form a batch", "ann")),
      store.append(about("before", "ann", "bob")),
      store.append(erasureOf("erase", "ann")),
      store.append(about("after", "ann")),
    ]);
    assert.deepEqual(await erasedBy(store), [4, 4, null, null, null]);
    await store.append(erasureOf("again", "ann"));
    assert.deepEqual(await erasedBy(store), [4, 4, null, null, 6, null], "not the first erasure");
    const acts = (await store.read(0, 10)).map(({ act }) => act?.kind);
    assert.deepEqual(acts, [undefined, undefined, "opt-out", "erasure", undefined, "erasure"]);
  });

  test("erasing somebody of whom there is nothing writes the erasure and changes nothing", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(about("first", "ann"));
    await store.append(erasureOf("erase", "nobody", "nobody"));
    await store.append(erasureOf("thrice", "ann", "ann", "ann"));
    assert.deepEqual(await erasedBy(store), [3, null, null]);
  });

  test("the entry that erases is the first erasure of its append", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(about("first", "ann"));
    const erasure = erasureOf("erase", "ann");
    const drafts = [...about("more", "bob").drafts, ...erasure.drafts];
    await store.append({ ...erasure, drafts });
    assert.deepEqual(await erasedBy(store), [3, null, null]);
  });
}

function refusalCases(makeLedger: MakeLedger): void {
  test("nothing is erased without an entry that says so, nor what is nobody's", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(about("first", "ann", LEDGER_TOKEN));
    await assert.rejects(store.append({ ...about("key", "x"), erases: ["ann"] }), RangeError);
    const everything = { ...erasureOf("key", "ann"), erases: ["ann", LEDGER_TOKEN] };
    await assert.rejects(store.append(everything), RangeError);
    await assert.rejects(store.append({ ...everything, erases: ["a\0"] }), RangeError);
    assert.deepEqual(await erasedBy(store), [null, null]);
  });

  test("hand-written SQL cannot erase, nor take an erasure back", async (t) => {
    const ledger = await makeLedger(t);
    const store = await ledger.open();
    t.after(() => store.close());
    await store.append(about("first", "ann", "bob", "cy"));
    await store.append(erasureOf("erase", "ann"));
    await store.close();
    const [records, erasures] = [ledger.table("records"), ledger.table("erasures")];
    const none = ledger.bytes(new Uint8Array());
    const one = ledger.bytes(new Uint8Array(8));
    const forbidden = [
      `DELETE FROM ${records} WHERE position = 2`,
      `DELETE FROM ${records}`,
      `UPDATE ${records} SET record = ${none}, salt = ${none} WHERE position = 2`,
      `UPDATE ${records} SET record = ${one} WHERE position <= 2`,
      `UPDATE ${erasures} SET position = 2`,
      `DELETE FROM ${erasures}`,
      ledger.erase(2, 3),
      ledger.erase(2, 99),
      ledger.erase(1, 4),
    ];
    for (const statement of forbidden) {
      await assert.rejects(ledger.sql(statement), /append-only|duplicate/u, statement);
    }
    const again = await ledger.open();
    t.after(() => again.close());
    assert.deepEqual(await erasedBy(again), [4, null, null, null]);
  });
}
