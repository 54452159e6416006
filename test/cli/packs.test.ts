// `heed packs`: faults are told with file, place and reason, and what changed is told in words.
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const OWN = fileURLToPath(new URL("../../examples/rulepacks/", import.meta.url));
const PACKS = fileURLToPath(new URL("../../rulepacks/", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: packs are broken here in ways that no type allows
type Broken = any;

/** A copy of all packs with one of them changed. */
function changedPacks(folder: string, id: string, change: (pack: Broken) => void): string {
  const copy = path.join(folder, "rulepacks");
  cpSync(PACKS, copy, { recursive: true });
  const file = path.join(copy, id, "pack.json");
  const pack: Broken = JSON.parse(readFileSync(file, "utf8"));
  change(pack);
  writeFileSync(file, JSON.stringify(pack));
  return copy;
}

test("the product's own packs have no faults, and their scenarios are answered as they say", async (t) => {
  const { code, stdout } = await runHeed(temporaryFolder(t), ["packs", "lint", "--json"]);
  const { findings, packs, rules, scenarios } = JSON.parse(stdout);
  assert.deepEqual(findings, []);
  assert.equal(code, 0);
  assert.ok(packs > 2 && rules > packs && scenarios >= 6 * packs, stdout);
});

test("a pack of the operator's own is held to the same, beside the product's", async (t) => {
  const folder = temporaryFolder(t);
  const { code, stdout } = await runHeed(folder, ["packs", "lint", OWN]);
  assert.equal(stdout, "Nothing is wrong: packs 1, rules 1, scenarios 6.\n");
  assert.equal(code, 0);
  const env = { HEED_RULEPACKS: OWN };
  const told = await runHeed(folder, ["packs", "explain", "house-hours"], { env });
  assert.match(told.stdout, /Mon-Sun from 09:00 to 20:00; where the person is\./u);
  const without = await runHeed(folder, ["packs", "explain", "house-hours"]);
  assert.equal(without.code, 2);
});

const FAULTS: readonly [name: string, expected: RegExp, change: (pack: Broken) => void][] = [
  [
    "a missing source",
    /us[/\\]pack\.json: \/rules\/0\/sources: must not have fewer than 1 items/u,
    (pack) => pack.rules[0].sources.splice(0),
  ],
  [
    "windows that overlap",
    /us[/\\]pack\.json: \/rules\/0\/week\/mon\/1: `11:00-13:00` overlaps/u,
    (pack) => {
      pack.rules[0].week.mon = ["10:00-12:00", "11:00-13:00"];
    },
  ],
  [
    "a window that ends before it begins",
    /us[/\\]pack\.json: \/rules\/0\/week\/mon\/0: `20:00-08:00` ends before it begins/u,
    (pack) => {
      pack.rules[0].week.mon = ["20:00-08:00"];
    },
  ],
  [
    "an unknown field",
    /us[/\\]pack\.json: \/rules\/0: has an unknown field `wek`/u,
    (pack) => {
      pack.rules[0].wek = {};
    },
  ],
  [
    "a topic that nobody defined",
    /us[/\\]pack\.json: \/rules\/0\/appliesTo\/topics: `solar` is no topic/u,
    (pack) => {
      pack.rules[0].appliesTo.topics = ["solar"];
    },
  ],
  [
    "a registry that nobody described",
    /us[/\\]pack\.json: \/rules\/[0-9]+\/list: `us-national-dnc` is no registry/u,
    (pack) => {
      pack.registries = pack.registries.filter(({ id }: Broken) => id !== "us-national-dnc");
    },
  ],
];

for (const [name, expected, change] of FAULTS) {
  test(`${name} is told with file, place and reason`, async (t) => {
    const folder = temporaryFolder(t);
    const copy = changedPacks(folder, "us", (pack) => {
      pack.rules.sort(
        (a: Broken, b: Broken) => Number(b.kind === "hours") - Number(a.kind === "hours"),
      );
      change(pack);
    });
    const { code, stdout } = await runHeed(folder, ["packs", "lint", path.join(copy, "us")]);
    assert.equal(code, 1);
    assert.match(stdout, expected);
  });
}

test("a pack without sources, or with fewer scenarios than it needs, has a fault", async (t) => {
  const folder = temporaryFolder(t);
  const copy = changedPacks(folder, "fr", () => undefined);
  rmSync(path.join(copy, "fr", "sources.md"));
  writeFileSync(path.join(copy, "fr", "scenarios.json"), "[]");
  const { code, stdout } = await runHeed(folder, ["packs", "lint", path.join(copy, "fr")]);
  assert.equal(code, 1);
  assert.match(stdout, /sources\.md: is missing/u);
  assert.match(stdout, /scenarios\.json: has 0 scenarios, of at least 6/u);
});

test("a rule is explained in words, with its sources, as of a date", async (t) => {
  const folder = temporaryFolder(t);
  const { stdout } = await runHeed(folder, ["packs", "explain", "us/calling-hours"]);
  assert.match(stdout, /Mon-Sun from 08:00 to 21:00; where the person is\./u);
  assert.match(stdout, /47 CFR 64\.1200\(c\)\(1\)/u);
  assert.match(stdout, /\[(primary|law-firm|vendor|press|memory)\] /u);
  const early = await runHeed(folder, [
    "packs",
    "explain",
    "us/calling-hours",
    "--at",
    "1980-01-01",
  ]);
  assert.equal(early.code, 2);
  assert.match(early.stderr, /there is no `us\/calling-hours` to explain; the packs are /u);
  const all = await runHeed(folder, ["packs", "explain"]);
  assert.ok(linesOf(all.stdout).some((line) => line.startsWith("fr ")));
});

test("a difference is told by rule, with the scenarios that are answered otherwise", async (t) => {
  const folder = temporaryFolder(t);
  const same = await runHeed(folder, ["packs", "diff", PACKS]);
  assert.equal(same.stdout, "No rule differs.\n");
  const copy = changedPacks(folder, "us", (pack) => {
    const rule = pack.rules.find(({ id }: Broken) => id === "calling-hours");
    for (const day of Object.keys(rule.week)) rule.week[day] = ["10:00-21:00"];
  });
  const { code, stdout } = await runHeed(folder, ["packs", "diff", copy]);
  assert.equal(code, 0);
  assert.match(stdout, /^changed: us\/calling-hours \(week\)$/mu);
  assert.match(stdout, /^ {2}- .*Mon-Sun from 10:00 to 21:00/mu);
  assert.match(stdout, /^ {2}\+ .*Mon-Sun from 08:00 to 21:00/mu);
  assert.match(stdout, /^answer: a call at 08:00:00: was defer until \S+, is allow$/mu);
});
