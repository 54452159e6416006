/** A restored ledger takes the place of the present one whole, whenever the process is killed. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { stagingFolder } from "../../src/runtime/staging.ts";
import { finishSwitch, lockRestores, switchLedger } from "../../src/runtime/switch-ledger.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { replacedLedgers, slowAt, withDeathAt } from "./restoring.ts";

const NOW = Date.UTC(2026, 10, 21, 20, 40);

type HasAfter = Parameters<typeof temporaryFolder>[0];

/** A data folder with an old ledger, its log and its snapshot, and a new one that is complete. */
function dataFolderOf(t: HasAfter): string {
  const folder = path.join(temporaryFolder(t), "data");
  for (const name of ["snapshots", "lists", "keys", "restoring/lists", "restoring/keys"]) {
    mkdirSync(path.join(folder, name), { recursive: true });
  }
  const files = {
    ...{ "heed.db": "old", "heed.db-wal": "old log", "snapshots/standings.snapshot": "old" },
    ...{ "lists/dnc.json": "newer", "keys/pepper": "present", "restoring/heed.db": "new" },
    ...{ "restoring/lists/dnc.json": "older", "restoring/lists/fr.json": "older" },
    "restoring/keys/pepper": "present",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

function textOf(folder: string, name: string): string | null {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

function whatIsIn(folder: string) {
  const [replaced] = replacedLedgers(folder);
  const aside = path.join(folder, replaced ?? "nothing");
  return {
    ledger: textOf(folder, "heed.db"),
    log: textOf(folder, "heed.db-wal"),
    replaced: textOf(aside, "heed.db"),
    replacedLog: textOf(aside, "heed.db-wal"),
  };
}

const OLD = { ledger: "old", log: "old log", replaced: null, replacedLog: null };
const NEW = { ledger: "new", log: null, replaced: "old", replacedLog: "old log" };

async function switchCarefully(folder: string): Promise<void> {
  const lock = lockRestores(folder);
  try {
    await switchLedger(folder, NOW);
  } finally {
    lock.unlock();
  }
}

/** The control: what a script with a few renames would do. */
async function switchCarelessly(folder: string): Promise<void> {
  await mkdir(path.join(folder, "replaced-by-hand"));
  for (const name of ["heed.db-wal", "heed.db"]) {
    await rename(path.join(folder, name), path.join(folder, "replaced-by-hand", name));
  }
  await rename(path.join(stagingFolder(folder), "heed.db"), path.join(folder, "heed.db"));
}

/** What the next start finds, for a kill in front of every call in turn. */
async function afterEveryKill(t: HasAfter, work: (folder: string) => Promise<unknown>) {
  const found: ReturnType<typeof whatIsIn>[] = [];
  for (let killAt = 1; ; killAt += 1) {
    const folder = dataFolderOf(t);
    const calls = await withDeathAt(killAt, () => work(folder));
    await finishSwitch(folder);
    found.push(whatIsIn(folder));
    if (calls < killAt) return found;
  }
}

test("killed at any call, the next start has the old ledger or the new one, and loses neither", async (t) => {
  const found = await afterEveryKill(t, switchCarefully);
  assert.ok(found.length > 10, `${found.length} calls`);
  const states = found.map((one) => JSON.stringify(one));
  assert.deepEqual([...new Set(states)], [JSON.stringify(OLD), JSON.stringify(NEW)]);
  // The control: two renames without a word of what they are for leave neither, or half of one.
  const careless = (await afterEveryKill(t, switchCarelessly)).map((one) => JSON.stringify(one));
  const broken = careless.filter(
    (one) => one !== JSON.stringify(OLD) && one !== JSON.stringify(NEW),
  );
  assert.ok(broken.length > 0);
});

test("a start that is killed while it finishes a switch leaves it to the next one", async (t) => {
  const found = await afterEveryKill(t, async (folder) => {
    writeFileSync(path.join(folder, "restoring", "switch.json"), '{"aside":"replaced-then"}');
    await finishSwitch(folder);
  });
  assert.ok(found.length > 5, `${found.length} calls`);
  for (const one of found) assert.deepEqual(one, NEW);
});

test("lists and keys are added where they are missing, and never replaced", async (t) => {
  const folder = dataFolderOf(t);
  await switchLedger(folder, NOW);
  assert.equal(textOf(folder, "lists/dnc.json"), "newer");
  assert.equal(textOf(folder, "lists/fr.json"), "older");
  assert.equal(textOf(folder, "keys/pepper"), "present");
  assert.deepEqual(replacedLedgers(folder), ["replaced-2026-11-21T20-40-00-000Z"]);
  assert.ok(!existsSync(path.join(folder, "restoring")));
  const replaced = path.join(folder, "replaced-2026-11-21T20-40-00-000Z");
  assert.equal(textOf(replaced, "snapshots/standings.snapshot"), "old");
});

test("a folder without a ledger gets one, and nothing is set aside", async (t) => {
  const folder = path.join(temporaryFolder(t), "data");
  mkdirSync(path.join(folder, "restoring"), { recursive: true });
  writeFileSync(path.join(folder, "restoring", "heed.db"), "new");
  assert.equal(await switchLedger(folder, NOW), null);
  assert.equal(textOf(folder, "heed.db"), "new");
  assert.deepEqual(replacedLedgers(folder), []);
});

test("two restores of one moment set their ledgers aside under two names", async (t) => {
  const folder = dataFolderOf(t);
  await switchLedger(folder, NOW);
  mkdirSync(path.join(folder, "restoring"));
  writeFileSync(path.join(folder, "restoring", "heed.db"), "newest");
  await switchLedger(folder, NOW);
  assert.equal(replacedLedgers(folder).length, 2);
  assert.equal(textOf(folder, "heed.db"), "newest");
});

test("a log that appears in the middle of a switch is not played into the new ledger", async (t) => {
  const folder = dataFolderOf(t);
  await slowAt(
    { name: "rename", path: /replaced-.*heed\.db$/ },
    async () => writeFileSync(path.join(folder, "heed.db-wal"), "of nobody"),
    () => switchCarefully(folder),
  );
  assert.deepEqual(whatIsIn(folder), NEW);
});

test("what appears where a killed switch left off replaces nothing that was set aside", async (t) => {
  const folder = dataFolderOf(t);
  writeFileSync(path.join(folder, "restoring", "switch.json"), '{"aside":"replaced-then"}');
  mkdirSync(path.join(folder, "replaced-then"));
  // A crash when the old one was moved away, and then a program that knows nothing of switches.
  for (const name of ["heed.db-wal", "heed.db"]) {
    await rename(path.join(folder, name), path.join(folder, "replaced-then", name));
  }
  for (const name of ["heed.db-wal", "heed.db"]) writeFileSync(path.join(folder, name), "other");
  await finishSwitch(folder);
  assert.deepEqual(whatIsIn(folder), NEW);
  assert.equal(textOf(folder, "replaced-then-2/heed.db"), "other");
  assert.equal(textOf(folder, "replaced-then-2/heed.db-wal"), "other");
});

test("only one process restores at a time", (t) => {
  const folder = temporaryFolder(t);
  const first = lockRestores(folder);
  const underWay = { name: "StoreInUse", message: /a restore is under way/ };
  assert.throws(() => lockRestores(folder), underWay);
  first.unlock();
  lockRestores(folder).unlock();
});
