/** Every example in every lexicon and example file is what it says it is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileRecogniser } from "../../src/recognize/recogniser.ts";
import type { Intent } from "../../src/recognize/recognition.ts";
import { type Examples, examples, lexicons, recogniser } from "./lexicons.ts";

/** Rules of the floor stand before those of a lexicon and may answer in their place. */
function firedOrFloor(rules: readonly string[], id: string): boolean {
  return rules.includes(id) || rules[0]?.startsWith("floor.") === true;
}

for (const lexicon of lexicons) {
  describe(`the rules of ${lexicon.language}`, () => {
    const alone = compileRecogniser([lexicon]);
    for (const rule of [...lexicon.keywords, ...lexicon.phrases]) {
      test(`${rule.id} decides its examples, alone and among all languages`, () => {
        for (const text of rule.examples.match) {
          const { intent, rules } = alone.recognize(text);
          assert.equal(intent, rule.intent, text);
          assert.ok(firedOrFloor(rules, rule.id), `${text}: ${rules.join(", ")}`);
          assert.equal(recogniser.recognize(text).intent, rule.intent, `${text} (all languages)`);
        }
      });
      test(`${rule.id} stays out of its counter-examples`, () => {
        for (const text of rule.examples.not) {
          const { intent, rules } = recogniser.recognize(text);
          assert.ok(intent !== rule.intent || !rules.includes(rule.id), text);
        }
      });
    }
    for (const blocker of lexicon.blockers) {
      test(`${blocker.id} takes back what only looks like a request`, () => {
        for (const text of blocker.examples.blocks) {
          assert.equal(recogniser.recognize(text).intent, blocker.leaves, text);
        }
        for (const text of blocker.examples.not) {
          assert.equal(recogniser.recognize(text).intent, "opt-out", text);
        }
      });
    }
  });
}

const GROUPS: readonly (readonly [keyof Omit<Examples, "language">, Intent, number])[] = [
  ["optOut", "opt-out", 25],
  ["ordinary", "other", 20],
  ["unclear", "unclear", 8],
  ["optIn", "opt-in", 2],
  ["help", "help", 2],
];

for (const file of examples) {
  for (const [group, intent, least] of GROUPS) {
    test(`${file.language}: ${group} messages are read as ${intent}`, () => {
      assert.ok(new Set(file[group]).size >= least, `at least ${least} of them`);
      for (const text of file[group]) {
        const { intent: read, rules } = recogniser.recognize(text);
        assert.equal(read, intent, `${text} (${rules.join(", ")})`);
      }
    });
  }
}
