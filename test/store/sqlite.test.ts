// SQLite under the store contract, and what only it can get wrong: files, locks, settings, disks.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, type TestContext, test } from "node:test";
import { assertSafeVersion, assertSettings } from "../../src/store/sqlite/connection.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { Child, killChildren } from "./child-process.ts";
import { storeContract } from "./contract.ts";
import { requestOf } from "./drafts.ts";
import { makeOldFile } from "./first-version.ts";
import type { Ledger } from "./ledger.ts";

function sqlOn(file: string, statement: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(statement).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

after(killChildren);

storeContract("SQLite", async (t: TestContext): Promise<Ledger> => {
  const file = join(temporaryFolder(t), "heed.db");
  return {
    open: (limits = {}, keying) =>
      openSqliteStore({ file, limits, ...(keying === undefined ? {} : { keying }) }),
    sql: async (statement) => sqlOn(file, statement),
    dropTriggers: async (table) => {
      const sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?";
      const database = new DatabaseSync(file);
      for (const { name } of database.prepare(sql).all(table))
        database.exec(`DROP TRIGGER ${name}`);
      database.close();
    },
    makeFirstVersion: async () => makeOldFile(file),
    table: (name) => name,
    erase: (position, erasedBy) =>
      `INSERT INTO erasures VALUES (${position}, ${erasedBy}, zeroblob(8))`,
    bytes: (value) => `x'${Buffer.from(value).toString("hex")}'`,
  };
});

function fileIn(t: TestContext): string {
  return join(temporaryFolder(t), "heed.db");
}

function childOn(file: string, command: readonly string[] = []): Child {
  const plan = { kind: "sqlite", target: file, name: "k", listAfter: null, retry: [] } as const;
  return Child.append({ ...plan, writers: 4 }, command);
}

test("a second process on the same file is refused, and let in once the first was killed", async (t) => {
  const file = fileIn(t);
  const first = childOn(file);
  await first.said("ack");
  const second = childOn(file);
  await second.ended();
  const refusal = second.linesOf("refused")[0]?.join(" ") ?? "";
  assert.match(refusal, /StoreInUse/u);
  assert.ok(refusal.includes(`\`${file}\``), refusal);
  assert.match(refusal, /Stop that one first/u);
  await first.kill();
  const store = await openSqliteStore({ file });
  assert.ok((await store.head()) >= first.linesOf("ack").length);
  await store.close();
});

test("of several that open a new file at once exactly one gets it", async (t) => {
  const file = fileIn(t);
  const opened = await Promise.allSettled(
    Array.from({ length: 4 }, () => openSqliteStore({ file })),
  );
  for (const one of opened) {
    if (one.status === "rejected") assert.equal(one.reason.name, "StoreInUse");
    else t.after(() => one.value.close());
  }
  assert.equal(opened.filter(({ status }) => status === "fulfilled").length, 1);
  assert.throws(() => sqlOn(file, "SELECT * FROM entries"), /locked/u);
});

test("a program that has the file open keeps Heed out of it", async (t) => {
  const file = fileIn(t);
  await (await openSqliteStore({ file })).close();
  const other = new DatabaseSync(file);
  other.exec("BEGIN; SELECT * FROM entries");
  await assert.rejects(openSqliteStore({ file }), { name: "StoreInUse" });
  other.close();
  await (await openSqliteStore({ file })).close();
});

test("a file that is foreign, damaged or from a newer version is refused in words", async (t) => {
  const folder = temporaryFolder(t);
  const refused = async (name: string, message: RegExp) => {
    const before = readFileSync(join(folder, name));
    await assert.rejects(openSqliteStore({ file: join(folder, name) }), (error: Error) => {
      assert.match(error.message, message);
      return error.name === "UnsafeStore";
    });
    if (name !== "newer.db") assert.deepEqual(readFileSync(join(folder, name)), before);
  };
  writeFileSync(join(folder, "text.db"), "This is no database. ".repeat(1000));
  await refused("text.db", /no SQLite database/u);

  const foreign = new DatabaseSync(join(folder, "foreign.db"));
  foreign.exec("PRAGMA journal_mode=WAL; CREATE TABLE photos (id)");
  foreign.close();
  await refused("foreign.db", /another program/u);

  const newer = join(folder, "newer.db");
  await (await openSqliteStore({ file: newer })).close();
  const database = new DatabaseSync(newer);
  database.exec("INSERT INTO schema_version VALUES (99)");
  database.close();
  await refused("newer.db", /newer Heed \(schema 99/u);

  const damaged = join(folder, "damaged.db");
  const store = await openSqliteStore({ file: damaged });
  for (let n = 0; n < 20; n++) await store.append(requestOf(`k${n}`, "body", 20));
  await store.close();
  const bytes = readFileSync(damaged);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 8192);
  writeFileSync(damaged, bytes);
  await refused("damaged.db", /damaged/u);
});

test("nobody but its owner can read a new ledger, also in a folder that everybody can", {
  skip: process.platform === "win32" ? "Windows has no such modes" : false,
}, async (t) => {
  const file = fileIn(t);
  chmodSync(dirname(file), 0o755);
  const store = await openSqliteStore({ file });
  await store.append(requestOf("k"));
  for (const name of readdirSync(dirname(file))) {
    assert.equal(statSync(join(dirname(file), name)).mode & 0o077, 0, name);
  }
  await store.close();
});

test("a folder that does not exist is named", async (t) => {
  const file = join(temporaryFolder(t), "missing", "heed.db");
  await assert.rejects(openSqliteStore({ file }), /There is no folder `.*missing`/u);
});

test("settings that would lose acknowledged acts are not accepted", () => {
  for (const version of ["3.51.3", "3.51.10", "3.53.4", "3.50.7", "3.44.6", "4.0.0"]) {
    assertSafeVersion(version);
  }
  for (const version of ["3.51.2", "3.50.6", "3.49.9", "3.44.5", "3.40.1", "3.7.0"]) {
    assert.throws(() => assertSafeVersion(version), { name: "UnsafeStore" }, version);
  }
  const inMemory = new DatabaseSync(":memory:");
  assert.throws(() => assertSettings(inMemory), { name: "UnsafeStore" });
  inMemory.close();
});

test("each setting is read back: one that is off is refused", async (t) => {
  const file = fileIn(t);
  const database = new DatabaseSync(file);
  const good = [
    "locking_mode=EXCLUSIVE",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    "foreign_keys=ON",
    "secure_delete=ON",
    "fullfsync=ON",
    "checkpoint_fullfsync=ON",
    "journal_mode=WAL",
    "wal_autocheckpoint=0",
    "synchronous=FULL",
  ];
  for (const setting of good) database.exec(`PRAGMA ${setting}`);
  assertSettings(database);
  const bad: [string, string][] = [
    ["synchronous=NORMAL", "synchronous=FULL"],
    ["synchronous=OFF", "synchronous=FULL"],
    ["trusted_schema=ON", "trusted_schema=OFF"],
    ["cell_size_check=OFF", "cell_size_check=ON"],
    ["mmap_size=1000000", "mmap_size=0"],
    ["foreign_keys=OFF", "foreign_keys=ON"],
    ["locking_mode=NORMAL", "locking_mode=EXCLUSIVE"],
    ["secure_delete=FAST", "secure_delete=ON"],
    ["wal_autocheckpoint=1000", "wal_autocheckpoint=0"],
  ];
  for (const [wrong, right] of bad) {
    database.exec(`PRAGMA ${wrong}`);
    assert.throws(() => assertSettings(database), { name: "UnsafeStore" }, wrong);
    database.exec(`PRAGMA ${right}`);
  }
  database.close();
});

test("no form of REPLACE can change the ledger either", async (t) => {
  const file = fileIn(t);
  const store = await openSqliteStore({ file });
  await store.append(requestOf("key", "body", 3));
  await store.close();
  const forbidden = [
    "INSERT OR REPLACE INTO entries SELECT 3, leaf, leaf_hash, 'x', 0 FROM entries LIMIT 1",
    "REPLACE INTO records SELECT position, salt, salt FROM records",
    "INSERT OR REPLACE INTO idempotency SELECT key, 'x', 1, 1, sum FROM idempotency",
    "UPDATE OR REPLACE entries SET position = 2 WHERE position = 1",
    "INSERT OR REPLACE INTO head VALUES (1, 0, x'')",
    `INSERT INTO records VALUES (1, x'', x'')
     ON CONFLICT (position) DO UPDATE SET salt = excluded.salt`,
  ];
  for (const statement of forbidden) {
    assert.throws(() => sqlOn(file, statement), /append-only|head/u, statement);
  }
});

test("a backup is the ledger as of one moment, while appends go on", async (t) => {
  const folder = temporaryFolder(t);
  const [file, copy] = [join(folder, "heed.db"), join(folder, "copy.db")];
  const store = await openSqliteStore({ file });
  t.after(() => store.close());
  await store.append(requestOf("first", "body", 5000));
  await store.putSetting("sender", "acme", 1, 1);
  const trees = new Map([[5000, (await store.tree()).root]]);
  let isCopied = false;
  const write = async (writer: number) => {
    for (let n = 0; !isCopied; n++) {
      const outcome = await store.append(requestOf(`${writer}/${n}`, "body", 3));
      if (outcome.status !== "appended") throw new Error(outcome.status);
      trees.set(outcome.commit.tree.size, outcome.commit.tree.root);
    }
  };
  const copying = store.backup(copy).finally(() => {
    isCopied = true;
  });
  await Promise.all([copying, write(1), write(2), write(3)]);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ["copy.db", "heed.db", "heed.db-wal"]);
  const copied = await openSqliteStore({ file: copy });
  t.after(() => copied.close());
  const tree = await copied.tree();
  assert.ok(tree.size >= 5000);
  assert.deepEqual(tree.root, trees.get(tree.size), "that of one commit");
  assert.deepEqual(await copied.read(0, 1e6), await store.read(0, tree.size));
  assert.equal((await copied.setting("sender", "acme"))?.value, 1);
});

test("a backup takes no file's place, and one that fails leaves none", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "heed.db");
  const store = await openSqliteStore({ file });
  t.after(() => store.close());
  await store.append(requestOf("key"));
  writeFileSync(join(folder, "taken"), "kept");
  await assert.rejects(store.backup(join(folder, "taken")), /exists\. Choose a new file/u);
  await assert.rejects(store.backup(file), /exists/u);
  await assert.rejects(store.backup(join(folder, "none", "copy.db")), /none/u);
  assert.equal(readFileSync(join(folder, "taken"), "utf8"), "kept");
  const closing = [store.backup(join(folder, "last.db")), store.close()];
  await Promise.all(closing);
  const last = await openSqliteStore({ file: join(folder, "last.db") });
  assert.equal(await last.head(), 1);
  await last.close();
  await assert.rejects(store.backup(join(folder, "late.db")), /closed/u);
});

/** The child's disk fails at some point; what it acknowledged before has to be there. */
async function checkFailingDisk(file: string, child: Child): Promise<void> {
  await child.said("later");
  child.process.stdin?.end();
  await child.ended();
  const failures = child.linesOf("failed").map(([, name]) => name);
  assert.deepEqual(failures, Array(4).fill("BrokenStore"));
  assert.deepEqual(child.linesOf("later"), [["later", "BrokenStore"]]);
  assert.equal(child.linesOf("told").length, 1, "onBroken is called once");
  const acks = child.linesOf("ack");
  assert.ok(acks.length > 0);
  const store = await openSqliteStore({ file });
  const entries = await store.read(0, 1_000_000);
  const found = new Map(entries.map(({ act, position }) => [act?.messageId, position]));
  for (const [, key, position] of acks) assert.equal(found.get(`${key}/0`), Number(position));
  await store.close();
}

const noShell = process.platform === "win32" ? "no `ulimit` on Windows" : false;
test("a disk that takes no more breaks the store, and no acknowledged act is lost", {
  skip: noShell,
}, async (t) => {
  const file = fileIn(t);
  // A limit on the size of a file fails a write in the middle, as a full disk does. 200 blocks.
  const limited = ["/bin/sh", "-c", 'ulimit -f 400; exec "$@"', "sh"];
  await checkFailingDisk(file, childOn(file, limited));
});

const traced = spawnSync("strace", ["-f", "-e", "trace=none", "true"]);
const noStrace = traced.status === 0 ? false : "no working `strace` on this machine";
test("a sync that fails breaks the store, and no acknowledged act is lost", {
  skip: noStrace,
}, async (t) => {
  for (const nth of [15, 16, 23]) {
    const file = join(temporaryFolder(t), "heed.db");
    const inject = `inject=fsync,fdatasync:error=EIO:when=${nth}+`;
    const options = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject];
    await checkFailingDisk(file, childOn(file, ["strace", ...options]));
  }
});

test("one sync that fails while the log is written back breaks the store", {
  skip: noStrace,
}, async (t) => {
  const file = fileIn(t);
  // Of the file itself: the first sync makes it, the second ends the first write-back. SQLite takes
  // no notice of an error in one that it began itself, and the next sync would succeed on nothing.
  const inject = "inject=fsync,fdatasync:error=EIO:when=2";
  const options = ["-f", "-qq", "-o", "/dev/null", "-P", file, "-e", "trace=fsync,fdatasync"];
  await checkFailingDisk(file, childOn(file, ["strace", ...options, "-e", inject]));
});
