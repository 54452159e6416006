/** The reference of rules is what the packs say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rulesReference } from "../../src/rules/rules-reference.ts";
import { PACKS } from "./load-packs.ts";

const REFERENCE = new URL("../../docs/reference/rules.md", import.meta.url);

test("docs/reference/rules.md is made from the packs as they are", () => {
  const hint = "run `node scripts/build-rules-reference.ts`";
  assert.ok(readFileSync(REFERENCE, "utf8") === rulesReference(PACKS), hint);
});

test("every rule is in it, with a citation and a graded source", () => {
  const text = rulesReference(PACKS);
  for (const pack of PACKS) {
    for (const rule of pack.rules) {
      const row = text.split("\n").find((line) => line.includes(`(\`${rule.id}\`)`));
      assert.ok(row !== undefined, `${pack.id}/${rule.id}`);
    }
  }
  assert.equal(text.match(/^## /gmu)?.length, PACKS.length);
});
