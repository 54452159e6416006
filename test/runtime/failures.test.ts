/** Starts that fail: each with a line that says why and what to do, no stack, and exit code 1. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readConfig } from "../../src/runtime/config.ts";
import { explainFailure } from "../../src/runtime/explain-failure.ts";
import { readServerFile } from "../../src/runtime/server-file.ts";
import { BrokenStore, StoreInUse, UnsafeStore } from "../../src/store/store.ts";
import { freePort } from "../support/free-port.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { serveHeed } from "../support/served-heed.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Not there yet, in a folder that is gone afterwards with the anchor beside it. */
function newDataFolder(t: HasAfter): string {
  return join(temporaryFolder(t), "data");
}

/** Runs `heed serve` until it ends by itself, and gives what it said. */
async function serveInVain(env: Record<string, string>, ...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, "serve", ...flags], {
    env: { PATH: process.env.PATH ?? "", HEED_PORT: "0", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const giveUp = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const [code] = await once(child, "close");
  clearTimeout(giveUp);
  return { code, said };
}

function assertExplained({ code, said }: { code: unknown; said: string }, what: RegExp): void {
  assert.match(said, what);
  assert.match(said, /^heed: /m);
  assert.ok(!/^\s+at /m.test(said), said);
  assert.equal(code, 1);
}

test("a second process on the same data folder is refused, and the first goes on", async (t) => {
  const first = await serveHeed(t);
  const second = await serveInVain({ HEED_DATA: first.dataFolder });
  assertExplained(second, /another process|in use|already/i);
  assert.equal((await fetch(`${first.url}/health`)).status, 200);
  // Nor did it take the first one's place for the command line.
  assert.equal((await readServerFile(first.dataFolder))?.pid, first.process.pid);
});

test("a port that is taken is named with what to do", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const address = other.address();
  assert.ok(address !== null && typeof address === "object");
  const port = String(address.port);
  const dataFolder = newDataFolder(t);
  assertExplained(
    await serveInVain({ HEED_DATA: dataFolder, HEED_PORT: port }),
    /taken by another/,
  );
  assert.equal(await readServerFile(dataFolder), null);
});

test("a data folder that is a file, or inside one, is named", async (t) => {
  const file = join(temporaryFolder(t), "data");
  writeFileSync(file, "");
  assertExplained(await serveInVain({ HEED_DATA: file }), /is a file\. Set HEED_DATA/);
  assertExplained(await serveInVain({ HEED_DATA: join(file, "x") }), /is a file\. Set HEED_DATA/);
});

test("a file that is no database is named", async (t) => {
  const folder = newDataFolder(t);
  mkdirSync(folder);
  writeFileSync(join(folder, "heed.db"), "this is not a database".repeat(1000));
  assertExplained(await serveInVain({ HEED_DATA: folder }), /heed\.db/);
});

test("an anchor that cannot be made or written is named, with the setting that moves it", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "place"));
  writeFileSync(join(folder, "file"), "");
  for (const [name, place] of [
    ["a folder", join(folder, "place")],
    ["inside a file", join(folder, "file", "anchor")],
    ["a file that is no anchor's to make", "/proc/heed.anchor"],
  ] as const) {
    const failed = await serveInVain({ HEED_DATA: join(folder, name), HEED_ANCHOR: place });
    assertExplained(
      failed,
      new RegExp(`the anchor ${place} cannot be used .*set HEED_ANCHOR`, "u"),
    );
  }
});

test("keys that others can read stop the start", {
  skip: process.platform === "win32",
}, async (t) => {
  const folder = newDataFolder(t);
  mkdirSync(join(folder, "keys"), { recursive: true });
  writeFileSync(join(folder, "keys", "pepper"), `${"ab".repeat(32)}\n`);
  chmodSync(join(folder, "keys", "pepper"), 0o644);
  assertExplained(
    await serveInVain({ HEED_DATA: folder }),
    /can be read by others; run `chmod 600/,
  );
});

test("nobody at DATABASE_URL, and a host without an address, are told apart", async (t) => {
  const url = `postgres://heed:hunter2@127.0.0.1:${await freePort()}/heed`;
  const refused = await serveInVain({ HEED_DATA: newDataFolder(t), DATABASE_URL: url });
  assertExplained(refused, /nothing answers at DATABASE_URL/);
  assert.ok(!refused.said.includes("hunter2"));
  const nowhere = await serveInVain({
    HEED_DATA: newDataFolder(t),
    DATABASE_URL: "postgres://heed:hunter2@nowhere.invalid/heed",
  });
  assertExplained(nowhere, /has no address|cannot be used/);
  assert.ok(!nowhere.said.includes("hunter2"));
});

const NO_POSTGRES = (await hasPostgres()) === null ? "no PostgreSQL here" : false;

test("a wrong password, user or database name is said as such, without the password", {
  skip: NO_POSTGRES,
}, async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const wrong = (change: Partial<URL>) => Object.assign(new URL(server.url), change).href;
  for (const { url, says } of [
    { url: wrong({ password: "hunter2" }), says: /refused the password/ },
    { url: wrong({ pathname: "/nowhere" }), says: /does not exist\. Create it/ },
    {
      url: wrong({ username: "nobody", password: "hunter2" }),
      says: /refused the (password|user)/,
    },
  ]) {
    const failed = await serveInVain({ HEED_DATA: newDataFolder(t), DATABASE_URL: url });
    assertExplained(failed, says);
    assert.ok(!failed.said.includes("hunter2"));
    assert.ok(!failed.said.includes(new URL(server.url).password));
  }
});

test("a server that is stopped leaves no trail, and a killed one's is not followed", async (t) => {
  const heed = await serveHeed(t);
  const file = join(heed.dataFolder, "server.json");
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  heed.process.kill("SIGKILL");
  await once(heed.process, "close");
  assert.equal(await readServerFile(heed.dataFolder), null);
  const again = await serveHeed(t, { dataFolder: heed.dataFolder });
  again.process.kill("SIGTERM");
  const [code] = await once(again.process, "close");
  assert.equal(code, 0);
  assert.throws(() => statSync(file), { code: "ENOENT" });
});

const config = readConfig({ HEED_DATA: "/srv/heed" }, {}, "production", "/");
const withCode = (code: string) => Object.assign(new Error("…"), { code });

for (const { error, says } of [
  { error: withCode("EADDRINUSE"), says: /port 4333 .* taken/ },
  { error: withCode("EADDRNOTAVAIL"), says: /no address `127\.0\.0\.1`/ },
  { error: withCode("EACCES"), says: /no permission.*\/srv\/heed/ },
  { error: withCode("EROFS"), says: /read-only/ },
  { error: withCode("ENOSPC"), says: /full.*free some space/ },
  { error: new Error("wrapped", { cause: withCode("ENOSPC") }), says: /full/ },
  { error: new StoreInUse("in use; stop the other"), says: /^in use; stop the other$/ },
  { error: new UnsafeStore("fsync is off."), says: /fsync is off\. Nothing new was acknowledged/ },
  { error: new BrokenStore("the disk failed"), says: /the store failed: the disk failed/ },
]) {
  const name = "code" in error ? error.code : `${error.name}: ${error.message}`;
  test(`${name} is put in words`, () => assert.match(explainFailure(error, config) ?? "", says));
}

test("what nobody foresaw is not guessed at", () => {
  assert.equal(explainFailure(new TypeError("x is not a function"), config), null);
  assert.equal(explainFailure("a string", config), null);
});
