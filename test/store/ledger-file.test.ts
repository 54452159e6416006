// A ledger's file, read without being changed: no server gets it meanwhile, nothing is left beside it,
// and what is asked for is exactly what another ledger does not have.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Position } from "../../src/domain/words.ts";
import { LedgerFile } from "../../src/store/sqlite/ledger-file.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { takeOverKeys } from "../../src/store/sqlite/take-over-keys.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";
import { KEYING } from "./contract-upgrade.ts";
import { requestOf } from "./drafts.ts";
import { asOfToday, makeOldFile, oldFile, writeOld } from "./first-version.ts";

const NOTHING = async () => new Uint8Array();

/** Three appends of 1, 2 and 3 entries, and the log that a crash leaves beside the file. */
async function crashedLedger(t: HasAfter) {
  const folder = temporaryFolder(t);
  const [running, file] = [join(folder, "running.db"), join(folder, "heed.db")];
  const store = await openSqliteStore({ file: running });
  for (const drafts of [1, 2, 3]) await store.append(requestOf(`key-${drafts}`, "body", drafts));
  const tree = await store.tree();
  const hashes = await store.readTile({ level: 0, index: 0, width: 6 });
  for (const suffix of ["", "-wal"]) copyFileSync(`${running}${suffix}`, `${file}${suffix}`);
  await store.close();
  return { folder, file, tree, hashes };
}

async function positionsIn(
  ledger: LedgerFile,
  others: (after: Position, upTo: Position) => Promise<Uint8Array>,
): Promise<Position[]> {
  const found: Position[] = [];
  for await (const { position } of ledger.missingIn(others)) found.push(position);
  return found;
}

test("it is read with its log, no server starts on it meanwhile, and no byte of it changes", async (t) => {
  const { folder, file, tree } = await crashedLedger(t);
  const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "hex")]);
  const ledger = LedgerFile.open(file);
  assert.equal(ledger.size, 6);
  assert.deepEqual(ledger.tree(), tree);
  await assert.rejects(openSqliteStore({ file }), { name: "StoreInUse" });
  assert.deepEqual(await positionsIn(ledger, NOTHING), [1, 2, 3, 4, 5, 6]);
  ledger.close();
  const after = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "hex")]);
  assert.deepEqual(after, before);
  // The control: a server that opens it writes the log back.
  await (await openSqliteStore({ file })).close();
  assert.ok(!readdirSync(folder).includes("heed.db-wal"));
});

test("a server that has it keeps it, and what is no database says so", async (t) => {
  const { folder, file } = await crashedLedger(t);
  const store = await openSqliteStore({ file });
  assert.throws(() => LedgerFile.open(file), { name: "StoreInUse" });
  await store.close();
  const text = join(folder, "text.db");
  writeFileSync(text, "a text of somebody else");
  assert.throws(() => LedgerFile.open(text), { name: "UnsafeStore", message: /cannot be read/ });
});

test("missing is what the other ledger has not at the same position", async (t) => {
  const { file, hashes } = await crashedLedger(t);
  const ledger = LedgerFile.open(file);
  t.after(() => ledger.close());
  assert.deepEqual(await positionsIn(ledger, async () => hashes), []);
  assert.deepEqual(await positionsIn(ledger, async () => hashes.subarray(0, 4 * 32)), [5, 6]);
  const other = Uint8Array.from(hashes);
  other[2 * 32] = (other[2 * 32] ?? 0) ^ 1;
  assert.deepEqual(await positionsIn(ledger, async () => other), [3]);
});

test("moved away while it was read, it leaves nothing where it is then", async (t) => {
  const { folder, file } = await crashedLedger(t);
  const ledger = LedgerFile.open(file);
  const moved = join(folder, "moved.db");
  for (const suffix of ["", "-wal", "-shm"]) renameSync(`${file}${suffix}`, `${moved}${suffix}`);
  writeFileSync(`${file}-wal`, "the log of the next ledger");
  ledger.close(moved);
  const left = readdirSync(folder).filter((name) => name !== "running.db");
  assert.deepEqual(left.sort(), ["heed.db-wal", "moved.db", "moved.db-wal"]);
});

test("a ledger that an older version wrote last is read as well", (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const database = new DatabaseSync(file);
  for (const step of MIGRATIONS[0]?.steps ?? []) {
    if (typeof step === "string") database.exec(step);
  }
  const entry = "INSERT INTO entries VALUES (1, x'00', zeroblob(32), 'token', 5)";
  database.exec(`${entry}; INSERT INTO records VALUES (1, x'01', x'02')`);
  database.close();
  const ledger = LedgerFile.open(file);
  t.after(() => ledger.close());
  return (async () => {
    for await (const { position, erasedBy, record } of ledger.missingIn(NOTHING)) {
      assert.deepEqual([position, erasedBy, record], [1, null, Uint8Array.of(2)]);
    }
  })();
});

test("a key that was taken over is a conflict for every body, and takes nothing from the ledger's own", async (t) => {
  const { folder, file } = await crashedLedger(t);
  const other = join(folder, "other.db");
  await (await openSqliteStore({ file: other })).close();
  const ledger = LedgerFile.open(file);
  // Positions 2 and 3 came with one key, 4 to 6 with another.
  const keys = ledger.keysOf([3, 4, 6], KEYING);
  ledger.close();
  assert.equal(keys.length, 2);
  const store = await openSqliteStore({ file: other });
  await store.append(requestOf("its own"));
  await store.append(requestOf("key-3", "body", 3));
  await store.close();
  takeOverKeys(other, keys, 1);
  const again = await openSqliteStore({ file: other });
  t.after(() => again.close());
  const statusOf = async (key: string, drafts: number) =>
    (await again.append(requestOf(key, "body", drafts))).status;
  assert.equal(await statusOf("key-2", 2), "conflict");
  assert.equal(await statusOf("key-3", 3), "replayed");
  // The control: the one that was not asked for.
  assert.equal(await statusOf("key-1", 1), "appended");
});

test("keys that are taken over from a ledger of the first version are known as those of today", async (t) => {
  const folder = temporaryFolder(t);
  const [file, other] = [join(folder, "heed.db"), join(folder, "other.db")];
  makeOldFile(file);
  const old = requestOf("old");
  await writeOld(oldFile(file), [old]);
  const ledger = LedgerFile.open(file);
  const keys = ledger.keysOf([1], KEYING);
  ledger.close();
  const store = await openSqliteStore({ file: other });
  await store.append(requestOf("its own"));
  await store.close();
  takeOverKeys(other, keys, 1);
  const again = await openSqliteStore({ file: other });
  t.after(() => again.close());
  assert.equal((await again.append(asOfToday(old, KEYING))).status, "conflict");
  // The control: that is not how it was kept.
  assert.equal((await again.append(old)).status, "appended");
});
