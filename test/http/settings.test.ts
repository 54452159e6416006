/** Senders, sources, destinations and keys: secrets go in and never come out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";

const TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const ACCOUNT = `AC${"0123456789abcdef".repeat(2)}`;
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const TWILIO = {
  adapter: "twilio",
  sender: "acme",
  config: { accountSid: ACCOUNT, authTokens: [TOKEN, "env:SECOND_TOKEN"] },
  reply: { provider: "twilio", config: { accountSid: ACCOUNT, authToken: TOKEN } },
};
const CRM = {
  adapter: "webhook",
  config: { url: "https://crm.example.com/heed", secrets: [WEBHOOK_SECRET] },
};

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t, { env: { SECOND_TOKEN: "b".repeat(32) } });
  const headers = heed.auth("admin");
  return {
    ...heed,
    call: (method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: object) =>
      heed.server.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) }),
  };
}

test("a sender is added, read, replaced and removed", async (t) => {
  const heed = await start(t);
  const added = await heed.call("POST", "/v1/senders", { id: "globex", name: "Globex" });
  assert.equal(added.statusCode, 201, added.body);
  const defaults = { language: "en", stopCovers: "standard", confirm: true, programs: [] };
  assert.deepEqual(added.json(), { id: "globex", name: "Globex", ...defaults });
  const twice = await heed.call("POST", "/v1/senders", { id: "globex", name: "Globex" });
  assert.equal(twice.statusCode, 409);
  const wider = { name: "Globex Corp", stopCovers: "every-channel" };
  const replaced = await heed.call("PUT", "/v1/senders/globex", wider);
  assert.equal(replaced.json().stopCovers, "every-channel");
  assert.deepEqual((await heed.call("GET", "/v1/senders/globex")).json(), replaced.json());
  assert.equal((await heed.call("DELETE", "/v1/senders/globex")).statusCode, 204);
  assert.equal((await heed.call("GET", "/v1/senders/globex")).statusCode, 404);
  assert.equal((await heed.call("DELETE", "/v1/senders/globex")).statusCode, 404);
  assert.deepEqual(
    (await heed.call("GET", "/v1/senders")).json().senders.map((one: { id: string }) => one.id),
    ["acme"],
  );
});

test("`all` is no name, because in a scope it means every one", async (t) => {
  const heed = await start(t);
  const answer = await heed.call("POST", "/v1/senders", { id: "all", name: "All" });
  assert.equal(answer.statusCode, 400);
});

test("a sender that a source writes for cannot be removed", async (t) => {
  const heed = await start(t);
  await heed.call("PUT", "/v1/sources/acme-sms", TWILIO);
  const answer = await heed.call("DELETE", "/v1/senders/acme");
  assert.equal(answer.statusCode, 409);
  assert.match(answer.json().detail, /acme-sms/);
});

test("secrets of a source are never shown, and a hidden one sent back stays as it is", async (t) => {
  const heed = await start(t);
  const put = await heed.call("PUT", "/v1/sources/acme-sms", TWILIO);
  assert.equal(put.statusCode, 200, put.body);
  for (const answer of [
    put,
    await heed.call("GET", "/v1/sources/acme-sms"),
    await heed.call("GET", "/v1/sources"),
  ]) {
    assert.ok(!answer.body.includes(TOKEN), answer.body);
    assert.ok(answer.body.includes("env:SECOND_TOKEN"), "the name of a secret may be shown");
    assert.ok(answer.body.includes(ACCOUNT), "what is no secret is shown");
  }
  const shown = (await heed.call("GET", "/v1/sources/acme-sms")).json();
  assert.equal(shown.url, "https://heed.test/v1/inbound/acme-sms");
  const { id: _, url: __, ...body } = shown;
  const again = await heed.call("PUT", "/v1/sources/acme-sms", { ...body, enabled: false });
  assert.equal(again.statusCode, 200, again.body);
  const stored = heed.deps.settings.sources.get("acme-sms");
  assert.deepEqual(stored?.config, TWILIO.config);
  assert.deepEqual(stored?.reply, TWILIO.reply);
  assert.equal(stored?.enabled, false);
});

test("a hidden secret for which nothing is stored is refused", async (t) => {
  const heed = await start(t);
  const config = { ...CRM.config, secrets: ["********"] };
  const answer = await heed.call("PUT", "/v1/destinations/crm", { ...CRM, config });
  assert.equal(answer.statusCode, 400);
  assert.equal(heed.deps.settings.destinations.size, 0);
});

test("settings that the adapter cannot use are refused, with a pointer and without the value", async (t) => {
  const heed = await start(t);
  const cases: [string, object, string][] = [
    ["an adapter that there is not", { ...TWILIO, adapter: "carrier-pigeon" }, "/adapter"],
    [
      "a secret that is too short",
      { ...TWILIO, config: { ...TWILIO.config, authTokens: ["short"] } },
      "/config/authTokens/0",
    ],
    [
      "a variable that is not set",
      { ...TWILIO, config: { ...TWILIO.config, authTokens: ["env:NOT_SET"] } },
      "/config",
    ],
    [
      "a provider that there is not",
      { ...TWILIO, reply: { provider: "smoke", config: {} } },
      "/reply/provider",
    ],
  ];
  for (const [name, body, pointer] of cases) {
    const answer = await heed.call("PUT", "/v1/sources/acme-sms", body);
    assert.equal(answer.statusCode, 400, `${name}: ${answer.body}`);
    assert.equal(answer.json().errors[0].pointer, pointer, name);
    assert.ok(!answer.body.includes(TOKEN) && !answer.body.includes('"short"'), name);
  }
  const stranger = await heed.call("PUT", "/v1/sources/acme-sms", { ...TWILIO, sender: "nobody" });
  assert.equal(stranger.statusCode, 422);
  assert.equal(stranger.json().type, "/problems/unknown-sender");
  assert.equal(heed.deps.settings.sources.size, 0);
});

test("a destination hides its secrets; its dead letters are listed and replayed", async (t) => {
  const heed = await start(t);
  const put = await heed.call("PUT", "/v1/destinations/crm", CRM);
  assert.equal(put.statusCode, 200, put.body);
  assert.ok(!put.body.includes(WEBHOOK_SECRET));
  const address = "+12125550123";
  await heed.call("POST", "/v1/opt-outs", { address, sender: "acme" });
  const [entry] = await heed.deps.store.read(0, 1);
  assert.ok(entry !== undefined);
  await heed.deps.store.putDelivery({
    destination: "crm",
    position: 1,
    token: entry.token,
    attempts: 10,
    state: "dead",
    nextAttemptAt: heed.deps.clock.now(),
    lastError: "503",
  });
  const dead = await heed.call("GET", "/v1/destinations/crm/deliveries?state=dead");
  assert.deepEqual(dead.json().deliveries[0].position, 1);
  assert.ok(!dead.body.includes(entry.token));
  const other = await heed.call("POST", "/v1/destinations/crm/replay", { position: 2 });
  assert.deepEqual(other.json(), { replayed: 0 });
  const all = await heed.call("POST", "/v1/destinations/crm/replay", {});
  assert.deepEqual(all.json(), { replayed: 1 });
  assert.equal((await heed.deps.store.deliveries("crm", "waiting")).length, 1);
  const nowhere = await heed.call("POST", "/v1/destinations/nowhere/replay", {});
  assert.equal(nowhere.statusCode, 404);
  assert.equal(nowhere.json().type, "/problems/unknown-destination");
});

test("a key is shown once, its hash never", async (t) => {
  const heed = await start(t);
  const made = await heed.call("POST", "/v1/keys", { name: "campaigns", scopes: ["check"] });
  assert.equal(made.statusCode, 201, made.body);
  const { id, key } = made.json();
  assert.match(key, /^heed_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  const listed = await heed.call("GET", "/v1/keys");
  assert.deepEqual(listed.json().keys[0].id, id);
  const secret = key.split("_").slice(2).join("_");
  const hash = heed.deps.settings.keys.get(id)?.hash ?? "none";
  assert.ok(!listed.body.includes(secret) && !listed.body.includes(hash));
  assert.ok(!heed.logged.some((line) => line.includes(secret) || line.includes(hash)));
});

test("a message that is unclear waits as a hold, and a review decides it once", async (t) => {
  const heed = await start(t);
  const now = heed.deps.clock.now();
  const { recordActs } = await import("../../src/app/record-acts.ts");
  const hold = (address: string) =>
    recordActs(heed.deps, {
      key: `hold:${address}`,
      body: address,
      acts: [
        {
          kind: "hold",
          address: address as never,
          scopes: [
            { sender: "acme", channel: "all", program: "all", class: "marketing", use: "contact" },
          ],
          by: "person",
          via: "sms",
          source: "acme-sms",
          claimedAt: now,
          receivedAt: now,
          messageId: address,
          text: "not sure about these",
        },
      ],
    });
  await hold("+12125550123");
  await hold("+12125550124");
  const { holds } = (await heed.call("GET", "/v1/holds")).json();
  assert.deepEqual(
    holds.map((one: { position: number; address: string; text: string }) => [
      one.position,
      one.address,
      one.text,
    ]),
    [
      [1, "+12125550123", "not sure about these"],
      [2, "+12125550124", "not sure about these"],
    ],
  );
  const author = { author: "kim" };
  const released = await heed.call("POST", "/v1/holds/1/release", author);
  assert.equal(released.statusCode, 200, released.body);
  const stopped = await heed.call("POST", "/v1/holds/2/opt-out", author);
  assert.equal(stopped.json().entries.length, 2);
  const other = await heed.call("POST", "/v1/holds/1/opt-out", author);
  assert.equal(other.statusCode, 409, other.body);
  assert.deepEqual((await heed.call("GET", "/v1/holds")).json().holds, []);
  const verdict = async (to: string) => {
    const question = { to, sender: "acme", channel: "sms", class: "transactional" };
    return (await heed.call("POST", "/v1/check", question)).json().verdict;
  };
  assert.equal(await verdict("+12125550123"), "allow");
  assert.equal(await verdict("+12125550124"), "deny");
});

test("the ledger is read page by page, to the end", async (t) => {
  const heed = await start(t);
  for (let number = 0; number < 5; number++) {
    const address = `+1212555010${number}`;
    await heed.call("POST", "/v1/opt-outs", { address, sender: "acme" });
  }
  const seen: number[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const answer = await heed.call("GET", `/v1/entries?after=${after}&limit=2`);
    const page: { entries: { position: number }[]; next: number | null } = answer.json();
    seen.push(...page.entries.map((entry) => entry.position));
    after = page.next;
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  assert.equal((await heed.call("GET", "/v1/entries?limit=1001")).statusCode, 400);
});

test("a sender's name holds no link and no line of its own, because confirmations repeat it", async (t) => {
  const heed = await start(t);
  const refused = ["Acme\nSALE 50% OFF", "Acme https://acme.example", "Acme www.acme.example"];
  for (const name of [...refused, "Acme\u2069\u202E", "Acme\u2028!"]) {
    for (const [method, url] of [
      ["POST", "/v1/senders"],
      ["PUT", "/v1/senders/globex"],
    ] as const) {
      const body = method === "POST" ? { id: "globex", name } : { name };
      const answer = await heed.call(method, url, body);
      assert.equal(answer.statusCode, 400, name);
      assert.equal(answer.json().errors[0].pointer, "/name");
    }
  }
  for (const name of ["Acme.com", "Ben & Jerry’s <3 {sender}", "একমি শুজ", "نمونه\u200cها"]) {
    assert.equal((await heed.call("PUT", "/v1/senders/globex", { name })).statusCode, 200, name);
  }
});
