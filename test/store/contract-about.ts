// The part of the contract about appends that are about an entry: what was begun before an erasure
// and ends after it writes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppendRequest, Store } from "../../src/store/store.ts";
import { erasureOf } from "./contract-erasure.ts";
import { bodyHash, draftOf } from "./drafts.ts";
import { type MakeLedger, openStore } from "./ledger.ts";

function ofPerson(key: string, token: string, about?: number): AppendRequest {
  const drafts = [draftOf(key, {}, token)];
  return { key, bodyHash: bodyHash(key), drafts, ...(about === undefined ? {} : { about }) };
}

const statusOf = async (store: Store, request: AppendRequest) =>
  (await store.append(request)).status;

export function aboutCases(makeLedger: MakeLedger): void {
  test("an append about an entry is written while its record is there, and not after an erasure", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(ofPerson("ann-1", "ann"));
    await store.append(ofPerson("bob-1", "bob"));
    assert.equal(await statusOf(store, ofPerson("ann-2", "ann", 1)), "appended");
    await store.append(erasureOf("erase", "ann"));
    assert.equal(await statusOf(store, ofPerson("ann-3", "ann", 1)), "conflict");
    assert.equal(await statusOf(store, ofPerson("ann-3", "ann", 1)), "conflict", "again");
    assert.equal(await statusOf(store, ofPerson("ann-4", "ann", 99)), "conflict", "no entry");
    assert.equal(await statusOf(store, ofPerson("bob-2", "bob", 2)), "appended");
    assert.equal(await statusOf(store, ofPerson("ann-5", "ann")), "appended", "about nothing");
    assert.equal(await store.head(), 6);
  });

  test("what was written before the erasure is a replay after it, and not a conflict", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(ofPerson("ann-1", "ann"));
    await store.append(ofPerson("ann-2", "ann", 1));
    await store.append(erasureOf("erase", "ann"));
    assert.equal(await statusOf(store, ofPerson("ann-2", "ann", 1)), "replayed");
  });

  test("in one commit with an erasure, what comes before it is erased and what comes after is not written", async (t) => {
    const store = await openStore(t, makeLedger);
    await store.append(ofPerson("ann-1", "ann"));
    await store.append(ofPerson("bob-1", "bob"));
    const outcomes = await Promise.all([
      store.append(ofPerson("filler", "cy")),
      store.append(ofPerson("before", "ann", 1)),
      store.append(erasureOf("erase", "ann")),
      store.append(ofPerson("after", "ann", 1)),
      store.append(ofPerson("other", "bob", 2)),
    ]);
    const statuses = outcomes.map(({ status }) => status);
    assert.deepEqual(statuses, ["appended", "appended", "appended", "conflict", "appended"]);
    const acts = (await store.history("ann")).map(({ act }) => act?.kind ?? null);
    assert.deepEqual(acts, [null, null, "erasure"]);
  });
}
