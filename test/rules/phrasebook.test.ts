/** The sentences of verdicts are there in every language, with the same values in each. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Value from "typebox/value";
import {
  PHRASEBOOKS,
  type Phrasebook,
  PhrasebookSchema,
  say,
  sayPart,
  verdictJsonSchema,
} from "../../src/rules/phrasebook.ts";

function valuesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{([^{}]*)\}/gu)].map(([, name]) => name!).sort();
}

/** What a language lacks, has too much of, or fills in otherwise than English. */
function findDifferences(book: Phrasebook): readonly string[] {
  const english = PHRASEBOOKS.en.phrases;
  const keys = [...new Set([...Object.keys(english), ...Object.keys(book.phrases)])];
  return keys.filter((key) => {
    const wanted = english[key];
    const given = book.phrases[key];
    if (wanted === undefined || given === undefined) return true;
    return valuesOf(wanted).join() !== valuesOf(given).join();
  });
}

test("every language has each phrase, with the same values", () => {
  for (const book of Object.values(PHRASEBOOKS)) assert.deepEqual(findDifferences(book), []);
});

test("a phrase that is missing, and a value that is, are noticed", () => {
  const { "consent.none": none, ...others } = PHRASEBOOKS.es.phrases;
  assert.deepEqual(findDifferences({ ...PHRASEBOOKS.es, phrases: others }), ["consent.none"]);
  const broken = { ...others, "consent.none": none!.replace("{sender}", "") };
  assert.deepEqual(findDifferences({ ...PHRASEBOOKS.es, phrases: broken }), ["consent.none"]);
});

test("every phrasebook is of the published shape, and is in its language", () => {
  for (const [language, book] of Object.entries(PHRASEBOOKS)) {
    assert.ok(Value.Check(PhrasebookSchema, book));
    assert.equal(book.language, language);
  }
  const published = new URL("../../messages/verdicts/schema.json", import.meta.url);
  assert.deepEqual(
    JSON.parse(readFileSync(published, "utf8")),
    JSON.parse(JSON.stringify(verdictJsonSchema())),
    "run `node scripts/build-verdict-schema.ts`",
  );
});

test("a sentence begins with a capital, and a part of one as it is written", () => {
  const values = { messages: "marketing texts" };
  assert.equal(say("en", "consent.not-needed", values), "Marketing texts need no consent here.");
  assert.equal(sayPart("en", "level.express"), "express");
});

test("a value that is missing is an error, never an empty place", () => {
  assert.throws(() => say("es", "consent.none", { messages: "" }), /no value for `\{sender\}`/u);
});
