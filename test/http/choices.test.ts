/** Recording through the API: durable, in force, once for each key, and opt-ins only with evidence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLink } from "../../src/app/opt-out-link.ts";
import { startTestHeed } from "../support/heed.ts";

const PERSON = "+12125550123";
const EVIDENCE = { kind: "form", url: "https://acme.example/join", version: 3 };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const record = heed.auth("record");
  const checking = heed.auth("check");
  return {
    ...heed,
    post: (path: string, payload: object, key?: string) =>
      heed.server.inject({
        method: "POST",
        url: `/v1/${path}`,
        headers: { ...record, ...(key === undefined ? {} : { "idempotency-key": key }) },
        payload,
      }),
    verdict: async (more: object = {}) => {
      const payload = {
        to: PERSON,
        sender: "acme",
        channel: "sms",
        class: "transactional",
        ...more,
      };
      const answer = await heed.server.inject({
        method: "POST",
        url: "/v1/check",
        headers: checking,
        payload,
      });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json().verdict as string;
    },
  };
}

test("an opt-out is in force when it is answered, and says what it covers", async (t) => {
  const heed = await start(t);
  assert.equal(await heed.verdict(), "allow");
  const answer = await heed.post("opt-outs", { address: PERSON, sender: "acme", channel: "sms" });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.equal(await heed.verdict(), "deny");
  const { entry, covers, coversInWords, replayed } = answer.json();
  assert.equal(replayed, false);
  assert.match(coversInWords, /everything from acme by sms/);
  assert.equal(covers.length, 2);
  const [stored] = await heed.deps.store.read(0, 1);
  assert.equal(entry.position, 1);
  assert.equal(entry.leafHash, stored?.leafHash);
  assert.equal(Date.parse(entry.recordedAt), stored?.recordedAt);
});

test("an opt-out of every sender denies every sender, on every channel", async (t) => {
  const heed = await start(t);
  const answer = await heed.post("opt-outs", { address: PERSON, sender: "all" });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.equal(await heed.verdict(), "deny");
  assert.equal(await heed.verdict({ channel: "voice" }), "deny");
});

test("a hold keeps marketing back until somebody has decided, whatever the person agrees to", async (t) => {
  const heed = await start(t);
  const agreed = {
    address: PERSON,
    sender: "acme",
    channel: "sms",
    by: "person",
    level: "written",
  };
  const optIn = { ...agreed, evidence: { kind: "form" } };
  assert.equal((await heed.post("opt-ins", optIn)).statusCode, 201);
  const noon = { class: "marketing", at: "2026-06-10T12:00:00-04:00" };
  const before = await heed.verdict(noon);
  assert.notEqual(before, "deny");
  const answer = await heed.post("holds", { address: PERSON, sender: "acme", note: "a dispute" });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.equal(await heed.verdict(noon), "deny");
  assert.equal((await heed.post("opt-ins", optIn)).statusCode, 201);
  assert.equal(await heed.verdict(noon), "deny");
  const released = await heed.post(`holds/${answer.json().entry.position}/release`, {
    author: "Kim",
  });
  assert.equal(released.statusCode, 200, released.body);
  assert.equal(await heed.verdict(noon), before);
});

test("the same key and body records once and gives the same entry again", async (t) => {
  const heed = await start(t);
  const body = { address: PERSON, sender: "acme", at: "2026-01-02T03:04:05+02:00" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => heed.post("opt-outs", body, "call-0017")),
  );
  const entries = answers.map((answer) => {
    assert.equal(answer.statusCode, 201, answer.body);
    return JSON.stringify(answer.json().entry);
  });
  assert.equal(new Set(entries).size, 1);
  assert.equal(answers.filter((answer) => !answer.json().replayed).length, 1);
  assert.equal(await heed.deps.store.head(), 1);
});

test("the same key with another body is a 422 and records nothing", async (t) => {
  const heed = await start(t);
  await heed.post("opt-outs", { address: PERSON, sender: "acme" }, "call-0017");
  const other = { address: "+12125550199", sender: "acme" };
  const answer = await heed.post("opt-outs", other, "call-0017");
  assert.equal(answer.statusCode, 422);
  assert.equal(answer.json().type, "/problems/idempotency-conflict");
  assert.equal(await heed.deps.store.head(), 1);
});

test("keys of idempotency belong to the API key that used them", async (t) => {
  const heed = await start(t);
  const made = await Promise.all(
    ["one", "two"].map((name) =>
      heed.server.inject({
        method: "POST",
        url: "/v1/keys",
        headers: heed.auth("admin"),
        payload: { name, scopes: ["record"] },
      }),
    ),
  );
  for (const [number, answer] of made.entries()) {
    const recorded = await heed.server.inject({
      method: "POST",
      url: "/v1/opt-outs",
      headers: { authorization: `Bearer ${answer.json().key}`, "idempotency-key": "1" },
      payload: { address: `+1212555010${number}`, sender: "acme" },
    });
    assert.equal(recorded.statusCode, 201, recorded.body);
  }
  assert.equal(await heed.deps.store.head(), 2);
});

test("an Idempotency-Key that is no key is refused", async (t) => {
  const heed = await start(t);
  for (const key of ["", "a b", "ü", "x".repeat(256)]) {
    const answer = await heed.post("opt-outs", { address: PERSON, sender: "acme" }, key);
    assert.equal(answer.statusCode, 400, `${key}: ${answer.body}`);
    assert.equal(answer.json().errors[0].in, "headers");
  }
  assert.equal(await heed.deps.store.head(), 0);
});

test("an opt-in without evidence, or without channel, is refused", async (t) => {
  const heed = await start(t);
  const body = { address: PERSON, sender: "acme", channel: "sms", by: "person" };
  const bare = await heed.post("opt-ins", body);
  assert.equal(bare.statusCode, 422);
  assert.equal(bare.json().type, "/problems/evidence-required");
  const wide = await heed.post("opt-ins", { ...body, channel: "all", evidence: EVIDENCE });
  assert.equal(wide.statusCode, 400, wide.body);
  assert.equal(await heed.deps.store.head(), 0);
});

test("only the person's own later opt-in lifts an opt-out; staff's and a provider's never do", async (t) => {
  const heed = await start(t);
  await heed.post("opt-outs", { address: PERSON, sender: "acme", channel: "sms" });
  const body = { address: PERSON, sender: "acme", channel: "sms", evidence: EVIDENCE };
  for (const by of ["staff", "provider"]) {
    const answer = await heed.post("opt-ins", { ...body, by });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(await heed.verdict(), "deny", by);
  }
  const earlier = await heed.post("opt-ins", { ...body, by: "person", at: "2020-01-01T00:00:00Z" });
  assert.equal(earlier.statusCode, 201);
  assert.equal(await heed.verdict(), "deny", "an opt-in from before");
  await new Promise((resolve) => setTimeout(resolve, 2));
  const own = await heed.post("opt-ins", { ...body, by: "person" });
  assert.equal(own.statusCode, 201, own.body);
  assert.equal(await heed.verdict(), "allow");
});

test("nobody can claim to be an import or the system", async (t) => {
  const heed = await start(t);
  for (const by of ["import", "system", "nobody"]) {
    const answer = await heed.post("opt-outs", { address: PERSON, sender: "acme", by });
    assert.equal(answer.statusCode, 400, by);
  }
});

test("a person's history tells in words what was recorded, oldest first, also for a bare plus", async (t) => {
  const heed = await start(t);
  await heed.post("opt-outs", { address: PERSON, sender: "acme", channel: "sms", text: "STOP" });
  const body = {
    address: PERSON,
    sender: "acme",
    channel: "sms",
    by: "person",
    evidence: EVIDENCE,
  };
  await heed.post("opt-ins", body);
  for (const written of [encodeURIComponent(PERSON), PERSON]) {
    const answer = await heed.server.inject({
      url: `/v1/history?address=${written}`,
      headers: heed.auth("export"),
    });
    assert.equal(answer.statusCode, 200, answer.body);
    const { address, events } = answer.json();
    assert.equal(address, PERSON);
    assert.deepEqual(
      events.map((event: { act: { kind: string } }) => event.act.kind),
      ["opt-out", "opt-in"],
    );
    assert.match(events[0].inWords, /The person opted out.*“STOP”/);
    assert.doesNotMatch(answer.body, /"token"/, "the suppression token stays inside");
  }
});

test("an opt-out link opens and has the headers for an e-mail", async (t) => {
  const heed = await start(t);
  const answer = await heed.server.inject({
    method: "POST",
    url: "/v1/links",
    headers: heed.auth("record"),
    payload: { address: "ana@example.com", sender: "acme", language: "es" },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  const { url, listUnsubscribe, listUnsubscribePost } = answer.json();
  assert.ok(url.startsWith("https://heed.test/u/"));
  assert.equal(listUnsubscribe, `<${url}>`);
  assert.equal(listUnsubscribePost, "List-Unsubscribe=One-Click");
  assert.doesNotMatch(url, /ana|example\.com/);
});

test("a language that comes twice, or is none, keeps nobody from the button", async (t) => {
  const heed = await start(t);
  const address = "ana@example.com";
  const { token } = createLink(heed.deps, { address, sender: "acme" });
  for (const query of ["lang=es&lang=fr", "lang=", "lang[]=es", "lang=%22%3E%3Cscript%3E"]) {
    const url = `/u/${token}?${query}`;
    const page = await heed.server.inject({ method: "GET", url });
    assert.equal(page.statusCode, 200, page.body);
    assert.doesNotMatch(page.body, /<script/);
  }
  const pressed = await heed.server.inject({
    method: "POST",
    url: `/u/${token}?lang=es&lang=fr`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: "action=opt-out",
  });
  assert.equal(pressed.statusCode, 200, pressed.body);
  assert.equal(await heed.deps.store.head(), 1);
});
