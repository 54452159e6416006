/** Worked scenarios: asked through the public check, and a wrong answer is told from a right one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/temp-folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLES = path.join(ROOT, "scenarios", "examples.jsonl");

function run(...args: string[]) {
  const script = path.join(ROOT, "scenarios", "run.ts");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

test("the examples of the shape are answered as they expect", () => {
  const { status, stdout, stderr } = run(EXAMPLES, "--json");
  assert.equal(stderr, "");
  const { rows, right, failures } = JSON.parse(stdout);
  assert.deepEqual(failures, []);
  assert.equal(rows, 3);
  assert.equal(right, 3);
  assert.equal(status, 0);
});

test("an allow where a denial is expected, a wrong instant and a wrong reason are each counted", (t) => {
  const [stop = "", night = ""] = readFileSync(EXAMPLES, "utf8").split("\n");
  const withoutStop = { ...JSON.parse(stop), id: "no-stop" };
  withoutStop.events = withoutStop.events.slice(0, 1);
  const late = { ...JSON.parse(night), id: "late" };
  late.expect = { ...late.expect, notBefore: "2026-10-15T09:00:00-05:00" };
  const other = {
    ...JSON.parse(stop),
    id: "other",
    expect: { action: "deny", reasonAny: ["hold"] },
  };
  const strict = { ...JSON.parse(night), id: "strict", expect: { action: "allow" } };
  const file = path.join(temporaryFolder(t), "wrong.jsonl");
  writeFileSync(
    file,
    [withoutStop, late, other, strict].map((row) => JSON.stringify(row)).join("\n"),
  );
  const { status, stdout } = run(file, "--json");
  assert.equal(status, 1);
  const { failures, ...counts } = JSON.parse(stdout);
  const expected = { wrongAllow: 1, wrongDeny: 1, wrongInstant: 1, wrongReason: 1 };
  assert.deepEqual(counts, { rows: 4, right: 0, ...expected });
  assert.deepEqual(
    failures.map(({ id }: { id: string }) => id),
    ["no-stop", "late", "other", "strict"],
  );
  const only = run(file, "--only", "late");
  assert.match(only.stdout, /wrongInstant: late/u);
  assert.doesNotMatch(only.stdout, /no-stop/u);
});

test("a line that is no scenario is named with its number, and nothing is asked", (t) => {
  const file = path.join(temporaryFolder(t), "broken.jsonl");
  writeFileSync(file, `${readFileSync(EXAMPLES, "utf8").split("\n")[0]}\n{"id":"x"}\n`);
  const broken = run(file);
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /broken\.jsonl:2: /u);
  assert.equal(run(file, "extra").status, 2);
  assert.match(run(EXAMPLES, "--only", "nobody").stderr, /no row .* has the id `nobody`/u);
});
