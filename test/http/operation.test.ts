/** What operators rely on: health, metrics, limits, headers, logs, and an end that loses nothing. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test } from "node:test";
import type { Deps } from "../../src/app/deps.ts";
import { DEFAULT_LIMITS } from "../../src/http/lanes.ts";
import {
  BrokenStore,
  type Store,
  StoreOverloaded,
  UncertainOutcome,
} from "../../src/store/store.ts";
import { startTestHeed, type TestHeed } from "../support/heed.ts";

const PERSON = "+12125550123";
const STOP = { address: PERSON, sender: "acme", channel: "sms" };
const QUESTION = { to: PERSON, sender: "acme", channel: "sms", class: "transactional" };

function post(heed: TestHeed, url: string, payload: object, headers: object = heed.auth("admin")) {
  return heed.server.inject({ method: "POST", url, payload, headers: { ...headers } });
}

/** The same store with some of its calls replaced. */
function withStore(change: Partial<Store>): (deps: Deps) => Deps {
  return (deps) => ({
    ...deps,
    store: new Proxy(deps.store, {
      get(target, name) {
        const replaced: unknown = Reflect.get(change, name);
        const member: unknown = replaced ?? Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    }),
  });
}

test("health, readiness and every other GET answer HEAD too, without a body", async (t) => {
  const heed = await startTestHeed(t);
  for (const url of ["/health", "/ready", "/openapi.json", "/reference"]) {
    const get = await heed.server.inject({ url });
    const head = await heed.server.inject({ method: "HEAD", url });
    assert.equal(get.statusCode, 200, url);
    assert.equal(head.statusCode, 200, url);
    assert.equal(head.body, "");
    assert.equal(head.headers["content-type"], get.headers["content-type"]);
  }
});

test("a server whose store does not answer is alive and not ready", async (t) => {
  const change = withStore({ head: () => Promise.reject(new Error("no connection")) });
  const heed = await startTestHeed(t, { change });
  assert.equal((await heed.server.inject({ url: "/health" })).statusCode, 200);
  const ready = await heed.server.inject({ url: "/ready" });
  assert.equal(ready.statusCode, 503);
  assert.equal(ready.json().type, "/problems/not-ready");
  assert.ok(Number(ready.headers["retry-after"]) > 0);
});

const FAILURES: readonly [string, Error, string][] = [
  ["a store that broke", new BrokenStore("the disk is gone"), "store-unavailable"],
  ["an outcome nobody knows", new UncertainOutcome("no answer"), "outcome-uncertain"],
  ["a store with too much to do", new StoreOverloaded("full"), "overloaded"],
];
for (const [name, error, code] of FAILURES) {
  test(`${name} is a 503 with Retry-After and never a success`, async (t) => {
    const change = withStore({ append: () => Promise.reject(error) });
    const heed = await startTestHeed(t, { change });
    const answer = await post(heed, "/v1/opt-outs", STOP);
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().type, `/problems/${code}`);
    assert.ok(Number(answer.headers["retry-after"]) > 0);
    assert.ok(!answer.body.includes(error.message));
  });
}

test("an error nobody thought of is a 500 without its message, and is in the log by request id", async (t) => {
  const change = withStore({ append: () => Promise.reject(new Error("secret inside")) });
  const heed = await startTestHeed(t, { change });
  const answer = await post(heed, "/v1/opt-outs", STOP);
  assert.equal(answer.statusCode, 500);
  assert.doesNotMatch(answer.body, /secret|\.ts|Error/);
  const { instance } = answer.json();
  const logged = heed.logged.find((line) => line.includes("could not be served"));
  assert.ok(logged?.includes(instance));
});

test("no log line has an address, a key or the text of a message", async (t) => {
  const heed = await startTestHeed(t);
  const key = heed.key("admin");
  const headers = { authorization: `Bearer ${key}` };
  await post(heed, "/v1/opt-outs", { ...STOP, text: "please stop it Zoë" }, headers);
  await post(heed, "/v1/check", QUESTION, headers);
  await post(heed, "/v1/check", { ...QUESTION, to: "ana@example.com" }, headers);
  await post(heed, "/v1/check", { ...QUESTION, channel: PERSON }, headers);
  await heed.server.inject({ url: `/v1/history?address=${PERSON}`, headers });
  await heed.server.inject({ url: `/v1/nothing/${PERSON}?key=${key}`, headers });
  await heed.server.inject({ url: "/u/some-token" });
  const log = heed.logged.join("\n");
  assert.ok(heed.logged.length >= 7);
  for (const secret of ["2125550123", "ana@", "Zoë", key.slice(18), "some-token"]) {
    assert.ok(!log.includes(secret), `${secret} is in the log`);
  }
});

test("a sane request id of the caller is kept, any other is replaced", async (t) => {
  const heed = await startTestHeed(t);
  const idFor = async (given?: string) => {
    const headers = given === undefined ? {} : { "x-request-id": given };
    return String((await heed.server.inject({ url: "/health", headers })).headers["x-request-id"]);
  };
  assert.equal(await idFor("order-17.retry_2"), "order-17.retry_2");
  for (const bad of [undefined, "short", "12125550123", "a b c d e f g h", "x".repeat(65)]) {
    assert.match(await idFor(bad), /^[0-9a-f]{24}$/);
  }
});

test("every answer has the headers that keep browsers from guessing, framing and keeping", async (t) => {
  const heed = await startTestHeed(t);
  for (const url of ["/health", "/nothing", "/v1/keys", "/reference"]) {
    const { headers } = await heed.server.inject({
      url,
      headers: { origin: "https://evil.example" },
    });
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
    assert.match(String(headers["content-security-policy"]), /frame-ancestors 'none'/);
    assert.match(String(headers["strict-transport-security"]), /max-age/);
    assert.equal(headers["access-control-allow-origin"], undefined);
    assert.equal(headers["x-powered-by"], undefined);
    assert.equal(headers["set-cookie"], undefined);
  }
});

test("metrics count acts, verdicts and requests, and hold no address", async (t) => {
  const heed = await startTestHeed(t);
  await post(heed, "/v1/opt-outs", STOP);
  await post(heed, "/v1/check", QUESTION);
  await heed.server.inject({ url: `/v1/history?address=${PERSON}`, headers: heed.auth("export") });
  const { body } = await heed.server.inject({ url: "/metrics", headers: heed.auth("check") });
  assert.match(body, /heed_acts_total\{kind="opt-out",source="api"\} 1/);
  assert.match(body, /heed_verdicts_total\{answer="deny"\} 1/);
  assert.match(body, /heed_append_seconds_count\{outcome="appended"\} 1/);
  assert.match(body, /heed_ledger_position 1/);
  assert.match(body, /heed_standings_addresses 1/);
  assert.match(body, /route="\/v1\/history"/);
  assert.doesNotMatch(body, /2125550123/);
});

test("the status has the findings of `heed doctor`", async (t) => {
  const heed = await startTestHeed(t);
  const answer = await heed.server.inject({ url: "/v1/status", headers: heed.auth("admin") });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.ok(answer.json().findings.length > 0);
  assert.equal(answer.json().fresh, true);
});

test("one key over its rate waits, with Retry-After; another key and opt-outs do not", async (t) => {
  const perMinute = { ...DEFAULT_LIMITS.perMinute, check: 3 };
  const heed = await startTestHeed(t, { options: { limits: { perMinute } } });
  const first = heed.auth("check", "record");
  for (let number = 0; number < 3; number++) {
    assert.equal((await post(heed, "/v1/check", QUESTION, first)).statusCode, 200);
  }
  const limited = await post(heed, "/v1/check", QUESTION, first);
  assert.equal(limited.statusCode, 429);
  assert.equal(limited.json().type, "/problems/rate-limited");
  assert.ok(Number(limited.headers["retry-after"]) > 0);
  assert.equal((await post(heed, "/v1/check", QUESTION, heed.auth("check"))).statusCode, 200);
  assert.equal((await post(heed, "/v1/opt-outs", STOP, first)).statusCode, 201);
});

test("requests without a key are limited for each address, before their keys are looked at", async (t) => {
  const perMinute = { ...DEFAULT_LIMITS.perMinute, anonymous: 2 };
  const heed = await startTestHeed(t, { options: { limits: { perMinute } } });
  const statuses: number[] = [];
  for (let number = 0; number < 4; number++) {
    const headers = { authorization: `Bearer heed_aaaaaa_${"A".repeat(42)}${number}` };
    statuses.push((await post(heed, "/v1/check", QUESTION, headers)).statusCode);
  }
  assert.deepEqual(statuses, [401, 401, 429, 429]);
  const other = await heed.server.inject({
    method: "POST",
    url: "/v1/check",
    remoteAddress: "198.51.100.7",
    headers: { "x-forwarded-for": "203.0.113.9" },
  });
  assert.equal(other.statusCode, 401, "another address has its own count");
});

test("X-Forwarded-For is believed from a trusted proxy only", async (t) => {
  const perMinute = { ...DEFAULT_LIMITS.perMinute, open: 1 };
  const ask = (heed: TestHeed, client: string) =>
    heed.server.inject({ url: "/health", headers: { "x-forwarded-for": client } });
  const closed = await startTestHeed(t, { options: { limits: { perMinute } } });
  await ask(closed, "203.0.113.1");
  assert.equal((await ask(closed, "203.0.113.2")).statusCode, 429);
  const options = { limits: { perMinute }, trustedProxies: ["127.0.0.1"] };
  const proxied = await startTestHeed(t, { options });
  await ask(proxied, "203.0.113.1");
  assert.equal((await ask(proxied, "203.0.113.2")).statusCode, 200);
});

test("under load checks and lists are refused, opt-outs and health are not", async (t) => {
  // Any process has more than a byte, so this is a server that is always far above its limit.
  const heed = await startTestHeed(t, { options: { limits: { maxRssBytes: 1 } } });
  await untilSampled(heed);
  const headers = heed.auth("admin");
  const check = await post(heed, "/v1/check", QUESTION, headers);
  assert.equal(check.statusCode, 503);
  assert.equal(check.json().type, "/problems/overloaded");
  assert.ok(Number(check.headers["retry-after"]) > 0);
  const scrub = await post(heed, "/v1/scrubs?for=sms&sender=acme", {}, headers);
  assert.equal(scrub.statusCode, 503);
  assert.equal((await post(heed, "/v1/opt-outs", STOP, headers)).statusCode, 201);
  assert.equal((await heed.server.inject({ url: "/health" })).statusCode, 200);
  assert.equal((await post(heed, "/v1/inbound/nobody", {})).statusCode, 404);
});

test("under less load lists are refused and checks are not", async (t) => {
  const maxRssBytes = Math.round(process.memoryUsage.rss() * 0.7);
  const heed = await startTestHeed(t, { options: { limits: { maxRssBytes } } });
  await untilSampled(heed);
  const headers = heed.auth("admin");
  assert.equal((await post(heed, "/v1/check", QUESTION, headers)).statusCode, 200);
  const scrub = await post(heed, "/v1/scrubs?for=sms&sender=acme", {}, headers);
  assert.equal(scrub.statusCode, 503, scrub.body);
});

/** Memory is looked at from time to time; waits until it was. */
async function untilSampled(heed: TestHeed): Promise<void> {
  const { memoryUsage } = heed.server as unknown as { memoryUsage(): { rssBytes: number } };
  while (memoryUsage().rssBytes === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("stopping answers what is under way, refuses what comes after, and loses nothing", async (t) => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isWaiting: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    isWaiting = resolve;
  });
  const change = (deps: Deps): Deps => {
    const append: Store["append"] = async (given) => {
      isWaiting();
      await gate;
      return deps.store.append(given);
    };
    return withStore({ append })(deps);
  };
  const heed = await startTestHeed(t, { change });
  const url = new URL(await heed.listen());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    authorization: `Bearer ${heed.key("admin")}`,
    "content-type": "application/json",
  };
  const underWay = send(url, "/v1/opt-outs", STOP, headers, agent);
  await waiting;
  const closed = heed.server.close();
  // Refused at the door or with a 503: both say that nothing was done.
  const late = await send(url, "/v1/opt-outs", { ...STOP, address: "+12125550199" }, headers).catch(
    () => 503,
  );
  assert.equal(late, 503);
  release();
  assert.equal(await underWay, 201);
  await closed;
  agent.destroy();
  assert.equal(await heed.deps.store.head(), 1);
});

function send(
  url: URL,
  path: string,
  body: object,
  headers: Record<string, string>,
  agent?: Agent,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", path, headers, ...(agent === undefined ? {} : { agent }) };
    const outgoing = request(url, options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.on("error", reject).end(JSON.stringify(body));
  });
}
