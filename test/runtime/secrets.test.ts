/** The installation's keys: made once, readable by nobody else, whole or not at all. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installationSecrets } from "../../src/app/installation-secrets.ts";
import { checkSecrets, loadSecrets } from "../../src/runtime/secrets.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const random = (length: number) => new Uint8Array(randomBytes(length));
const onPosix = { skip: process.platform === "win32" };

test("keys are made once and are the same at the next start", async (t) => {
  const folder = temporaryFolder(t);
  const first = await loadSecrets(folder, {}, random);
  const again = await loadSecrets(folder, {}, random);
  assert.deepEqual([again.peppers, again.linkKey], [first.peppers, first.linkKey]);
  assert.deepEqual(
    first.peppers.map((pepper) => pepper.length),
    [32],
  );
  assert.notDeepEqual(first.peppers[0], first.linkKey);
});

test("only their owner can read them, and nothing else is left beside them", onPosix, async (t) => {
  const folder = temporaryFolder(t);
  await loadSecrets(folder, {}, random);
  const keys = join(folder, "keys");
  assert.equal(statSync(keys).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(keys).sort(), ["link-key", "pepper"]);
  for (const name of readdirSync(keys)) {
    assert.equal(statSync(join(keys, name)).mode & 0o777, 0o600);
  }
});

test("keys that others can read are refused with the command that mends it", onPosix, async (t) => {
  const folder = temporaryFolder(t);
  await loadSecrets(folder, {}, random);
  chmodSync(join(folder, "keys", "pepper"), 0o640);
  await assert.rejects(loadSecrets(folder, {}, random), {
    name: "ConfigProblem",
    message: /chmod 600/,
  });
});

test("many starts at once agree on one pair of keys", async (t) => {
  const folder = temporaryFolder(t);
  const all = await Promise.all(Array.from({ length: 20 }, () => loadSecrets(folder, {}, random)));
  assert.equal(new Set(all.map((one) => Buffer.from(one.peppers[0]!).toString("hex"))).size, 1);
  assert.equal(new Set(all.map((one) => Buffer.from(one.linkKey).toString("hex"))).size, 1);
  assert.deepEqual(readdirSync(join(folder, "keys")).sort(), ["link-key", "pepper"]);
});

test("what a crash left half written beside the keys is not taken for one", async (t) => {
  const folder = temporaryFolder(t);
  const { peppers } = await loadSecrets(folder, {}, random);
  writeFileSync(join(folder, "keys", "pepper.1.tmp"), "12", { mode: 0o600 });
  assert.deepEqual((await loadSecrets(folder, {}, random)).peppers, peppers);
});

test("the environment comes first, and a value that is no key is refused without being shown", async (t) => {
  const folder = temporaryFolder(t);
  const env = { HEED_PEPPER: "AB".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
  const { peppers } = await loadSecrets(folder, env, random);
  assert.deepEqual(peppers, [new Uint8Array(32).fill(0xab)]);
  assert.deepEqual(readdirSync(join(folder, "keys")), []);
  for (const bad of ["hunter2", "ab".repeat(31), `${"ab".repeat(32)}\n`]) {
    await assert.rejects(
      loadSecrets(folder, { ...env, HEED_PEPPER: bad }, random),
      (error: Error) => {
        assert.match(error.message, /HEED_PEPPER must hold 64 hexadecimal digits/);
        return !error.message.includes(bad);
      },
    );
  }
});

test("a database begun with other keys is refused, whichever of the two differs", async (t) => {
  const folder = temporaryFolder(t);
  const store = await openSqliteStore({ file: join(folder, "heed.db") });
  t.after(() => store.close());
  const clock = { now: () => 1, monotonic: () => 1 };
  const [pepper, linkKey] = [random(32), random(32)];
  const secrets = installationSecrets([pepper], linkKey);
  await checkSecrets(store, secrets, clock);
  await checkSecrets(store, secrets, clock);
  for (const other of [
    installationSecrets([random(32)], linkKey),
    installationSecrets([pepper], random(32)),
  ]) {
    await assert.rejects(checkSecrets(store, other, clock), { message: /begun with other keys/ });
  }
  const stored = JSON.stringify(await store.settings("installation"));
  for (const secret of [pepper, linkKey]) {
    assert.ok(!stored.includes(Buffer.from(secret).toString("hex")));
  }
});

test("a key file with half a key stops the start by name", async (t) => {
  const folder = temporaryFolder(t);
  await loadSecrets(folder, {}, random);
  const file = join(folder, "keys", "pepper");
  writeFileSync(file, readFileSync(file, "utf8").slice(0, 20));
  await assert.rejects(loadSecrets(folder, {}, random), { message: /pepper must hold 64/ });
});
