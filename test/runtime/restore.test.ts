/** A restore loses nobody's opt-out, brings back nothing that allows, and checks what it puts back. */
import assert from "node:assert/strict";
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { acceptGap } from "../../src/app/accept-gap.ts";
import { receive } from "../../src/app/receive.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { recordDealing } from "../../src/app/record-dealing.ts";
import { recordSends } from "../../src/app/record-sends.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import {
  ALICE,
  kindsOf,
  ledgerOf,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  untilPassed,
} from "../app/support.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";
import {
  backUp,
  dataFolderIn,
  isAllowed,
  optOut,
  personAt,
  replacedLedgers,
  restoreInto,
} from "./restoring.ts";

type Test = HasAfter & Parameters<typeof startApp>[0];

/** Ten people opted out before the backup, ten after it, and the server has stopped. */
async function backedUp(t: Test) {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  for (let at = 0; at < 10; at += 1) await optOut(app, personAt(at));
  const backup = join(above, "backup");
  await backUp(app, backup);
  for (let at = 10; at < 20; at += 1) await optOut(app, personAt(at));
  await app.stop();
  return { above, dataFolder, backup };
}

function whoIsAllowed(app: TestApp, people: number): string[] {
  return Array.from({ length: people }, (_, at) => personAt(at)).filter((one) =>
    isAllowed(app, one),
  );
}

test("who opted out after the backup was made is still opted out after the restore", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  const report = await restoreInto(dataFolder, backup);
  const { optOuts, known, missing, damaged } = report.carried ?? assert.fail();
  assert.deepEqual(
    { optOuts, known, missing, damaged },
    { optOuts: 10, known: 0, missing: 10, damaged: 0 },
  );
  assert.equal(report.lock?.kind, "behind");
  assert.match(report.lock?.text ?? "", /10 entries.*saw 20.*the last 10 are missing/);
  const app = await startApp(t, { dataFolder });
  assert.ok(app.deps.guard.lock !== null, "the server starts locked");
  const marks = Array.from({ length: 20 }, (_, at) =>
    app.deps.live.standing(personAt(at) as AddressKey),
  );
  assert.ok(marks.every((standing) => standing.some(({ kind }) => kind === "opt-out")));
  const last = (await ledgerOf(app.deps)).at(-1)?.act;
  assert.equal(last?.kind, "restore");
  assert.deepEqual([last?.evidence?.entries, last?.evidence?.root], [10, report.root]);
});

test("what was sent, refused and suspended after the backup was made still counts after the restore", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  const tell = (to: string, messageId?: string) =>
    recordSends(
      app.deps,
      [
        {
          ...{ to, sender: "acme", channel: "email", class: "marketing" },
          ...(messageId === undefined ? {} : { messageId }),
        },
      ],
      "test",
      null,
    );
  const dealing = (kind: "purchase" | "refusal") =>
    recordDealing(
      app.deps,
      { kind, address: personAt(2), sender: "acme", by: "person", evidence: { kind: "call" } },
      "test",
      null,
    );
  await tell(personAt(0));
  await tell(personAt(1), "m1");
  const backup = join(above, "backup");
  await backUp(app, backup);
  for (const to of [0, 1]) await tell(personAt(to));
  await tell(personAt(1), "m2");
  for (const kind of ["purchase", "refusal"] as const) await dealing(kind);
  await app.deps.settings.putSuspension({
    ...{ id: "flood", kind: "state-of-emergency", region: "US-NY", county: null },
    ...{ from: app.clock.now(), until: null },
  });
  await app.stop();
  const report = await restoreInto(dataFolder, backup);
  assert.deepEqual([report.carried?.sends, report.carried?.dealings], [3, 1]);
  const restored = await startApp(t, { dataFolder, clock: app.clock });
  const counts = [0, 1].map(
    (at) => restored.deps.sends.recent(personAt(at) as AddressKey, app.clock.now()).length,
  );
  assert.deepEqual(counts, [2, 3]);
  assert.ok(restored.deps.settings.suspensions.has("flood"));
  // What allows is not carried over: the purchase is gone.
  const marks = restored.deps.live.standing(personAt(2) as AddressKey);
  assert.deepEqual(
    marks.map(({ kind }) => kind),
    ["refusal"],
  );
  await restored.stop();
  const second = await restoreInto(dataFolder, backup);
  assert.equal(second.carried?.sends, 3, "again from the same backup, and no more than before");
});

test("the control: without the ledger that was there, they are gone", async (t) => {
  const { dataFolder, backup } = await backedUp(t);
  rmSync(join(dataFolder, "heed.db"));
  const report = await restoreInto(dataFolder, backup);
  assert.equal(report.carried, null);
  const app = await startApp(t, { dataFolder });
  assert.deepEqual(app.deps.live.standing(personAt(15) as AddressKey), []);
});

test("carried over are opt-outs and holds with their own times, and nothing that allows", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  await optOut(app, personAt(1));
  await backUp(app, join(above, "backup"));
  const later = { sender: "acme", by: "person" } as const;
  const evidence = { kind: "letter", page: 3 };
  app.clock.pass(1000);
  const at = app.clock.now();
  const optedOut = {
    ...later,
    kind: "opt-out",
    address: personAt(2),
    text: "no more",
    at,
  } as const;
  await recordChoice(app.deps, { ...optedOut, evidence, author: "kim" }, "test", "letter-1");
  await recordChoice(
    app.deps,
    { ...later, kind: "opt-in", address: personAt(1), channel: "email", evidence },
    "test",
    null,
  );
  await receive(app.deps, "shop", signed(messageOf("please stop, or not"), app.clock.now()), {});
  const before = await ledgerOf(app.deps);
  assert.deepEqual(kindsOf(before), ["opt-out", "opt-out", "opt-in", "hold"]);
  await app.stop();
  const report = await restoreInto(dataFolder, join(above, "backup"));
  assert.deepEqual([report.carried?.optOuts, report.carried?.holds], [1, 1]);
  const again = await startApp(t, { dataFolder });
  const after = await ledgerOf(again.deps);
  assert.deepEqual(kindsOf(after), ["opt-out", "opt-out", "hold", "restore"]);
  // The acts as they were; only when they were written down is new.
  assert.deepEqual(after[1]?.act, before[1]?.act);
  assert.deepEqual(after[2]?.act, before[3]?.act);
});

test("a copy that has everything unlocks, and restores back and forth record nothing twice", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const newest = join(above, "newest");
  cpSync(dataFolder, newest, { recursive: true });
  await restoreInto(dataFolder, backup);
  const locked = await startApp(t, { dataFolder });
  await optOut(locked, personAt(30));
  await locked.stop();
  const report = await restoreInto(dataFolder, newest);
  assert.equal(report.lock, null);
  assert.deepEqual([report.carried?.optOuts, report.carried?.known], [1, 10]);
  assert.match(report.unchecked.join(), /no manifest and no checkpoint/);
  const app = await startApp(t, { dataFolder });
  assert.equal(app.deps.guard.lock, null);
  assert.deepEqual(whoIsAllowed(app, 20), []);
  assert.equal(isAllowed(app, personAt(30)), false);
  // The control: somebody who never said stop.
  assert.equal(isAllowed(app, personAt(40)), true);
  assert.equal(replacedLedgers(dataFolder).length, 2);
});

test("a person who was erased after the backup was made is erased in it again", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  for (const at of [1, 2, 3]) await optOut(app, personAt(at));
  await backUp(app, join(above, "backup"));
  await erase(app, personAt(2) as AddressKey);
  await app.stop();
  const holdsAddress = () => readFileSync(join(dataFolder, "heed.db")).includes(personAt(2));
  assert.equal(readFileSync(join(above, "backup", "heed.db")).includes(personAt(2)), true);
  const report = await restoreInto(dataFolder, join(above, "backup"));
  assert.equal(report.carried?.erasures, 1);
  assert.equal(holdsAddress(), false);
  const again = await startApp(t, { dataFolder });
  const entries = await ledgerOf(again.deps);
  assert.deepEqual(kindsOf(entries), ["opt-out", undefined, "opt-out", "erasure", "restore"]);
  assert.equal(isAllowed(again, personAt(2)), false);
  assert.ok(again.deps.live.standings.isErased(personAt(2) as AddressKey));
});

async function erase(app: TestApp, address: AddressKey): Promise<void> {
  const tokens = app.deps.secrets.tokensOf(address);
  const now = app.clock.now();
  const evidence = { kind: "erasure", tokens: tokens.join(" "), entries: 1 };
  const outcome = await app.deps.store.append({
    ...{ key: `erase-${tokens[0]}`, bodyHash: "erasure", erases: tokens },
    drafts: [
      {
        act: {
          ...{
            kind: "erasure",
            address: null,
            scopes: [],
            by: "staff",
            via: "api",
            source: "test",
          },
          ...{ claimedAt: now, receivedAt: now, messageId: "erasure-1", evidence },
        },
        ...{ recordedAt: now, salt: app.deps.random(32), token: tokens[0] ?? "" },
      },
    ],
  });
  assert.equal(outcome.status, "appended");
}

test("nobody is answered twice: a confirmation from after the backup counts", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  await receive(app.deps, "shop", signed(messageOf("STOP"), app.clock.now()), {});
  await backUp(app, join(above, "backup"));
  app.heed.startWorkers();
  await untilPassed(app.deps, "answers");
  assert.equal(app.sent.length, 1);
  await app.stop();
  const sentAgain = async () => {
    const again = await startApp(t, { dataFolder, clock: app.clock });
    const people = { first: "kim", second: "sam", why: "a disk died", source: "test" };
    await acceptGap(again.deps, people);
    again.heed.startWorkers();
    await untilPassed(again.deps, "answers");
    await again.stop();
    return again.sent.length;
  };
  await restoreInto(dataFolder, join(above, "backup"));
  assert.equal(await sentAgain(), 0);
  // The control: the same copy where the confirmation cannot be known of.
  rmSync(join(dataFolder, "heed.db"));
  await restoreInto(dataFolder, join(above, "backup"));
  assert.equal(await sentAgain(), 1);
});

test("a START that was lost and is sent again lifts nothing; a STOP that is sent again counts", async (t) => {
  const above = temporaryFolder(t);
  const dataFolder = dataFolderIn(above);
  const app = await startApp(t, { dataFolder });
  await optOut(app, personAt(1));
  await backUp(app, join(above, "backup"));
  const sent = ["START", "STOP"].map((text, at) => {
    app.clock.pass(1000);
    return { body: messageOf(text, { from: ALICE }), id: `lost-${at}` };
  });
  const deliver = async (to: TestApp, which: number) => {
    to.clock.pass(1000);
    const { body, id } = sent[which] ?? assert.fail();
    await receive(to.deps, "shop", signed(body, to.clock.now(), id), {});
  };
  for (const which of [0, 1]) await deliver(app, which);
  await app.stop();
  const people = { first: "kim", second: "sam", why: "a disk died", source: "test" };
  const afterAll = async () => {
    const again = await startApp(t, { dataFolder, clock: app.clock });
    await acceptGap(again.deps, people);
    // In the order in which a provider may well send them: the START last.
    for (const which of [1, 0]) await deliver(again, which);
    await again.stop();
    return serviceTo(again.deps, ALICE).answer;
  };
  const report = await restoreInto(dataFolder, join(above, "backup"));
  assert.deepEqual([report.carried?.optOuts, report.carried?.optIns.length], [1, 1]);
  assert.equal(await afterAll(), "deny");
  // The control: where nobody knows of that START any more, it counts as said just now.
  rmSync(join(dataFolder, "heed.db"));
  await restoreInto(dataFolder, join(above, "backup"));
  assert.equal(await afterAll(), "allow");
});

test("a backup that was damaged or changed is refused, and the present ledger stays", async (t) => {
  const { above, dataFolder, backup } = await backedUp(t);
  const present = readFileSync(join(dataFolder, "heed.db"));
  const changed = (name: string, change: (folder: string) => void): string => {
    const folder = join(above, name);
    cpSync(backup, folder, { recursive: true });
    change(folder);
    return folder;
  };
  const manifestWith = (folder: string, change: (manifest: Record<string, unknown>) => void) => {
    const file = join(folder, "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    change(manifest);
    writeFileSync(file, JSON.stringify(manifest));
  };
  const cases: [string, RegExp][] = [
    [changed("flip", (to) => flipBit(join(to, "heed.db"), 9000)), /heed\.db is damaged/],
    [changed("note", (to) => appendFileSync(join(to, "checkpoint"), " ")), /checkpoint is damaged/],
    [changed("lost", (to) => rmSync(join(to, "vkeys"))), /lacks its file .*vkeys/],
    [
      changed("manifest", (to) => flipBit(join(to, "manifest.json"), 20)),
      /manifest\.json is damaged/,
    ],
    [
      changed("format", (to) =>
        manifestWith(to, (one) => Object.assign(one, { format: "heed-backup@v9" })),
      ),
      /does not know/,
    ],
    [
      changed("path", (to) =>
        manifestWith(to, ({ files }) =>
          Object.assign(files as object, { "../../x": "0".repeat(64) }),
        ),
      ),
      /damaged/,
    ],
    [
      changed("count", (to) => manifestWith(to, (one) => Object.assign(one, { entries: 9 }))),
      /another ledger/,
    ],
    [
      changed("begun", (to) => writeFileSync(join(to, "manifest.json.partial"), "")),
      /never finished/,
    ],
    [join(above, "nothing"), /there is nothing at/],
    [above, /no backup and no data folder/],
    [dataFolder, /in place already/],
  ];
  for (const [place, said] of cases) {
    await assert.rejects(restoreInto(dataFolder, place), { name: "ConfigProblem", message: said });
    assert.ok(!existsSync(join(dataFolder, "restoring")), `${place} left something behind`);
    assert.ok(readFileSync(join(dataFolder, "heed.db")).equals(present));
  }
  await restoreInto(
    dataFolder,
    changed("unchanged", () => undefined),
  );
});

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
