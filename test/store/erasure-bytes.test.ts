// What was erased is in no byte of a SQLite ledger's files: not in the tables, not in the unused
// parts of its pages, not in the log. The controls leave one precaution out and have to find it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { diceOf } from "../../prove/dice.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { prepareAppend } from "../../src/store/prepare.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { Eraser } from "../../src/store/sqlite/eraser.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { Writer } from "../../src/store/sqlite/writer.ts";
import type { AppendRequest, Delivery, Store } from "../../src/store/store.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { erasureOf } from "./contract-erasure.ts";
import { KEYING } from "./contract-upgrade.ts";
import { bodyHash, draftOf, NOW, requestOf } from "./drafts.ts";
import { makeOldFile, oldFile, writeOld } from "./first-version.ts";

const PEOPLE = 2000;

const addressOf = (person: number) => `+1555${String(person).padStart(7, "0")}` as AddressKey;
const tokenOf = (person: number) => `token of ${person}`;

/** Most records are small, some fill pages of their own; the address is in the text as well. */
function actsOf(person: number, random: () => number): AppendRequest {
  const size = random();
  const length = random() * (size < 0.8 ? 500 : size < 0.95 ? 4000 : 30_000);
  const address = addressOf(person);
  const text = `${"x".repeat(length)} ${address} ${"y".repeat(length / 2)} ${address}`;
  const drafts = [draftOf(`m${person}`, { address, text }, tokenOf(person))];
  return { key: `key ${person}`, bodyHash: bodyHash(`${person}`), drafts };
}

function deliveryOf(person: number, position: number, random: () => number): Delivery {
  const lastError = `422 ${"e".repeat(random() * 900)} ${addressOf(person)} is unknown`;
  const start = { destination: "crm", position, token: tokenOf(person), attempts: 1 };
  return { ...start, state: "waiting", nextAttemptAt: NOW, lastError };
}

/** People in the ledger, with deliveries that come and go as if a receiver were ill at times. */
async function fill(store: Store, random: () => number, people: readonly number[]): Promise<void> {
  const changes: Promise<unknown>[] = [];
  for (const [at, person] of people.entries()) {
    changes.push(store.append(actsOf(person, random)));
    changes.push(store.putDelivery(deliveryOf(person, at + 1, random)));
    if (random() < 0.4) changes.push(store.deleteDelivery("crm", Math.ceil(random() * at)));
    if (random() < 0.1) await Promise.all(changes.splice(0));
  }
  await Promise.all(changes);
}

/** Of these people, those whose address is in some byte of the ledger's folder, by file. */
function foundIn(file: string, people: readonly number[]): ReadonlyMap<string, Set<number>> {
  const sought = new Map(people.map((person) => [String(addressOf(person)), person]));
  const found = new Map<string, Set<number>>();
  for (const name of readdirSync(dirname(file))) {
    const bytes = readFileSync(join(dirname(file), name)).toString("latin1");
    for (const [match] of bytes.matchAll(/\+1555\d{7}/gu)) {
      const person = sought.get(match);
      if (person !== undefined) found.set(name, (found.get(name) ?? new Set()).add(person));
    }
  }
  return found;
}

function everybody(): number[] {
  return Array.from({ length: PEOPLE }, (_, person) => person + 1);
}

function shuffled(people: readonly number[], random: () => number): number[] {
  return people
    .map((person) => ({ person, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ person }) => person);
}

test("of one who was erased nothing is left in any file, and of the others everything", async (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const random = diceOf(1);
  const store = await openSqliteStore({ file });
  t.after(() => store.close());
  await fill(store, random, everybody());
  assert.ok([...foundIn(file, [1234]).values()].length > 0, "the search can find somebody");
  await store.append(erasureOf("erase", tokenOf(1234)));
  assert.deepEqual(foundIn(file, [1234]), new Map(), "while the server runs");
  await store.close();
  assert.deepEqual(foundIn(file, [1234]), new Map(), "and after it has stopped");
  const others = everybody().filter((person) => person !== 1234);
  assert.equal(foundIn(file, others).get("heed.db")?.size, PEOPLE - 1);
});

test("nothing is left of many who were erased one after the other, while others came", async (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const random = diceOf(2);
  const store = await openSqliteStore({ file });
  t.after(() => store.close());
  await fill(store, random, everybody());
  const erased: number[] = [];
  for (const [n, person] of shuffled(everybody(), random).slice(0, 1200).entries()) {
    // Some go together, and the writer has other things to do meanwhile.
    erased.push(person);
    if (random() < 0.97) continue;
    const tokens = erased.map(tokenOf).slice(-100);
    await store.append(erasureOf(`erase ${n}`, ...tokens));
    await fill(store, random, [10_000 + n]);
  }
  await store.append(erasureOf("the rest", ...erased.map(tokenOf)));
  assert.deepEqual(foundIn(file, erased), new Map());
  await store.close();
  assert.deepEqual(foundIn(file, erased), new Map());
  const others = everybody().filter((person) => !erased.includes(person));
  assert.equal(foundIn(file, others).get("heed.db")?.size, others.length);
});

/** A connection as the server has it, with everybody's records and one erasure that erased nobody. */
function openFilled(t: TestContext) {
  const file = join(temporaryFolder(t), "heed.db");
  const { database } = openConnection(file);
  t.after(() => database.close());
  const writer = new Writer(database);
  const random = diceOf(3);
  const requests = everybody().map((person) => actsOf(person, random));
  for (let at = 0; at < PEOPLE; at += 17) {
    const some = requests.slice(at, at + 17);
    writer.commit(some.map((request) => ({ append: prepareAppend(request) })));
  }
  const { erases: _, ...nobody } = erasureOf("erase", "nobody");
  writer.commit([{ append: prepareAppend(nobody) }]);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const erase = (person: number) => {
    database.exec("BEGIN");
    new Eraser(database).erase([tokenOf(person)], PEOPLE + 1, PEOPLE + 1);
    database.exec("COMMIT");
  };
  const cutLog = () => database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return { file, database, erase, cutLog, random };
}

test("the byte search finds whom an erasure left in the log", (t) => {
  const { file, erase, cutLog } = openFilled(t);
  erase(1234);
  assert.deepEqual([...foundIn(file, [1234]).keys()], ["heed.db"], "the file is not written yet");
  cutLog();
  assert.deepEqual(foundIn(file, [1234]), new Map(), "the same with the log cut off");
});

test("the byte search finds whom an erasure without `secure_delete` left in the file", (t) => {
  const { file, database, erase, cutLog } = openFilled(t);
  database.exec("PRAGMA secure_delete=OFF");
  for (const person of everybody().slice(0, 50)) erase(person);
  cutLog();
  const left = foundIn(file, everybody().slice(0, 50)).get("heed.db")?.size ?? 0;
  assert.ok(left > 25, `${left} of 50`);
});

test("the byte search finds copies that SQLite makes when rows are deleted instead", (t) => {
  const { file, database, cutLog, random } = openFilled(t);
  database.exec("DROP TRIGGER records_no_delete");
  const erase = database.prepare("DELETE FROM records WHERE position = ?");
  const erased = shuffled(everybody(), random).slice(0, 1500);
  database.exec("BEGIN");
  for (const position of erased) erase.run(position);
  database.exec("COMMIT");
  cutLog();
  assert.ok((foundIn(file, erased).get("heed.db")?.size ?? 0) > 0);
});

test("what an older version deleted without care is gone once the file is upgraded", async (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode=WAL; PRAGMA secure_delete=OFF");
  database.exec("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT");
  for (const step of MIGRATIONS[0]!.steps) database.exec(step as string);
  database.exec("INSERT INTO schema_version VALUES (1)");
  const put = database.prepare("INSERT INTO deliveries VALUES ('crm', ?, 'x', 1, 'dead', 0, ?)");
  database.exec("BEGIN");
  for (const person of everybody()) put.run(person, `"${addressOf(person)} is unknown"`);
  database.exec("DELETE FROM deliveries WHERE position % 3 = 0; COMMIT");
  database.close();
  const erased = everybody().filter((person) => person % 3 === 0);
  assert.ok((foundIn(file, erased).get("heed.db")?.size ?? 0) > 100);
  const store = await openSqliteStore({ file });
  t.after(() => store.close());
  assert.deepEqual(foundIn(file, erased), new Map());
  assert.equal((await store.deliveries("crm", "dead")).length, PEOPLE - erased.length);
});

test("plain hashes of messages are gone once the file is upgraded", async (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  makeOldFile(file);
  const old = everybody().map((person) => requestOf(`key ${person}`));
  await writeOld(oldFile(file), old);
  const plain = old.flatMap(({ key, bodyHash }) => [
    createHash("sha256").update(key).digest("latin1"),
    bodyHash,
  ]);
  const left = () => {
    const names = readdirSync(dirname(file)).map((name) => join(dirname(file), name));
    const all = names.map((name) => readFileSync(name).toString("latin1")).join("");
    return plain.filter((hash) => all.includes(hash)).length;
  };
  assert.equal(left(), plain.length, "the search finds every one before");
  const store = await openSqliteStore({ file, keying: KEYING });
  t.after(() => store.close());
  assert.equal(left(), 0, "while the server runs");
  await store.close();
  assert.equal(left(), 0, "and after it has stopped");
});

test("the search finds plain hashes that a table leaves which is dropped without `secure_delete`", (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const { database } = openConnection(file);
  t.after(() => database.close());
  database.exec("CREATE TABLE plain (key BLOB PRIMARY KEY, body TEXT) STRICT, WITHOUT ROWID");
  database.exec("PRAGMA secure_delete=OFF; BEGIN");
  const add = database.prepare("INSERT INTO plain VALUES (?, ?)");
  const hashes = everybody().map((person) => bodyHash(`${person}`));
  for (const hash of hashes) add.run(Buffer.from(hash, "hex"), hash);
  database.exec("COMMIT; DROP TABLE plain; PRAGMA wal_checkpoint(TRUNCATE)");
  const all = readFileSync(file).toString("latin1");
  assert.ok(hashes.filter((hash) => all.includes(hash)).length > PEOPLE / 2);
});
