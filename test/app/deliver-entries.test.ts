/** Entries to destinations over real HTTP: at least once, in order for each address, whatever fails. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deliverEntries, replayDeadLetters } from "../../src/app/deliver-entries.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { RETRY_DELAYS_MS } from "../../src/outbound/retry-schedule.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import { type Receiver, startReceiver } from "../outbound/receiver.ts";
import { rotationOf } from "./rotating.ts";
import { SECRET, startApp, type TestApp, until, untilPassed } from "./support.ts";

const HOUR = 60 * 60 * 1000;
const people = Array.from({ length: 8 }, (_, at) => `+1212555010${at}`);

async function write(app: TestApp, address: string): Promise<number> {
  const { entries } = await recordChoice(
    app.deps,
    { kind: "opt-out", address, sender: "acme", by: "person" },
    "key:a",
    null,
  );
  return entries[0]?.position ?? 0;
}

async function addDestination(app: TestApp, receiver: Receiver, id = "crm") {
  await app.deps.settings.putDestination({
    id,
    adapter: "webhook",
    enabled: true,
    config: { url: `${receiver.origin}/heed`, secrets: [SECRET] },
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
  return { end };
}

/** What was delivered, that is answered with a success, in the order of the answers. */
function watch(receiver: Receiver, isTaken: (position: number, address: string) => boolean) {
  const taken: { position: number; address: string }[] = [];
  receiver.answer((response, request) => {
    const { position, address } = JSON.parse(request.body).data;
    if (!isTaken(position, address)) {
      response.writeHead(500).end();
      return;
    }
    taken.push({ position, address });
    response.writeHead(204).end();
  });
  return taken;
}

function assertInOrder(taken: readonly { position: number; address: string }[]) {
  for (const ofAddress of Map.groupBy(taken, (one) => one.address).values()) {
    const first = [...new Set(ofAddress.map((one) => one.position))];
    assert.deepEqual(
      first,
      [...first].sort((a, b) => a - b),
    );
  }
}

const waiting = (app: TestApp) => app.deps.store.deliveries("crm", "waiting");
const dead = (app: TestApp) => app.deps.store.deliveries("crm", "dead");

function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("a receiver that fails at random gets every entry, in order for each address", async (t) => {
  const seed = Number(process.env.HEED_SEED ?? 4333);
  t.diagnostic(`seed ${seed}`);
  const dice = diceOf(seed);
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  const taken = watch(receiver, () => dice() < 0.6);
  await addDestination(app, receiver);
  work(t, app);
  const positions: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    positions.push(await write(app, people[Math.floor(dice() * people.length)]!));
  }
  await until("everything was taken", async () => {
    app.clock.pass(HOUR);
    return new Set(taken.map((one) => one.position)).size === positions.length;
  });
  assertInOrder(taken);
  assert.deepEqual(await dead(app), []);
});

test("control: a worker that goes on after a failure and parks nothing loses the entry", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  let isFirst = true;
  const taken = watch(receiver, () => {
    const isTaken = !isFirst;
    isFirst = false;
    return isTaken;
  });
  await addDestination(app, receiver);
  app.deps.store.putDelivery = async () => undefined;
  work(t, app);
  for (const address of people.slice(0, 3)) await write(app, address);
  await untilPassed(app.deps, "destination:crm");
  assert.notDeepEqual(taken.map((one) => one.position).sort(), [1, 2, 3]);
});

test("a failing address waits alone: others get theirs, its own later entries come after it", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  let isUp = false;
  const [broken, fine] = people as [string, string];
  const taken = watch(receiver, (_, address) => isUp || address === fine);
  await addDestination(app, receiver);
  work(t, app);
  for (const address of [broken, fine, broken, fine, broken]) await write(app, address);
  await untilPassed(app.deps, "destination:crm");
  assert.deepEqual(
    taken.map((one) => one.position),
    [2, 4],
  );
  isUp = true;
  app.clock.pass(HOUR);
  await until("the others came", () => taken.length === 5);
  assertInOrder(taken);
  await until("nothing waits", async () => (await waiting(app)).length === 0);
});

test("an entry that waits since before a pepper rotation still goes before its address's later ones", async (t) => {
  const [someone, other] = people as [string, string];
  const receiver = await startReceiver(t);
  let isDown = true;
  const taken = watch(receiver, (_, address) => !isDown || address !== someone);
  const before = await startApp(t);
  await addDestination(before, receiver);
  const worker = work(t, before);
  await write(before, someone);
  await until("it waits", async () => (await waiting(before)).length === 1);
  await worker.end();
  await before.stop();
  await rotatePepper(rotationOf(before));
  const app = await startApp(t, { dataFolder: before.dataFolder, clock: before.clock });
  work(t, app);
  await write(app, someone);
  await write(app, other);
  await untilPassed(app.deps, "destination:crm");
  assert.deepEqual(
    taken.map(({ address }) => address).filter((address) => people.includes(address)),
    [other],
    "the later one does not overtake",
  );
  assert.equal(new Set((await waiting(app)).map(({ token }) => token)).size, 1);
  isDown = false;
  app.clock.pass(HOUR);
  await until("both went", async () => (await waiting(app)).length === 0);
  assertInOrder(taken);
});

test("after the schedule an entry is a dead letter, blocks nothing and can be sent again", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  let isUp = false;
  const taken = watch(receiver, () => isUp);
  await addDestination(app, receiver);
  work(t, app);
  await write(app, people[0]!);
  let passedMs = 0;
  await until("it is dead", async () => {
    app.clock.pass(HOUR);
    passedMs += HOUR;
    return (await dead(app)).length === 1;
  });
  assert.equal(receiver.received.length, RETRY_DELAYS_MS.length);
  assert.ok(passedMs >= RETRY_DELAYS_MS.reduce((sum, one) => sum + one, 0) - HOUR);
  isUp = true;
  await write(app, people[0]!);
  await until("the next entry of the address is taken", () => taken.length === 1);
  await assert.rejects(replayDeadLetters(app.deps, "nowhere"), { code: "unknown-destination" });
  assert.equal(await replayDeadLetters(app.deps, "crm", 99), 0);
  assert.equal(await replayDeadLetters(app.deps, "crm"), 1);
  await until("the dead letter is taken", () => taken.length === 2);
  await until("no dead letter is left", async () => (await dead(app)).length === 0);
});

test("410 Gone switches the destination off and nothing is lost when it is switched on again", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => response.writeHead(410).end());
  await addDestination(app, receiver);
  work(t, app);
  for (const address of people) await write(app, address);
  await until("it is off", () => app.deps.settings.destinations.get("crm")?.enabled === false);
  const setting = app.deps.settings.destinations.get("crm");
  assert.match(setting?.disabledBecause ?? "", /410/);
  await sleep(1500);
  const asked = receiver.received.length;
  assert.ok(asked <= 16, `${asked} requests after Gone`);
  await write(app, people[0]!);
  await sleep(700);
  assert.equal(receiver.received.length, asked);
  const taken = watch(receiver, () => true);
  await addDestination(app, receiver);
  await until("everything came", () => new Set(taken.map((one) => one.position)).size === 9);
  assertInOrder(taken);
});

test("what a dead worker had begun is taken over when its lease has run out", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  const taken = watch(receiver, () => true);
  for (const address of people) await write(app, address);
  const { store, clock } = app.deps;
  assert.equal(await store.claimCursor("destination:crm", "dead", 15_000, clock.now()), 0);
  await addDestination(app, receiver);
  work(t, app);
  await sleep(800);
  assert.deepEqual(taken, []);
  app.clock.pass(15_001);
  await until("everything came", () => taken.length === people.length);
});

test("a receiver that is down for long does not copy the ledger into the queue", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  const taken = watch(receiver, () => true);
  for (const address of people) await write(app, address);
  const real = await waiting(app);
  assert.deepEqual(real, []);
  // As after many entries that failed; writing ten thousand of them would take the test a minute.
  const { deliveries } = app.deps.store;
  let isFull = true;
  app.deps.store.deliveries = async (id, state) => {
    const found = await deliveries.call(app.deps.store, id, state);
    if (!isFull || state !== "waiting") return found;
    const parked = { ...PARKED, nextAttemptAt: app.clock.now() + HOUR };
    return Array.from({ length: 10_000 }, (_, at) => ({ ...parked, position: 100_000 + at }));
  };
  await addDestination(app, receiver);
  work(t, app);
  await sleep(2500);
  assert.deepEqual(taken, []);
  assert.equal((await app.deps.store.cursors())[0]?.position, 0);
  isFull = false;
  await until("everything came once there was room", () => taken.length === people.length);
});

const PARKED = {
  destination: "crm",
  token: "t",
  attempts: 1,
  state: "waiting" as const,
  lastError: "down",
};

test("a destination whose adapter is missing holds its cursor instead of skipping entries", async (t) => {
  const app = await startApp(t);
  await app.deps.settings.putDestination({
    id: "crm",
    adapter: "of-a-later-version",
    enabled: true,
    config: {},
  });
  work(t, app);
  await write(app, people[0]!);
  await sleep(2000);
  assert.equal((await app.deps.store.cursors())[0]?.position, 0);
});

test("a store that fails in the middle of a batch leaves no delivery running beside the next try", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  let failures = 2;
  const { putDelivery } = app.deps.store;
  app.deps.store.putDelivery = async (delivery) => {
    failures -= 1;
    if (failures >= 0) throw new Error("no connection");
    await putDelivery.call(app.deps.store, delivery);
  };
  const under = new Set<string>();
  const overlaps: string[] = [];
  let count = 0;
  receiver.answer((response, request) => {
    const { address } = JSON.parse(request.body).data;
    if (under.has(address)) overlaps.push(address);
    under.add(address);
    count += 1;
    const isBad = count % 3 === 0;
    setTimeout(() => {
      under.delete(address);
      response.writeHead(isBad ? 500 : 204).end();
    }, 30);
  });
  for (let round = 0; round < 5; round += 1) {
    for (const address of people) await write(app, address);
  }
  await addDestination(app, receiver);
  work(t, app);
  await untilPassed(app.deps, "destination:crm");
  assert.deepEqual(overlaps, []);
});

test("a destination that is set up later gets everything from the beginning; each has its own cursor", async (t) => {
  const app = await startApp(t);
  const [one, two] = [await startReceiver(t), await startReceiver(t)];
  const first = watch(one, () => true);
  const second = watch(two, () => false);
  await addDestination(app, two, "down");
  for (const address of people) await write(app, address);
  work(t, app);
  await addDestination(app, one);
  await until("the healthy one has all", () => first.length === people.length);
  assert.deepEqual(second, []);
  await untilPassed(app.deps, "destination:down");
  assert.equal((await app.deps.store.deliveries("down", "waiting")).length, people.length);
});
