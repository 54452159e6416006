/**
 * The life of a lock as an operator sees it: a copy of the data folder is put back, the server says
 * that it is locked wherever somebody looks, and `heed accept-gap` ends it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { type ServedHeed, serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const data = path.join(FOLDER, "data");
const ALICE = "+12125550101";
const BOB = "+12125550102";
const CAROL = "+12125550103";

async function optOut(served: ServedHeed, address: string): Promise<void> {
  await served.api("/v1/opt-outs", { address, sender: "acme", by: "person", via: "voice" });
}

async function stop(served: ServedHeed): Promise<void> {
  served.process.kill("SIGTERM");
  await once(served.process, "close");
}

async function get(served: ServedHeed, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${served.key}` };
  const response = await fetch(`${served.url}${path}`, { headers });
  assert.equal(response.status, 200);
  return await response.text();
}

const heed = (...args: string[]) => runHeed(data, args, { cwd: FOLDER });

test("a lock is said in the greeting, the log, /ready, /metrics, the status and by the doctor, and ends", async (t) => {
  const first = await serveHeed(t, { dataFolder: data });
  assert.equal(JSON.parse(await get(first, "/ready")).locked, false);
  assert.match(await get(first, "/metrics"), /^heed_locked 0$/m);
  const tooEarly = await heed("accept-gap", "--first", "Ana", "--second", "Ben", "--why", "x");
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.stderr, /^heed: the ledger is what its anchor says, so there is no gap/);
  await optOut(first, ALICE);
  await stop(first);
  cpSync(data, `${data}.copy`, { recursive: true });
  const second = await serveHeed(t, { dataFolder: data });
  await optOut(second, BOB);
  await stop(second);
  rmSync(data, { recursive: true });
  cpSync(`${data}.copy`, data, { recursive: true });

  const served = await serveHeed(t, { dataFolder: data });
  assert.match(served.printed(), /\nLOCKED: The ledger has 1 entry, but its anchor .* saw 2: /);
  assert.match(served.printed(), /opt-outs are still taken\. `heed doctor` says/);
  assert.match(served.complained(), /LOCKED, everything is denied/);
  assert.equal(JSON.parse(await get(served, "/ready")).locked, true);
  assert.match(await get(served, "/metrics"), /^heed_locked 1$/m);
  const status = JSON.parse(await get(served, "/v1/status"));
  assert.equal(status.locked.kind, "behind");
  assert.equal(status.findings[0].text.startsWith("LOCKED: "), true);

  const doctor = await heed("doctor");
  assert.equal(doctor.code, 1);
  const [line, ...ways] = doctor.stdout.split("\n");
  assert.match(line ?? "", /^PROBLEM {2}LOCKED: every check is denied, .* saw 2: the last one is/);
  assert.match(ways[0] ?? "", /^ {9}- Put the newer data back/);
  assert.match(ways[1] ?? "", /^ {9}- If the missing entries .*heed accept-gap --first NAME/);

  await optOut(served, CAROL);
  for (const address of [BOB, "+12125550177"]) {
    const checked = await heed("check", address, "--sender", "acme", "--for", "sms");
    assert.match(checked.stdout, /DENY|deny/);
    assert.match(checked.stdout, /nothing may be sent\s+to anybody/);
  }

  for (const args of [
    ["--first", "Ana", "--why", "x"],
    ["--first", "Ana", "--second", "Ben"],
  ]) {
    assert.equal((await heed("accept-gap", ...args)).code, 2);
  }
  const alone = await heed("accept-gap", "--first", "Ana", "--second", " ana", "--why", "x");
  assert.equal(alone.code, 1);
  assert.match(alone.stderr, /two different people have to be named/);

  const why = "the disk died; the copy of the night before is all there is";
  const accepted = await heed("accept-gap", "--first", "Ana", "--second", "Ben", "--why", why);
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(
    accepted.stdout,
    /^Entry 3: Ana and Ben accepted that entries are lost: the disk died; .*\nThe ledger goes on as the log \S+\. The lock is ended\.\n$/,
  );
  assert.equal((await heed("doctor")).code, 0);
  assert.match(await get(served, "/metrics"), /^heed_locked 0$/m);
  const denied = await heed("check", CAROL, "--sender", "acme", "--for", "sms", "--json");
  assert.equal(JSON.parse(denied.stdout).verdict, "deny");
  assert.equal(JSON.parse(denied.stdout).reasons[0].kind, "opted-out");
  await stop(served);
  const again = await serveHeed(t, { dataFolder: data });
  assert.doesNotMatch(again.printed(), /LOCKED/);
});
