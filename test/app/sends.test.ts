// Sends in memory and on record, wired as in a server: what one node records counts on every other,
// outlives a restart and a rotation, and goes with its time or with an erasure.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { erase } from "../../src/app/erase.ts";
import { recordSends, type Sent } from "../../src/app/record-sends.ts";
import { keptFor, LiveSends, type SendsParts } from "../../src/app/sends.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import type { RecordedSend } from "../../src/store/store.ts";
import { sendOf } from "../store/drafts.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { again, rotationOf } from "./rotating.ts";
import { ALICE, BOB, FakeClock, NOON, startApp, type TestApp, until } from "./support.ts";

const DAY = 86_400_000;
const PEPPERS = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
const skip = (await hasPostgres()) === null ? "no PostgreSQL here" : false;

let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(async () => {
  if (skip === false) await postgres.stop();
});

const sms = (to: string, more: Partial<Sent> = {}): Sent => ({
  ...{ to, sender: "acme", channel: "sms", class: "marketing" },
  ...more,
});
const tell = (app: TestApp, ...sends: Sent[]) => recordSends(app.deps, sends, "key:test", null);
const count = (app: TestApp, to: string, at = app.clock.now()) =>
  app.deps.sends.recent(to as AddressKey, at).length;

test("sends count after a restart and after a rotation of the pepper, old and new ones together", async (t) => {
  const app = await startApp(t);
  await tell(app, sms(ALICE), sms(BOB));
  await app.stop();
  await rotatePepper(rotationOf(app));
  const rotated = await again(t, app);
  await tell(rotated, sms(ALICE));
  assert.deepEqual([count(rotated, ALICE), count(rotated, BOB)], [2, 1]);
  // The control: under the present pepper alone, one of hers would be missed.
  const rows = await rotated.deps.store.readSends(0, 10);
  const present = rotated.deps.secrets.tokenOf(ALICE as AddressKey);
  assert.equal(rows.filter(({ token }) => token === present).length, 1);
  const erased = await erase(rotated.deps, { address: ALICE, by: "person", source: "test" });
  assert.ok(erased.removed.includes("2 recorded sends"), erased.removed.join());
  assert.equal(count(rotated, ALICE), 0);
  assert.equal((await rotated.deps.store.readSends(0, 10)).length, 1);
});

test("a send counts up to its instant asked about and no longer than it is kept, then it goes", async (t) => {
  const app = await startApp(t);
  await tell(app, sms(ALICE));
  assert.equal(count(app, ALICE, NOON - 1), 0);
  assert.equal(count(app, ALICE, NOON), 1);
  const { keepMs } = app.deps.sends;
  app.clock.pass(keepMs - 1);
  await app.deps.sends.sweep();
  assert.deepEqual([count(app, ALICE), app.deps.sends.size], [1, 1]);
  app.clock.pass(2);
  assert.equal(count(app, ALICE), 0);
  await app.deps.sends.sweep();
  assert.equal(app.deps.sends.size, 0);
  assert.deepEqual(await app.deps.store.readSends(0, 10), []);
});

test("they are kept for the longest period of a cap, and for two months at least", () => {
  const pack = (...periods: object[]) =>
    ({ rules: periods.map((period) => ({ kind: "cap", period })) }) as unknown as RulePack;
  assert.equal(keptFor([]), 62 * DAY);
  assert.equal(keptFor([pack({ hours: 24 }), pack({ calendarDays: 30 })]), 62 * DAY);
  assert.equal(keptFor([pack({ hours: 24 }, { calendarDays: 365 })]), 367 * DAY);
});

/** A store of which the test says what it answers, and when. */
function partsOf(sends: RecordedSend[], more: Partial<SendsParts["store"]> = {}): SendsParts {
  const monotonic = { now: 0 };
  return {
    store: {
      recordSends: async () => ({ status: "recorded", sends: [], known: 0 }),
      sendsHead: async () => sends.at(-1)?.serial ?? 0,
      readSends: async (after, limit) =>
        sends.filter(({ serial }) => serial > after).slice(0, limit),
      deleteSendsBefore: async () => 0,
      ...more,
    },
    secrets: { tokensOf: (address) => [address], digestOf: (text) => text },
    clock: { now: () => NOON, monotonic: () => monotonic.now },
    random: (length) => new Uint8Array(length).fill(7),
    keepMs: 62 * DAY,
    alone: false,
  };
}

const ANN = "a".repeat(64) as AddressKey;
const rowOf = (serial: number, token: string = ANN): RecordedSend => {
  const { key: _, bodyHash: __, ...send } = sendOf(token, { at: NOON - serial });
  return { ...send, serial };
};

test("a node is fresh only as long as its last answered question is young", async () => {
  const time = { now: 0 };
  const parts = partsOf([rowOf(1)]);
  let isDown = false;
  const sends = new LiveSends({
    ...parts,
    clock: { now: () => NOON, monotonic: () => time.now },
    store: {
      ...parts.store,
      sendsHead: async () => {
        if (isDown) throw new Error("no answer");
        time.now += 300;
        return 1;
      },
    },
  });
  assert.equal(sends.isFresh(), false, "before it has asked");
  await sends.refresh();
  assert.equal(sends.isFresh(), true);
  time.now += 399;
  assert.equal(sends.isFresh(), true, "dated from when it asked");
  time.now += 1;
  assert.equal(sends.isFresh(), false);
  isDown = true;
  await assert.rejects(sends.refresh());
  assert.equal(sends.isFresh(), false);
});

test("rows that were being read when their receiver was erased are not taken in", async () => {
  const rows = [rowOf(1), rowOf(2, "b".repeat(64))];
  const parts = partsOf(rows);
  const sends: LiveSends = new LiveSends({
    ...parts,
    store: {
      ...parts.store,
      readSends: async () => {
        sends.forgetTokens([ANN]);
        return rows;
      },
    },
  });
  await sends.refresh();
  assert.equal(sends.size, 1);
  assert.deepEqual(sends.recent(ANN, NOON), []);
});

test("what two servers record in turn is taken in once each, in whatever order it is heard of", async () => {
  const rows = [1, 2, 3, 4].map((serial) => rowOf(serial));
  let next: RecordedSend[] = [];
  const sends = new LiveSends(
    partsOf(rows, {
      recordSends: async () => ({ status: "recorded", sends: next, known: 0 }),
    }),
  );
  for (const own of [rows.slice(2, 3), rows.slice(0, 1), rows.slice(3), rows.slice(1, 2)]) {
    next = own;
    await sends.record([]);
  }
  await sends.refresh();
  assert.equal(sends.recent(ANN, NOON).length, 4);
});

test("on PostgreSQL, what one server records the other counts, and what it erases the other forgets", {
  skip,
}, async (t) => {
  const databaseUrl = await postgres.createDatabase();
  const clock = new FakeClock();
  const start = () => startApp(t, { databaseUrl, env: PEPPERS, clock });
  const [one, two] = [await start(), await start()];
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => tell(n % 2 ? one : two, sms(n % 3 ? ALICE : BOB))),
  );
  for (const app of [one, two]) {
    await until("it has followed", () => count(app, ALICE) + count(app, BOB) === 30);
    assert.equal(count(app, BOB), 10);
    assert.ok(app.deps.sends.isFresh());
  }
  await erase(one.deps, { address: ALICE, by: "person", source: "test" });
  assert.equal(count(one, ALICE), 0);
  await until("the other has forgotten her", () => count(two, ALICE) === 0);
  assert.equal(count(two, BOB), 10);
  const three = await start();
  assert.deepEqual([count(three, ALICE), count(three, BOB)], [0, 10]);
});

test("on PostgreSQL, a suspension of one server is in force on the other", { skip }, async (t) => {
  const databaseUrl = await postgres.createDatabase();
  const [one, two] = [
    await startApp(t, { databaseUrl, env: PEPPERS }),
    await startApp(t, { databaseUrl, env: PEPPERS }),
  ];
  await one.deps.settings.putSuspension({
    ...{ id: "flood", kind: "state-of-emergency", region: "US-NY", county: null },
    ...{ from: NOON, until: null },
  });
  await until("it is there", () => two.deps.settings.suspensions.has("flood"));
});
