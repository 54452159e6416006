// A newcomer's first command must work, or say in words what keeps it from working and what to do.
// These run the real scripts in a clone of their own, with an npm that fails in the ways npm does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { REPOSITORY } from "../support/source.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const POSIX_ONLY = {
  skip: process.platform === "win32" ? "the npm of these tests is a shell script" : false,
};

interface Clone {
  folder: string;
  /** Replaces npm by a shell script; `null` leaves the PATH without one. */
  useNpm(script: string | null): void;
  start(...words: string[]): Promise<Ended>;
}

interface Ended {
  code: number | null;
  out: string;
  said: string;
}

/** The scripts in a folder with a space, with two packages to install and a program to start. */
function clone(t: TestContext): Clone {
  const folder = join(temporaryFolder(t), "a clone");
  const bin = join(folder, "..", "bin");
  mkdirSync(join(folder, "src", "cli"), { recursive: true });
  mkdirSync(bin);
  cpSync(join(REPOSITORY, "scripts"), join(folder, "scripts"), { recursive: true });
  const version = process.versions.node;
  writeFileSync(join(folder, "package-lock.json"), lockFile({ needed: "1.0.0", node: version }));
  writeFileSync(
    join(folder, "src", "cli", "main.ts"),
    "console.log(JSON.stringify(process.argv.slice(2)));\nprocess.exitCode = 7;\n",
  );
  const start = (...words: string[]) =>
    run([join(folder, "scripts", words.shift() ?? "start.mjs"), ...words], bin);
  const useNpm = (script: string | null) => {
    rmSync(join(bin, "npm"), { force: true });
    if (script === null) return;
    writeFileSync(join(bin, "npm"), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    chmodSync(join(bin, "npm"), 0o755);
  };
  return { folder, useNpm, start };
}

function lockFile(versions: Record<string, string>, dev: string[] = []): string {
  const packages = Object.entries(versions).map(([name, version]) => [
    `node_modules/${name}`,
    { version, integrity: `sha512-${name}`, ...(dev.includes(name) && { dev: true }) },
  ]);
  return JSON.stringify({ packages: Object.fromEntries([["", {}], ...packages]) });
}

/** What a good install leaves: the packages, npm's list of them, and a Node that runs. */
function installInto(folder: string, list = readFileSync(join(folder, "package-lock.json"))): void {
  mkdirSync(join(folder, "node_modules", "needed"), { recursive: true });
  mkdirSync(join(folder, "node_modules", "node", "bin"), { recursive: true });
  writeFileSync(join(folder, "node_modules", ".package-lock.json"), list);
  const program = join(folder, "node_modules", "node", "bin", "node");
  rmSync(program, { force: true });
  symlinkSync(process.execPath, program);
}

/** Without npm's own variables, so that the `npm` on the PATH is the one that is run. */
function run(command: string[], path: string): Promise<Ended> {
  const { npm_execpath: _, ...environment } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { env: { ...environment, PATH: path } });
    let out = "";
    let said = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, said }));
  });
}

test(
  "what is installed is started at once, without npm and without a word",
  POSIX_ONLY,
  async (t) => {
    const { folder, useNpm, start } = clone(t);
    useNpm(null);
    installInto(folder);
    const begun = await start("start.mjs", "--port", "1");
    assert.deepEqual(begun, { code: 7, out: '["dev","--port","1"]\n', said: "" });
    const heed = await start("heed.mjs", "check", "+15551234567");
    assert.deepEqual(heed, { code: 7, out: '["check","+15551234567"]\n', said: "" });
  },
);

test("each thing that keeps npm from installing is said in words", POSIX_ONLY, async (t) => {
  const { useNpm, start } = clone(t);
  const cases: [string | null, RegExp][] = [
    [null, /npm was not found.*npm 9 or later/u],
    ["echo npm error code ENOSPC >&2; exit 1", /disk is full/u],
    ["echo npm error code EACCES >&2; exit 1", /cannot be written by this user/u],
    [
      "echo npm error code ENOTFOUND >&2; exit 1",
      /registry cannot be reached.*https-proxy.*registry/u,
    ],
    ["echo npm error code E404 >&2; exit 1", /registry refused a package/u],
    ["echo npm error code EUSAGE >&2; exit 1", /does not fit package\.json/u],
    [
      "echo npm error code EINTEGRITY >&2; exit 1",
      /did not arrive as package-lock\.json knows it/u,
    ],
    ["echo the moon is full >&2; exit 1", /Installing failed\.\s+npm said:\s+the moon is full/u],
    ["exit 1", /npm ended with 1/u],
  ];
  for (const [script, words] of cases) {
    useNpm(script);
    const { code, out, said } = await start();
    assert.equal(code, 1, said);
    assert.match(said, words);
    assert.equal(out, "", "standard output is the program's");
    assert.doesNotMatch(said, /^\s+at /mu, "a person has no use for a stack");
  }
});

test("a missing lock file is said in words", POSIX_ONLY, async (t) => {
  const { folder, start } = clone(t);
  rmSync(join(folder, "package-lock.json"));
  assert.match((await start()).said, /package-lock\.json` is missing.*git checkout/u);
});

test("a Node that does not run is fetched once more, then said in words", POSIX_ONLY, async (t) => {
  const { folder, useNpm, start } = clone(t);
  installInto(folder);
  const program = join(folder, "node_modules", "node", "bin", "node");
  rmSync(program);
  useNpm(`case "$*" in *"rebuild node"*) ln -s "${process.execPath}" "${program}";; esac`);
  const fetched = await start();
  assert.equal(fetched.code, 7, fetched.said);

  rmSync(program);
  useNpm("exit 0");
  const { code, said } = await start();
  assert.equal(code, 1);
  assert.match(said, /its own Node .* is missing.*npm rebuild node/u);
});

test(
  "two starts at once install once, and a lock left by a dead process stops nobody",
  POSIX_ONLY,
  async (t) => {
    const { folder, useNpm, start } = clone(t);
    installInto(folder);
    const good = join(folder, "good");
    cpSync(join(folder, "node_modules"), good, { recursive: true, verbatimSymlinks: true });
    rmSync(join(folder, "node_modules"), { recursive: true });
    mkdirSync(join(folder, "tmp"));
    const dead = spawn(process.execPath, ["--version"]);
    await new Promise((resolve) => dead.once("exit", resolve));
    writeFileSync(join(folder, "tmp", "setup.lock"), `${dead.pid} ${hostname()}\n`);
    useNpm(`cd "${folder}"; echo ran >> ran; sleep 0.5; cp -R good node_modules`);
    const both = await Promise.all([start(), start()]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [7, 7],
      both.map(({ said }) => said).join("\n"),
    );
    assert.equal(readFileSync(join(folder, "ran"), "utf8"), "ran\n");
  },
);

test(
  "npm is asked to add and not to begin again, and never to take tests' packages away",
  POSIX_ONLY,
  async (t) => {
    const { folder, useNpm, start } = clone(t);
    const version = process.versions.node;
    const askedBy = async (script: string) => {
      useNpm(`echo "$@" > "${folder}/asked"; exit 1`);
      await start(script);
      return readFileSync(join(folder, "asked"), "utf8");
    };
    assert.match(await askedBy("start.mjs"), /^ci --omit=dev /u);

    const withTests = lockFile({ needed: "1.0.0", node: version, biome: "1.0.0" }, ["biome"]);
    installInto(folder);
    writeFileSync(join(folder, "package-lock.json"), withTests);
    assert.equal(
      (await start()).code,
      7,
      "a missing development package keeps nobody from starting",
    );
    assert.match(await askedBy("test.mjs"), /^install --no-save --include=dev /u);

    installInto(folder);
    const newer = lockFile({ needed: "1.0.1", node: version, biome: "1.0.0" }, ["biome"]);
    writeFileSync(join(folder, "package-lock.json"), newer);
    assert.match(await askedBy("start.mjs"), /^ci --include=dev /u);
  },
);
