/**
 * A PostgreSQL that went back while servers run on it, as after a failover to an old replica or a
 * restore of a dump (promises 2, 3 and 6): every server notices within five seconds, by itself, and
 * none allows what it denied before.
 */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { acceptGap } from "../../src/app/accept-gap.ts";
import { receive } from "../../src/app/receive.ts";
import { TcpProxy } from "../store/tcp-proxy.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import {
  ALICE,
  BOB,
  FakeClock,
  kindsOf,
  ledgerOf,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  until,
} from "./support.ts";

const KEYS = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
const CAROL = "+12125550103";
const NOBODY = "+12125550177";
const TWO_PEOPLE = { first: "Ana Torres", second: "Ben Okafor", why: "failover", source: "t" };
const LOCKS_WITHIN_MS = 5000;
const skip = (await hasPostgres()) === null ? "no PostgreSQL here" : false;

let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(async () => {
  if (skip === false) await postgres.stop();
});

async function say({ deps, clock }: TestApp, from: string, text = "STOP"): Promise<void> {
  clock.pass(1000);
  await receive(deps, "shop", signed(messageOf(text, { from }), clock.now()), {});
}

async function asOwner(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** As it is now. Nobody may be connected. */
async function copyDatabase(url: string): Promise<string> {
  const name = new URL(url).pathname.slice(1);
  await asOwner(`CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
  return `${name}_copy`;
}

/** The copy under the database's own name, behind the backs of everybody who is connected. */
async function putBack(url: string, copy: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asOwner(
    `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    `ALTER DATABASE ${name} RENAME TO ${name}_lost`,
    `ALTER DATABASE ${copy} RENAME TO ${name}`,
  );
}

/** Alice opted out before the copy was made, Bob after it. Two servers have seen both. */
async function twoServersAndACopy(t: TestContext) {
  const url = await postgres.createDatabase();
  const clock = new FakeClock();
  const first = await startApp(t, { databaseUrl: url, env: KEYS, clock });
  const { dataFolder } = first;
  await say(first, ALICE);
  await first.stop();
  const copy = await copyDatabase(url);
  const one = await startApp(t, { databaseUrl: url, env: KEYS, clock, dataFolder });
  const two = await startApp(t, { databaseUrl: url, env: KEYS, clock });
  await say(one, BOB);
  await until("both deny", () => serviceTo(two.deps, BOB).answer === "deny");
  return { url, copy, clock, one, two };
}

test("servers on a database that went back lock within five seconds, and allow nobody they denied", {
  skip,
}, async (t) => {
  const { url, copy, clock, one, two } = await twoServersAndACopy(t);
  await until("they allow others", () =>
    [one, two].every(({ deps }) => serviceTo(deps, NOBODY).answer === "allow"),
  );
  const wentBackAt = performance.now();
  await putBack(url, copy);
  for (const app of [one, two]) {
    const { deps } = app;
    await until("it is locked", () => {
      assert.equal(serviceTo(deps, BOB).answer, "deny");
      return deps.guard.lock !== null;
    });
    assert.ok(performance.now() - wentBackAt < LOCKS_WITHIN_MS);
    assert.equal(deps.guard.lock?.kind, "behind");
    assert.equal(serviceTo(deps, NOBODY).reasons[0]?.kind, "locked");
    assert.equal(deps.notary.checkpoint(), null);
    assert.ok(app.logged.some((line) => line.includes("LOCKED")));
  }
  // Opt-outs are taken, by either, and nobody is kept waiting for standings that stand still.
  await say(one, CAROL);
  await say(two, CAROL);
  assert.equal((await ledgerOf(one.deps)).at(-1)?.act?.address, CAROL);
  // What is in memory is of a ledger that is no more, so it cannot be accepted away here.
  await assert.rejects(acceptGap(one.deps, TWO_PEOPLE), { message: /Start it again/ });
  await Promise.all([one.stop(), two.stop()]);

  const start = { databaseUrl: url, env: KEYS, clock };
  const again = await startApp(t, { ...start, dataFolder: one.dataFolder });
  assert.notEqual(again.deps.guard.lock, null);
  const { origin } = await acceptGap(again.deps, TWO_PEOPLE);
  assert.equal(again.deps.guard.lock, null);
  assert.equal(serviceTo(again.deps, CAROL).answer, "deny");
  await until("others are allowed", () => serviceTo(again.deps, NOBODY).answer === "allow");

  // The other server has an anchor of its own, and two people accept it there as well.
  const other = await startApp(t, { ...start, dataFolder: two.dataFolder });
  assert.equal(other.deps.guard.lock?.kind, "other-log");
  const accepted = await acceptGap(other.deps, TWO_PEOPLE);
  assert.equal(accepted.origin, origin, "no third log was begun");
  assert.equal(other.deps.guard.lock, null);
  await until("others are allowed", () => serviceTo(other.deps, NOBODY).answer === "allow");
});

test("one that went back and has grown again is noticed by its history", { skip }, async (t) => {
  const { url, copy, clock, one, two } = await twoServersAndACopy(t);
  await Promise.all([one.stop(), two.stop()]);
  await putBack(url, copy);
  // A server that has never seen this ledger: nothing tells it, and it anchors what there is.
  const fresh = await startApp(t, { databaseUrl: url, env: KEYS, clock });
  assert.equal(fresh.deps.guard.lock, null, "a LIMIT, and the control of this test");
  await say(fresh, CAROL);
  await say(fresh, NOBODY);
  const again = await startApp(t, {
    ...{ databaseUrl: url, env: KEYS, clock, dataFolder: two.dataFolder },
  });
  assert.equal(again.deps.guard.lock?.kind, "differs");
  assert.equal(serviceTo(again.deps, "+12125550166").answer, "deny");
});

/** Alice opted out before the copy was made, Bob and Carol after it: only the first server knows. */
async function oneLagsBehind(t: TestContext) {
  const url = await postgres.createDatabase();
  const clock = new FakeClock();
  const first = await startApp(t, { databaseUrl: url, env: KEYS, clock });
  const { dataFolder } = first;
  await say(first, ALICE);
  await first.stop();
  const copy = await copyDatabase(url);
  const network = new TcpProxy(url);
  t.after(() => network.close());
  const start = { databaseUrl: url, env: KEYS, clock };
  const one = await startApp(t, { ...start, dataFolder });
  const two = await startApp(t, { ...start, databaseUrl: await network.listen() });
  await until("both allow", () => isAllowedBy(one, NOBODY) && isAllowedBy(two, NOBODY));
  network.isDown = true;
  network.cutAll();
  await say(one, BOB);
  await say(one, CAROL);
  return { url, copy, start, network, one, two };
}

const isAllowedBy = ({ deps }: TestApp, to: string) => serviceTo(deps, to).answer === "allow";

/** The keys of the log that goes on, as the guide says: from the first server to the others. */
function copyKeys(from: TestApp, folder: string): string {
  cpSync(join(from.dataFolder, "keys"), join(folder, "keys"), { recursive: true });
  return folder;
}

test("what one server saw locks those that lagged behind it and those that are new", {
  skip,
}, async (t) => {
  const { url, copy, start, network, one, two } = await oneLagsBehind(t);
  const lost = one.deps.guard.anchor;
  const wentBackAt = performance.now();
  await putBack(url, copy);
  network.isDown = false;
  await until("both are locked", () => [one, two].every(({ deps }) => deps.guard.lock !== null));
  assert.ok(performance.now() - wentBackAt < LOCKS_WITHIN_MS);
  assert.match(two.deps.guard.lock?.text ?? "", /but another server saw 3: the last 2 are missing/);
  const noneIsAllowed = (app: TestApp) => {
    for (const to of [ALICE, BOB, CAROL, NOBODY])
      assert.equal(serviceTo(app.deps, to).answer, "deny");
    assert.equal(app.deps.notary.checkpoint(), null);
  };
  const watchedUntil = performance.now() + 1000;
  while (performance.now() < watchedUntil) {
    for (const app of [one, two]) noneIsAllowed(app);
    await sleep(20);
  }
  const three = await startApp(t, start);
  noneIsAllowed(three);
  await Promise.all([one, two, three].map((app) => app.stop()));
  for (const { dataFolder } of [two, three]) {
    const again = await startApp(t, { ...start, dataFolder });
    noneIsAllowed(again);
    assert.deepEqual(again.deps.guard.lost, lost);
    await again.stop();
  }

  // Two people accept it on the first, and what they give up is in the ledger.
  const first = await startApp(t, { ...start, dataFolder: one.dataFolder });
  const { entry, origin } = await acceptGap(first.deps, TWO_PEOPLE);
  assert.equal(entry.act?.evidence?.size, lost?.tree.size);
  assert.notEqual(origin, lost?.origin);
  const apps = [first];
  for (const { dataFolder } of [two, three]) {
    const app = await startApp(t, { ...start, dataFolder: copyKeys(first, dataFolder) });
    assert.equal(app.deps.guard.lock?.kind, "other-log");
    assert.equal((await acceptGap(app.deps, TWO_PEOPLE)).origin, origin);
    apps.push(app);
  }
  // One that is new has nothing to accept: what was seen of the old log says nothing of this one.
  const four = copyKeys(first, join(temporaryFolder(t), "data"));
  apps.push(await startApp(t, { ...start, dataFolder: four }));
  await say(first, BOB);
  for (const app of apps) {
    await until("all go on", () => isAllowedBy(app, NOBODY) && !isAllowedBy(app, BOB));
    assert.equal(app.deps.guard.lock, null);
    assert.equal(app.deps.notary.origin, origin);
  }
});

test("without the word of one who saw it a server that lagged allows: the control, and a LIMIT", {
  skip,
}, async (t) => {
  const { url, copy, start, network, one, two } = await oneLagsBehind(t);
  await one.stop();
  await putBack(url, copy);
  network.isDown = false;
  await until("it allows who opted out", () => isAllowedBy(two, BOB));
  await say(two, NOBODY);
  assert.equal(two.deps.guard.lock, null);
  // As soon as one that saw it starts, the others are locked as well, also while they run.
  const again = await startApp(t, { ...start, dataFolder: one.dataFolder });
  assert.notEqual(again.deps.guard.lock, null);
  await until("it is locked too", () => two.deps.guard.lock !== null, LOCKS_WITHIN_MS);
  assert.equal(serviceTo(two.deps, BOB).answer, "deny");
  assert.equal(two.deps.guard.needsNewStart, true);
});

test("a server that follows others moves its anchor with them", { skip }, async (t) => {
  const { one, two, url, clock } = await twoServersAndACopy(t);
  await say(one, CAROL);
  const head = await one.deps.store.head();
  await until("the other one has anchored it", () => two.deps.guard.kept?.size === head);
  assert.equal(two.deps.guard.lock, null);
  await two.stop();
  await sleep(50);
  const again = await startApp(t, {
    ...{ databaseUrl: url, env: KEYS, clock, dataFolder: two.dataFolder },
  });
  assert.equal(again.deps.guard.lock, null);
  assert.ok(!kindsOf(await ledgerOf(again.deps)).includes("gap"));
});
