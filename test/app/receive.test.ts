/** The life of an inbound request: replays, ids that come back, senders that are nobody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { receive } from "../../src/app/receive.ts";
import type { RawRequest } from "../../src/inbound/inbound.ts";
import {
  ALICE,
  BOB,
  kindsOf,
  ledgerOf,
  marketingTo,
  messageOf,
  NOON,
  serviceTo,
  signed,
  startApp,
  type TestApp,
} from "./support.ts";

async function take(app: TestApp, request: RawRequest, source = "shop") {
  const outcome = await receive(app.deps, source, request, {});
  assert.ok("response" in outcome, JSON.stringify(outcome));
  return outcome;
}

/** Everything that anybody can ask about the people of the histories. */
function answers(app: TestApp): unknown {
  return [ALICE, BOB].flatMap((to) => [
    app.deps.live.standing(to as never),
    ...(["sms", "voice"] as const).flatMap((channel) => [
      marketingTo(app.deps, to, { channel }),
      serviceTo(app.deps, to, { channel }),
    ]),
  ]);
}

const text = fc.constantFrom("STOP", "START", "HELP", "see you at the bus stop", "hello", "BAJA");
const step = fc.record({
  text,
  from: fc.constantFrom(ALICE, BOB),
  afterMs: fc.integer({ min: 0, max: 90_000 }),
});

test("a replay of any part of any history, in any order, changes no standing and no verdict", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (steps, dice) => {
        const cleanUps: (() => void | Promise<void>)[] = [];
        const app = await startApp({ after: (release) => void cleanUps.unshift(release) });
        try {
          const requests: RawRequest[] = [];
          const replayAll = async () => {
            const shuffled = requests
              .map((request) => ({ request, order: dice.next().value }))
              .sort((a, b) => a.order - b.order);
            for (const { request } of shuffled) await take(app, request);
          };
          for (const [at, { text: said, from, afterMs }] of steps.entries()) {
            app.clock.pass(afterMs);
            const body = messageOf(said, { from, id: `m${at}` });
            requests.push(signed(body, app.clock.now(), `wh${at}`));
            await take(app, requests.at(-1) as RawRequest);
            const before = answers(app);
            const entries = await ledgerOf(app.deps);
            const now = app.clock.now();
            // Signed again by its sender, as a retry is: the signature's time has a tolerance.
            for (const [old, request] of requests.entries()) {
              requests[old] = signed(
                JSON.parse(String(Buffer.from(request.body))),
                now,
                `wh${old}`,
              );
            }
            await replayAll();
            assert.deepEqual(answers(app), before);
            assert.deepEqual(await ledgerOf(app.deps), entries);
          }
        } finally {
          for (const cleanUp of cleanUps) await cleanUp();
        }
      },
    ),
    { numRuns: 8 },
  );
  t.diagnostic("8 histories");
});

test("the same id with START in place of STOP is ignored and said in the log", async (t) => {
  const app = await startApp(t);
  await take(app, signed(messageOf("STOP", { id: "m1" }), NOON));
  app.clock.pass(60_000);
  await take(app, signed(messageOf("START", { id: "m1" }), app.clock.now()));
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), ["opt-out"]);
  assert.equal(marketingTo(app.deps, ALICE).answer, "deny");
  assert.match(app.logged.join(""), /came back with other contents/);
});

test("the same id with STOP in place of START is recorded, once", async (t) => {
  const app = await startApp(t);
  await take(app, signed(messageOf("START", { id: "m1" }), NOON));
  app.clock.pass(60_000);
  for (let time = 0; time < 3; time += 1) {
    await take(app, signed(messageOf("STOP", { id: "m1" }), app.clock.now()));
  }
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), ["opt-in", "opt-out"]);
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
});

test("a message from somebody who is no address is acknowledged and leaves nothing", async (t) => {
  const app = await startApp(t);
  for (const from of ["12345", "AcmeShoes", "+1"]) {
    const outcome = await take(app, signed(messageOf("STOP", { from }), NOON));
    assert.equal(outcome.response.status, 200);
    assert.equal(outcome.recorded, 0);
  }
  assert.deepEqual(await ledgerOf(app.deps), []);
});

test("a forged, an old and a changed request record nothing", async (t) => {
  const app = await startApp(t);
  const right = signed(messageOf("STOP"), NOON);
  const changed = Buffer.from(right.body);
  changed[changed.length - 3]! ^= 1;
  const forgeries: RawRequest[] = [
    { ...right, body: changed },
    { ...right, headers: {} },
    signed(messageOf("STOP"), NOON - 6 * 60_000),
    { ...right, method: "GET" },
  ];
  for (const forgery of forgeries) {
    assert.ok("refusal" in (await receive(app.deps, "shop", forgery, {})));
  }
  assert.deepEqual(await ledgerOf(app.deps), []);
  assert.equal(serviceTo(app.deps, ALICE).answer, "allow");
});

test("an opt-out is in force, and found again by another start, once it is acknowledged", async (t) => {
  const app = await startApp(t);
  await take(app, signed(messageOf("STOP", { id: "m1" }), NOON));
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  await app.stop();
  const again = await startApp(t, { dataFolder: app.dataFolder });
  assert.equal(serviceTo(again.deps, ALICE).answer, "deny");
  // As after a crash before the acknowledgement: the provider does not know, and sends it again.
  await take(again, signed(messageOf("STOP", { id: "m1" }), again.clock.now()));
  assert.deepEqual(kindsOf(await ledgerOf(again.deps)), ["opt-out"]);
});

test("the same message arriving many times at once is recorded once", async (t) => {
  const app = await startApp(t);
  const request = signed(messageOf("STOP", { id: "m1" }), NOON);
  await Promise.all(Array.from({ length: 50 }, () => take(app, request)));
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), ["opt-out"]);
});

test("a STOP is taken also while its sender's setting is missing", async (t) => {
  const app = await startApp(t);
  await app.deps.settings.remove("sender", "acme");
  await take(app, signed(messageOf("STOP"), NOON));
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), ["opt-out"]);
  await app.deps.settings.putSender({ ...(await import("./support.ts")).ACME });
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
});

test("an unknown or disabled source is refused by name", async (t) => {
  const app = await startApp(t);
  const request = signed(messageOf("STOP"), NOON);
  await assert.rejects(receive(app.deps, "elsewhere", request, {}), { code: "unknown-source" });
  const source = app.deps.settings.sources.get("shop");
  assert.ok(source !== undefined);
  await app.deps.settings.putSource({ ...source, enabled: false });
  await assert.rejects(receive(app.deps, "shop", request, {}), { code: "unknown-source" });
});
