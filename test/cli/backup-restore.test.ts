// Backup and restore as people run them: commands, words and exit codes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const ONE_LINE = /^heed: [^\n]+\n$/;

async function stopped(served: Awaited<ReturnType<typeof serveHeed>>): Promise<void> {
  served.process.kill("SIGTERM");
  await once(served.process, "exit");
}

test("a backup of a running server, and back again: 0 done, 14 locked, 1 refused", async (t) => {
  const above = temporaryFolder(t);
  const data = path.join(above, "data");
  const served = await serveHeed(t, { dataFolder: data, command: "serve" });
  const optOut = (number: number) =>
    served.api("/v1/opt-outs", { address: `+1212555030${number}`, sender: "all" });
  await optOut(1);
  // Where the command runs is what a path is relative to, not where the server does.
  const made = await runHeed(data, ["backup", "first"], { cwd: above });
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  const backup = path.join(above, "first");
  assert.match(
    made.stdout,
    /^Backed up 1 entry, as of .* to .*first \(.* KiB\): complete, and on disk/,
  );
  assert.match(made.stdout, /The keys are not in it/);
  const again = await runHeed(data, ["backup", backup]);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.match(again.stderr, ONE_LINE);
  assert.match(again.stderr, /something in .*first already/);
  const withKeys = await runHeed(data, [
    "backup",
    path.join(above, "keys"),
    "--with-keys",
    "--json",
  ]);
  const shown = JSON.parse(withKeys.stdout);
  assert.deepEqual([shown.withKeys, shown.signed, shown.entries], [true, true, 1]);
  assert.ok(existsSync(path.join(above, "keys", "keys", "pepper")));

  await optOut(2);
  const running = await runHeed(data, ["restore", backup]);
  assert.deepEqual([running.code, running.stdout], [1, ""]);
  assert.match(running.stderr, ONE_LINE);
  assert.match(running.stderr, /a server runs on .*data\. Stop it first/);

  await stopped(served);
  const restored = await runHeed(data, ["restore", backup]);
  assert.equal(restored.code, 14);
  assert.match(restored.stdout, /^Put back: a backup with 1 entry, as of .*Every entry/);
  assert.match(restored.stdout, /Carried over: 1 opt-outs, 0 holds, 0 erasures/);
  assert.match(restored.stdout, /WILL START LOCKED.*the last one is missing/);
  assert.match(restored.stdout, /^- Put the newer data back/m);
  assert.match(restored.stdout, /^- .*heed accept-gap/m);
  const check = ["check", "+12125550302", "--sender", "acme", "--for", "sms"];
  assert.equal((await runHeed(data, check)).code, 10);

  const replaced = /is kept in (\S+);/.exec(restored.stdout)?.[1] ?? "";
  const back = await runHeed(data, ["restore", replaced, "--json"]);
  assert.equal(back.code, 0, back.stderr);
  const report = JSON.parse(back.stdout);
  assert.deepEqual([report.kind, report.entries, report.lock], ["data folder", 2, null]);

  const env = { HEED_URL: "https://heed.example.com", HEED_API_KEY: "heed_x" };
  const elsewhere = await runHeed(data, ["restore", backup], { env });
  assert.deepEqual([elsewhere.code, elsewhere.stdout], [1, ""]);
  assert.match(elsewhere.stderr, /HEED_URL names a server elsewhere/);
  const wrong = await runHeed(data, ["restore", path.join(above, "nothing")]);
  assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
  assert.match(wrong.stderr, ONE_LINE);
});

test("a backup needs no server, and a path elsewhere is not the server's to write", async (t) => {
  const above = temporaryFolder(t);
  const data = path.join(above, "data");
  const served = await serveHeed(t, { dataFolder: data, command: "serve" });
  const { key } = await served.api<{ key: string }>("/v1/keys", { name: "all", scopes: ["admin"] });
  const env = { HEED_URL: served.url, HEED_API_KEY: key };
  const from = await runHeed(data, ["backup", path.join(above, "elsewhere")], { env });
  assert.deepEqual([from.code, from.stdout], [1, ""]);
  assert.match(from.stderr, ONE_LINE);
  assert.match(from.stderr, /run `heed backup` on its machine/);
  await stopped(served);
  const alone = await runHeed(data, ["backup", path.join(above, "alone"), "--with-keys"]);
  assert.equal(alone.code, 0, alone.stderr);
  assert.match(linesOf(alone.stdout).at(-1) ?? "", /whoever has this folder can read everything/);
  if (process.platform !== "win32") {
    assert.equal(statSync(path.join(above, "alone")).mode & 0o777, 0o700);
  }
  const manifest = JSON.parse(readFileSync(path.join(above, "alone", "manifest.json"), "utf8"));
  assert.equal(manifest.format, "heed-backup@v1");
});
