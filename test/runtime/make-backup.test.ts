/** A backup is one moment of the ledger, signed as exactly that, or it is not one at all. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseManifest } from "../../src/app/backups.ts";
import type { ListDescription } from "../../src/app/lists.ts";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../../src/ledger/note-key.ts";
import { createBackups } from "../../src/runtime/make-backup.ts";
import { findSource } from "../../src/runtime/restore-source.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { startApp, type TestApp } from "../app/support.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { backUp, optOut, personAt, withDeathAt } from "./restoring.ts";

const onPosix = { skip: process.platform === "win32" };

function manifestOf(folder: string) {
  const manifest = parseManifest(readFileSync(join(folder, "manifest.json"), "utf8"));
  assert.ok(manifest !== null);
  return manifest;
}

function checkpointOf(folder: string) {
  const [vkey = ""] = readFileSync(join(folder, "vkeys"), "utf8").split("\n");
  const opened = openCheckpoint(readFileSync(join(folder, "checkpoint"), "utf8"), [
    parseVkey(vkey) as Verifier,
  ]);
  assert.ok(!("problem" in opened), JSON.stringify(opened));
  return opened;
}

function everyFileIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function startWith(t: Parameters<typeof startApp>[0], people: number): Promise<TestApp> {
  const app = await startApp(t);
  for (let at = 0; at < people; at += 1) await optOut(app, personAt(at));
  return app;
}

test("the manifest, the checkpoint and the copy are of one tree, while appends go on", async (t) => {
  const app = await startWith(t, 300);
  const folder = join(temporaryFolder(t), "backup");
  let isDone = false;
  const goingOn = (async () => {
    for (let at = 1000; !isDone; at += 1) await optOut(app, personAt(at));
  })();
  const report = await backUp(app, folder);
  isDone = true;
  await goingOn;
  const manifest = manifestOf(folder);
  const checkpoint = checkpointOf(folder);
  const copy = await openSqliteStore({ file: join(folder, "heed.db") });
  t.after(() => copy.close());
  const tree = await copy.tree();
  assert.ok(tree.size >= 300 && tree.size <= (await app.deps.store.head()));
  assert.equal(report.entries, tree.size);
  assert.equal(manifest.entries, tree.size);
  assert.equal(manifest.root, Buffer.from(tree.root).toString("hex"));
  assert.deepEqual([checkpoint.size, checkpoint.root], [tree.size, tree.root]);
});

test("the manifest has the hash of every other file, and there is no other", async (t) => {
  const app = await startWith(t, 3);
  const description: ListDescription = {
    ...{ name: "ours", kind: "do-not-contact" as const, asOf: app.clock.now(), maxAgeDays: null },
    ...{ countries: [], channels: [], defaultRegion: null },
  };
  await app.deps.lists.load(
    description,
    (async function* () {
      yield Buffer.from("+12125550177\n");
    })(),
  );
  const folder = join(temporaryFolder(t), "backup");
  await backUp(app, folder, true);
  const { files } = manifestOf(folder);
  const found = everyFileIn(folder).map((file) => file.slice(folder.length + 1));
  assert.deepEqual([...Object.keys(files), "manifest.json"].sort(), found.sort());
  for (const name of ["heed.db", "checkpoint", "vkeys", "lists/ours.json", "keys/pepper"]) {
    assert.ok(files[name] !== undefined, name);
  }
  for (const [name, sha256] of Object.entries(files)) {
    const hash = createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
    assert.equal(hash, sha256, name);
  }
});

test(
  "keys are only in it when they were asked for, and nobody else can read it",
  onPosix,
  async (t) => {
    const app = await startWith(t, 3);
    const above = temporaryFolder(t);
    const secrets = ["pepper", "link-key", "signing-key"].map((name) =>
      readFileSync(join(app.dataFolder, "keys", name), "utf8").trim(),
    );
    const holdsSecrets = (folder: string) =>
      everyFileIn(folder).some((file) => secrets.some((one) => readFileSync(file).includes(one)));
    await backUp(app, join(above, "without"));
    assert.equal(holdsSecrets(join(above, "without")), false);
    const report = await backUp(app, join(above, "with"), true, { HEED_LINK_KEY: "0".repeat(64) });
    assert.equal(holdsSecrets(join(above, "with")), true);
    assert.deepEqual(report.keysElsewhere, ["HEED_LINK_KEY"]);
    for (const folder of ["with", "without", "with/keys"]) {
      assert.equal(statSync(join(above, folder)).mode & 0o777, 0o700, folder);
    }
    for (const file of everyFileIn(above)) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  },
);

test("a folder that is used, a file, a place inside the data folder, no whole path: refused", async (t) => {
  const app = await startWith(t, 1);
  const above = temporaryFolder(t);
  mkdirSync(join(above, "used"));
  writeFileSync(join(above, "used", "file"), "mine");
  for (const [folder, said] of [
    [join(above, "used"), /something in .*used already/],
    [join(above, "used", "file"), /is a file/],
    [join(app.dataFolder, "backups", "one"), /inside the data folder/],
    ["backup", /whole path/],
  ] as const) {
    await assert.rejects(backUp(app, folder), { name: "Problem", message: said });
  }
  assert.deepEqual(readdirSync(above), ["used"]);
  assert.equal(readFileSync(join(above, "used", "file"), "utf8"), "mine");
  assert.ok(!existsSync(join(app.dataFolder, "backups")));
  mkdirSync(join(above, "empty"));
  await backUp(app, join(above, "empty"));
});

test("a backup that fails leaves nothing that could be taken for one", async (t) => {
  const app = await startWith(t, 3);
  const { store, guard } = app.deps;
  const folder = join(temporaryFolder(t), "backup");
  const parts = {
    ...{ dataFolder: app.dataFolder, isPostgres: false, env: {}, guard, clock: app.clock },
    ...{ vkeys: () => [], version: "test" },
  };
  const full = createBackups({
    ...parts,
    store,
    sign: () => {
      throw Object.assign(new Error("no room"), { code: "ENOSPC" });
    },
  });
  await assert.rejects(full.make({ folder, withKeys: false }), { code: "ENOSPC" });
  assert.ok(!existsSync(folder));
  const other = createBackups({
    ...parts,
    store: {
      readTile: async ({ width }) => new Uint8Array(width * 32),
      backup: (file) => store.backup(file),
    },
    sign: () => assert.fail("a copy that is not the ledger must not be signed"),
  });
  await assert.rejects(other.make({ folder, withKeys: false }), /does not hold the ledger/);
});

test("killed at any moment, what is there is refused; complete, it is taken", async (t) => {
  const app = await startWith(t, 3);
  const above = temporaryFolder(t);
  let refused = 0;
  for (let at = 1; ; at += 1) {
    const folder = join(above, String(at));
    const calls = await withDeathAt(at, () => backUp(app, folder, true));
    if (calls < at) {
      assert.equal((await findSource(folder)).kind, "backup");
      break;
    }
    // Its name is the last thing that a manifest gets: then everything is there.
    const isComplete = existsSync(join(folder, "manifest.json"));
    if (isComplete) assert.equal((await findSource(folder)).kind, "backup");
    else {
      await assert.rejects(findSource(folder), { name: "ConfigProblem" }, `killed at call ${at}`);
      refused += 1;
    }
  }
  assert.ok(refused > 10, `${refused}`);
  // The control: without the mark that it is not finished, half a backup passes for a data folder.
  const half = join(above, "half");
  mkdirSync(half);
  writeFileSync(join(half, "heed.db"), "");
  assert.equal((await findSource(half)).kind, "data folder");
});

test("only one at a time", async (t) => {
  const app = await startWith(t, 50);
  const above = temporaryFolder(t);
  const backups = createBackups({
    ...{ dataFolder: app.dataFolder, isPostgres: false, env: {}, ...app.deps, version: "test" },
    ...{ vkeys: () => [], sign: () => null },
  });
  const first = backups.make({ folder: join(above, "first"), withKeys: false });
  await assert.rejects(backups.make({ folder: join(above, "second"), withKeys: false }), {
    name: "Problem",
    message: /being made/,
  });
  await first;
  await backups.make({ folder: join(above, "second"), withKeys: false });
});

test("a ledger in PostgreSQL is left to PostgreSQL's tools", async (t) => {
  const app = await startWith(t, 0);
  const backups = createBackups({
    ...{ dataFolder: app.dataFolder, isPostgres: true, env: {}, ...app.deps, version: "test" },
    ...{ vkeys: () => [], sign: () => null },
  });
  const folder = join(temporaryFolder(t), "backup");
  await assert.rejects(backups.make({ folder, withKeys: false }), {
    name: "Problem",
    message: /pg_dump.*anchors/,
  });
  assert.ok(!existsSync(folder));
});
