// `heed rotate` as its users run it: what it refuses, what it prints, what it leaves.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const data = path.join(FOLDER, "data");
const keys = path.join(data, "keys");
const ONE_LINE = /^heed: [^\n]+\n$/;
const BY = ["--by", "Ana Torres"];
/** The secret at the end of a signing key; it may have pluses in it. */
const BASE64_OF_33 = 44;

/** A data folder with an opt-out in it, and no server. */
const served = await serveHeed({ after }, { dataFolder: data });
const recorded = await runHeed(data, ["record", "opt-out", "+12125550301", "--sender", "acme"]);
assert.equal(recorded.code, 0, recorded.stderr);

test("while a server runs nothing is rotated, and over the network nothing is either", async () => {
  const before = readdirSync(keys);
  for (const kind of ["pepper", "signing-key"]) {
    const { code, stderr } = await runHeed(data, ["rotate", kind, ...BY]);
    assert.equal(code, 1);
    assert.match(stderr, ONE_LINE);
    assert.match(stderr, /a server runs on .*Stop it/);
    const remote = await runHeed(data, ["rotate", kind, ...BY], { env: { HEED_URL: served.url } });
    assert.equal(remote.code, 1);
    assert.match(remote.stderr, /HEED_URL is set/);
  }
  assert.deepEqual(readdirSync(keys), before);
  served.process.kill("SIGTERM");
  await once(served.process, "exit");
});

test("wrong usage is named and changes nothing", async () => {
  const before = readdirSync(keys);
  const nameless = await runHeed(data, ["rotate", "pepper"]);
  assert.deepEqual([nameless.code, nameless.stdout], [2, ""]);
  assert.match(nameless.stderr, /`--by NAME`/);
  assert.equal((await runHeed(data, ["rotate", "link-key", ...BY])).code, 2);
  const nowhere = path.join(FOLDER, "nowhere");
  assert.match((await runHeed(nowhere, ["rotate", "pepper", ...BY])).stderr, /there is no Heed in/);
  assert.ok(!existsSync(nowhere));
  assert.deepEqual(readdirSync(keys), before);
});

test("a new signing key prints its public half alone, and the old one vouches for it", async () => {
  const { code, stdout, stderr } = await runHeed(data, ["rotate", "signing-key", ...BY]);
  assert.equal(code, 0, stderr);
  const [vkey] = linesOf(stdout);
  const [old] = linesOf(readFileSync(path.join(keys, "retired-vkeys"), "utf8"));
  const handover = /learn it from (\S+\.json)/.exec(stderr)?.[1];
  const verified = verifyReceipt(readFileSync(handover!, "utf8"), [old!]);
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  const evidence = verified.record?.evidence as { vkey: string } | undefined;
  assert.equal(evidence?.vkey, vkey);
  const secret = readFileSync(path.join(keys, "signing-key"), "utf8").trim().slice(-BASE64_OF_33);
  assert.ok(!`${stdout}${stderr}`.includes(secret));
});

test("a new pepper prints its fingerprint, and the person who said stop is denied as before", async () => {
  const { code, stdout, stderr } = await runHeed(data, ["rotate", "pepper", ...BY, "--json"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(Object.keys(JSON.parse(stdout)), ["fingerprint", "retired"]);
  const pepper = readFileSync(path.join(keys, "pepper"), "utf8").trim();
  assert.ok(!stdout.includes(pepper));
  for (const name of readdirSync(keys)) {
    assert.equal(statSync(path.join(keys, name)).mode & 0o777, 0o600, name);
  }
  const check = ["check", "+12125550301", "--sender", "acme", "--for", "sms"];
  assert.equal((await runHeed(data, check)).code, 10);
  const { stdout: history } = await runHeed(data, ["history", "+12125550301"]);
  assert.match(history, /entry 1 {2}The person opted out/);
  const { stdout: doctor } = await runHeed(data, ["doctor"]);
  assert.match(doctor, /ok +the log is signed by .*; 1 retired key\n/);
  assert.match(doctor, /ok +1 pepper in use, 1 retired\n/);
});

test("a lost signing key is said to be missing, and replaced only when that is said", async () => {
  const check = ["check", "+12125550301", "--sender", "acme", "--for", "sms"];
  renameSync(path.join(keys, "signing-key"), path.join(FOLDER, "lost"));
  const { code, stdout } = await runHeed(data, ["doctor"]);
  assert.equal(code, 1);
  assert.match(stdout, /PROBLEM +the key that signs this log is .* does not have it/);
  assert.equal((await runHeed(data, check)).code, 10, "the rest goes on");
  const refused = await runHeed(data, ["rotate", "signing-key", ...BY]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /gone for good, add `--lost`/);
  const lost = await runHeed(data, ["rotate", "signing-key", "--lost", ...BY]);
  assert.equal(lost.code, 0, lost.stderr);
  assert.match(lost.stderr, /Nothing vouches for it/);
  assert.equal((await runHeed(data, ["doctor"])).code, 0);
});

test("keys in variables are not touched: the command says what to do and makes the value", async () => {
  const signingKey = readFileSync(path.join(keys, "signing-key"), "utf8").trim();
  const [present, retired] = ["pepper", "retired-peppers"].map((name) =>
    readFileSync(path.join(keys, name), "utf8").trim(),
  );
  const env = {
    HEED_PEPPER: `${present},${retired}`,
    HEED_LINK_KEY: readFileSync(path.join(keys, "link-key"), "utf8").trim(),
    HEED_SIGNING_KEY: signingKey,
  };
  const before = readdirSync(keys).map((name) => readFileSync(path.join(keys, name), "utf8"));
  for (const [kind, variable] of [
    ["pepper", "HEED_PEPPER"],
    ["signing-key", "HEED_SIGNING_KEY"],
  ] as const) {
    const { code, stdout, stderr } = await runHeed(data, ["rotate", kind, ...BY], { env });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, ONE_LINE);
    assert.match(stderr, new RegExp(`${variable} is set, .*rotate ${kind} --print`));
  }
  const after = readdirSync(keys).map((name) => readFileSync(path.join(keys, name), "utf8"));
  assert.deepEqual(after, before);

  const print = async (...args: string[]) =>
    (await runHeed(data, ["rotate", ...args, "--print"], { env })).stdout.trim();
  const name = (text: string) => /^PRIVATE\+KEY\+([^+]+)\+/.exec(text)?.[1];
  const next = await print("signing-key");
  assert.equal(name(next), name(signingKey));
  assert.notEqual(next, signingKey);
  assert.notEqual(name(await print("signing-key", "--new-log")), name(signingKey));
  const rotated = {
    ...env,
    HEED_PEPPER: `${await print("pepper")},${env.HEED_PEPPER}`,
    HEED_SIGNING_KEY: `${next},${signingKey}`,
  };
  const { stdout } = await runHeed(data, ["doctor"], { env: rotated });
  assert.match(stdout, /3 retired keys\n/);
  assert.match(stdout, /1 pepper in use, 2 retired\n/);
});
