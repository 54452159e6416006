/** Every route with every scope: a key opens what it is for and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasScope } from "../../src/app/api-keys.ts";
import { KEY_SCOPES } from "../../src/app/settings.ts";
import type { Access } from "../../src/http/api.ts";
import { startTestHeed, type TestHeed } from "../support/heed.ts";

/** Written out, so that a route cannot change who may call it without this test being changed. */
const ACCESS: Readonly<Record<string, Access>> = {
  "POST /v1/opt-outs": "record",
  "POST /v1/opt-ins": "record",
  "POST /v1/dealings": "record",
  "POST /v1/sends": "send",
  "POST /v1/check": "check",
  "POST /v1/check/batch": "check",
  "POST /v1/messages/check": "check",
  "GET /v1/history": "export",
  "GET /v1/obligations": "export",
  "POST /v1/links": "record",
  "GET /v1/evidence": "export",
  "POST /v1/erasures": "admin",
  "GET /v1/entries": "export",
  "GET /v1/entries/{position}/receipt": "export",
  "GET /v1/holds": "export",
  "POST /v1/holds": "record",
  "POST /v1/holds/{position}/release": "record",
  "POST /v1/holds/{position}/opt-out": "record",
  "POST /v1/imports": "import",
  "GET /v1/lists": "import",
  "PUT /v1/lists/{name}": "import",
  "POST /v1/lists/{name}/answers": "import",
  "POST /v1/scrubs": "check",
  "GET /v1/scrubs/{id}/clean": "check",
  "GET /v1/scrubs/{id}/removed": "check",
  "DELETE /v1/scrubs/{id}": "check",
  "POST /v1/inbound/{source}": "open",
  "GET /v1/senders": "admin",
  "POST /v1/senders": "admin",
  "GET /v1/senders/{id}": "admin",
  "PUT /v1/senders/{id}": "admin",
  "DELETE /v1/senders/{id}": "admin",
  "GET /v1/sources": "admin",
  "POST /v1/sources": "admin",
  "GET /v1/sources/{id}": "admin",
  "PUT /v1/sources/{id}": "admin",
  "DELETE /v1/sources/{id}": "admin",
  "GET /v1/destinations": "admin",
  "POST /v1/destinations": "admin",
  "GET /v1/destinations/{id}": "admin",
  "PUT /v1/destinations/{id}": "admin",
  "DELETE /v1/destinations/{id}": "admin",
  "GET /v1/destinations/{id}/deliveries": "admin",
  "POST /v1/destinations/{id}/replay": "admin",
  "GET /v1/suspensions": "admin",
  "GET /v1/suspensions/{id}": "admin",
  "PUT /v1/suspensions/{id}": "admin",
  "DELETE /v1/suspensions/{id}": "admin",
  "GET /v1/keys": "admin",
  "POST /v1/keys": "admin",
  "DELETE /v1/keys/{id}": "admin",
  "GET /v1/status": "admin",
  "POST /v1/ledger/gap": "admin",
  "POST /v1/backups": "admin",
  "GET /v1/backups/{id}": "admin",
  "GET /metrics": "check",
  "GET /ledger/checkpoint": "any-key",
  "GET /ledger/keys": "any-key",
  "GET /ledger/tile/{*}": "any-key",
  "GET /health": "open",
  "GET /ready": "open",
  "GET /problems/{code}": "open",
};

const PARAMETERS: Readonly<Record<string, string>> = {
  position: "1",
  name: "nothing",
  id: "0".repeat(32),
  source: "nobody",
  code: "forbidden",
};

type Method = "GET" | "POST" | "PUT" | "DELETE";

async function call(heed: TestHeed, route: string, authorization: string | null) {
  const [method, path] = route.split(" ") as [Method, string];
  return heed.server.inject({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMETERS[name] ?? "x"),
    headers: authorization === null ? {} : { authorization },
  });
}

function documentedRoutes(heed: TestHeed): Map<string, string> {
  const { paths } = heed.server.swagger() as {
    paths: Record<string, Record<string, { security?: { apiKey?: string[] }[] }>>;
  };
  const routes = new Map<string, string>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const scopes = operation.security?.[0]?.apiKey;
      const scope = scopes === undefined ? "open" : (scopes[0] ?? "any-key");
      routes.set(`${method.toUpperCase()} ${path}`, scope);
    }
  }
  return routes;
}

test("the document names every route with its scope, and no other", async (t) => {
  const heed = await startTestHeed(t);
  assert.deepEqual(Object.fromEntries(documentedRoutes(heed)), ACCESS);
});

test("every route answers 401 without a key and 403 to every key without its scope", async (t) => {
  const heed = await startTestHeed(t);
  for (const [route, access] of Object.entries(ACCESS)) {
    const anonymous = await call(heed, route, null);
    assert.equal(anonymous.statusCode === 401, access !== "open", `${route} without a key`);
    if (access === "open") continue;
    assert.equal(anonymous.headers["www-authenticate"], 'Bearer realm="heed"');
    for (const scope of KEY_SCOPES) {
      const answer = await call(heed, route, `Bearer ${heed.key(scope)}`);
      const isAllowed: boolean = access === "any-key" || hasScope({ scopes: [scope] }, access);
      const what = `${route} with ${scope}: ${answer.statusCode} ${answer.body}`;
      assert.equal(answer.statusCode === 403, !isAllowed, what);
      assert.notEqual(answer.statusCode, 401, what);
      assert.ok(answer.statusCode < 500, what);
      if (!isAllowed) assert.match(String(answer.headers["www-authenticate"]), new RegExp(access));
    }
  }
  assert.equal(await heed.deps.store.head(), 0);
});

test("a key that is malformed, unknown, cut, extended or revoked is a 401", async (t) => {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  const made = await heed.server.inject({
    method: "POST",
    url: "/v1/keys",
    headers,
    payload: { name: "to be revoked", scopes: ["check"] },
  });
  const { id, key } = made.json();
  const isKnown = async (text: string) =>
    (await call(heed, "GET /metrics", text)).statusCode !== 401;
  assert.ok(await isKnown(`Bearer ${key}`));
  assert.ok(await isKnown(`bearer  ${key} `), "the scheme's case and spaces do not matter");
  const wrong = [
    ...["", "Bearer", "Bearer ", `Basic ${key}`, key, `Bearer ${key} ${key}`],
    ...[`Bearer ${key.slice(0, -1)}`, `Bearer ${key}A`, `Bearer heed_${id}_${"A".repeat(43)}`],
    ...[`Bearer heed_ffffffffffff_${key.split("_")[2]}`, "Bearer heed___proto___x"],
  ];
  for (const text of wrong) assert.ok(!(await isKnown(text)), text);
  await heed.server.inject({ method: "DELETE", url: `/v1/keys/${id}`, headers });
  assert.ok(!(await isKnown(`Bearer ${key}`)), "revoked");
});

test("/metrics is open when the operator says so", async (t) => {
  const heed = await startTestHeed(t, { options: { metricsOpen: true } });
  assert.equal((await call(heed, "GET /metrics", null)).statusCode, 200);
});
