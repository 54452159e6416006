/** Whoever wants to see a proof finds it in the guide, and each runs in part with every test run. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "../support/source.ts";

const GUIDE = readFileSync(join(REPOSITORY, "docs/guides/proving.md"), "utf8");
const PROOFS = readdirSync(join(REPOSITORY, "prove"))
  .filter((file) => /\.ts$/u.test(file))
  .filter((file) => {
    const text = readFileSync(join(REPOSITORY, "prove", file), "utf8");
    return /^export (async )?function run\b/mu.test(text);
  })
  .map((file) => file.replace(/\.ts$/u, ""));

for (const name of PROOFS) {
  test(`the guide says what the proof ${name} does, and its share runs with the tests`, () => {
    assert.match(GUIDE, new RegExp(`^\\| \`${name}\` \\|`, "mu"), "a row in the table");
    const section = GUIDE.split(`\n## ${name}\n`)[1]?.split("\n## ")[0] ?? "";
    assert.match(section, /^Controls?: /mu, "what its controls are");
    assert.match(section, /^\*\*What it does not show\.\*\*/mu);
    assert.ok(existsSync(join(REPOSITORY, "test/prove", `${name}.test.ts`)));
  });
}

test("every row of the guide is a proof", () => {
  const rows = [...GUIDE.matchAll(/^\| `([a-z-]+)` \|/gmu)].map(([, name]) => name);
  assert.deepEqual(rows.toSorted(), PROOFS.toSorted());
});
