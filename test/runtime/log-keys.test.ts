/** The keys that sign the log: which one signs, that none is forgotten, and a crash at every step. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Act } from "../../src/domain/act.ts";
import { LEDGER_TOKEN } from "../../src/domain/act.ts";
import { type Signer, signingKeyText } from "../../src/ledger/note-key.ts";
import { RECEIPT_FORMAT, type Receipt } from "../../src/ledger/receipt.ts";
import { openLogKeys, signersIn } from "../../src/runtime/open-log-keys.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { draftOf } from "../store/drafts.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const random = (length: number) => new Uint8Array(randomBytes(length));
const clock = { now: () => 1, monotonic: () => 1 };
const onPosix = { skip: process.platform === "win32" };

interface Place {
  readonly folder: string;
  readonly store: Store;
  open(env?: Record<string, string>, folder?: string): ReturnType<typeof openLogKeys>;
  /** Writes the entry of a change, as `announceKeys` does. */
  announce(from: string, to: Signer): Promise<void>;
  file(name: string): string;
}

async function placeOf(t: TestContext): Promise<Place> {
  const folder = temporaryFolder(t);
  const store = await openSqliteStore({ file: join(folder, "heed.db") });
  t.after(() => store.close());
  return {
    folder,
    store,
    open: (env = {}, dataFolder = folder) =>
      openLogKeys({
        ...{ dataFolder, env, random, store, clock },
        publicUrl: "https://optout.example.com",
      }),
    async announce(from, to) {
      const what = "signing key";
      const evidence = { kind: "key-rotation", what, from, to: to.keyId, vkey: to.vkey };
      const act: Partial<Act> = { kind: "key-rotation", address: null, scopes: [], evidence };
      const draft = draftOf(`rotation ${to.keyId}`, act, LEDGER_TOKEN);
      await store.append({ key: to.keyId, bodyHash: "00".repeat(32), drafts: [draft] });
    },
    file: (name) => readFileSync(join(folder, "keys", name), "utf8"),
  };
}

test(
  "the key is made once, named after the public host, and only its owner can read it",
  onPosix,
  async (t) => {
    const { open, folder } = await placeOf(t);
    const keys = await open();
    assert.match(keys.origin, /^optout\.example\.com\/heed\/[0-9a-f]{8}$/u);
    assert.equal((await open()).signer?.vkey, keys.signer?.vkey);
    assert.equal(statSync(join(folder, "keys")).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "keys", "signing-key")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(folder, "keys")), ["signing-key"]);
    assert.deepEqual(keys.vkeys, [keys.signer?.vkey]);
    assert.equal(keys.change, null);
    chmodSync(join(folder, "keys", "signing-key"), 0o644);
    const findings = await keys.examine();
    assert.ok(findings.some(({ level, text }) => level === "problem" && /be read/u.test(text)));
    await assert.rejects(open(), { name: "ConfigProblem", message: /chmod 600/u });
    // What is public anyway stops nothing.
    chmodSync(join(folder, "keys", "signing-key"), 0o600);
    writeFileSync(join(folder, "keys", "retired-vkeys"), `${keys.signer?.vkey}\n`, { mode: 0o644 });
    assert.deepEqual((await open()).vkeys, keys.vkeys);
  },
);

test("HEED_ORIGIN names the log when its key is made, and never renames it", async (t) => {
  const { open } = await placeOf(t);
  assert.equal((await open({ HEED_ORIGIN: "acme.example/log" })).origin, "acme.example/log");
  const renamed = await open({ HEED_ORIGIN: "other.example/log" });
  assert.equal(renamed.origin, "acme.example/log");
  const [said] = (await renamed.examine()).filter(({ level }) => level === "warning");
  assert.match(said?.text ?? "", /HEED_ORIGIN is other\.example.*called acme\.example/u);
  for (const bad of ["https://acme.example", "a b", "a+b", "a,b"]) {
    await assert.rejects(open({ HEED_ORIGIN: bad }), { name: "ConfigProblem" });
  }
});

test("a crash after any step of a rotation leaves a usable folder, and the next start goes on", async (t) => {
  const place = await placeOf(t);
  const before = await place.open();
  const old = before.signer!;
  const to = await before.rotate(false);
  // Step 1: the next key is there, and the old vkey is kept. Nothing but that has happened.
  const first = await place.open();
  assert.equal(first.signer?.keyId, old.keyId, "the old key signs until the ledger says otherwise");
  assert.deepEqual(first.vkeys, [old.vkey], "a key that signed nothing is not published");
  assert.match(place.file("retired-vkeys"), new RegExp(old.keyId.slice(-8), "u"));
  assert.deepEqual([first.change?.from, first.change?.to.keyId], [old.keyId, to.keyId]);
  assert.equal((await first.rotate(false)).keyId, to.keyId, "a second command makes no third key");
  // Step 2: the entry is there.
  await place.announce(old.keyId, to);
  const second = await place.open();
  assert.equal(second.signer?.keyId, to.keyId);
  assert.equal(second.change?.voucher?.keyId, old.keyId, "the old key can still vouch");
  assert.deepEqual(second.vkeys, [to.vkey, old.vkey]);
  // Step 3: the old key has vouched.
  await second.keepHandover(second.change!, receiptOf(to));
  const third = await place.open();
  assert.notEqual(third.change, null, "the files are not moved yet");
  assert.equal(third.handovers.length, 1);
  // Step 4: the new key has the old one's place. From here on nothing is left to do.
  await third.finishChange();
  for (const done of [third, await place.open()]) {
    assert.equal(done.change, null);
    assert.equal(done.signer?.keyId, to.keyId);
    assert.deepEqual(done.vkeys, [to.vkey, old.vkey]);
    assert.equal(done.handovers.length, 1);
  }
  assert.ok(!place.file("signing-key").includes(old.keyId), "the old key is gone");
  assert.ok(!readdirSync(join(place.folder, "keys")).includes("next-signing-key"));
});

function receiptOf(to: Signer): Receipt {
  const record = JSON.stringify({ evidence: { to: to.keyId } });
  return { format: RECEIPT_FORMAT, record, salt: "", leaf: "", proof: "", key: "" };
}

/** Rotates with the entry, as a whole. */
async function rotate(place: Place, keys: Awaited<ReturnType<Place["open"]>>): Promise<Signer> {
  const from = keys.signer!.keyId;
  const to = await keys.rotate(false);
  await place.announce(from, to);
  keys.learn({ from, to: to.keyId, vkey: to.vkey });
  await keys.keepHandover(keys.change!, receiptOf(to));
  await keys.finishChange();
  return to;
}

test("every vkey stays published over many rotations, the present one first", async (t) => {
  const place = await placeOf(t);
  const vkeys = [(await place.open()).signer!.vkey];
  for (let at = 0; at < 5; at++) vkeys.unshift((await rotate(place, await place.open())).vkey);
  const keys = await place.open();
  assert.deepEqual(keys.vkeys, vkeys);
  assert.equal(new Set(vkeys.map((vkey) => vkey.split("+")[0])).size, 1, "one name for life");
  const [ok] = (await keys.examine()).filter(({ level }) => level === "ok");
  assert.match(ok?.text ?? "", /5 retired keys/u);
});

test("of two servers, the one without the new key signs nothing, says what to copy, and mends", async (t) => {
  const place = await placeOf(t);
  await place.open();
  const other = temporaryFolder(t);
  mkdirSync(join(other, "keys"), { mode: 0o700 });
  const copy = (name: string) =>
    copyFileSync(join(place.folder, "keys", name), join(other, "keys", name));
  copy("signing-key");
  const second = await place.open({}, other);
  const old = second.signer!;
  const to = await rotate(place, await place.open());
  // While it runs it learns from the entry, and the same after a new start.
  second.learn({ from: old.keyId, to: to.keyId, vkey: to.vkey });
  for (const lacking of [second, await place.open({}, other)]) {
    assert.equal(lacking.signer, null);
    assert.equal(lacking.change, null, "it must not rotate back");
    assert.equal(lacking.origin, old.name);
    const [problem] = (await lacking.examine()).filter(({ level }) => level === "problem");
    assert.match(
      `${problem?.text} ${problem?.whatToDo}`,
      new RegExp(`${to.keyId.slice(-8)}.*Copy`, "u"),
    );
    await assert.rejects(lacking.rotate(false), { name: "ConfigProblem" });
  }
  for (const name of readdirSync(join(place.folder, "keys"))) copy(name);
  const mended = await place.open({}, other);
  assert.equal(mended.signer?.keyId, to.keyId);
  assert.deepEqual(mended.vkeys, [to.vkey, old.vkey]);
});

test("a server whose key is lost makes no wrong one; a new one takes over only when told", async (t) => {
  const place = await placeOf(t);
  const old = (await place.open()).signer!;
  rmSync(join(place.folder, "keys", "signing-key"));
  const lost = await place.open();
  assert.deepEqual([lost.signer, lost.change], [null, null]);
  assert.ok(!readdirSync(join(place.folder, "keys")).includes("signing-key"));
  await assert.rejects(lost.rotate(false), { name: "ConfigProblem" });
  const to = await lost.rotate(true);
  assert.equal(to.name, old.name);
  const again = await place.open();
  assert.deepEqual([again.change?.to.keyId, again.change?.voucher], [to.keyId, null]);
  assert.ok(again.vkeys.includes(old.vkey), "what the lost key signed can still be checked");
  await place.announce(old.keyId, to);
  assert.equal((await place.open()).signer?.keyId, to.keyId);
});

test("a new log has a new name and a new key, and the old key can sign no more", async (t) => {
  const place = await placeOf(t);
  const keys = await place.open();
  const old = keys.signer!;
  await keys.beginNewLog();
  assert.notEqual(keys.origin, old.name);
  const { to, voucher } = keys.change!;
  assert.equal(to.name, keys.origin);
  assert.deepEqual(keys.vkeys, [to.vkey, old.vkey]);
  assert.equal(voucher, null, "the old log vouches for nothing of the new one");
  assert.equal(keys.signer, null, "nothing is signed before its vkey is kept");
  assert.ok(!place.file("signing-key").includes(old.name));
  // Started again before the ledger has the entry of the new key: it is the new log all the same.
  const again = await place.open();
  assert.equal(again.origin, keys.origin);
  assert.equal(again.change?.to.keyId, to.keyId);
  // Every log gets a name that none before it had, also when one is asked for.
  const origins = new Set([old.name, keys.origin]);
  for (let at = 0; at < 3; at++) {
    const next = await place.open({ HEED_ORIGIN: old.name });
    await next.beginNewLog();
    await next.keepVkey();
    assert.ok(!origins.has(next.origin), next.origin);
    origins.add(next.origin);
  }
});

test("the key of a new log is given up for another only if it signed nothing, else its vkey stays", async (t) => {
  const place = await placeOf(t);
  const old = (await place.open()).signer!;
  // Tried again and again, in one process and after new starts: no unused key is left behind.
  for (let start = 0; start < 3; start++) {
    const keys = await place.open();
    for (let attempt = 0; attempt < 2; attempt++) {
      await keys.beginNewLog();
      assert.ok(keys.isUnused);
      assert.deepEqual(keys.vkeys, [keys.change?.to.vkey, old.vkey]);
      assert.equal(keys.change?.from, old.keyId, "the log before it is the one that signed");
    }
  }
  const second = await place.open();
  assert.ok(second.isUnused);
  await second.keepVkey();
  assert.ok(!second.isUnused);
  const { vkey } = second.change!.to;
  // The ledger never heard of it, as after it was put back to before the gap.
  const third = await place.open();
  assert.ok(!third.isUnused);
  await third.beginNewLog();
  assert.deepEqual(third.vkeys.slice(1).sort(), [vkey, old.vkey].sort());
  assert.ok((await place.open()).vkeys.includes(vkey), "and after a new start");
});

test("a key that was rotated in a ledger that forgot it is published for ever as well", async (t) => {
  const place = await placeOf(t);
  const keys = await place.open();
  const old = keys.signer!;
  const to = await keys.rotate(false);
  keys.learn({ from: old.keyId, to: to.keyId, vkey: to.vkey });
  await keys.finishChange();
  const after = await place.open();
  assert.equal(after.signer, null, "the ledger is one without its entry");
  await after.beginNewLog();
  for (const { vkey } of [old, to]) assert.ok(after.vkeys.includes(vkey));
});

test("a server that hears of a new log while it runs, and has no key of it, can begin another", async (t) => {
  const place = await placeOf(t);
  const keys = await place.open();
  const old = keys.signer!;
  const { vkey, keyId } = signersIn({ HEED_SIGNING_KEY: keyNamed("other.example") })![0]!;
  keys.learn({ from: old.keyId, to: keyId, vkey });
  assert.ok(!keys.isUnused);
  await keys.beginNewLog();
  for (const one of [vkey, old.vkey]) assert.ok(keys.vkeys.includes(one));
});

const keyNamed = (name: string) => signingKeyText(name, random(32));

test("keys from the environment: rotated by putting the new one in front", async (t) => {
  const place = await placeOf(t);
  const [one, two, foreign] = [keyNamed("a.example"), keyNamed("a.example"), keyNamed("b.example")];
  const [first, second] = signersIn({ HEED_SIGNING_KEY: `${one}, ${two}` })!;
  const before = await place.open({ HEED_SIGNING_KEY: one });
  assert.deepEqual([before.signer?.keyId, before.change], [first?.keyId, null]);
  await assert.rejects(before.rotate(false), /HEED_SIGNING_KEY is set/u);
  // Alone, the new one could be anybody's: but this server has seen the old one in force.
  const rotated = await place.open({ HEED_SIGNING_KEY: `${two},${one}` });
  assert.equal(rotated.change?.voucher?.keyId, first?.keyId);
  await place.announce(first!.keyId, second!);
  const after = await place.open({ HEED_SIGNING_KEY: two });
  assert.equal(after.signer?.keyId, second?.keyId);
  assert.deepEqual(after.vkeys, [second?.vkey, first?.vkey], "kept though the variable is gone");
  const back = await place.open({ HEED_SIGNING_KEY: `${one},${two}` });
  assert.deepEqual(
    [back.signer?.keyId, back.change],
    [second?.keyId, null],
    "there is no way back",
  );
  const renamed = await place.open({ HEED_SIGNING_KEY: `${foreign},${two}` });
  assert.deepEqual([renamed.signer?.keyId, renamed.change], [second?.keyId, null]);
  // A new log needs a key that has signed nothing yet.
  await assert.rejects(after.beginNewLog(), /--print --new-log/u);
  const fresh = await place.open({ HEED_SIGNING_KEY: foreign });
  await fresh.beginNewLog();
  assert.equal(fresh.origin, "b.example");
  // Cut short before it signed, it is as good as new.
  const retried = await place.open({ HEED_SIGNING_KEY: foreign });
  await retried.beginNewLog();
  await retried.keepVkey();
  const used = await place.open({ HEED_SIGNING_KEY: foreign });
  await assert.rejects(used.beginNewLog(), /--print --new-log/u, "a second log needs another");
});

test("what is no key is refused, and no secret is in the message", async (t) => {
  const place = await placeOf(t);
  await place.open();
  // Base64 of 33 bytes; it may have pluses in it.
  const secret = place.file("signing-key").trim().slice(-44);
  const flipped = `${secret[0] === "A" ? "B" : "A"}${secret.slice(1)}`;
  const text = place.file("signing-key").replace(secret, flipped);
  for (const bad of [text, text.slice(0, 40), "hunter2"]) {
    writeFileSync(join(place.folder, "keys", "signing-key"), bad);
    for (const open of [() => place.open(), () => place.open({ HEED_SIGNING_KEY: bad.trim() })]) {
      await assert.rejects(open(), (error: Error) => {
        assert.equal(error.name, "ConfigProblem");
        assert.match(error.message, /signing-key|HEED_SIGNING_KEY/u);
        return !error.message.includes(flipped) && !error.message.includes("hunter2");
      });
    }
  }
});
