// `heed erase`, beside a running server and alone on a folder: it asks, it erases, it says what stays.
import assert from "node:assert/strict";
import path from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { ByteSearch } from "../../prove/erasure/search.ts";
import type { Client } from "../../src/cli/client.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { readConfig } from "../../src/runtime/config.ts";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const ALICE = "+12125550101";
const ZOE = "Zoé@exämple.org";

test("beside a server it erases, says what went, what stays and what is left to do, and does it once", async (t) => {
  const { dataFolder } = await serveHeed(t);
  const heed = (...args: string[]) => runHeed(dataFolder, args);
  await heed("record", "opt-out", ALICE, "--sender", "acme", "--author", "kim");
  const erase = ["erase", ALICE, "--by", "kim", "--note", "case 4711"];

  const unsure = await heed(...erase);
  assert.deepEqual([unsure.code, unsure.stdout], [2, ""]);
  assert.match(unsure.stderr, /cannot be undone; add --yes/u);
  assert.equal((await heed("erase", ALICE, "--yes")).code, 2, "somebody must answer for it");

  const done = await heed(...erase, "--yes");
  assert.deepEqual([done.code, done.stderr], [0, ""]);
  const [erased, removed, kept, yours] = linesOf(done.stdout);
  assert.match(erased ?? "", /^Erased in entry \d+\.$/u);
  assert.match(removed ?? "", /^Removed: 1 record\b/u);
  assert.match(kept ?? "", /stays suppressed/u);
  assert.match(yours ?? "", /backups, exports, other systems/u);

  const again = JSON.parse((await heed(...erase, "--yes", "--json")).stdout);
  assert.deepEqual([again.erasedBefore, again.records], [true, 0]);
  const [told, ...events] = linesOf((await heed("history", ALICE)).stdout);
  assert.equal(told, ALICE);
  assert.match(
    events.join("\n"),
    /A record that was erased\.\n.*They stay suppressed\. Note: case 4711/u,
  );
  const check = await heed("check", ALICE, "--sender", "acme", "--for", "sms");
  assert.equal(check.code, 10);
  assert.deepEqual(new ByteSearch([ALICE]).inFolder(dataFolder), []);
});

test("alone on a folder it erases as well, also an internationalised address", async (t) => {
  const dataFolder = path.join(temporaryFolder(t), "data");
  const served = await serveHeed(t, { dataFolder });
  await runHeed(dataFolder, ["record", "opt-out", ZOE, "--sender", "acme"]);
  served.process.kill("SIGTERM");
  await new Promise((resolve) => served.process.once("exit", resolve));
  const search = new ByteSearch([ZOE]);
  assert.ok(search.inFolder(dataFolder).length > 0, "the search can find");
  const ran = await runHeed(dataFolder, ["erase", ZOE.toUpperCase(), "--by", "kim", "--yes"]);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  assert.match(ran.stdout, /Removed: 1 record, the snapshot of the standings\./u);
  assert.deepEqual(search.inFolder(dataFolder), []);
  const check = await runHeed(dataFolder, ["check", ZOE, "--sender", "acme", "--for", "email"]);
  assert.equal(check.code, 10);
});

/** The command on a terminal where somebody writes `typed`; gives what was asked of the API. */
async function onTerminal(typed: string): Promise<unknown[]> {
  const asked: unknown[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const nowhere = new PassThrough().resume();
  const client = {
    json: async (_path: string, request: { json: unknown }) => {
      asked.push(request.json);
      return { summary: "Erased." };
    },
    close: async () => undefined,
  };
  const program = buildProgram({
    ...{ env: {}, cwd: "/", stdin, stdout: nowhere, stderr: nowhere },
    exitWith: () => undefined,
    config: (flags, mode = "production") => readConfig({}, flags, mode, "/"),
    connect: async () => client as unknown as Client,
  });
  stdin.write(`${typed}\n`);
  try {
    await program.parseAsync(["node", "heed", "erase", ALICE, "--by", "kim"]);
  } catch (error) {
    assert.match((error as Error).message, /not the same address; nothing was erased/u);
  }
  return asked;
}

test("on a terminal the address has to be written again", async () => {
  assert.deepEqual(await onTerminal("+12125550102"), []);
  assert.deepEqual(await onTerminal(""), []);
  assert.deepEqual(await onTerminal(` ${ALICE} `), [
    { address: ALICE, by: "staff", author: "kim", note: undefined },
  ]);
});
