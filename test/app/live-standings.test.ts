/**
 * Promise 2 across servers, on a real PostgreSQL: what one server acknowledged is denied there at
 * once and nowhere allowed a second later, also when the database hangs, dies and comes back.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CheckedEntries } from "../../src/app/checked-entries.ts";
import type { Lock } from "../../src/app/head-guard.ts";
import { FRESHNESS_LEASE_MS, type LiveParts, LiveStandings } from "../../src/app/live-standings.ts";
import { createLink, optOutByLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import { rootAt } from "../../src/ledger/proof.ts";
import { Standings } from "../../src/sets/standings.ts";
import { TcpProxy } from "../store/tcp-proxy.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import {
  FakeClock,
  logInto,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  until,
} from "./support.ts";

const KEYS = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
const skip = (await hasPostgres()) === null ? "no PostgreSQL here" : false;
const person = (at: number) => `+121255501${String(at).padStart(2, "0")}`;

let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(async () => {
  if (skip === false) await postgres.stop();
});

async function twoServers(t: TestContext, otherUrl?: (url: string) => Promise<string>) {
  const url = await postgres.createDatabase();
  const one = await startApp(t, { databaseUrl: url, env: KEYS });
  const two = await startApp(t, {
    databaseUrl: (await otherUrl?.(url)) ?? url,
    env: KEYS,
    clock: one.clock,
  });
  return { one, two, url };
}

async function stop(app: TestApp, from: string): Promise<void> {
  await receive(
    app.deps,
    "shop",
    signed(messageOf("STOP", { from, id: from }), app.clock.now()),
    {},
  );
}

const isAllowed = (app: TestApp, to: string) => serviceTo(app.deps, to).answer === "allow";

/** For how long after an acknowledgement `app` still said allow, in milliseconds; 0: not at all. */
async function allowedFor(app: TestApp, to: string, watchMs: number): Promise<number> {
  const acknowledgedAt = performance.now();
  let lastMs = 0;
  while (performance.now() - acknowledgedAt < watchMs) {
    const askedAt = performance.now();
    if (isAllowed(app, to)) lastMs = Math.max(lastMs, askedAt - acknowledgedAt);
    await sleep(2);
  }
  return lastMs;
}

test("denied at once where it was acknowledged, and by no other server allowed a second later", {
  skip,
}, async (t) => {
  const { one, two } = await twoServers(t);
  for (let at = 0; at < 10; at += 1) {
    await until("both say allow", () => isAllowed(one, person(at)) && isAllowed(two, person(at)));
    const [taker, other] = at % 2 === 0 ? [one, two] : [two, one];
    await stop(taker, person(at));
    assert.equal(serviceTo(taker.deps, person(at)).answer, "deny");
    assert.ok((await allowedFor(other, person(at), 1200)) < 1000);
    assert.equal(serviceTo(other.deps, person(at)).answer, "deny");
  }
});

test("a link pressed on one server takes back a return that another has just acknowledged", {
  skip,
}, async (t) => {
  const { one, two } = await twoServers(t);
  for (let at = 0; at < 10; at += 1) {
    const address = person(at);
    const say = async (text: string) => {
      one.clock.pass(1000);
      const message = messageOf(text, { from: address });
      await receive(one.deps, "shop", signed(message, one.clock.now()), {});
    };
    const { token } = createLink(two.deps, { address, sender: "acme" });
    await say("STOP");
    await until("both deny", () => serviceTo(two.deps, address).answer === "deny");
    await say("START");
    one.clock.pass(1000);
    await optOutByLink(two.deps, { how: "one-click", token });
    await one.deps.live.refresh();
    assert.equal(serviceTo(two.deps, address).answer, "deny");
    assert.equal(serviceTo(one.deps, address).answer, "deny");
  }
});

test("a server whose database hangs says unknown within the lease, and is right again afterwards", {
  skip,
}, async (t) => {
  let proxy: TcpProxy | undefined;
  const { one, two } = await twoServers(t, async (url) => {
    proxy = new TcpProxy(url);
    return await proxy.listen();
  });
  assert.ok(proxy !== undefined);
  t.after(() => proxy?.close());
  await until("both say allow", () => isAllowed(one, person(1)) && isAllowed(two, person(1)));
  proxy.isFrozen = true;
  await stop(one, person(1));
  assert.ok((await allowedFor(two, person(1), 1500)) < 1000);
  assert.equal(serviceTo(two.deps, person(1)).answer, "unknown");
  assert.equal(serviceTo(two.deps, person(2)).answer, "unknown");
  assert.match(JSON.stringify(serviceTo(two.deps, person(2)).reasons), /stale/);
  proxy.isFrozen = false;
  proxy.cutAll();
  await until("it is fresh again", () => isAllowed(two, person(2)));
  assert.equal(serviceTo(two.deps, person(1)).answer, "deny");
});

test("when the database dies nobody allows, and after its return all is as acknowledged", {
  skip,
}, async (t) => {
  const { one, two } = await twoServers(t);
  await until("both say allow", () => isAllowed(one, person(2)) && isAllowed(two, person(2)));
  await stop(one, person(1));
  await postgres.kill();
  await sleep(1000);
  for (const app of [one, two]) {
    assert.equal(isAllowed(app, person(2)), false);
    await assert.rejects(app.deps.live.refresh());
  }
  const said = two.logged.filter((line) => line.includes("cannot follow the ledger"));
  assert.equal(said.length, 1, "an outage is said once");
  await postgres.restart();
  await until("both are fresh again", () => isAllowed(one, person(2)) && isAllowed(two, person(2)));
  for (const app of [one, two]) assert.equal(serviceTo(app.deps, person(1)).answer, "deny");
});

test("a server with other keys on the same database is refused in words", { skip }, async (t) => {
  const url = await postgres.createDatabase();
  const first = await startApp(t, { databaseUrl: url, env: KEYS });
  await first.stop();
  for (const env of [{}, { ...KEYS, HEED_PEPPER: "ef".repeat(32) }]) {
    await assert.rejects(startApp(t, { databaseUrl: url, env }), {
      name: "ConfigProblem",
      message: /begun with other keys; copy the `keys` folder .* HEED_PEPPER/,
    });
  }
});

/** Standings of their own, of the same ledger. */
function partsOf(app: TestApp, parts: Partial<LiveParts> = {}): LiveParts {
  const { store, guard, secrets } = app.deps;
  const { tokensOf } = secrets;
  return {
    standings: new Standings(tokensOf),
    store,
    entries: new CheckedEntries({ store, tokensOf, onFault: (_, fault) => assert.fail(fault) }),
    guard,
    clock: new FakeClock(),
    alone: false,
    ...parts,
  };
}

/** A store behind a slow network: answers are as of the question, and come late. */
function lateAnswers(app: TestApp, delayMs: number, onAnswer: () => void): LiveParts["store"] {
  const { store } = app.deps;
  return {
    tree: async () => {
      const tree = await store.tree();
      onAnswer();
      await sleep(delayMs);
      return tree;
    },
    waitForEntries: (after, timeoutMs) => store.waitForEntries(after, timeoutMs),
  };
}

class DatedFromReceipt extends LiveStandings {
  #receivedAt = Number.NEGATIVE_INFINITY;
  override async refresh(): Promise<void> {
    await super.refresh();
    this.#receivedAt = performance.now();
  }
  override isFresh(): boolean {
    return performance.now() - this.#receivedAt < 700;
  }
}

class NeverExpires extends LiveStandings {
  override isFresh(): boolean {
    return true;
  }
}

for (const { name, make, isWrong } of [
  { name: "dated from the question", make: LiveStandings, isWrong: false },
  { name: "control: dated from receipt of the answer", make: DatedFromReceipt, isWrong: true },
  { name: "control: that never expires", make: NeverExpires, isWrong: true },
]) {
  test(`a lease ${name}, behind a slow network, ${isWrong ? "allows too late" : "keeps the second"}`, async (t) => {
    const app = await startApp(t);
    const answered = Promise.withResolvers<void>();
    const live = new make(partsOf(app, { store: lateAnswers(app, 650, answered.resolve) }));
    // The question is answered as of now and its answer is 650 ms on its way.
    const refreshed = live.refresh();
    await answered.promise;
    await stop(app, person(1));
    const acknowledgedAt = performance.now();
    await refreshed;
    let lastAllowedMs = 0;
    while (performance.now() - acknowledgedAt < 1400) {
      const isOptedOut = live.standing(person(1) as never).length > 0;
      if (live.isFresh() && !isOptedOut) lastAllowedMs = performance.now() - acknowledgedAt;
      await sleep(5);
    }
    assert.equal(lastAllowedMs > 1000, isWrong, `last allowed after ${lastAllowedMs} ms`);
  });
}

test("entries that are taken in out of turn are put in order from the ledger", async (t) => {
  const app = await startApp(t);
  for (const at of [1, 2, 3]) await stop(app, person(at));
  const entries = await app.deps.store.read(0, 10);
  const live = new LiveStandings(partsOf(app, { alone: true }));
  await Promise.all([
    live.takeIn(entries.slice(2)),
    live.takeIn(entries.slice(0, 1)),
    live.refresh(),
    live.takeIn(entries.slice(1, 2)),
  ]);
  assert.equal(live.position, 3);
  for (const at of [1, 2, 3]) assert.equal(live.standing(person(at) as never).length, 1);
});

test("2,000 STOPs at once: a check right after each acknowledgement denies", async (t) => {
  const app = await startApp(t);
  const numbers = Array.from({ length: 2000 }, (_, at) => `+1212555${String(1000 + at)}`);
  const answers = await Promise.all(
    numbers.map(async (from) => {
      await stop(app, from);
      return serviceTo(app.deps, from).answer;
    }),
  );
  assert.deepEqual([...new Set(answers)], ["deny"]);
});

test("following a ledger that cannot be read ends when it is told to", async (t) => {
  const app = await startApp(t);
  const logged: string[] = [];
  const gone = async () => Promise.reject(new Error("gone"));
  const live = new LiveStandings(
    partsOf(app, { store: { tree: gone, waitForEntries: async () => false } }),
  );
  const end = new AbortController();
  const done = live.follow(end.signal, logInto(logged));
  await sleep(700);
  end.abort();
  await done;
  assert.equal(logged.length, 1);
  assert.equal(live.isFresh(), false);
});

test("a head that went back locks, and is never taken for one that stands still", async (t) => {
  const app = await startApp(t);
  for (const at of [1, 2, 3]) await stop(app, person(at));
  const { store } = app.deps;
  const back = await treeOf(store, 2);
  const locks: Lock[] = [];
  const clock = new FakeClock();
  const guard = {
    keep: async () => undefined,
    lockNow: (lock: Lock) => void locks.push(lock),
    get needsNewStart() {
      return locks.length > 0;
    },
  };
  let tree = await store.tree();
  const live = new LiveStandings(
    partsOf(app, {
      guard,
      clock,
      store: { ...lateAnswers(app, 0, () => {}), tree: async () => tree },
    }),
  );
  await live.refresh();
  assert.equal(live.isFresh(), true);
  tree = back;
  await live.refresh();
  assert.deepEqual(
    locks.map(({ kind }) => kind),
    ["behind"],
  );
  assert.match(
    locks[0]?.text ?? "",
    /has 2 entries, but this server saw 3: the last one is missing/,
  );
  await sleep(FRESHNESS_LEASE_MS + 50);
  assert.equal(live.isFresh(), false, "the lease was not dated from that answer");
  // Standings of a ledger that is no more stand still, and keep nobody waiting.
  await live.catchUpTo(7);
  assert.equal(live.position, 3);
});

async function treeOf(store: TestApp["deps"]["store"], size: number) {
  return { size, root: await rootAt(size, (tile) => store.readTile(tile)) };
}
