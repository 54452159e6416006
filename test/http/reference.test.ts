/** The OpenAPI document is valid and true of the answers; the page shows all of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { startTestHeed, type TestHeed } from "../support/heed.ts";

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly requestBody?: { content: Record<string, { schema: object; example?: object }> };
  readonly responses: Readonly<
    Record<string, { content?: Record<string, { schema?: object }> } | undefined>
  >;
}

async function documentOf(heed: TestHeed): Promise<Document> {
  return (await heed.server.inject({ url: "/openapi.json" })).json();
}

function operationsOf(document: Document) {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
}

const ajv = new Ajv2020({ strict: false, allErrors: true });

test("every operation has a summary, a tag, an answer and its problems, and every schema compiles", async (t) => {
  const heed = await startTestHeed(t);
  const document = await documentOf(heed);
  assert.equal(document.openapi, "3.1.0");
  for (const { path, method, operation } of operationsOf(document)) {
    const what = `${method} ${path}`;
    assert.ok(operation.summary.length > 0, what);
    assert.equal(operation.tags.length, 1, what);
    assert.ok(
      Object.keys(operation.responses).some((status) => status.startsWith("2")),
      what,
    );
    assert.ok(operation.responses["429"] !== undefined, what);
    for (const response of Object.values(operation.responses)) {
      for (const { schema } of Object.values(response?.content ?? {})) {
        if (schema !== undefined) ajv.compile(schema);
      }
    }
    for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
      ajv.compile(schema);
  }
});

test("the document holds no path on this machine and no secret", async (t) => {
  const heed = await startTestHeed(t);
  const { body } = await heed.server.inject({ url: "/openapi.json" });
  assert.doesNotMatch(body, /\/(home|tmp|work|root)\//);
});

test("every documented answer has the shape that the document says", async (t) => {
  const heed = await startTestHeed(t);
  const { paths } = await documentOf(heed);
  const headers = heed.auth("admin");
  const person = { address: "+12125550123", sender: "acme" };
  const evidence = { kind: "form", url: "https://acme.example" };
  const question = { to: person.address, sender: "acme", channel: "sms", class: "marketing" };
  const calls: ["GET" | "POST" | "PUT" | "DELETE", string, string, object?][] = [
    ["POST", "/v1/opt-outs", "", person],
    ["POST", "/v1/opt-ins", "", { ...person, channel: "sms", by: "staff", evidence }],
    ["POST", "/v1/opt-outs", "?receipt=1", person],
    ["POST", "/v1/opt-ins", "?receipt=1", { ...person, channel: "sms", by: "staff", evidence }],
    ["GET", "/v1/evidence", "?address=%2B12125550123"],
    ["GET", "/v1/evidence", ""],
    ["POST", "/v1/check", "", question],
    ["POST", "/v1/check/batch", "", { questions: [question, { to: 1 }] }],
    ["GET", "/v1/history", "?address=%2B12125550123"],
    ["POST", "/v1/links", "", person],
    ["GET", "/v1/entries", ""],
    ["POST", "/v1/holds", "", { ...person, by: "staff", note: "a dispute" }],
    ["GET", "/v1/holds", ""],
    ["GET", "/v1/lists", ""],
    ["GET", "/v1/senders", ""],
    ["POST", "/v1/senders", "", { id: "globex", name: "Globex" }],
    ["GET", "/v1/sources", ""],
    ["GET", "/v1/destinations", ""],
    ["POST", "/v1/keys", "", { name: "x", scopes: ["check"] }],
    ["GET", "/v1/keys", ""],
    ["GET", "/v1/status", ""],
    ["GET", "/health", ""],
    ["GET", "/ready", ""],
    ["POST", "/v1/opt-outs", "", { address: "nobody", sender: "acme" }],
    ["POST", "/v1/check", "", {}],
  ];
  for (const [method, path, query, payload] of calls) {
    const answer = await heed.server.inject({
      method,
      url: `${path}${query}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    const responses = paths[path]?.[method.toLowerCase()]?.responses ?? {};
    const content = responses[String(answer.statusCode)]?.content ?? {};
    const type = String(answer.headers["content-type"]).split(";")[0] ?? "";
    const schema = content[type]?.schema;
    assert.ok(schema !== undefined, `${method} ${path} ${answer.statusCode} ${type} is not said`);
    const fits = ajv.compile(schema);
    assert.ok(fits(answer.json()), `${method} ${path}: ${ajv.errorsText(fits.errors)}`);
  }
});

test("the example of every body is accepted by its own schema", async (t) => {
  const heed = await startTestHeed(t);
  for (const { path, method, operation } of operationsOf(await documentOf(heed))) {
    const body = operation.requestBody?.content["application/json"];
    // What PUT takes is what POST takes, without the id.
    if (body === undefined || method === "put") continue;
    assert.ok(body.example !== undefined, `${method} ${path} has no example`);
    const fits = ajv.compile(body.schema);
    assert.ok(fits(body.example), `${method} ${path}: ${ajv.errorsText(fits.errors)}`);
  }
});

test("the reference page has every route with an example, no script and nothing from elsewhere", async (t) => {
  const heed = await startTestHeed(t);
  const { body, headers } = await heed.server.inject({ url: "/reference" });
  assert.match(String(headers["content-type"]), /^text\/html/);
  for (const { path, method } of operationsOf(await documentOf(heed))) {
    assert.ok(
      body.includes(`<span class="method">${method.toUpperCase()}</span> <code>${path}</code>`),
    );
  }
  assert.ok(body.split("curl -sS").length > 40);
  assert.doesNotMatch(body, /<script|<link|<img|src=|@import/);
  const ids = [...body.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, ids.length, "ids are unique");
  for (const [, target] of body.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(target));
});
