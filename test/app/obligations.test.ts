/** Deadlines as clocks: what is done, what is open and what is overdue, over a receiver that is down. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { KEEP_ARRIVALS_MS } from "../../src/app/arrivals.ts";
import { deliverEntries, replayDeadLetters } from "../../src/app/deliver-entries.ts";
import { examine } from "../../src/app/examine.ts";
import { listObligations, obligationsTo } from "../../src/app/list-obligations.ts";
import { tellObligation } from "../../src/app/obligation-words.ts";
import { obligationsOf } from "../../src/app/obligations.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { countUnfinished, nextUnfinished } from "../../src/app/unfinished.ts";
import { type Receiver, startReceiver } from "../outbound/receiver.ts";
import { ALICE, BOB, SECRET, startApp, type TestApp, until, untilPassed } from "./support.ts";

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

async function optOut(app: TestApp, address: string, more: { at?: number } = {}) {
  const { entries } = await recordChoice(
    app.deps,
    { kind: "opt-out", address, sender: "acme", by: "person", ...more },
    "key:a",
    null,
  );
  return entries[0]!.position;
}

async function addDestination(app: TestApp, receiver: Receiver | null, id: string) {
  const origin = receiver?.origin ?? "http://127.0.0.1:9";
  await app.deps.settings.putDestination({
    ...{ id, adapter: "webhook", enabled: true },
    addedAt: new Date(app.clock.now()).toISOString(),
    config: { url: `${origin}/heed`, secrets: [SECRET] },
  });
}

function work(t: TestContext, app: TestApp) {
  const stop = new AbortController();
  const done = deliverEntries(app.deps, {}, stop.signal);
  const end = async () => {
    stop.abort();
    await done;
  };
  t.after(end);
  return end;
}

const of = async (app: TestApp, address: string) =>
  (await obligationsTo(app.deps, address, "all")).at(-1)!;
const found = async (app: TestApp, filter: "open" | "overdue" | "unfinished") =>
  (await listObligations(app.deps, filter, 0, 100)).obligations.map(({ position }) => position);
const waits = (app: TestApp, count: number) => async () =>
  (await app.deps.store.deliveries("crm", "waiting")).length === count;

test("an opt-out is open while a receiver is down, overdue after its time, and late when it came", async (t) => {
  const app = await startApp(t);
  const [crm, erp] = [await startReceiver(t), await startReceiver(t)];
  let isUp = false;
  crm.answer((response) => response.writeHead(isUp ? 204 : 500).end());
  await addDestination(app, crm, "crm");
  await addDestination(app, erp, "erp");
  work(t, app);
  const position = await optOut(app, ALICE);
  await until("it waits", waits(app, 1));
  await untilPassed(app.deps, "destination:erp");
  const open = await of(app, ALICE);
  assert.equal(open.state, "open");
  assert.equal(open.tookMs, 0);
  assert.deepEqual(
    open.downstream.map(({ destination, state, tookMs }) => [destination, state, tookMs]),
    [
      ["crm", "waiting", null],
      ["erp", "done", 0],
    ],
  );
  assert.deepEqual(tellObligation(open), [
    "United States, federal: confirmation due by 2026-11-18, none from Heed, which knows of no other",
    "United States, federal: due by 2026-12-03, done here after 0 ms, waiting for crm, at erp after 0 ms",
  ]);
  assert.deepEqual(await found(app, "open"), [position]);
  assert.deepEqual(await found(app, "overdue"), []);
  app.clock.pass(16 * DAY);
  assert.equal((await of(app, ALICE)).state, "overdue");
  assert.deepEqual(await found(app, "open"), []);
  assert.deepEqual(await found(app, "overdue"), [position]);
  assert.deepEqual(await found(app, "unfinished"), [position]);
  const findings = await examine(app.deps);
  assert.deepEqual(
    findings.filter(({ text }) => text.includes("should have had")).map(({ level }) => level),
    ["problem"],
  );
  isUp = true;
  await until("it came", async () => (await of(app, ALICE)).downstream[0]!.state === "done");
  const late = await of(app, ALICE);
  assert.equal(late.state, "late");
  assert.equal(late.downstream[0]!.tookMs, 16 * DAY);
  assert.match(tellObligation(late)[1]!, /at crm after 16 days, at erp after 0 ms \(LATE\)$/u);
  assert.deepEqual(await found(app, "unfinished"), []);
  assert.deepEqual(await countUnfinished(app.deps), {
    open: 0,
    soon: 0,
    overdue: 0,
    isWhole: true,
  });
});

test("a dead letter is overdue until it is sent again; one in time is met", async (t) => {
  const app = await startApp(t);
  const crm = await startReceiver(t);
  let isUp = false;
  crm.answer((response) => response.writeHead(isUp ? 204 : 500).end());
  await addDestination(app, crm, "crm");
  work(t, app);
  await optOut(app, ALICE);
  await until("it is dead", async () => {
    app.clock.pass(5 * MINUTE);
    const [one] = await app.deps.store.deliveries("crm", "waiting");
    if (one !== undefined) app.clock.pass(Math.max(0, one.nextAttemptAt - app.clock.now()));
    return (await app.deps.store.deliveries("crm", "dead")).length === 1;
  });
  const dead = await of(app, ALICE);
  assert.equal(dead.downstream[0]!.state, "dead");
  assert.equal(dead.state, "open", "there is time left");
  isUp = true;
  await replayDeadLetters(app.deps, "crm");
  await until("it came", async () => (await of(app, ALICE)).state !== "open");
  assert.equal((await of(app, ALICE)).state, "met");
});

test("the clock runs from when they asked, not from when it was brought here", async (t) => {
  const app = await startApp(t);
  await optOut(app, ALICE, { at: app.clock.now() - 3 * DAY });
  const { tookMs, askedAt, receivedAt, state } = await of(app, ALICE);
  assert.deepEqual([tookMs, receivedAt - askedAt, state], [3 * DAY, 3 * DAY, "met"]);
  await optOut(app, BOB, { at: app.clock.now() - 30 * DAY });
  assert.equal((await of(app, BOB)).state, "late");
});

test("a destination that is off is not done, and one that was added later makes nobody late", async (t) => {
  const app = await startApp(t);
  await optOut(app, ALICE);
  assert.equal((await of(app, ALICE)).state, "met", "with no destination it is done here");
  app.clock.pass(30 * DAY);
  await addDestination(app, await startReceiver(t), "crm");
  assert.equal((await of(app, ALICE)).state, "overdue");
  const setting = app.deps.settings.destinations.get("crm")!;
  await app.deps.settings.putDestination({ ...setting, enabled: false });
  assert.equal((await of(app, ALICE)).downstream[0]!.state, "off");
  await app.deps.settings.putDestination(setting);
  work(t, app);
  await until("it came", async () => (await of(app, ALICE)).downstream[0]!.state === "done");
  assert.equal((await of(app, ALICE)).state, "met");
});

test("what arrived goes with its destination, and when no deadline can ask for it", async (t) => {
  const app = await startApp(t);
  await addDestination(app, await startReceiver(t), "crm");
  const end = work(t, app);
  const position = await optOut(app, ALICE);
  const kept = async () => (await app.deps.store.arrivals("crm", [position])).length;
  await until("it came", async () => (await kept()) === 1);
  await end();
  app.clock.pass(KEEP_ARRIVALS_MS + DAY);
  work(t, app);
  await until("it is forgotten", async () => (await kept()) === 0);
  const { state, downstream } = await of(app, ALICE);
  assert.deepEqual([state, downstream[0]!.state, downstream[0]!.tookMs], ["met", "done", null]);
  const again = await optOut(app, BOB);
  const arrived = async () => (await app.deps.store.arrivals("crm", [again])).length;
  await until("it came", async () => (await arrived()) === 1);
  await app.deps.settings.remove("destination", "crm");
  await until("it went", async () => (await arrived()) === 0);
});

test("no opt-out that is not done is missed, wherever cursors and parked deliveries stand", async (t) => {
  const app = await startApp(t);
  const { store, clock } = app.deps;
  const total = 460;
  await Promise.all(Array.from({ length: total }, (_, at) => optOut(app, `+1212555${1000 + at}`)));
  for (const id of ["crm", "erp"]) await addDestination(app, null, id);
  const park = (destination: string, position: number) =>
    store.putDelivery({
      ...{ destination, position, token: "t", attempts: 1, nextAttemptAt: 0, lastError: "x" },
      state: position % 3 === 0 ? "dead" : "waiting",
    });
  // More than one batch is parked beyond the slower cursor, and some behind both.
  const cursors = { crm: 30, erp: 440 };
  for (const [id, position] of Object.entries(cursors)) {
    await store.claimCursor(`destination:${id}`, "a server", 1000, clock.now());
    await store.advanceCursor(`destination:${id}`, "a server", position, 1000, clock.now());
  }
  for (const position of [3, 4, 5, 29]) await park("crm", position);
  for (let position = 20; position <= 440; position += 2) await park("erp", position);
  const entries = await store.read(0, total);
  const expected = (await obligationsOf(app.deps, entries, []))
    .filter(({ state }) => state !== "met")
    .map(({ position }) => position);
  assert.equal(expected.length, 3 + 1 + 6 + (total - 30), "3, 4, 5, 29, six parked, the rest");
  for (const limit of [7, 100, 1000]) {
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = await listObligations(app.deps, "unfinished", after, limit);
      assert.ok(page.obligations.length <= limit);
      seen.push(...page.obligations.map(({ position }) => position));
      after = page.next;
    }
    assert.deepEqual(seen, expected);
  }
  assert.equal((await countUnfinished(app.deps)).open, expected.length);
  const beyond = await nextUnfinished(app.deps, total);
  assert.deepEqual([beyond.entries, beyond.isLast], [[], true]);
});

test("control: without what arrived and what is parked, an overdue opt-out looks done", async (t) => {
  const app = await startApp(t);
  const crm = await startReceiver(t);
  crm.answer((response) => response.writeHead(500).end());
  await addDestination(app, crm, "crm");
  work(t, app);
  await optOut(app, ALICE);
  await untilPassed(app.deps, "destination:crm");
  app.clock.pass(16 * DAY);
  assert.equal((await of(app, ALICE)).state, "overdue");
  app.deps.store.deliveriesAt = async () => [];
  assert.notEqual((await of(app, ALICE)).state, "overdue");
});
