/** Recording sends through the API: counted when it is answered, once each, all of a request or none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddressKey } from "../../src/domain/words.ts";
import { startTestHeed } from "../support/heed.ts";

const PERSON = "+12125550123" as AddressKey;
const SMS = { to: PERSON, sender: "acme", channel: "sms", class: "marketing" };
const DAY_MS = 86_400_000;

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("send");
  const post = (sends: readonly object[], key?: string) =>
    heed.server.inject({
      method: "POST",
      url: "/v1/sends",
      headers: { ...headers, ...(key === undefined ? {} : { "idempotency-key": key }) },
      payload: { sends },
    });
  const recent = (subject: string | null = null, to = PERSON) =>
    heed.deps.sends.recent(to, heed.deps.clock.now(), subject);
  return { ...heed, post, recent };
}

test("a send counts when it is answered, with all that was said of it", async (t) => {
  const heed = await start(t);
  assert.deepEqual(heed.recent(), []);
  const at = new Date(Date.now() - 60_000).toISOString();
  const call = { ...SMS, channel: "voice", callKind: "auto", isReply: true, subject: " debt 7 " };
  const answer = await heed.post([{ ...SMS, at }, call]);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(answer.json(), { recorded: 2, known: 0, tooOld: 0 });
  const [later, earlier] = [...heed.recent("debt 7")].sort((a, b) => b.at - a.at);
  assert.deepEqual(earlier, {
    ...{ at: Date.parse(at), sender: "acme", channel: "sms", class: "marketing" },
    ...{ subject: null, callKind: null, isReply: false },
  });
  const { at: _, ...said } = later!;
  assert.deepEqual(said, {
    ...{ sender: "acme", channel: "voice", class: "marketing" },
    ...{ subject: "debt 7", callKind: "auto", isReply: true },
  });
  assert.notEqual(heed.recent("debt 8")[0]?.subject, "debt 8");
  assert.deepEqual(heed.recent(null, "+12125550124" as AddressKey), []);
});

test("neither the address nor the subject is in the store in clear", async (t) => {
  const heed = await start(t);
  await heed.post([{ ...SMS, subject: "her divorce", messageId: `to-${PERSON}` }]);
  const rows = JSON.stringify(await heed.deps.store.readSends(0, 10));
  assert.doesNotMatch(rows, /2125550123|divorce/);
});

test("a send is known again by its id, whatever the address looks like; another body is a conflict", async (t) => {
  const heed = await start(t);
  await heed.post([{ ...SMS, messageId: "SM1" }]);
  const again = await heed.post([
    { ...SMS, to: "+1 (212) 555-0123", messageId: "SM1" },
    { ...SMS, messageId: "SM2" },
  ]);
  assert.deepEqual(again.json(), { recorded: 1, known: 1, tooOld: 0 });
  // One id for a whole campaign stands for one message to each person, and none is left uncounted.
  const other = await heed.post([{ ...SMS, to: "+12125550124", messageId: "SM1" }]);
  assert.equal(other.json().recorded, 1);
  const conflict = await heed.post([SMS, { ...SMS, class: "transactional", messageId: "SM1" }]);
  assert.match(conflict.json().type, /idempotency-conflict/);
  assert.match(conflict.body, /nothing of this request/);
  assert.equal(heed.recent().length, 2);
});

test("an Idempotency-Key makes the retry of a whole batch safe", async (t) => {
  const heed = await start(t);
  const batch = Array.from({ length: 600 }, (_, n) => ({ ...SMS, subject: `s${n % 7}` }));
  assert.equal((await heed.post(batch, "batch-1")).json().recorded, 600);
  assert.deepEqual((await heed.post(batch, "batch-1")).json(), {
    ...{ recorded: 0, known: 600, tooOld: 0 },
  });
  assert.equal(heed.recent().length, 600);
  assert.equal((await heed.post(batch)).json().recorded, 600, "the control: without a key");
});

test("a request with one bad send records nothing, and says which it is", async (t) => {
  const heed = await start(t);
  const later = new Date(Date.now() + DAY_MS).toISOString();
  const wrong: [object, string, RegExp][] = [
    [{ to: "12" }, "invalid-address", /sends\/1\/to/],
    [{ sender: "nobody" }, "unknown-sender", /sends\/1\/sender/],
    [{ channel: "email" }, "invalid-request", /sends\/1\/channel/],
    [{ at: later }, "invalid-request", /sends\/1\/at/],
    [{ confirms: 99 }, "unknown-entry", /sends\/1\/confirms/],
    [{ callKind: "robot" }, "invalid-request", /sends\/1\/callKind/],
  ];
  for (const [more, code, pointer] of wrong) {
    const answer = await heed.post([SMS, { ...SMS, ...more }]);
    assert.match(answer.json().type, new RegExp(`${code}$`), answer.body);
    assert.match(answer.body, pointer);
  }
  assert.equal((await heed.post([])).statusCode, 400);
  assert.deepEqual(heed.recent(), []);
});

test("what is too old to count is left out and told, and a clock may be a little ahead", async (t) => {
  const heed = await start(t);
  const old = new Date(Date.now() - 63 * DAY_MS).toISOString();
  const ahead = new Date(Date.now() + 60_000).toISOString();
  const answer = await heed.post([
    { ...SMS, at: old },
    { ...SMS, at: ahead },
  ]);
  assert.deepEqual(answer.json(), { recorded: 1, known: 0, tooOld: 1 });
  assert.ok(heed.recent()[0]!.at <= Date.now());
});

test("a confirmation is found by the opt-out that it confirmed", async (t) => {
  const heed = await start(t);
  await heed.server.inject({
    method: "POST",
    url: "/v1/opt-outs",
    headers: heed.auth("record"),
    payload: { address: PERSON, sender: "acme" },
  });
  assert.equal(heed.deps.sends.confirmed(1), false);
  const answer = await heed.post([{ ...SMS, class: "confirmation", confirms: 1, by: "provider" }]);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(heed.deps.sends.confirmed(1), true);
});

test("an erasure takes what was sent to a person, says so, and lets others be", async (t) => {
  const heed = await start(t);
  await heed.post([SMS, SMS, { ...SMS, to: "+12125550124" }]);
  const erase = () =>
    heed.server.inject({
      method: "POST",
      url: "/v1/erasures",
      headers: heed.auth("admin"),
      payload: { address: PERSON, by: "person" },
    });
  const answer = await erase();
  assert.match(answer.body, /2 recorded sends/);
  assert.doesNotMatch((await erase()).body, /recorded send/);
  assert.deepEqual(heed.recent(), []);
  assert.equal(heed.recent(null, "+12125550124" as AddressKey).length, 1);
  assert.equal((await heed.deps.store.readSends(0, 10)).length, 1);
});

test("only a key that may tell of sends can", async (t) => {
  const heed = await start(t);
  for (const scope of ["check", "record", "import", "export"] as const) {
    const answer = await heed.server.inject({
      method: "POST",
      url: "/v1/sends",
      headers: heed.auth(scope),
      payload: { sends: [SMS] },
    });
    assert.equal(answer.statusCode, 403, scope);
  }
});
