/** The lexicons and example files of the repository, read once for the tests. */
import { readdirSync, readFileSync } from "node:fs";
import { type Lexicon, parseLexicon } from "../../src/recognize/lexicon.ts";
import { compileRecogniser } from "../../src/recognize/recogniser.ts";

const FOLDER = new URL("../../lexicons/", import.meta.url);

/** `lexicons/<language>.examples.json`: messages that are run as tests. */
export interface Examples {
  readonly language: string;
  readonly optOut: readonly string[];
  readonly ordinary: readonly string[];
  readonly unclear: readonly string[];
  readonly optIn: readonly string[];
  readonly help: readonly string[];
}

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

export const lexicons: readonly Lexicon[] = readdirSync(FOLDER)
  .filter((name) => /^[a-z]{2,3}(-[A-Za-z]+)?\.json$/u.test(name))
  .map((name) => parseLexicon(readJson(name), `lexicons/${name}`));

export const examples: readonly Examples[] = lexicons.map(
  ({ language }) => readJson(`${language}.examples.json`) as Examples,
);

export const recogniser = compileRecogniser(lexicons);
