/** The worker that answers people: at most once, whatever fails and however many servers there are. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CONFIRM_WITHIN_MS } from "../../src/app/decide-answer.ts";
import { receive } from "../../src/app/receive.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import {
  ALICE,
  FakeClock,
  ledgerOf,
  messageOf,
  NOON,
  OUR_NUMBER,
  SHOP,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  until,
  untilPassed,
} from "./support.ts";

const SAY_NO_POSTGRES = (await hasPostgres()) === null ? "no PostgreSQL here" : false;
let postgres: PostgresServer | null = null;
before(async () => {
  if (SAY_NO_POSTGRES === false) postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
});

async function say(app: TestApp, text: string, more: Record<string, unknown> = {}) {
  app.clock.pass(1000);
  await receive(app.deps, "shop", signed(messageOf(text, more), app.clock.now()), {});
}

const answered = (app: TestApp) => untilPassed(app.deps, "answers");

test("STOP, STOP, START, STOP, HELP: two confirmations and one answer, none of them suppressed", async (t) => {
  const app = await startApp(t);
  app.heed.startWorkers();
  for (const text of ["STOP", "stop", "START", "STOP", "HELP"]) {
    await say(app, text);
    await answered(app);
  }
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  const texts = app.sent.map((message) => message.text);
  assert.equal(texts.length, 3);
  assert.equal(texts[0], texts[1]);
  assert.match(texts[0] ?? "", /^Acme Shoes: you have opted out/);
  assert.match(texts[2] ?? "", /reply STOP/);
  for (const { to, from, channel } of app.sent) {
    assert.deepEqual({ to, from, channel }, { to: ALICE, from: OUR_NUMBER, channel: "sms" });
  }
});

test("STOPs in one breath, all on record before the first is answered, are confirmed once", async (t) => {
  const app = await startApp(t);
  for (const text of ["STOP", "STOP!", "please stop texting me"]) await say(app, text);
  app.heed.startWorkers();
  await answered(app);
  assert.equal(app.sent.length, 1);
});

test("the entry that says so is on disk before the provider is called", async (t) => {
  const seen: (string | undefined)[] = [];
  const app: TestApp = await startApp(t, {
    send: async () => {
      seen.push((await ledgerOf(app.deps)).at(-1)?.act?.kind);
      return { sent: true, providerMessageId: "p1" };
    },
  });
  app.heed.startWorkers();
  await say(app, "STOP");
  await until("the outcome is on record", async () => {
    return (await ledgerOf(app.deps)).at(-1)?.act?.kind === "confirmation-outcome";
  });
  assert.deepEqual(seen, ["confirmation"]);
  assert.equal((await ledgerOf(app.deps)).at(-1)?.act?.note, "sent as p1");
});

test("nothing is sent when the provider confirmed, after five minutes, or without a way to reply", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP", { confirmed: true });
  await say(app, "STOP", { from: "+12125550103" });
  app.clock.pass(CONFIRM_WITHIN_MS + 1);
  const { reply: _, ...mute } = SHOP;
  await app.deps.settings.putSource({ ...mute, id: "mute" });
  const request = signed(messageOf("STOP", { from: "+12125550104" }), app.clock.now());
  await receive(app.deps, "mute", request, {});
  app.heed.startWorkers();
  await answered(app);
  assert.deepEqual(app.sent, []);
});

test("a sender that leaves confirmations to its provider sends none", async (t) => {
  const app = await startApp(t, { sender: { confirm: false } });
  app.heed.startWorkers();
  await say(app, "STOP");
  await answered(app);
  assert.deepEqual(app.sent, []);
});

test("the person's language decides, and the sender's where it is not known", async (t) => {
  const app = await startApp(t, { sender: { language: "fr" } });
  app.heed.startWorkers();
  await say(app, "ARRÊT", { from: "+12125550103", language: "es" });
  await answered(app);
  await say(app, "STOP", { from: "+12125550104" });
  await answered(app);
  await say(app, "BAJA", { from: "+12125550105" });
  await answered(app);
  const sms = (language: string) =>
    app.deps.texts
      .find((one) => one.language === language)
      ?.confirmation.sms.replaceAll("{sender}", "Acme Shoes");
  assert.deepEqual(
    app.sent.map((message) => message.text),
    [sms("es"), sms("fr"), sms("es")],
  );
});

test("a provider that throws is called once, and the others are still answered", async (t) => {
  const app = await startApp(t, {
    send: async (message) => {
      if (message.to === ALICE) throw new Error(`no route to ${ALICE}`);
      return { sent: true, providerMessageId: "p" };
    },
  });
  app.heed.startWorkers();
  await say(app, "STOP");
  await say(app, "STOP", { from: "+12125550103" });
  await answered(app);
  assert.deepEqual(app.sent.map((message) => message.to).sort(), [ALICE, "+12125550103"]);
  const notes = (await ledgerOf(app.deps))
    .filter((entry) => entry.act?.kind === "confirmation-outcome")
    .map((entry) => entry.act?.note);
  assert.deepEqual(notes.sort(), ["not sent: the provider failed; the log says how", "sent as p"]);
  assert.ok(!app.logged.join("").includes("2125550101"));
});

test("a secret that is not set costs one confirmation and stops nobody else's", async (t) => {
  const app = await startApp(t);
  const reply = { provider: "test", config: { token: "env:NO_SUCH_VARIABLE" } };
  await app.deps.settings.putSource({ ...SHOP, reply });
  app.heed.startWorkers();
  await say(app, "STOP");
  await answered(app);
  await app.deps.settings.putSource(SHOP);
  await say(app, "STOP", { from: "+12125550103" });
  await answered(app);
  assert.deepEqual(
    app.sent.map((message) => message.to),
    ["+12125550103"],
  );
  assert.match(app.logged.join(""), /NO_SUCH_VARIABLE/);
});

test("a process that ends between the claim and the send loses the confirmation and sends no second", async (t) => {
  const never = Promise.withResolvers<never>();
  const clock = new FakeClock();
  const first = await startApp(t, { clock, send: () => never.promise });
  first.heed.startWorkers();
  await say(first, "STOP");
  await until("the provider was called", () => first.sent.length === 1);
  never.reject(new Error("the process is gone"));
  await first.stop();
  const again = await startApp(t, { clock, dataFolder: first.dataFolder });
  again.heed.startWorkers();
  await answered(again);
  assert.deepEqual(again.sent, []);
});

test("control: a worker that sends before it claims sends twice when it is offered the batch again", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  const [entry] = await ledgerOf(app.deps);
  const provider = app.deps.providers.get("test");
  for (let offer = 0; offer < 2; offer += 1) {
    await provider?.send(
      { channel: "sms", to: entry!.act!.address!, from: OUR_NUMBER, text: "…" },
      {},
      app.deps.fetch,
    );
  }
  assert.equal(app.sent.length, 2);
});

test("two servers that answer the same people send one confirmation each", {
  skip: SAY_NO_POSTGRES,
}, async (t) => {
  const databaseUrl = await postgres!.createDatabase();
  const keys = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
  const clock = new FakeClock(NOON);
  const options = { databaseUrl, env: keys, clock };
  const one = await startApp(t, options);
  const two = await startApp(t, options);
  // Both believe that they hold the lease, as after one stood still for longer than it lasts.
  for (const app of [one, two]) {
    const { store } = app.deps;
    store.claimCursor = async () => 0;
    store.advanceCursor = async () => true;
    app.heed.startWorkers();
  }
  const people = Array.from({ length: 30 }, (_, at) => `+121255501${String(at).padStart(2, "0")}`);
  await Promise.all(
    people.map((from, at) => say(at % 2 === 0 ? one : two, "STOP", { from, id: from })),
  );
  await until("everybody was answered", async () => {
    const kinds = (await ledgerOf(one.deps)).map((entry) => entry.act?.kind);
    return kinds.filter((kind) => kind === "confirmation-outcome").length === people.length;
  });
  const to = [...one.sent, ...two.sent].map((message) => message.to);
  assert.deepEqual(to.sort(), people);
});
