/** A data folder of the first schema: who said stop then is not overruled by a message from before. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { type Choice, recordChoice } from "../../src/app/record-choice.ts";
import { isPersons } from "../../src/domain/act.ts";
import { canonicalJson, type Json } from "../../src/ledger/canonical.ts";
import { keyingOf } from "../../src/runtime/secrets.ts";
import type { AppendRequest } from "../../src/store/store.ts";
import { makeOldFile, oldFile, writeOld } from "../store/first-version.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { ALICE, serviceTo, startApp, type TestApp } from "./support.ts";

const START: Choice = {
  kind: "opt-in",
  address: ALICE,
  sender: "acme",
  channel: "sms",
  by: "person",
  evidence: { kind: "form" },
};
const STOP: Choice = { kind: "opt-out", address: ALICE, sender: "acme", by: "person" };
const CHOICES: readonly [Choice, string][] = [
  [START, "form-77"],
  [STOP, "stop-1"],
];

function record(app: TestApp, [choice, key]: readonly [Choice, string]) {
  app.clock.pass(1000);
  return recordChoice(app.deps, choice, "key:k", key);
}

/** What a server of the first schema would have made of the two choices, in a folder with its keys. */
async function oldFolder(t: TestContext) {
  const app = await startApp(t);
  for (const choice of CHOICES) await record(app, choice);
  const entries = (await app.deps.store.read(0, 10)).filter(({ act }) => act && isPersons(act));
  const { secrets } = app.deps;
  await app.stop();
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const requests = CHOICES.map(([choice, key], at): AppendRequest => {
    const { act, recordedAt, token } = entries.filter(({ act }) => act?.messageId === key)[0]!;
    assert.ok(act !== null, `${at}`);
    return {
      key: `key:k:${choice.kind}:${key}`,
      bodyHash: sha256(canonicalJson(choice as unknown as Json)),
      drafts: [{ act, recordedAt, token, salt: randomBytes(32) }],
    };
  });
  const dataFolder = join(temporaryFolder(t), "data");
  mkdirSync(dataFolder, { mode: 0o700 });
  for (const name of ["pepper", "link-key"]) {
    cpSync(join(app.dataFolder, "keys", name), join(dataFolder, "keys", name));
  }
  const file = join(dataFolder, "heed.db");
  makeOldFile(file);
  await writeOld(oldFile(file), requests);
  const value = JSON.stringify(keyingOf(secrets).fingerprint);
  const setting = `('installation', 'secrets', '${value}', ${app.clock.now()})`;
  await oldFile(file).sql(`INSERT INTO settings VALUES ${setting}`);
  return { dataFolder, clock: app.clock, file };
}

test("a START from before the upgrade that is sent again does not lift the STOP after it", async (t) => {
  const app = await startApp(t, await oldFolder(t));
  assert.equal(app.deps.guard.lock, null);
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  for (const choice of CHOICES) assert.equal((await record(app, choice)).status, "replayed");
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  await assert.rejects(record(app, [{ ...START, note: "other" }, "form-77"]), {
    code: "idempotency-conflict",
  });
  // The control: one that is not known counts, and lifts it.
  assert.equal((await record(app, [START, "form-78"])).status, "recorded");
  assert.equal(serviceTo(app.deps, ALICE).answer, "allow");
});

test("with other keys a folder from before stays as it was, and can be upgraded later", async (t) => {
  const folder = await oldFolder(t);
  const keys = join(folder.dataFolder, "keys");
  cpSync(keys, `${keys}.kept`, { recursive: true });
  rmSync(join(keys, "link-key"));
  writeFileSync(join(keys, "pepper"), `${"0".repeat(64)}\n`, { mode: 0o600 });
  await assert.rejects(startApp(t, folder), /begun with other keys/u);
  const database = new DatabaseSync(folder.file, { readOnly: true });
  const row = database.prepare("SELECT max(version) AS version FROM schema_version").get();
  database.close();
  assert.equal(row?.version, 1);
  for (const name of ["pepper", "link-key"]) cpSync(join(`${keys}.kept`, name), join(keys, name));
  const app = await startApp(t, folder);
  assert.equal((await record(app, CHOICES[0]!)).status, "replayed");
});
