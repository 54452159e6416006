// Wrong input gives one clear line, exit code 1 or 2, nothing on standard output, and changes
// nothing: neither in the ledger nor in anybody's files.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const served = await serveHeed({ after });
const LIST = "phone\n+12125550401\n";
writeFileSync(path.join(FOLDER, "list.csv"), LIST);
writeFileSync(path.join(FOLDER, "kept.csv"), "kept");
mkdirSync(path.join(FOLDER, "folder"));
symlinkSync("list.csv", path.join(FOLDER, "alias.csv"));

const scrub = (file: string, ...out: string[]) =>
  ["scrub", file, "--for", "sms", "--sender", "acme", ...out] as const;
const imported = (file: string, ...more: string[]) =>
  ["import", file, "--sender", "acme", "--kind", "opt-out", "--channel", "sms", ...more] as const;
const SOURCE = ["source", "add", "shop", "--adapter", "twilio", "--sender", "acme", "--config"];
const SECRET = "0123456789abcdef0123456789abcdef";

const CASES: [string, number, readonly string[], RegExp][] = [
  ["a missing list", 1, imported("none.csv"), /there is no file `none\.csv`/],
  ["a folder for a list", 1, imported("folder"), /`folder` is a folder/],
  ["a missing list to scrub", 1, scrub("none.csv", "--out", "o.csv"), /there is no file/],
  ["no folder for the output", 1, scrub("list.csv", "--out", "no/o.csv"), /no such folder/],
  ["a folder for the output", 1, scrub("list.csv", "--out", "folder"), /`folder` is a folder/],
  ["one file for both", 2, scrub("list.csv", "--out", "./list.csv"), /three different files/],
  ["one file by a link", 2, scrub("list.csv", "--out", "alias.csv"), /three different files/],
  [
    "one file for both outputs",
    2,
    scrub("list.csv", "--out", "o.csv", "--removed", "folder/../o.csv"),
    /three different files/,
  ],
  ["rejects over the list", 2, imported("list.csv", "--rejects", "alias.csv"), /different files/],
  ["rejects nowhere", 1, imported("list.csv", "--rejects", "no/r.csv"), /no such folder/],
  [
    "an unknown sender",
    1,
    ["record", "opt-out", "+12125550401", "--sender", "nobody"],
    /no sender `nobody`; `heed sender add` makes one/,
  ],
  [
    "an unknown sender for a list",
    1,
    ["scrub", "list.csv", "--for", "sms", "--sender", "nobody", "--out", "o.csv"],
    /no sender `nobody`/,
  ],
  ["no address", 1, ["history", "nobody"], /neither a phone number nor an e-mail address/],
  [
    "an instant without a zone",
    2,
    ["record", "opt-out", "+12125550401", "--sender", "acme", "--at", "2026-11-21T14:00:00"],
    /Use an instant with its zone/,
  ],
  ["broken JSON", 2, [...SOURCE, `{"authTokens":["${SECRET}"`], /must be a JSON object/],
  ["JSON that is no object", 2, [...SOURCE, `["${SECRET}"]`], /must be a JSON object/],
  ["settings that do not fit", 1, [...SOURCE, "{}"], /accountSid` is missing; .*authTokens` is/],
  [
    "a secret that is not set",
    1,
    [...SOURCE, '{"accountSid":"x","authTokens":["env:NOT_SET_HERE"]}'],
    /`NOT_SET_HERE` is not set/,
  ],
  ["an output that is there", 1, ["export", "--out", "kept.csv"], /a file `kept\.csv` already/],
  [
    "a spaced key",
    2,
    ["record", "opt-out", "a@b.example", "--sender", "acme", "--key", "a b"],
    /--key/,
  ],
  [
    "a hold that is none",
    1,
    ["review", "decide", "999", "--as", "opt-out", "--author", "k"],
    /999/,
  ],
  ["an unknown scope", 2, ["key", "add", "x", "--scopes", "root"], /Use some of check/],
  ["an unknown channel", 2, scrub("list.csv", "--out", "o.csv", "--for", "fax"), /sms, voice/],
  ["an unknown destination", 1, ["destination", "dead", "nowhere"], /no destination `nowhere`/],
];

test("wrong input: one line, nothing on standard output, nothing changed", async () => {
  const before = await served.api<{ entries: unknown[] }>("/v1/entries");
  const files = readdirSync(FOLDER).sort();
  for (const [name, code, args, said] of CASES) {
    const ran = await runHeed(served.dataFolder, args, { cwd: FOLDER });
    assert.deepEqual([ran.code, ran.stdout], [code, ""], `${name}: ${ran.stderr}`);
    assert.match(ran.stderr, said, name);
    // Commander adds a hint in brackets after wrong flags.
    assert.match(ran.stderr, /^heed: [^\n]+\n(\([^\n]+\)\n)?$/, name);
    assert.ok(!ran.stderr.includes(SECRET), `${name}: a secret was shown`);
  }
  assert.deepEqual(await served.api("/v1/entries"), before);
  assert.deepEqual(readdirSync(FOLDER).sort(), files);
  assert.equal(readFileSync(path.join(FOLDER, "list.csv"), "utf8"), LIST);
  assert.equal(readFileSync(path.join(FOLDER, "kept.csv"), "utf8"), "kept");
});

test("a large list that the server refuses at once still says why", async () => {
  const large = path.join(FOLDER, "large.csv");
  writeFileSync(large, `phone\n${"+12125550401\n".repeat(500_000)}`);
  const args = ["scrub", large, "--for", "sms", "--sender", "nobody", "--out", "o.csv"];
  const { code, stderr } = await runHeed(served.dataFolder, args, { cwd: FOLDER });
  assert.equal(code, 1);
  assert.match(stderr, /^heed: there is no sender `nobody`[^\n]*\n$/);
});

test("a full disk is named, and leaves no half of a file", { skip: noFullDevice() }, async () => {
  const args = scrub("list.csv", "--out", "/dev/full", "--removed", "removed.csv");
  const { code, stdout, stderr } = await runHeed(served.dataFolder, args, { cwd: FOLDER });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(stderr, "heed: `/dev/full` cannot be written: the disk is full\n");
  assert.ok(existsSync("/dev/full"));
  assert.deepEqual(
    readdirSync(FOLDER).filter((name) => /removed|partial/.test(name)),
    [],
  );
});

function noFullDevice(): string | false {
  return existsSync("/dev/full") ? false : "this system has no /dev/full";
}
