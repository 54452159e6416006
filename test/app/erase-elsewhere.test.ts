/** Erasures where several servers share a PostgreSQL: each of them forgets, whoever did it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { ByteSearch } from "../../prove/erasure/search.ts";
import { answerPeople } from "../../src/app/answer-people.ts";
import { erase } from "../../src/app/erase.ts";
import { receive } from "../../src/app/receive.ts";
import type { SendOutcome } from "../../src/outbound/outbound.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
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
  type TestAppOptions,
  until,
  untilPassed,
} from "./support.ts";

const KEYS = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
const skip = (await hasPostgres()) === null ? "no PostgreSQL here" : false;
const EMAIL = "zoe@example.com";

let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(async () => {
  if (skip === false) await postgres.stop();
});

async function startTwo(t: TestContext, more: TestAppOptions = {}) {
  const common = {
    databaseUrl: await postgres.createDatabase(),
    env: { ...KEYS, HEED_ORIGIN: "heed.example/test" },
    clock: new FakeClock(),
  };
  const one = await startApp(t, common);
  const two = await startApp(t, { ...common, ...more });
  return { one, two, common };
}

async function say(app: TestApp, text: string, from: string) {
  app.clock.pass(1000);
  await receive(app.deps, "shop", signed(messageOf(text, { from }), app.clock.now()), {});
}

async function loadList(app: TestApp) {
  const description = { name: "house", kind: "do-not-contact", asOf: 1, maxAgeDays: null } as const;
  const more = { countries: [], channels: [], defaultRegion: null };
  async function* text() {
    yield Buffer.from(`${ALICE}\n${BOB}\n${EMAIL}\n`);
  }
  await app.deps.lists.load({ ...description, ...more }, text());
}

const eraseAt = (app: TestApp, address: string) =>
  erase(app.deps, { address, by: "staff", source: "key:desk" });

const found = (app: TestApp, ...people: string[]) =>
  new ByteSearch(people).inFolder(app.dataFolder).map(({ address }) => address);

test("a server that only reads of an erasure denies at once and forgets its own copies", {
  skip,
}, async (t) => {
  const { one, two, common } = await startTwo(t);
  for (const who of [ALICE, BOB]) await say(one, "STOP", who);
  for (const app of [one, two]) await loadList(app);
  await until("the other has read it", async () => two.deps.live.position >= (await head(one)));
  await eraseAt(one, ALICE);
  await eraseAt(one, EMAIL);
  assert.deepEqual(found(one, ALICE, EMAIL), []);
  await until("the other forgets", () => found(two, ALICE, EMAIL).length === 0);
  assert.ok(found(two, BOB).length > 0, "the control: who was not erased is there");
  for (const app of [one, two]) {
    assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
    const [list] = app.deps.lists.all;
    for (const who of [ALICE, BOB, EMAIL]) assert.ok(list?.has(who as never), who);
  }
  const snapshot = join(two.dataFolder, "snapshots", "standings.snapshot");
  await two.stop();
  assert.ok(!existsSync(snapshot), "it may hold the number, so there is none");
  assert.deepEqual(found(two, ALICE, EMAIL), []);
  const again = await startApp(t, { ...common, dataFolder: two.dataFolder });
  assert.equal(serviceTo(again.deps, ALICE).answer, "deny");
  await again.stop();
  assert.ok(existsSync(snapshot), "the number is in no table any more");
  assert.deepEqual(found(again, ALICE, EMAIL), []);
});

test("a server that was down when somebody was erased forgets them when it starts", {
  skip,
}, async (t) => {
  const { one, two, common } = await startTwo(t);
  for (const who of [ALICE, BOB]) await say(one, "STOP", who);
  await loadList(two);
  await two.deps.live.refresh();
  await two.stop();
  assert.ok(found(two, ALICE).length > 1, "in its snapshot and its list");
  await eraseAt(one, ALICE);
  const again = await startApp(t, { ...common, dataFolder: two.dataFolder });
  assert.deepEqual(found(again, ALICE), []);
  assert.equal(serviceTo(again.deps, ALICE).answer, "deny");
  await again.stop();
  assert.deepEqual(found(again, ALICE), []);
  assert.ok(found(again, BOB).length > 1);
});

test("a confirmation that one server sends while another erases is not written down", {
  skip,
}, async (t) => {
  const answer = Promise.withResolvers<SendOutcome>();
  const { one, two } = await startTwo(t, { send: () => answer.promise });
  await say(one, "STOP", ALICE);
  const stop = new AbortController();
  // It goes on with what it knows: it does not hear of the erasure before it writes.
  const working = answerPeople(two.deps, {}, stop.signal);
  await until("the provider is asked", () => two.sent.length === 1);
  await eraseAt(one, ALICE);
  answer.resolve({ sent: true, providerMessageId: "p1" });
  await untilPassed(two.deps, "answers");
  stop.abort();
  await working;
  const kinds = kindsOf(await ledgerOf(one.deps));
  assert.equal(kinds.at(-1), "erasure");
  assert.ok(!kinds.includes("confirmation-outcome"));
});

const head = (app: TestApp) => app.deps.store.head();
