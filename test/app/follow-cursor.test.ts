/** Workers over the ledger: nothing is skipped, one at a time, and a dead one is replaced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { followCursor, type Work } from "../../src/app/follow-cursor.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { startApp, type TestApp, until } from "./support.ts";

async function write(app: TestApp, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () =>
      recordChoice(
        app.deps,
        { kind: "opt-out", address: "+12125550101", sender: "acme", by: "person" },
        "key:a",
        null,
      ),
    ),
  );
}

function follow(
  t: { after(release: () => Promise<void>): void },
  app: TestApp,
  work: Work,
  holder = "me",
) {
  const stop = new AbortController();
  const done = followCursor({ ...app.deps, holder }, "work", stop.signal, work);
  const end = async () => {
    stop.abort();
    await done;
  };
  t.after(end);
  return { end };
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test("work sees every entry in order, also those that come later", async (t) => {
  const app = await startApp(t);
  await write(app, 450);
  const seen: number[] = [];
  follow(t, app, {
    async take(entries) {
      seen.push(...entries.map((entry) => entry.position));
      return "done";
    },
  });
  await until("the first are seen", () => seen.length === 450);
  await write(app, 5);
  await until("the later ones are seen", () => seen.length === 455);
  assert.deepEqual(seen, upTo(455));
});

test("work that fails or says not now gets the same entries again", async (t) => {
  const app = await startApp(t);
  await write(app, 3);
  const offers: number[][] = [];
  follow(t, app, {
    async take(entries) {
      offers.push(entries.map((entry) => entry.position));
      if (offers.length === 1) throw new Error("the first offer fails");
      return offers.length === 2 ? "not now" : "done";
    },
  });
  await until("the third offer came", () => offers.length === 3);
  assert.deepEqual(offers, [upTo(3), upTo(3), upTo(3)]);
});

test("a worker that is stopped lets the next one go on at once, also in the middle of work", async (t) => {
  const app = await startApp(t);
  await write(app, 3);
  const begun = Promise.withResolvers<void>();
  const first = follow(
    t,
    app,
    {
      async take(_, signal) {
        begun.resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        signal.throwIfAborted();
        return "done";
      },
    },
    "one",
  );
  await begun.promise;
  await first.end();
  const [cursor] = await app.deps.store.cursors();
  assert.deepEqual(
    { position: cursor?.position, leaseUntil: cursor?.leaseUntil },
    { position: 0, leaseUntil: 0 },
  );
  const seen: number[] = [];
  follow(
    t,
    app,
    {
      async take(entries) {
        seen.push(...entries.map((entry) => entry.position));
        return "done";
      },
    },
    "two",
  );
  await until("the next one saw them", () => seen.length === 3);
});

test("while one works nobody else does; when it died its lease runs out and another goes on", async (t) => {
  const app = await startApp(t);
  await write(app, 3);
  // A worker that died: it holds the lease and will never come back.
  assert.equal(await app.deps.store.claimCursor("work", "dead", 15_000, app.clock.now()), 0);
  await app.deps.store.advanceCursor("work", "dead", 1, 15_000, app.clock.now());
  const seen: number[] = [];
  follow(t, app, {
    async take(entries) {
      seen.push(...entries.map((entry) => entry.position));
      return "done";
    },
  });
  await sleep(700);
  assert.deepEqual(seen, []);
  app.clock.pass(15_001);
  await until("the lease was taken over", () => seen.length > 0);
  assert.deepEqual(seen, [2, 3]);
});

test("slow work keeps its lease: it is renewed while the work goes on", async (t) => {
  const app = await startApp(t);
  await write(app, 1);
  const finish = Promise.withResolvers<void>();
  let aborted = false;
  follow(t, app, {
    async take(_, signal) {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      await finish.promise;
      return "done";
    },
  });
  const leaseUntil = async () => (await app.deps.store.cursors())[0]?.leaseUntil ?? 0;
  await until("it holds the lease", async () => (await leaseUntil()) > 0);
  const first = await leaseUntil();
  app.clock.pass(14_000);
  await until("it was renewed", async () => (await leaseUntil()) > first);
  app.clock.pass(14_000);
  assert.equal(await app.deps.store.claimCursor("work", "other", 15_000, app.clock.now()), null);
  assert.equal(aborted, false);
  finish.resolve();
});

test("work is told when another server has its lease, and moves the cursor no more", async (t) => {
  const app = await startApp(t);
  await write(app, 1);
  const begun = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  follow(t, app, {
    async take(_, signal) {
      begun.resolve();
      signal.addEventListener("abort", () => told.resolve());
      await told.promise;
      return "done";
    },
  });
  await begun.promise;
  app.clock.pass(15_001);
  assert.equal(await app.deps.store.claimCursor("work", "other", 15_000, app.clock.now()), 0);
  await told.promise;
  await sleep(100);
  assert.equal((await app.deps.store.cursors())[0]?.position, 0);
});

test("a database that fails for a while stops the work and not the worker", async (t) => {
  const app = await startApp(t);
  await write(app, 2);
  const read = app.deps.store.read.bind(app.deps.store);
  let failures = 3;
  app.deps.store.read = async (after, limit) => {
    failures -= 1;
    if (failures >= 0) throw new Error("no connection");
    return await read(after, limit);
  };
  const seen: number[] = [];
  follow(t, app, {
    async take(entries) {
      seen.push(...entries.map((entry) => entry.position));
      return "done";
    },
  });
  await until("it went on", () => seen.length === 2);
});
