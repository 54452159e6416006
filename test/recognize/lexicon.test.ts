/** A lexicon that is wrong is refused with the file, the place in it and the reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLexicon } from "../../src/recognize/lexicon.ts";
import { PatternError, parsePattern } from "../../src/recognize/pattern.ts";
import { readJson } from "./lexicons.ts";

type Loose = Record<string, unknown> & { keywords: Record<string, unknown>[] };

/** The English lexicon with one thing changed. */
function changed(change: (lexicon: Loose) => void): unknown {
  const lexicon = readJson("en.json") as Loose;
  change(lexicon);
  return lexicon;
}

const REFUSED: readonly (readonly [string, (lexicon: Loose) => void, RegExp])[] = [
  [
    "an unknown member",
    (lexicon) => Object.assign(lexicon, { extra: 1 }),
    /\/extra: is not part of the format/u,
  ],
  ["another format", (lexicon) => Object.assign(lexicon, { format: 2 }), /\/format/u],
  [
    "an id of another language",
    (lexicon) => Object.assign(lexicon.keywords[0]!, { id: "es.keyword.stop" }),
    /\/keywords\/0\/id: `es.keyword.stop` must begin with `en.`/u,
  ],
  [
    "an id used twice",
    (lexicon) => Object.assign(lexicon.keywords[1]!, { id: "en.keyword.stop" }),
    /\/keywords\/1\/id: `en.keyword.stop` is used twice/u,
  ],
  [
    "a slot that is not there",
    (lexicon) => Object.assign(lexicon.keywords[0]!, { patterns: ["stop {NOTHING}"] }),
    /\/keywords\/0\/patterns\/0: there is no slot `\{NOTHING\}`/u,
  ],
  [
    "an open parenthesis",
    (lexicon) => Object.assign(lexicon.keywords[0]!, { patterns: ["stop (it"] }),
    /a parenthesis is not closed/u,
  ],
  [
    "a rule without examples",
    (lexicon) => Object.assign(lexicon.keywords[0]!, { examples: { match: [], not: [] } }),
    /\/keywords\/0\/examples\/match/u,
  ],
];

for (const [name, change, reason] of REFUSED) {
  test(`a lexicon with ${name} is refused, with file, place and reason`, () => {
    assert.throws(() => parseLexicon(changed(change), "lexicons/xx.json"), {
      name: "LexiconError",
      message: new RegExp(`^lexicons/xx\\.json: at .*${reason.source}`, "su"),
    });
  });
}

test("control: the unchanged lexicon is taken", () => {
  assert.equal(
    parseLexicon(
      changed(() => undefined),
      "lexicons/en.json",
    ).language,
    "en",
  );
});

test("patterns that could start anywhere, or never, are refused", () => {
  for (const pattern of [
    "..3 stop",
    "please? stop",
    "^ $",
    "..12 stop",
    "st* me",
    "a{b}",
    "((a))",
  ]) {
    assert.throws(() => parsePattern(pattern, {}), PatternError, pattern);
  }
});
