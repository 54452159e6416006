// Every command explains itself, and the reference says what the program says.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/temp-folder.ts";
import { everyCommand, fullName, helpOf, programForReading, referenceText } from "./reference.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const REFERENCE = fileURLToPath(new URL("../../docs/reference/cli.md", import.meta.url));
const COMMANDS = everyCommand(programForReading());
const PROMISED =
  "serve dev check record history review obligations erase scrub import export link " +
  "recognize message sender source destination key registry area sends packs doctor verify " +
  "rotate backup restore accept-gap";

test("every promised command is there", () => {
  const [program] = COMMANDS;
  assert.deepEqual(
    program?.commands.map((command) => command.name()),
    PROMISED.split(" "),
  );
});

test("every command says what it is for and gives an example that it would take", () => {
  for (const command of COMMANDS) {
    const name = fullName(command);
    assert.ok(command.description().length > 5, `${name} has no description`);
    const help = helpOf(command);
    const examples = /\nExamples?:\n((?: {2,}.*\n?)+)$/.exec(help)?.[1];
    assert.ok(examples !== undefined, `${name} has no example`);
    assert.match(examples, /^ {2}\$ .*\bheed /, `${name}: ${examples}`);
    for (const flag of examples.match(/(?<= )--[a-z-]+/g) ?? []) {
      const isKnown = COMMANDS.some((one) => one.options.some((option) => option.long === flag));
      assert.ok(isKnown || flag === "--help", `${name}: the example has an unknown flag ${flag}`);
    }
    for (const argument of command.registeredArguments) {
      assert.ok(argument.description !== "", `${name}: <${argument.name()}> is not described`);
    }
  }
});

test("no line of help is wider than a terminal", () => {
  for (const command of COMMANDS) {
    for (const line of linesOf(helpOf(command))) {
      assert.ok(line.length <= 100, `${fullName(command)}: ${line}`);
    }
  }
});

test("the reference says what the program says", () => {
  const text = referenceText(programForReading());
  if (process.env.HEED_WRITE_REFERENCE === "1") {
    mkdirSync(path.dirname(REFERENCE), { recursive: true });
    writeFileSync(REFERENCE, text);
  }
  assert.equal(readFileSync(REFERENCE, "utf8"), text);
});

test("help is a result; wrong usage is not, and says in a line what is wrong", async (t) => {
  const folder = path.join(temporaryFolder(t), "data");
  const [help, unknown, nothing, missing, wrong] = await Promise.all([
    runHeed(folder, ["check", "--help"]),
    runHeed(folder, ["chekc"]),
    runHeed(folder, []),
    runHeed(folder, ["check", "+12125550123", "--sender", "acme"]),
    runHeed(folder, ["review", "decide", "abc", "--as", "opt-out", "--author", "kim"]),
  ]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: heed check/);
  assert.equal(help.stderr, "");
  assert.match(unknown.stderr, /^heed: unknown command 'chekc'\n\(Did you mean check\?\)\n/);
  assert.match(nothing.stderr, /^Usage: heed/);
  assert.match(missing.stderr, /^heed: required option '--for <channel>' not specified\n/);
  assert.match(wrong.stderr, /^heed: .*'abc' is invalid.*Use a whole number above 0\.\n/);
  for (const { code, stdout } of [unknown, nothing, missing, wrong]) {
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  }
});
