/** Pepper rotations of the real thing: nobody is lost, and a crash anywhere is finished. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { announceKeys } from "../../src/app/announce-keys.ts";
import { erase } from "../../src/app/erase.ts";
import { examine } from "../../src/app/examine.ts";
import { historyOf } from "../../src/app/history.ts";
import { pepperFingerprint } from "../../src/app/installation-secrets.ts";
import { timelineOf } from "../../src/app/timeline.ts";
import { LEDGER_TOKEN } from "../../src/domain/act.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import { addPepper } from "../../src/runtime/secrets.ts";
import {
  again,
  EMAIL,
  emailTo,
  random,
  rotationOf,
  rotations,
  stopByEmail,
  stopFrom,
} from "./rotating.ts";
import { ALICE, BOB, ledgerOf, OUR_NUMBER, serviceTo, startApp } from "./support.ts";

test("after a pepper rotation everybody who said stop is denied, and their history is found", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE, "message-1");
  await stopByEmail(app);
  await app.stop();
  await rotatePepper(rotationOf(app));
  const after = await again(t, app);
  for (const to of [ALICE]) assert.equal(serviceTo(after.deps, to).answer, "deny");
  assert.equal(emailTo(after, EMAIL).answer, "deny");
  assert.equal(serviceTo(after.deps, BOB).answer, "allow");
  assert.equal(emailTo(after, "amy@example.com").answer, "allow");
  await stopFrom(after, ALICE, "message-2");
  const { events } = await timelineOf(after.deps, ALICE);
  assert.deepEqual(
    events.map(({ entry }) => entry.act?.kind).filter((kind) => kind === "opt-out"),
    ["opt-out", "opt-out"],
  );
  assert.equal(new Set(events.map(({ entry }) => entry.token)).size, 2);
  // The control: under the present pepper alone the first one would not be found.
  const present = await after.deps.store.history(after.deps.secrets.tokenOf(ALICE as AddressKey));
  assert.equal(present.length, 1);
  // A message that was taken before the rotation is known again after it.
  const before = (await ledgerOf(after.deps)).length;
  await stopFrom(after, ALICE, "message-1");
  assert.equal((await ledgerOf(after.deps)).length, before);
});

test("the entry of a pepper names who rotated and both fingerprints, and nothing of the pepper", async (t) => {
  const app = await startApp(t);
  await app.stop();
  const before = readFileSync(join(app.dataFolder, "keys", "pepper"), "utf8").trim();
  const { fingerprint, retired } = await rotatePepper(rotationOf(app));
  const after = await again(t, app);
  const [entry, ...more] = rotations(await ledgerOf(after.deps));
  assert.deepEqual(more, []);
  const [from, to] = [...after.deps.secrets.peppers].map(pepperFingerprint).reverse();
  assert.deepEqual(entry?.act?.evidence, { kind: "key-rotation", what: "pepper", from, to });
  assert.deepEqual([fingerprint, retired, entry?.token], [to, 1, LEDGER_TOKEN]);
  assert.deepEqual([entry?.act?.by, entry?.act?.author], ["staff", "Ana Torres"]);
  assert.notEqual(after.deps.secrets.peppers.length, 1);
  assert.ok(!JSON.stringify(await ledgerOf(after.deps)).includes(before));
});

test("a pepper that was put in place before a crash gets its entry at the next start, once", async (t) => {
  const app = await startApp(t);
  await stopByEmail(app);
  await app.stop();
  // The first step of the rotation, and then nothing.
  await addPepper(app.dataFolder, {}, random);
  const after = await again(t, app);
  const entries = rotations(await ledgerOf(after.deps));
  assert.deepEqual([entries.length, entries[0]?.act?.by], [1, "system"]);
  assert.equal(emailTo(after, EMAIL).answer, "deny");
  assert.deepEqual(await announceKeys(after.deps, null), []);
  const third = await again(t, after);
  assert.equal(rotations(await ledgerOf(third.deps)).length, 1);
  // And a rotation that finds one left over finishes it instead of making another.
  await third.stop();
  await addPepper(app.dataFolder, {}, random);
  await rotatePepper(rotationOf(app));
  const fourth = await again(t, third);
  assert.equal(fourth.deps.secrets.peppers.length, 3);
  assert.equal(rotations(await ledgerOf(fourth.deps)).length, 2);
});

test("an old pepper in front is found, and said to be an old one", async (t) => {
  const app = await startApp(t);
  await app.stop();
  await rotatePepper(rotationOf(app));
  const keys = join(app.dataFolder, "keys");
  await rotatePepper(rotationOf(app));
  const said = async (env: Record<string, string>) => {
    const after = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock, env });
    const findings = await examine(after.deps);
    await after.stop();
    return findings.find(({ text }) => text.includes("pepper"));
  };
  const [newest, older, first] = ["pepper", "retired-peppers"].flatMap((name) =>
    readFileSync(join(keys, name), "utf8").trim().split("\n"),
  );
  const wrong = await said({ HEED_PEPPER: [older, newest, first].join(",") });
  assert.equal(wrong?.level, "warning");
  assert.match(wrong?.text ?? "", /took over/);
  assert.equal((await said({ HEED_PEPPER: [newest, older, first].join(",") }))?.level, "ok");
});

test("a crash between keeping the old pepper and writing the new one changes nothing", async (t) => {
  const app = await startApp(t);
  await stopByEmail(app);
  await app.stop();
  const keys = join(app.dataFolder, "keys");
  writeFileSync(join(keys, "retired-peppers"), readFileSync(join(keys, "pepper")), { mode: 0o600 });
  const after = await again(t, app);
  assert.equal(after.deps.secrets.peppers.length, 1);
  assert.deepEqual(rotations(await ledgerOf(after.deps)), []);
  assert.equal(emailTo(after, EMAIL).answer, "deny");
});

test("who was erased under a retired pepper is denied, and nobody starts without that pepper", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  await stopByEmail(app);
  await erase(app.deps, { address: ALICE, by: "person", source: "desk" });
  await erase(app.deps, { address: EMAIL, by: "person", source: "desk" });
  await app.stop();
  await rotatePepper(rotationOf(app));
  await rotatePepper(rotationOf(app));
  const after = await again(t, app);
  assert.equal(serviceTo(after.deps, ALICE).answer, "deny");
  assert.equal(emailTo(after, EMAIL).answer, "deny");
  assert.equal(serviceTo(after.deps, BOB).answer, "allow", "the control: others are not");
  await after.stop();
  // Without the first pepper: refused. Without the one in between: locked. Never allowed.
  const file = join(app.dataFolder, "keys", "retired-peppers");
  const [second, first] = readFileSync(file, "utf8").trim().split("\n");
  writeFileSync(file, `${second}\n`);
  await assert.rejects(again(t, after), {
    name: "ConfigProblem",
    message: /begun with other keys/,
  });
  writeFileSync(file, `${first}\n`);
  const lacking = await again(t, after);
  assert.equal(lacking.deps.guard.lock?.kind, "keys-missing");
  for (const to of [ALICE, BOB]) assert.equal(serviceTo(lacking.deps, to).answer, "deny");
  assert.equal(lacking.deps.notary.checkpoint(), null, "locked, nothing is signed");
  await stopFrom(lacking, BOB);
  const [taken] = await historyOf(lacking.deps, BOB as AddressKey);
  assert.equal(taken?.act?.kind, "opt-out", "opt-outs are taken");
  await lacking.stop();
  writeFileSync(file, `${first}\n${second}\n`);
  await assert.rejects(again(t, lacking), { name: "ConfigProblem", message: /wrong order/ });
  writeFileSync(file, `${second}\n${first}\n`);
  const mended = await again(t, lacking);
  assert.equal(mended.deps.guard.lock, null);
  assert.deepEqual(
    [ALICE, BOB].map((to) => serviceTo(mended.deps, to).answer),
    ["deny", "deny"],
  );
});

test("an erasure takes the records from before the rotation along, and no later start brings them back", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  await stopByEmail(app);
  await app.stop();
  await rotatePepper(rotationOf(app));
  const after = await again(t, app);
  await stopFrom(after, ALICE);
  await stopFrom(after, BOB);
  for (const address of [ALICE, EMAIL]) {
    await erase(after.deps, { address, by: "person", source: "desk" });
  }
  const twice = await erase(after.deps, { address: ALICE, by: "person", source: "desk" });
  assert.equal(twice.status, "erased-before");
  const answers = (one: typeof after) => [
    ...[ALICE, BOB].map((to) => serviceTo(one.deps, to).answer),
    emailTo(one, EMAIL).answer,
    serviceTo(one.deps, OUR_NUMBER).answer,
  ];
  assert.deepEqual(answers(after), ["deny", "deny", "deny", "allow"]);
  const left = JSON.stringify(await ledgerOf(after.deps));
  assert.deepEqual(
    [ALICE, EMAIL, BOB].map((address) => left.includes(address)),
    [false, false, true],
  );
  const third = await again(t, after);
  assert.deepEqual(answers(third), ["deny", "deny", "deny", "allow"]);
  await third.stop();
  await rotatePepper(rotationOf(app));
  const fourth = await again(t, third);
  assert.deepEqual(answers(fourth), ["deny", "deny", "deny", "allow"], "folded anew");
  assert.ok(fourth.deps.live.standings.isErased(ALICE as AddressKey));
  assert.ok(!fourth.deps.live.standings.isErased(BOB as AddressKey), "the control");
});
