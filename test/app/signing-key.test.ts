/** Rotations of the signing key: no receipt is lost, and the old key vouches for the new one. */
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { acceptGap } from "../../src/app/accept-gap.ts";
import { examine } from "../../src/app/examine.ts";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import type { Problem } from "../../src/ledger/note-key.ts";
import { parseVkey, type Verifier } from "../../src/ledger/note-key.ts";
import { type VerifiedReceipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { parseTlogProof } from "../../src/ledger/tlog-proof.ts";
import { rotatePepper, rotateSigningKey } from "../../src/runtime/rotate-keys.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { again, EMAIL, emailTo, rotationOf, rotations, stopByEmail, stopFrom } from "./rotating.ts";
import { ALICE, BOB, ledgerOf, serviceTo, startApp, type TestApp, until } from "./support.ts";

function verified(result: VerifiedReceipt | Problem): VerifiedReceipt {
  assert.ok(!("problem" in result), JSON.stringify(result));
  return result;
}

function signersOf(note: string, vkeys: readonly string[]): readonly string[] {
  const known = vkeys.map((vkey) => parseVkey(vkey) as Verifier);
  const opened = openCheckpoint(note, known);
  assert.ok(!("problem" in opened), JSON.stringify(opened));
  return opened.signedBy.map(({ vkey }) => vkey);
}

const handoverOf = (handover: string | null): string => readFileSync(handover!, "utf8");

test("receipts from before and after a rotation hold against all vkeys, the old against the old", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  const old = (await app.deps.notary.receipt(1))!;
  const [oldVkey] = app.deps.notary.vkeys;
  await app.stop();
  const { vkey } = await rotateSigningKey(rotationOf(app), false);
  const after = await again(t, app);
  const { notary } = after.deps;
  assert.deepEqual(notary.vkeys, [vkey, oldVkey]);
  assert.equal(verified(verifyReceipt(old, notary.vkeys)).vkey, oldVkey);
  const renewed = (await notary.receipt(1))!;
  assert.equal(verified(verifyReceipt(renewed, notary.vkeys)).vkey, vkey);
  assert.deepEqual(renewed.record, old.record);
  // The controls: without its key neither holds.
  assert.match((verifyReceipt(old, [vkey]) as Problem).problem, /No known key signed/u);
  assert.match((verifyReceipt(renewed, [oldVkey!]) as Problem).problem, /No known key signed/u);
});

test("who trusts only the old key learns the new one from the handover, and from nothing that was changed", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  const [oldVkey] = app.deps.notary.vkeys;
  await app.stop();
  const { vkey, handover } = await rotateSigningKey(rotationOf(app), false);
  const text = handoverOf(handover);
  const { record } = verified(verifyReceipt(text, [oldVkey!]));
  const evidence = record?.evidence as Record<string, unknown>;
  assert.deepEqual([evidence.what, evidence.vkey], ["signing key", vkey]);
  const parsed = parseTlogProof(JSON.parse(text).proof);
  assert.ok(!("problem" in parsed));
  assert.deepEqual(signersOf(parsed.checkpoint, [oldVkey!, vkey]), [oldVkey, vkey]);
  const other = vkey.replace(/.{4}$/u, "AAA=");
  assert.ok("problem" in verifyReceipt(text.replace(vkey, other), [oldVkey!]), "the control");
  const after = await again(t, app);
  assert.deepEqual(after.deps.logKeys.handovers, [JSON.parse(text)]);
  const [entry] = rotations(await ledgerOf(after.deps));
  assert.deepEqual([entry?.act?.author, entry?.act?.by], ["Ana Torres", "staff"]);
});

/** What is in the folder of the keys, to be put back as a crash would leave it. */
function keysOf(app: TestApp, t: TestContext) {
  const keys = join(app.dataFolder, "keys");
  const kept = join(temporaryFolder(t), "keys");
  cpSync(keys, kept, { recursive: true });
  return () => {
    rmSync(keys, { recursive: true });
    cpSync(kept, keys, { recursive: true });
  };
}

test("a crash after any step of the rotation is finished by the next start, with one entry", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  const [oldVkey] = app.deps.notary.vkeys;
  const oldReceipt = (await app.deps.notary.receipt(1))!;
  // Step 1 and no more: the next key is on disk.
  const next = await app.deps.logKeys.rotate(false);
  await app.stop();
  const putBack = keysOf(app, t);
  const second = await again(t, app);
  assert.deepEqual(second.heed.announced, ["signing key"]);
  // Step 2 and no more: the entry is there, and the files are as they were before it.
  await second.stop();
  putBack();
  const third = await again(t, second);
  assert.deepEqual(third.deps.notary.vkeys, [next.vkey, oldVkey]);
  assert.equal(third.deps.logKeys.handovers.length, 1);
  // Step 3 and no more: the handover is there, and the new key is not in its place yet.
  await third.stop();
  const keys = join(app.dataFolder, "keys");
  const [handover] = readdirSync(keys).filter((name) => name.startsWith("handover-"));
  const vouched = readFileSync(join(keys, handover!));
  const inPlace = readFileSync(join(keys, "signing-key"));
  putBack();
  writeFileSync(join(keys, handover!), vouched, { mode: 0o600 });
  const fourth = await again(t, third);
  assert.equal(rotations(await ledgerOf(fourth.deps)).length, 1, "one entry, however often");
  assert.deepEqual(readFileSync(join(keys, "signing-key")), inPlace);
  assert.deepEqual(readFileSync(join(keys, handover!)), vouched, "the old key vouched once");
  for (const receipt of [oldReceipt, ...fourth.deps.logKeys.handovers]) {
    verified(verifyReceipt(receipt, [oldVkey!]));
  }
  assert.equal(fourth.deps.notary.checkpoint()?.tree.size, await fourth.deps.store.head());
});

test("while the ledger is locked nothing is rotated and nothing is signed", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  const waiting = await app.deps.logKeys.rotate(false);
  await app.stop();
  // The anchor is gone, so nobody can tell whether entries are missing.
  rmSync(app.heed.config.anchorFile);
  const locked = await again(t, app);
  assert.equal(locked.deps.guard.lock?.kind, "anchor-missing");
  assert.deepEqual(rotations(await ledgerOf(locked.deps)), []);
  assert.equal(await locked.deps.notary.receipt(1), null);
  assert.equal(locked.deps.notary.checkpoint(), null);
  const [said] = (await examine(locked.deps)).filter(({ text }) => text.includes(waiting.keyId));
  assert.match(said?.text ?? "", /not in the ledger yet/u);
  await locked.stop();
  const refusal = { name: "ConfigProblem", message: /locked/ };
  await assert.rejects(rotatePepper(rotationOf(app)), refusal);
  await assert.rejects(rotateSigningKey(rotationOf(app), false), refusal);
});

test("a gap that two people accepted begins a log with another name, and old receipts still hold", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  const receipt = (await app.deps.notary.receipt(1))!;
  const [oldVkey] = app.deps.notary.vkeys;
  await app.stop();
  rmSync(app.heed.config.anchorFile);
  const locked = await again(t, app);
  const request = { first: "Ana", second: "Ben", why: "the anchor is gone", source: "test" };
  const { origin } = await acceptGap(locked.deps, request);
  assert.notEqual(origin, app.deps.notary.origin);
  const [change] = rotations(await ledgerOf(locked.deps));
  assert.equal(change?.act?.evidence?.vkey, locked.deps.notary.vkeys[0]);
  const after = await again(t, locked);
  assert.equal(after.deps.guard.lock, null);
  assert.equal(after.deps.notary.origin, origin);
  assert.ok(after.deps.notary.vkeys.includes(oldVkey!));
  verified(verifyReceipt(receipt, after.deps.notary.vkeys));
  assert.equal(
    verified(verifyReceipt((await after.deps.notary.receipt(1))!, after.deps.notary.vkeys)).origin,
    origin,
  );
  assert.deepEqual(after.deps.logKeys.handovers, [], "the old log vouches for nothing of the new");
});

test("no pepper and no signing key is in any log line, error or status", async (t) => {
  const app = await startApp(t);
  await stopFrom(app, ALICE);
  await stopByEmail(app);
  await app.stop();
  const logged: string[] = [];
  await rotatePepper(rotationOf(app, logged));
  await rotateSigningKey(rotationOf(app, logged), false);
  const after = await again(t, app);
  assert.equal(emailTo(after, EMAIL).answer, "deny");
  const keys = join(app.dataFolder, "keys");
  const secrets = ["pepper", "retired-peppers", "link-key", "signing-key"].flatMap((name) =>
    readFileSync(join(keys, name), "utf8").trim().split("\n"),
  );
  assert.equal(secrets.length, 4);
  const said = [
    ...logged,
    ...after.logged,
    JSON.stringify(await examine(after.deps)),
    JSON.stringify(await ledgerOf(after.deps)),
    JSON.stringify(await after.deps.store.settings("installation")),
    JSON.stringify(after.deps.notary.vkeys),
  ].join("\n");
  for (const secret of secrets) {
    // The end of a signing key is its seed in base64; the rest of it is public.
    assert.ok(!said.includes(secret.slice(-44)), "a secret was said");
  }
});

const NO_POSTGRES = (await hasPostgres()) === null ? "no PostgreSQL here" : false;

test("of two servers, the one without the new keys denies or signs nothing, and goes on with them", {
  skip: NO_POSTGRES,
}, async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const databaseUrl = await server.createDatabase();
  const first = await startApp(t, { databaseUrl });
  await stopFrom(first, ALICE);
  const folder = join(temporaryFolder(t), "data");
  const copyKeys = () =>
    cpSync(join(first.dataFolder, "keys"), join(folder, "keys"), { recursive: true });
  copyKeys();
  const second = await startApp(t, { databaseUrl, dataFolder: folder, clock: first.clock });
  assert.ok((await second.deps.notary.receipt(1)) !== null);
  await first.stop();
  const on = rotationOf(first);
  const rotation = { ...on, config: { ...on.config, databaseUrl } };
  await rotateSigningKey(rotation, false);
  await until("the second has heard of it", () => second.deps.logKeys.signer === null);
  assert.equal(await second.deps.notary.receipt(1), null);
  assert.equal(second.deps.notary.checkpoint(), null);
  await second.deps.live.refresh();
  assert.equal(serviceTo(second.deps, BOB).answer, "allow", "it goes on otherwise");
  const [finding] = (await examine(second.deps)).filter(({ whatToDo }) =>
    /Copy/.test(whatToDo ?? ""),
  );
  assert.match(finding?.whatToDo ?? "", /`signing-key`/u);

  await rotatePepper(rotation);
  await until("the second is locked", () => second.deps.guard.lock?.kind === "keys-missing");
  for (const to of [ALICE, BOB]) assert.equal(serviceTo(second.deps, to).answer, "deny");
  const env = { DATABASE_URL: databaseUrl };
  await second.stop();
  const lacking = await startApp(t, { databaseUrl, dataFolder: folder, env });
  assert.equal(lacking.deps.guard.lock?.kind, "keys-missing", "and so after a new start");
  await lacking.stop();
  copyKeys();
  const mended = await startApp(t, { databaseUrl, dataFolder: folder });
  assert.equal(mended.deps.guard.lock, null);
  assert.ok((await mended.deps.notary.receipt(1)) !== null);
  assert.equal(serviceTo(mended.deps, ALICE).answer, "deny");
});
