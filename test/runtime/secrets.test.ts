/** The installation's keys: made once, readable by nobody else, whole or not at all. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installationSecrets, pepperFingerprint } from "../../src/app/installation-secrets.ts";
import type { Change } from "../../src/app/known-keys.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import {
  addPepper,
  checkSecrets,
  loadSecrets,
  refuseTwoRotations,
} from "../../src/runtime/secrets.ts";
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

test("a new pepper goes in front and every retired one is kept, readable by its owner only", async (t) => {
  const folder = temporaryFolder(t);
  const { peppers: begun } = await loadSecrets(folder, {}, random);
  await addPepper(folder, {}, random);
  await addPepper(folder, {}, random);
  const { peppers, tokensOf, tokenOf } = await loadSecrets(folder, {}, random);
  assert.equal(peppers.length, 3);
  assert.deepEqual(peppers.at(-1), begun[0]);
  const address = "pat@example.org" as AddressKey;
  assert.deepEqual(
    tokensOf(address),
    peppers.map((pepper) => addressToken(pepper, address)),
  );
  assert.equal(tokenOf(address), tokensOf(address)[0]);
  const file = join(folder, "keys", "retired-peppers");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o604);
  await assert.rejects(loadSecrets(folder, {}, random), { message: /chmod 600 .*retired-peppers/ });
});

test("peppers from the environment are separated by commas, the present one first", async (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = ["ab".repeat(32), "cd".repeat(32)];
  const env = { HEED_LINK_KEY: "ef".repeat(32) };
  const secretsOf = async (HEED_PEPPER: string) =>
    await loadSecrets(folder, { ...env, HEED_PEPPER }, random);
  const { peppers } = await secretsOf(`${two}, ${one},${two}`);
  assert.deepEqual(
    peppers.map((pepper) => Buffer.from(pepper).toString("hex")),
    [two, one],
  );
  for (const bad of [`${one},`, `,${one}`, `${one} ${two}`, `${one},hunter2`]) {
    await assert.rejects(
      secretsOf(bad),
      (error: Error) =>
        /HEED_PEPPER must hold/.test(error.message) && !error.message.includes("hunter2"),
    );
  }
});

test("what stands for a text with an address is the same after a rotation", async (t) => {
  const folder = temporaryFolder(t);
  const before = await loadSecrets(folder, {}, random);
  await addPepper(folder, {}, random);
  const after = await loadSecrets(folder, {}, random);
  assert.equal(after.digestOf("+15551234567"), before.digestOf("+15551234567"));
  assert.notEqual(before.digestOf("+15551234567"), before.tokenOf("+15551234567" as AddressKey));
  assert.notEqual(before.digestOf("a"), before.digestOf("b"));
});

test("a database begun with the first pepper takes later ones before it, and no other order", async (t) => {
  const folder = temporaryFolder(t);
  const store = await openSqliteStore({ file: join(folder, "heed.db") });
  t.after(() => store.close());
  const clock = { now: () => 1, monotonic: () => 1 };
  const [first, second, linkKey] = [random(32), random(32), random(32)];
  const check = (...peppers: Uint8Array[]) =>
    checkSecrets(store, installationSecrets(peppers, linkKey), clock);
  await check(first);
  await check(second, first);
  await assert.rejects(check(first, second), { message: /wrong order/ });
  await assert.rejects(check(second), { message: /begun with other keys/ });
});

test("of two servers that each made a pepper, the second is refused before it writes anything", () => {
  const [first, ours, theirs, linkKey] = [random(32), random(32), random(32), random(32)];
  const [from, to] = [pepperFingerprint(first), pepperFingerprint(theirs)];
  const refuse = (peppers: readonly Uint8Array[], known: readonly Change[]) =>
    refuseTwoRotations(installationSecrets(peppers, linkKey), known);
  assert.throws(() => refuse([ours, first], [{ from, to }]), { message: /rotated on two servers/ });
  // The controls: a rotation that has no entry yet, one that has, and a server that lacks one only.
  refuse([ours, first], []);
  refuse([theirs, first], [{ from, to }]);
  refuse([first], [{ from, to }]);
});
