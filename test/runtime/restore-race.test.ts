/** A restore and a start of one data folder, at the same moment: one of them waits its turn. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { AddressKey } from "../../src/domain/words.ts";
import { readConfig } from "../../src/runtime/config.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import { stagingFolder } from "../../src/runtime/staging.ts";
import { seededBytes, startApp, type TestApp } from "../app/support.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";
import {
  backUp,
  dataFolderIn,
  optOut,
  personAt,
  replacedLedgers,
  restoreInto,
  slowAt,
} from "./restoring.ts";

type Test = HasAfter & Parameters<typeof startApp>[0];

const UNDER_WAY = { name: "StoreInUse", message: /a restore is under way in .* or another Heed/ };

async function backedUp(t: Test) {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  for (let at = 0; at < 3; at += 1) await optOut(app, personAt(at));
  await backUp(app, join(above, "backup"));
  await optOut(app, personAt(3));
  await app.stop();
  return { above, dataFolder, backup: join(above, "backup") };
}

function hasOptedOut(app: TestApp, person: number): boolean {
  const standing = app.deps.live.standing(personAt(person) as AddressKey);
  return standing.some(({ kind }) => kind === "opt-out");
}

/** What the next start knows. */
async function optedOut(t: Test, dataFolder: string): Promise<readonly boolean[]> {
  const app = await startApp(t, { dataFolder });
  const found = Array.from({ length: 5 }, (_, at) => hasOptedOut(app, at));
  await app.stop();
  return found;
}

test("no restore begins between a start's look for one and its hold on the ledger", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  // The keys are read in between. Without the lock, the restore would move the ledger away here,
  // and the server would begin another one where the restored one is put.
  const app = await slowAt(
    { name: "readFile", path: /keys.pepper$/ },
    () => assert.rejects(restoreInto(dataFolder, backup), UNDER_WAY),
    () => startApp(t, { dataFolder }),
  );
  await optOut(app, personAt(4));
  // Now SQLite keeps restores off, and the start's own hold has ended.
  await assert.rejects(restoreInto(dataFolder, backup), { message: /in use\. Stop the server/ });
  await app.stop();
  assert.deepEqual(await optedOut(t, dataFolder), [true, true, true, true, true]);
  const report = await restoreInto(dataFolder, backup);
  assert.equal(report.carried?.optOuts, 2);
  assert.deepEqual(await optedOut(t, dataFolder), [true, true, true, true, true]);
});

test("no server starts and no key is rotated while a restore switches ledgers", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  const env = { HEED_DATA: dataFolder };
  const rotation = {
    config: readConfig(env, {}, "development", "/"),
    start: { env, log: console, onBroken: assert.fail },
    ...{ random: seededBytes(1), by: "Ana Torres" },
  };
  const starts = async () => {
    // The moment without a ledger.
    assert.ok(!existsSync(join(dataFolder, "heed.db")));
    await assert.rejects(startApp(t, { dataFolder }), UNDER_WAY);
    await assert.rejects(rotatePepper(rotation), UNDER_WAY);
    assert.ok(!existsSync(join(dataFolder, "heed.db")));
  };
  const report = await slowAt({ name: "rename", path: /replaced-.*heed\.db$/ }, starts, () =>
    restoreInto(dataFolder, backup),
  );
  assert.equal(report.carried?.optOuts, 1);
  assert.deepEqual(await optedOut(t, dataFolder), [true, true, true, true, false]);
});

test("a ledger that appears during a restore is not replaced, because nothing of it was carried over", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const other = dataFolderIn(join(above, "other"));
  cpSync(join(dataFolder, "keys"), join(other, "keys"), { recursive: true });
  const file = join(other, "heed.db");
  // As a program that minds no lock would: somebody copies one there by hand.
  const restored = slowAt(
    { name: "mkdir", path: /restoring$/ },
    async () => writeFileSync(file, "appeared"),
    () => restoreInto(other, backup),
  );
  await assert.rejects(restored, { name: "ConfigProblem", message: /appeared during the restore/ });
  assert.equal(readFileSync(file, "utf8"), "appeared");
  assert.ok(!existsSync(stagingFolder(other)));
  assert.deepEqual(replacedLedgers(other), []);
});

test("a restore of another process keeps starts off, and one that was killed does not", async (t) => {
  const { dataFolder } = await backedUp(t);
  const source = new URL("../../src/runtime/switch-ledger.ts", import.meta.url).href;
  const script = `
    import { lockRestores } from ${JSON.stringify(source)};
    lockRestores(${JSON.stringify(dataFolder)});
    process.stdout.write("held");
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  // Twice: who is refused must not end the lock of another.
  await assert.rejects(startApp(t, { dataFolder }), UNDER_WAY);
  await assert.rejects(startApp(t, { dataFolder }), UNDER_WAY);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.deepEqual(await optedOut(t, dataFolder), [true, true, true, true, false]);
});
