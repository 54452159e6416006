/** What providers send: believed only when signed, once, and in force when it is answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";
import { addTwilioSource, SOURCE, signedSms } from "./signed-sms.ts";

const PERSON = "+12125550123";

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  await addTwilioSource(heed);
  const headers = heed.auth("check");
  const check = async () => {
    const answer = await heed.server.inject({
      method: "POST",
      url: "/v1/check",
      headers,
      payload: { to: PERSON, sender: "acme", channel: "sms", class: "transactional" },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };
  return { ...heed, check, sms: (text: string) => signedSms(heed.deps.publicUrl, PERSON, text) };
}

test("a STOP signed by Twilio's package is followed by a denied check that names its entry", async (t) => {
  const heed = await start(t);
  assert.equal((await heed.check()).verdict, "allow");
  const answer = await heed.server.inject(heed.sms("please stop texting me"));
  assert.equal(answer.statusCode, 200, answer.body);
  assert.match(String(answer.headers["content-type"]), /xml/);
  const position = await heed.deps.store.head();
  assert.equal(position, 1);
  const verdict = await heed.check();
  assert.equal(verdict.verdict, "deny");
  assert.equal(verdict.position, 1);
  const reason = verdict.reasons.find((one: { kind: string }) => one.kind === "opted-out");
  assert.equal(reason.entry, position);
});

test("with one byte changed, wherever it is, the request is refused and changes nothing", async (t) => {
  const heed = await start(t);
  const honest = heed.sms("STOP");
  const { payload } = honest;
  for (let at = 0; at < payload.length; at += 3) {
    const changed = Buffer.from(payload);
    // Letters become other letters, so that the form stays a form.
    changed[at] = payload[at] === 0x41 ? 0x42 : 0x41;
    const answer = await heed.server.inject({ ...honest, payload: changed });
    // Without its `=`, `&` or escape the body may be no form any more, and is a 400.
    const isStructure = /[=&%]|%.$/.test(payload.toString("latin1", Math.max(0, at - 2), at + 1));
    const refused = isStructure ? [400, 403] : [403];
    assert.ok(refused.includes(answer.statusCode), `byte ${at}: ${answer.body}`);
  }
  assert.equal(await heed.deps.store.head(), 0);
  assert.equal((await heed.check()).verdict, "allow");
  assert.equal((await heed.server.inject(honest)).statusCode, 200, "the honest one is believed");
});

test("a replay is acknowledged like the first time and changes nothing", async (t) => {
  const heed = await start(t);
  const stop = heed.sms("STOP");
  const first = await heed.server.inject(stop);
  const before = JSON.stringify(await heed.deps.store.read(0, 10));
  for (let round = 0; round < 3; round++) {
    const again = await heed.server.inject(stop);
    assert.equal(again.statusCode, first.statusCode);
    assert.equal(again.body, first.body);
  }
  assert.equal(JSON.stringify(await heed.deps.store.read(0, 10)), before);
  assert.equal(await heed.deps.store.head(), 1);
});

test("a START that is replayed after a later STOP lifts nothing", async (t) => {
  const heed = await start(t);
  const startAgain = heed.sms("START");
  await heed.server.inject(heed.sms("STOP"));
  await heed.server.inject(startAgain);
  await heed.server.inject(heed.sms("STOP"));
  await heed.server.inject(startAgain);
  assert.equal((await heed.check()).verdict, "deny");
});

test("the refusal says nothing that helps a forger; the log says what failed", async (t) => {
  const heed = await start(t);
  const honest = heed.sms("STOP");
  const unsigned = { ...honest, headers: { "content-type": honest.headers["content-type"] ?? "" } };
  const answer = await heed.server.inject(unsigned);
  assert.equal(answer.statusCode, 403);
  assert.doesNotMatch(answer.body, /signature|token|header/i);
  assert.ok(heed.logged.some((line) => line.includes("an inbound request was refused")));
});

test("any type of body, and none, reaches the adapter, which refuses what is not signed", async (t) => {
  const heed = await start(t);
  const url = `/v1/inbound/${SOURCE}`;
  const types = [undefined, "nonsense", "application/json", "text/csv", "multipart/form-data"];
  for (const type of types) {
    const answer = await heed.server.inject({
      method: "POST",
      url,
      headers: type === undefined ? {} : { "content-type": type },
      payload: Buffer.from("{"),
    });
    assert.ok([400, 403].includes(answer.statusCode), `${type}: ${answer.body}`);
    assert.match(String(answer.headers["content-type"]), /problem\+json/);
  }
  assert.equal((await heed.server.inject({ method: "POST", url })).statusCode, 403);
  assert.equal(await heed.deps.store.head(), 0);
});

test("GET and HEAD on a source change nothing and say that POST is the method", async (t) => {
  const heed = await start(t);
  for (const method of ["GET", "HEAD", "PUT", "DELETE"] as const) {
    const answer = await heed.server.inject({ ...heed.sms("STOP"), method });
    assert.equal(answer.statusCode, 405);
    assert.match(String(answer.headers.allow), /POST/);
  }
  assert.equal(await heed.deps.store.head(), 0);
});

test("a source that is not there, or is switched off, is a 404", async (t) => {
  const heed = await start(t);
  const sms = heed.sms("STOP");
  const nowhere = await heed.server.inject({ ...sms, url: "/v1/inbound/nobody" });
  assert.equal(nowhere.statusCode, 404);
  assert.equal(nowhere.json().type, "/problems/unknown-source");
  const source = heed.deps.settings.sources.get(SOURCE);
  assert.ok(source !== undefined);
  await heed.deps.settings.putSource({ ...source, enabled: false });
  assert.equal((await heed.server.inject(sms)).statusCode, 404);
  assert.equal(await heed.deps.store.head(), 0);
});

test("a body of 64 KiB and one byte is refused before anybody looks at it", async (t) => {
  const heed = await start(t);
  const answer = await heed.server.inject({
    ...heed.sms("STOP"),
    payload: Buffer.alloc(64 * 1024 + 1, "a"),
  });
  assert.equal(answer.statusCode, 413);
  assert.equal(await heed.deps.store.head(), 0);
});
