/**
 * A ledger that went back (promises 3 and 6), on a real SQLite: an older copy of the data folder is
 * put back, as people do, and nobody who was denied is allowed; opt-outs are taken all the same.
 */
import assert from "node:assert/strict";
import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { parseAddress } from "../../src/address/parse-address.ts";
import { acceptGap } from "../../src/app/accept-gap.ts";
import type { Deps } from "../../src/app/deps.ts";
import { examine } from "../../src/app/examine.ts";
import { createLink, optOutByLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { judgeOf } from "../../src/app/scrub-list.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import {
  ALICE,
  BOB,
  type FakeClock,
  kindsOf,
  ledgerOf,
  marketingTo,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  until,
} from "./support.ts";

const CAROL = "+12125550103";
const DAVE = "+12125550104";
const NOBODY = "+12125550177";
const TWO_PEOPLE = { first: "Ana Torres", second: "Ben Okafor", why: "the disk died", source: "t" };

async function say({ deps, clock }: TestApp, from: string, text = "STOP"): Promise<void> {
  clock.pass(1000);
  await receive(deps, "shop", signed(messageOf(text, { from }), clock.now()), {});
}

/**
 * Alice opts out, a copy is made, Bob opts out, and the copy is put back: without Bob, whose opt-out
 * was acknowledged. The anchor is beside the folder and stays.
 */
async function putBack(
  t: TestContext,
): Promise<{ dataFolder: string; clock: FakeClock; newer: string }> {
  const first = await startApp(t);
  const { dataFolder, clock } = first;
  await say(first, ALICE);
  await first.stop();
  const copy = join(temporaryFolder(t), "copy");
  cpSync(dataFolder, copy, { recursive: true });
  const second = await startApp(t, { dataFolder, clock });
  await say(second, BOB);
  assert.equal(serviceTo(second.deps, BOB).answer, "deny");
  await second.stop();
  const newer = join(temporaryFolder(t), "newer");
  renameSync(dataFolder, newer);
  cpSync(copy, dataFolder, { recursive: true });
  return { dataFolder, clock, newer };
}

function lockKind({ guard }: Deps): string | undefined {
  return guard.lock?.kind;
}

test("control: without its anchor the older copy allows whom it has forgotten", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  rmSync(`${dataFolder}.anchor`);
  rmSync(join(dataFolder, "anchored"));
  const { deps } = await startApp(t, { dataFolder, clock });
  assert.equal(deps.guard.lock, null);
  assert.equal(serviceTo(deps, BOB).answer, "allow");
});

test("an older copy that is put back starts locked, and nobody is allowed anything", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const { deps, logged } = await startApp(t, { dataFolder, clock });
  assert.equal(lockKind(deps), "behind");
  for (const to of [ALICE, BOB, NOBODY, "zoe@example.com"]) {
    const channel = to.includes("@") ? "email" : "sms";
    for (const verdict of [marketingTo(deps, to, { channel }), serviceTo(deps, to, { channel })]) {
      assert.equal(verdict.answer, "deny");
      assert.equal(verdict.reasons[0]?.kind, "locked");
    }
  }
  const judge = judgeOf(deps, { sender: "acme", channel: "sms", class: "transactional" });
  for (const to of [ALICE, NOBODY, BOB, NOBODY]) {
    const parsed = parseAddress(to, { defaultRegion: null });
    assert.ok(!("problem" in parsed));
    assert.equal(judge(parsed)?.[0]?.kind, "locked", "nobody is left in a list either");
  }
  const emergency = serviceTo(deps, NOBODY, { class: "emergency" });
  assert.equal(emergency.answer, "deny");
  assert.equal(deps.notary.checkpoint(), null);
  assert.equal(await deps.notary.receipt(1), null);
  assert.ok(
    logged.some((line) => line.includes("LOCKED, everything is denied: The ledger has 1 ")),
  );
});

test("the doctor says first what happened, in numbers, with every way out", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const { deps } = await startApp(t, { dataFolder, clock });
  const [first] = await examine(deps);
  assert.equal(first?.level, "problem");
  assert.match(
    first?.text ?? "",
    /^LOCKED: .*The ledger has 1 entry, but its anchor \(.*data\.anchor\) saw 2: the last one is/,
  );
  assert.match(
    first?.whatToDo ?? "",
    /^- Put the newer data back: .*\n- If the missing .*accept-gap/,
  );
});

test("locked, what people say is taken, denied and still there when the lock is ended", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const app = await startApp(t, { dataFolder, clock });
  await say(app, CAROL);
  const { deps } = app;
  const choice = { kind: "opt-out", address: DAVE, sender: "acme", by: "person" } as const;
  const outcome = await recordChoice(deps, choice, "t", "dave-1");
  assert.equal(outcome.status, "recorded");
  assert.equal((await recordChoice(deps, choice, "t", "dave-1")).status, "replayed");
  assert.equal(serviceTo(deps, CAROL).reasons[0]?.kind, "locked");
  await app.stop();
  const again = await startApp(t, { dataFolder, clock });
  assert.notEqual(again.deps.guard.lock, null, "it went on, but not from where it had been");
  await acceptGap(again.deps, TWO_PEOPLE);
  for (const to of [ALICE, CAROL, DAVE]) {
    const verdict = serviceTo(again.deps, to);
    assert.equal(verdict.answer, "deny");
    assert.equal(verdict.reasons[0]?.kind, "opted-out");
  }
  assert.equal(serviceTo(again.deps, NOBODY).answer, "allow");
});

test("when as many came since as were lost, the other history is noticed all the same", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const app = await startApp(t, { dataFolder, clock });
  await say(app, CAROL);
  await say(app, DAVE);
  await app.stop();
  const again = await startApp(t, { dataFolder, clock });
  assert.equal(lockKind(again.deps), "differs");
  assert.match(
    again.deps.guard.lock?.text ?? "",
    /^The first 2 entries of the ledger are not those/,
  );
});

test("locked, no worker tells anybody anything; afterwards it does", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const app = await startApp(t, { dataFolder, clock });
  app.heed.startWorkers();
  await say(app, CAROL);
  const told = async () => (await app.deps.store.cursors()).find(({ name }) => name === "answers");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.deepEqual(app.sent, []);
  assert.equal((await told())?.position ?? 0, 0);
  await acceptGap(app.deps, TWO_PEOPLE);
  await until("Carol is answered", () => app.sent.some(({ to }) => to === CAROL));
  // And Alice is not: she opted out more than a moment ago, or was told already.
  assert.deepEqual(
    app.sent.filter(({ to }) => to === BOB),
    [],
  );
});

test("a press on the button is written down while locked, whatever is in memory", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const { deps } = await startApp(t, { dataFolder, clock });
  const { token } = createLink(deps, { address: ALICE, sender: "acme" });
  const before = await deps.store.head();
  assert.equal(await optOutByLink(deps, { how: "page", token }), before + 1);
});

test("the newer data put back ends the lock by itself", async (t) => {
  const { dataFolder, clock, newer } = await putBack(t);
  const locked = await startApp(t, { dataFolder, clock });
  assert.equal(lockKind(locked.deps), "behind");
  await locked.stop();
  rmSync(dataFolder, { recursive: true });
  cpSync(newer, dataFolder, { recursive: true });
  const { deps } = await startApp(t, { dataFolder, clock });
  assert.equal(deps.guard.lock, null);
  assert.equal(serviceTo(deps, BOB).answer, "deny");
  assert.equal(serviceTo(deps, NOBODY).answer, "allow");
});

test("a folder that is begun anew beside its anchor is locked until somebody means it", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  rmSync(dataFolder, { recursive: true });
  const app = await startApp(t, { dataFolder, clock });
  assert.equal(lockKind(app.deps), "other-log");
  assert.match(app.deps.guard.lock?.text ?? "", /The ledger is empty, but the anchor .* 2 entries/);
  await say(app, CAROL);
  await app.stop();
  const again = await startApp(t, { dataFolder, clock });
  assert.equal(lockKind(again.deps), "other-log");
  await again.stop();
  rmSync(`${dataFolder}.anchor`);
  const meant = await startApp(t, { dataFolder, clock });
  assert.equal(meant.deps.guard.lock, null);
  assert.equal(serviceTo(meant.deps, CAROL).answer, "deny");
});

test("a folder that came without its anchor is locked, and so is one whose anchor is another's", async (t) => {
  const first = await startApp(t);
  await say(first, ALICE);
  await first.stop();
  const moved = join(temporaryFolder(t), "moved");
  cpSync(first.dataFolder, moved, { recursive: true });
  const without = await startApp(t, { dataFolder: moved, clock: first.clock });
  assert.equal(lockKind(without.deps), "anchor-missing");
  await without.stop();
  const other = await startApp(t);
  await say(other, BOB);
  await other.stop();
  cpSync(`${other.dataFolder}.anchor`, `${moved}.anchor`);
  const wrong = await startApp(t, { dataFolder: moved, clock: first.clock });
  assert.equal(lockKind(wrong.deps), "other-log");
  await wrong.stop();
  cpSync(`${first.dataFolder}.anchor`, `${moved}.anchor`);
  const right = await startApp(t, { dataFolder: moved, clock: first.clock });
  assert.equal(right.deps.guard.lock, null);
  await right.stop();
  writeFileSync(`${moved}.anchor`, "garbage");
  const unreadable = await startApp(t, { dataFolder: moved, clock: first.clock });
  assert.equal(lockKind(unreadable.deps), "anchor-missing");
});

/** Changes a row behind Heed's back. The snapshot goes too, so that the ledger has to be read. */
async function tamper(t: TestContext, sql: string): Promise<TestApp> {
  const first = await startApp(t);
  const { dataFolder, clock } = first;
  for (const person of [ALICE, BOB, CAROL]) await say(first, person);
  await first.stop();
  rmSync(join(dataFolder, "snapshots"), { recursive: true });
  const database = new DatabaseSync(join(dataFolder, "heed.db"));
  for (const { name } of database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    .all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  database.exec(sql);
  database.close();
  return await startApp(t, { dataFolder, clock });
}

const OTHER_ADDRESS = `UPDATE records SET record =
  CAST(replace(CAST(record AS TEXT), '${BOB}', '${NOBODY}') AS BLOB) WHERE position = 2`;

for (const { what, sql, says } of [
  { what: "another address", sql: OTHER_ADDRESS, says: /does not commit to this record/ },
  {
    what: "another token",
    sql: `UPDATE entries SET token = '${"ab".repeat(32)}' WHERE position = 2`,
    says: /Its token is not that of its address/,
  },
  {
    what: "no record",
    sql: "DELETE FROM records WHERE position = 2",
    says: /no erasure removed it/,
  },
  {
    what: "a record that is no JSON",
    sql: "UPDATE records SET record = X'7b' WHERE position = 2",
    says: /It cannot be read/,
  },
]) {
  test(`an entry with ${what} locks, is named, and keeps nobody from opting out`, async (t) => {
    const app = await tamper(t, sql);
    const { deps } = app;
    assert.equal(lockKind(deps), "damaged");
    assert.match(deps.guard.lock?.text ?? "", /^Entry 2 is not what the ledger committed to\./);
    assert.match(deps.guard.lock?.text ?? "", says);
    assert.equal(serviceTo(deps, BOB).answer, "deny");
    assert.equal(serviceTo(deps, NOBODY).answer, "deny");
    await assert.rejects(acceptGap(deps, TWO_PEOPLE), { code: "no-gap", message: /accepted away/ });
    await say(app, DAVE);
    const [entry] = await deps.store.read(3, 1);
    assert.equal(entry?.act?.address, DAVE);
    await app.stop();
    const again = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock });
    assert.equal(lockKind(again.deps), "damaged", "no snapshot hides it from the next start");
    assert.equal(serviceTo(again.deps, DAVE).answer, "deny");
  });
}

test("accepting the gap begins another log, which says who accepted what, and signs again", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const { deps } = await startApp(t, { dataFolder, clock });
  const before = { origin: deps.notary.origin, vkeys: deps.notary.vkeys };
  const { entry, origin } = await acceptGap(deps, TWO_PEOPLE);
  assert.equal(deps.guard.lock, null);
  assert.notEqual(origin, before.origin);
  assert.equal(deps.notary.origin, origin);
  assert.ok(deps.notary.vkeys.includes(before.vkeys[0]!), "the old key stays published");
  const { evidence } = entry.act!;
  assert.equal(evidence?.first, "Ana Torres");
  assert.equal(evidence?.second, "Ben Okafor");
  assert.equal(evidence?.why, "the disk died");
  assert.equal(evidence?.origin, before.origin);
  assert.equal(evidence?.size, 2);
  assert.match(String(evidence?.root), /^[0-9a-f]{64}$/);
  const head = await deps.store.head();
  assert.equal(deps.guard.kept?.size, head);
  assert.ok(deps.notary.checkpoint()?.note.startsWith(`${origin}\n${head}\n`));
  assert.notEqual(await deps.notary.receipt(entry.position), null);
  await assert.rejects(acceptGap(deps, TWO_PEOPLE), {
    code: "no-gap",
    message: /no gap to accept/,
  });
});

test("two different people have to be named, with a reason", async (t) => {
  const { dataFolder, clock } = await putBack(t);
  const { deps } = await startApp(t, { dataFolder, clock });
  for (const wrong of [
    { second: "ana torres " },
    { second: " " },
    { first: "", second: "" },
    { why: " \n" },
  ]) {
    await assert.rejects(acceptGap(deps, { ...TWO_PEOPLE, ...wrong }), { code: "invalid-request" });
  }
  assert.equal(lockKind(deps), "behind");
  const [one, other] = await Promise.allSettled([
    acceptGap(deps, TWO_PEOPLE),
    acceptGap(deps, TWO_PEOPLE),
  ]);
  assert.deepEqual([one?.status, other?.status].sort(), ["fulfilled", "rejected"]);
  assert.equal(kindsOf(await ledgerOf(deps)).filter((kind) => kind === "gap").length, 1);
});

for (const step of ["the new key", "the entry", "the anchor"] as const) {
  test(`a crash after ${step} leaves it locked or done, and the command can be repeated`, async (t) => {
    const { dataFolder, clock } = await putBack(t);
    const app = await startApp(t, { dataFolder, clock });
    const crash = async () => Promise.reject(new Error("the power went"));
    const { store, guard, logKeys } = app.deps;
    const dying: Deps = {
      "the new key": { ...app.deps, store: withMember(store, { append: crash }) },
      "the entry": { ...app.deps, guard: withMember(guard, { acceptGap: crash }) },
      "the anchor": {
        ...app.deps,
        guard: withMember(guard, { acceptGap: (anchor) => guard.acceptGap(anchor).then(crash) }),
      },
    }[step];
    await assert.rejects(acceptGap(dying, TWO_PEOPLE), /the power went/);
    const keysBefore = logKeys.vkeys.length;
    await app.stop();
    const again = await startApp(t, { dataFolder, clock });
    const { deps } = again;
    if (step === "the anchor") assert.equal(deps.guard.lock, null);
    else {
      assert.equal(lockKind(deps), "other-log");
      assert.equal(serviceTo(deps, NOBODY).answer, "deny");
      await acceptGap(deps, TWO_PEOPLE);
    }
    assert.equal(deps.guard.lock, null);
    assert.equal(kindsOf(await ledgerOf(deps)).filter((kind) => kind === "gap").length, 1);
    // A key that was made and never signed anything is not among them.
    assert.equal(deps.logKeys.vkeys.length, keysBefore);
    assert.notEqual(deps.notary.checkpoint(), null);
    await again.stop();
    assert.equal((await startApp(t, { dataFolder, clock })).deps.guard.lock, null);
  });
}

/** The same object but for one member; private members need the real one as `this`. */
function withMember<T extends object>(real: T, members: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
