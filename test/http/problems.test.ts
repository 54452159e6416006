/** The error table, its documentation and what is served are one thing, both ways. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { PROBLEM_CODES } from "../../src/app/problem.ts";
import { type HttpProblemCode, PROBLEMS } from "../../src/http/error-table.ts";
import { startTestHeed } from "../support/heed.ts";

const PAGE = path.join(import.meta.dirname, "../../docs/reference/problems.md");

function rowsOfTable(): string[] {
  return Object.entries(PROBLEMS).map(
    ([code, { status, title, whatToDo }]) => `| \`${code}\` | ${status} | ${title} | ${whatToDo} |`,
  );
}

function rowsOfPage(): string[] {
  const lines = readFileSync(PAGE, "utf8").split("\n");
  return lines.filter((line) => line.startsWith("| `"));
}

test("the documentation has every problem of the table, with its status and words", () => {
  const page = new Set(rowsOfPage());
  assert.deepEqual(
    rowsOfTable().filter((row) => !page.has(row)),
    [],
    "add these rows to docs/reference/problems.md",
  );
});

test("the table has every problem of the documentation", () => {
  const table = new Set(rowsOfTable());
  assert.deepEqual(
    rowsOfPage().filter((row) => !table.has(row)),
    [],
    "remove these rows from docs/reference/problems.md",
  );
});

test("every problem of the use cases has a row", () => {
  for (const code of PROBLEM_CODES) assert.ok(Object.hasOwn(PROBLEMS, code), code);
});

test("no two problems share their words, and each says what to do", () => {
  const titles = Object.values(PROBLEMS).map((problem) => problem.title);
  assert.equal(new Set(titles).size, titles.length);
  for (const { whatToDo } of Object.values(PROBLEMS)) assert.match(whatToDo, /^.{10,}\.$/s);
});

test("the type of every problem leads to a page and to JSON", async (t) => {
  const { server } = await startTestHeed(t);
  for (const code of Object.keys(PROBLEMS) as HttpProblemCode[]) {
    const json = await server.inject({ url: `/problems/${code}` });
    assert.equal(json.json().title, PROBLEMS[code].title);
    const page = await server.inject({
      url: `/problems/${code}`,
      headers: { accept: "text/html,*/*;q=0.8" },
    });
    assert.match(String(page.headers["content-type"]), /^text\/html/);
    assert.ok(page.body.includes(code));
  }
  assert.equal((await server.inject({ url: "/problems/constructor" })).statusCode, 404);
});
