/** Bad bodies get a problem that says what is wrong, and nothing is recorded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { startTestHeed, type TestHeed } from "../support/heed.ts";

const GOOD = { address: "+12125550123", sender: "acme", channel: "sms" };
const JSON_TYPE = "application/json";

async function send(heed: TestHeed, payload: string | Buffer, type = JSON_TYPE) {
  const headers = { ...heed.auth("record"), "content-type": type };
  return heed.server.inject({ method: "POST", url: "/v1/opt-outs", headers, payload });
}

const CASES: readonly {
  name: string;
  body: string | Buffer;
  status: number;
  code: string;
  pointer?: string;
}[] = [
  { name: "broken JSON", body: '{"address":', status: 400, code: "invalid-json" },
  { name: "an empty body", body: "", status: 400, code: "invalid-json" },
  {
    name: "a key that comes twice",
    body: '{"address":"+12125550123","sender":"acme","address":"+12125550199"}',
    status: 400,
    code: "invalid-json",
    pointer: "/address",
  },
  {
    name: "__proto__",
    body: '{"address":"+12125550123","sender":"acme","evidence":{"kind":"x","__proto__":{}}}',
    status: 400,
    code: "invalid-json",
    pointer: "/evidence/__proto__",
  },
  {
    name: "constructor.prototype",
    body: '{"constructor":{"prototype":{"a":1}}}',
    status: 400,
    code: "invalid-json",
    pointer: "/constructor/prototype",
  },
  {
    name: "50 levels",
    body: `{"evidence":${'{"a":'.repeat(50)}1${"}".repeat(51)}`,
    status: 400,
    code: "invalid-json",
  },
  {
    name: "a NUL character",
    body: '{"address":"+12125550123","sender":"acme","note":"a\\u0000b"}',
    status: 400,
    code: "invalid-json",
    pointer: "/note",
  },
  {
    name: "an unpaired surrogate",
    body: '{"address":"+12125550123","sender":"acme","text":"\\ud83d stop"}',
    status: 400,
    code: "invalid-json",
    pointer: "/text",
  },
  {
    name: "a byte order mark",
    body: `\ufeff${JSON.stringify(GOOD)}`,
    status: 400,
    code: "invalid-json",
  },
  {
    name: "Latin-1",
    body: Buffer.from('{"address":"+12125550123","sender":"acme","text":"ARR\xcaT"}', "latin1"),
    status: 400,
    code: "invalid-json",
  },
  {
    name: "a number of 40 digits",
    body: `{"address":"+12125550123","sender":"acme","evidence":{"kind":"x","n":${"9".repeat(40)}}}`,
    status: 400,
    code: "invalid-json",
    pointer: "/evidence/n",
  },
  {
    name: "a fraction as evidence",
    body: '{"address":"+12125550123","sender":"acme","evidence":{"kind":"x","n":1.5}}',
    status: 400,
    code: "invalid-request",
    pointer: "/evidence/n",
  },
  {
    name: "a number as the address",
    body: '{"address":12125550123,"sender":"acme"}',
    status: 400,
    code: "invalid-request",
    pointer: "/address",
  },
  {
    name: "a member that is not known",
    body: '{"address":"+12125550123","sender":"acme","chanel":"sms"}',
    status: 400,
    code: "invalid-request",
    pointer: "/chanel",
  },
  {
    name: "a list",
    body: "[]",
    status: 400,
    code: "invalid-request",
  },
  {
    name: "an address that is none",
    body: '{"address":"twelve","sender":"acme"}',
    status: 422,
    code: "invalid-address",
    pointer: "/address",
  },
  {
    name: "a sender that there is not",
    body: '{"address":"+12125550123","sender":"nobody"}',
    status: 422,
    code: "unknown-sender",
    pointer: "/sender",
  },
  {
    name: "a day that does not exist",
    body: '{"address":"+12125550123","sender":"acme","at":"2026-02-30T10:00:00Z"}',
    status: 400,
    code: "invalid-request",
    pointer: "/at",
  },
  {
    name: "an instant without an offset",
    body: '{"address":"+12125550123","sender":"acme","at":"2026-02-03T10:00:00"}',
    status: 400,
    code: "invalid-request",
    pointer: "/at",
  },
  {
    name: "a body larger than 64 KiB",
    body: JSON.stringify({ ...GOOD, note: "x".repeat(70_000) }),
    status: 413,
    code: "payload-too-large",
  },
];

for (const { name, body, status, code, pointer } of CASES) {
  test(`${name}: a problem that says so, and nothing recorded`, async (t) => {
    const heed = await startTestHeed(t);
    const answer = await send(heed, body);
    assert.equal(answer.statusCode, status, answer.body);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    const problem = answer.json();
    assert.equal(problem.type, `/problems/${code}`);
    assert.equal(problem.status, status);
    assert.equal(problem.instance, answer.headers["x-request-id"]);
    if (pointer !== undefined) {
      const pointers = problem.errors.map((error: { pointer: string }) => error.pointer);
      assert.ok(pointers.includes(pointer), JSON.stringify(problem));
    }
    assert.doesNotMatch(answer.body, /\bat .*\.ts:\d+/, "no stack trace");
    assert.equal(await heed.deps.store.head(), 0);
  });
}

test("another content type than JSON is a 415, also for a form that would fit", async (t) => {
  const heed = await startTestHeed(t);
  const form = new URLSearchParams(GOOD).toString();
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "text/csv", "nonsense"]) {
    const answer = await send(heed, form, type);
    assert.equal(answer.statusCode, 415, `${type}: ${answer.body}`);
    assert.equal(answer.json().type, "/problems/unsupported-media-type");
  }
  const zipped = await heed.server.inject({
    method: "POST",
    url: "/v1/opt-outs",
    headers: { ...heed.auth("record"), "content-type": JSON_TYPE, "content-encoding": "gzip" },
    payload: gzipSync(JSON.stringify(GOOD)),
  });
  assert.equal(zipped.statusCode, 415);
  assert.equal(await heed.deps.store.head(), 0);
});

test("positions beyond what a number can hold are refused, not rounded", async (t) => {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  for (const after of ["9007199254740993", "9".repeat(40), "-1", "1.5", "0x10", "1e3", "", "ten"]) {
    const answer = await heed.server.inject({ url: `/v1/entries?after=${after}`, headers });
    assert.equal(answer.statusCode, 400, `${after}: ${answer.body}`);
    assert.equal(answer.json().errors[0].pointer, "/after");
    assert.equal(answer.json().errors[0].in, "query");
  }
  for (const position of ["9007199254740992", "0", "1".repeat(40)]) {
    const answer = await heed.server.inject({
      method: "POST",
      url: `/v1/holds/${position}/release`,
      headers,
      payload: { author: "kim" },
    });
    assert.equal(answer.statusCode, 400, `${position}: ${answer.body}`);
  }
  const free = await heed.server.inject({
    method: "POST",
    url: `/v1/holds/${Number.MAX_SAFE_INTEGER}/release`,
    headers,
    payload: { author: "kim" },
  });
  assert.equal(free.statusCode, 404, free.body);
});

test("whatever JSON is sent, to whatever route, the answer is no 5xx and no prototype changes", async (t) => {
  const heed = await startTestHeed(t);
  const headers = { ...heed.auth("admin"), "content-type": JSON_TYPE };
  const urls = [
    ...["/v1/opt-outs", "/v1/opt-ins", "/v1/check", "/v1/check/batch", "/v1/links"],
    ...["/v1/dealings", "/v1/sends"],
  ];
  const poison = fc.constantFrom(
    ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
    ...['{"questions":[null,1,"x",[],{}]}', '{"questions":[{"__proto__":{"polluted":1}}]}'],
    ...['{"defaults":{"sender":"acme"},"questions":[{"to":"+12125550123","at":"x"}]}'],
  );
  const body = fc.oneof(fc.json({ stringUnit: "binary" }), poison, fc.string({ unit: "binary" }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...urls), body, async (url, payload) => {
      const answer = await heed.server.inject({ method: "POST", url, headers, payload });
      assert.ok(answer.statusCode < 500, `${url} ${answer.statusCode} ${answer.body}`);
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    }),
    { numRuns: 300 },
  );
});
