/** What a restore believes: the log's own keys and hashes, and of a damaged ledger what can be proven. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { test } from "node:test";
import { createApiKey } from "../../src/app/api-keys.ts";
import type { ListDescription } from "../../src/app/lists.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { writeServerFile } from "../../src/runtime/server-file.ts";
import { stagingFolder } from "../../src/runtime/staging.ts";
import { lockRestores } from "../../src/runtime/switch-ledger.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { startApp, type TestApp } from "../app/support.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";
import {
  backUp,
  dataFolderIn,
  optOut,
  personAt,
  replacedLedgers,
  restoreInto,
  withDeathAt,
} from "./restoring.ts";

type Test = HasAfter & Parameters<typeof startApp>[0];

async function startWith(t: Test, dataFolder: string, from: number, to: number): Promise<TestApp> {
  const app = await startApp(t, { dataFolder });
  for (let at = from; at < to; at += 1) await optOut(app, personAt(at));
  return app;
}

/** Five people before the backup, five after it. */
async function backedUp(t: Test) {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startWith(t, dataFolder, 0, 5);
  await backUp(app, join(above, "backup"));
  for (let at = 5; at < 10; at += 1) await optOut(app, personAt(at));
  await app.stop();
  return { above, dataFolder, backup: join(above, "backup") };
}

function hasOptedOut(app: TestApp, person: number): boolean {
  const standing = app.deps.live.standing(personAt(person) as AddressKey);
  return standing.some(({ kind }) => kind === "opt-out");
}

/** Changes the ledger in a backup, and its manifest so that nothing shows in the hashes of files. */
function forge(backup: string, sql: string): void {
  const file = join(backup, "heed.db");
  const database = new DatabaseSync(file);
  const triggers = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  database.exec(sql);
  for (const trigger of triggers) database.exec(String(trigger.sql));
  database.close();
  const manifestFile = join(backup, "manifest.json");
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
  manifest.files["heed.db"] = createHash("sha256").update(readFileSync(file)).digest("hex");
  writeFileSync(manifestFile, JSON.stringify(manifest));
}

test("whoever changes a backup and its manifest is found out by the ledger's own hashes", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const cases: [string, string, RegExp][] = [
    [
      "record",
      "UPDATE records SET record = CAST(replace(CAST(record AS TEXT), 'person-2', 'person-x') AS BLOB) WHERE position = 3",
      /Entry 3: /,
    ],
    [
      "token",
      "UPDATE entries SET token = (SELECT token FROM entries WHERE position = 1) WHERE position = 4",
      /Entry 4: .*token/,
    ],
    ["leaf", "UPDATE entries SET leaf_hash = zeroblob(32) WHERE position = 2", /Entry 2: /],
    [
      "head",
      "UPDATE head SET frontier = CAST(substr(frontier, 1, 8) || zeroblob(length(frontier) - 8) AS BLOB)",
      /./,
    ],
  ];
  for (const [name, sql, said] of cases) {
    const folder = join(above, name);
    cpSync(backup, folder, { recursive: true });
    forge(folder, sql);
    await assert.rejects(restoreInto(dataFolder, folder), { name: "ConfigProblem", message: said });
    assert.ok(!existsSync(stagingFolder(dataFolder)));
  }
  // The control: the same hand that changes nothing.
  const same = join(above, "same");
  cpSync(backup, same, { recursive: true });
  forge(same, "SELECT 1");
  await restoreInto(dataFolder, same);
});

test("a checkpoint of another tree, or of a key that is not this log's, proves nothing", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const other = dataFolderIn(join(above, "other"));
  const stranger = await startWith(t, other, 0, 5);
  await backUp(stranger, join(above, "foreign"));
  const withCheckpointOf = (name: string, from: string): string => {
    const folder = join(above, name);
    cpSync(backup, folder, { recursive: true });
    const note = readFileSync(join(from, "checkpoint"));
    writeFileSync(join(folder, "checkpoint"), note);
    const manifestFile = join(folder, "manifest.json");
    const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
    manifest.files.checkpoint = createHash("sha256").update(note).digest("hex");
    writeFileSync(manifestFile, JSON.stringify(manifest));
    return folder;
  };
  const again = await startApp(t, { dataFolder });
  await backUp(again, join(above, "newer"));
  await again.stop();
  await assert.rejects(restoreInto(dataFolder, withCheckpointOf("a", join(above, "newer"))), {
    name: "ConfigProblem",
    message: /not the one that its checkpoint was signed for/,
  });
  await assert.rejects(restoreInto(dataFolder, withCheckpointOf("b", join(above, "foreign"))), {
    name: "ConfigProblem",
    message: /was not signed by a key of this installation/,
  });
  await restoreInto(dataFolder, withCheckpointOf("c", backup));
});

test("a ledger of other keys is refused, and so is one when there are no keys", async (t) => {
  const { above, backup } = await backedUp(t);
  const other = dataFolderIn(join(above, "other"));
  const stranger = await startWith(t, other, 0, 1);
  await stranger.stop();
  const message = /begun with other keys/;
  await assert.rejects(restoreInto(other, backup), { name: "ConfigProblem", message });
  const fresh = dataFolderIn(join(above, "fresh"));
  await assert.rejects(restoreInto(fresh, backup), {
    name: "ConfigProblem",
    message: /keys does not have the keys of this installation, and the copy has none/,
  });
  // Half of them: nothing is made up for the rest.
  cpSync(join(other, "keys", "link-key"), join(fresh, "keys", "link-key"));
  const half = { name: "ConfigProblem", message: /does not have the keys of this installation\./ };
  await assert.rejects(restoreInto(fresh, backup), half);
  assert.deepEqual(readdirSync(join(fresh, "keys")), ["link-key"]);
  assert.ok(!existsSync(join(fresh, "heed.db")));
  assert.ok(!existsSync(join(fresh, "anchored")), "an empty folder must not start locked");
});

test("a backup with its keys opens on a new machine, locked because its anchor is not there", async (t) => {
  const above = temporaryFolder(t);
  const app = await startWith(t, dataFolderIn(above), 0, 5);
  const backup = join(above, "backup");
  await backUp(app, backup, true);
  await app.stop();
  const fresh = dataFolderIn(join(above, "fresh"));
  const report = await restoreInto(fresh, backup);
  assert.equal(report.lock?.kind, "anchor-missing");
  assert.deepEqual([report.carried, report.replacedIn], [null, null]);
  const again = await startApp(t, { dataFolder: fresh });
  assert.equal(again.deps.guard.lock?.kind, "anchor-missing");
  assert.equal(again.deps.notary.origin, app.deps.notary.origin);
  assert.ok(hasOptedOut(again, 3));
});

test("of a damaged ledger that is replaced, every opt-out that can be read is carried over", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  const file = join(dataFolder, "heed.db");
  // Nothing that a server would start on: the head lies, and one record is not what was written.
  const database = new DatabaseSync(file);
  for (const trigger of ["head_with_its_tree", "head_only_forward", "records_no_update"]) {
    database.exec(`DROP TRIGGER ${trigger}`);
  }
  database.exec("UPDATE head SET frontier = x'00', position = 3");
  database.exec("UPDATE records SET record = CAST('{}' AS BLOB) WHERE position = 8");
  database.close();
  const report = await restoreInto(dataFolder, backup);
  assert.deepEqual([report.carried?.optOuts, report.carried?.damaged], [4, 1]);
  const app = await startApp(t, { dataFolder });
  assert.deepEqual(
    [4, 5, 6, 7, 8, 9].map((person) => hasOptedOut(app, person)),
    [true, true, true, false, true, true],
  );
});

test("a page of zeros in the middle of it costs what is on that page, and no more", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startWith(t, dataFolder, 0, 2);
  await backUp(app, join(above, "backup"));
  for (let at = 2; at < 80; at += 1) await optOut(app, personAt(at));
  await app.stop();
  const file = join(dataFolder, "heed.db");
  const bytes = readFileSync(file);
  const page = pageWith(bytes, personAt(40));
  bytes.fill(0, page * 4096, (page + 1) * 4096);
  writeFileSync(file, bytes);
  const { carried } = await restoreInto(dataFolder, join(above, "backup"));
  const { optOuts = 0, damaged = 0, unreadable = 0 } = carried ?? {};
  assert.equal(optOuts + damaged + unreadable, 78);
  assert.ok(optOuts > 40 && damaged + unreadable > 0, JSON.stringify(carried));
});

function pageWith(bytes: Buffer, text: string): number {
  return Math.floor(bytes.indexOf(text) / 4096);
}

test("a ledger that is no database any more is kept, and it is told that nothing came of it", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  writeFileSync(join(dataFolder, "heed.db"), "a text of somebody else");
  const report = await restoreInto(dataFolder, backup);
  assert.match(report.notCarried ?? "", /cannot be read/);
  const kept = readFileSync(join(report.replacedIn ?? "", "heed.db"), "utf8");
  assert.equal(kept, "a text of somebody else");
  const app = await startApp(t, { dataFolder });
  assert.ok(hasOptedOut(app, 2) && !hasOptedOut(app, 7));
});

test("nothing is restored while a server, a command or another restore has the folder", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const running = await startApp(t, { dataFolder });
  const inUse = { name: "ConfigProblem", message: /in use\. Stop the server/ };
  await assert.rejects(restoreInto(dataFolder, backup), inUse);
  const other = dataFolderIn(join(above, "other"));
  cpSync(join(dataFolder, "keys"), join(other, "keys"), { recursive: true });
  await assert.rejects(restoreInto(other, dataFolder), {
    name: "ConfigProblem",
    message: /in use by a running Heed; stop it, or take a backup/,
  });
  await running.stop();
  await writeServerFile(dataFolder, { url: "http://127.0.0.1", pid: process.pid, key: "" });
  await assert.rejects(restoreInto(dataFolder, backup), { message: /a server runs on/ });
  rmSync(join(dataFolder, "server.json"));
  const lock = lockRestores(dataFolder);
  await assert.rejects(restoreInto(dataFolder, backup), { name: "StoreInUse" });
  lock.unlock();
  await restoreInto(dataFolder, backup);
});

test("killed at any moment, the next start has every opt-out, and the restore can be repeated", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const restoredUntil = async (at: number) => {
    const folder = dataFolderIn(join(above, `run-${at}`));
    cpSync(dataFolder, folder, { recursive: true });
    cpSync(`${dataFolder}.anchor`, `${folder}.anchor`);
    return { folder, calls: await withDeathAt(at, () => restoreInto(folder, backup)) };
  };
  const { calls } = await restoredUntil(Number.POSITIVE_INFINITY);
  let switched = 0;
  // The last calls switch; before them, nothing but a folder beside the ledger changes.
  for (let at = 1; at <= calls; at += at < calls - 30 ? 5 : 1) {
    const { folder } = await restoredUntil(at);
    const wasBegun = existsSync(join(stagingFolder(folder), "switch.json"));
    // What a start does first. Some of them really are.
    if (at % 10 === 1 || wasBegun) await (await startApp(t, { dataFolder: folder })).stop();
    const isNew = await hasEverybody(folder, `killed at call ${at}`);
    if (isNew) switched += 1;
    assert.equal(replacedLedgers(folder).length, isNew ? 1 : 0, `killed at call ${at}`);
    if (at % 10 === 1) await restoreInto(folder, backup);
    rmSync(join(above, `run-${at}`), { recursive: true });
  }
  assert.ok(switched > 5 && switched < 30, `${switched} of ${calls} calls after it had begun`);
});

/** Whether it is the restored ledger. */
async function hasEverybody(dataFolder: string, when: string): Promise<boolean> {
  const store = await openSqliteStore({ file: join(dataFolder, "heed.db") });
  try {
    const acts = (await store.read(0, 100)).map(({ act }) => act);
    for (let person = 0; person < 10; person += 1) {
      const isThere = acts.some(
        (act) => act?.kind === "opt-out" && act.address === personAt(person),
      );
      assert.ok(isThere, `${personAt(person)} is lost, ${when}`);
    }
    return acts.at(-1)?.kind === "restore";
  } finally {
    await store.close();
  }
}

test("the data folder of a crashed server is taken with its log, and a torn copy of one is not", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startWith(t, dataFolder, 0, 50);
  const crashed = join(above, "crashed");
  cpSync(dataFolder, crashed, { recursive: true });
  const torn = join(above, "torn");
  cpSync(dataFolder, torn, { recursive: true });
  await app.stop();
  assert.ok(readdirSync(crashed).includes("heed.db-wal"));
  assert.equal((await restoreInto(dataFolder, crashed)).entries, 50);
  // Its log was not copied, so nothing of what is in there was.
  rmSync(join(torn, "heed.db-wal"));
  const before = readFileSync(join(dataFolder, "heed.db"));
  const report = await restoreInto(dataFolder, torn).catch((error: Error) => error);
  if (report instanceof Error) {
    assert.ok(readFileSync(join(dataFolder, "heed.db")).equals(before));
  } else {
    assert.equal(report.lock?.kind, "behind");
    assert.equal(report.carried?.optOuts, 50 - report.entries);
  }
});

test("a list that is missing comes back, and one that is there is no older than before", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startWith(t, dataFolder, 0, 1);
  await loadList(app, "ours", ["+12125550171"]);
  await loadList(app, "theirs", ["+12125550173"]);
  await backUp(app, join(above, "backup"));
  await loadList(app, "ours", ["+12125550171", "+12125550172"]);
  await app.stop();
  rmSync(join(dataFolder, "lists", "theirs.json"));
  await restoreInto(dataFolder, join(above, "backup"));
  const again = await startApp(t, { dataFolder });
  const sizes = again.deps.lists.all.map(({ name, size }) => [name, size]);
  assert.deepEqual(sizes.toSorted(), [
    ["ours", 2],
    ["theirs", 1],
  ]);
});

async function loadList(app: TestApp, name: string, addresses: readonly string[]): Promise<void> {
  const asOf = app.clock.now();
  const description: ListDescription = {
    ...{ name, kind: "do-not-contact" as const, asOf, maxAgeDays: null },
    ...{ countries: [], channels: [], defaultRegion: null },
  };
  const text = addresses.map((address) => Buffer.from(`${address}\n`));
  await app.deps.lists.load(description, Readable.from(text));
}

test("an API key that was ended since the backup stays ended; a new one is not lost sight of", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  const ended = await createApiKey(app.deps, { name: "ended", scopes: ["check"] });
  const kept = await createApiKey(app.deps, { name: "kept", scopes: ["check"] });
  await optOut(app, personAt(1));
  await backUp(app, join(above, "backup"));
  await app.deps.settings.remove("key", ended.id);
  await app.stop();
  const report = await restoreInto(dataFolder, join(above, "backup"));
  assert.equal(report.revokedKeys, 1);
  const again = await startApp(t, { dataFolder });
  assert.deepEqual([...again.deps.settings.keys.keys()], [kept.id]);
});

test("a ledger in PostgreSQL is left to PostgreSQL's tools", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "backup"));
  const env = { DATABASE_URL: "postgres://127.0.0.1/heed" };
  await assert.rejects(restoreInto(dataFolderIn(folder), join(folder, "backup"), env), {
    name: "ConfigProblem",
    message: /pg_restore.*anchors/,
  });
});
