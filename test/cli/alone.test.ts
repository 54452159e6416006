// Commands find the server they belong to, or do the work themselves with the same result; and a
// server that cannot start says why in one line.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, test } from "node:test";
import { freePort } from "../support/free-port.ts";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { environment, linesOf, MAIN, runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const served = await serveHeed({ after }, { dataFolder: path.join(FOLDER, "data") });
const data = served.dataFolder;
const ONE_LINE = /^heed: [^\n]+\n$/;

test("a second server on the same folder is refused in one line, and the first goes on", async () => {
  const second = await runHeed(data, ["serve", "--port", "0"]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, ONE_LINE);
  assert.match(second.stderr, /is in use by another Heed.*Several servers can share PostgreSQL/);
  assert.ok((await fetch(`${served.url}/health`)).ok);
});

test("what a command answers is the same beside a server, alone, and after a kill -9", async () => {
  const record = ["record", "opt-out", "+12125550301", "--sender", "acme", "--key", "call-1"];
  const first = JSON.parse((await runHeed(data, [...record, "--json"])).stdout);
  const asked = [
    ["history", "+12125550301"],
    ["check", "+12125550301", "--sender", "acme", "--for", "sms", "--at", "2026-11-21T19:00:00Z"],
    ["sender", "list"],
    ["export"],
  ];
  const answers = async () => {
    const ran = await Promise.all(asked.map((args) => runHeed(data, args)));
    return ran.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }));
  };
  const beside = await answers();
  assert.deepEqual(
    beside.map(({ code }) => code),
    [0, 10, 0, 0],
  );
  served.process.kill("SIGKILL");
  await once(served.process, "exit");
  assert.ok(
    existsSync(path.join(data, "server.json")),
    "the control: a killed server leaves its file",
  );
  const alone = [];
  // One after the other: only one process may have the folder at a time.
  for (const args of asked) alone.push(await runHeed(data, args));
  assert.deepEqual(alone, beside);
  const again = JSON.parse((await runHeed(data, [...record, "--json"])).stdout);
  assert.deepEqual(again, { ...first, replayed: true });
});

test("a mistyped data folder is not begun", async () => {
  const folder = path.join(FOLDER, "daat");
  const { code, stdout, stderr } = await runHeed(folder, ["sender", "list"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^heed: there is no Heed in .*daat\. Start one .*--data or HEED_DATA[^\n]*\n$/,
  );
  assert.ok(!existsSync(folder));
});

test("a server elsewhere needs a URL, a key and an answer", async () => {
  const port = await freePort();
  const cases = [
    { env: { HEED_URL: "heed.example.com" }, said: /`heed.example.com`, which is no URL/ },
    { env: { HEED_URL: "http://127.0.0.1:1" }, said: /HEED_API_KEY must be too/ },
    {
      env: { HEED_URL: `http://127.0.0.1:${port}`, HEED_API_KEY: "heed_x" },
      said: /does not answer \(ECONNREFUSED\)\. Is the server running\?/,
    },
  ];
  const check = ["check", "+12125550301", "--sender", "acme", "--for", "sms"];
  for (const { env, said } of cases) {
    const { code, stdout, stderr } = await runHeed(data, check, { env });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, ONE_LINE);
    assert.match(stderr, said);
  }
});

test("a server that cannot start says in one line what to do", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const file = path.join(FOLDER, "a-file");
  writeFileSync(file, "");
  const fresh = path.join(FOLDER, "fresh");
  const closed = await freePort();
  const cases: [string, string[], Record<string, string>, RegExp][] = [
    [fresh, ["serve", "--port", String(port)], {}, new RegExp(`port ${port} .* is taken`)],
    [file, ["serve", "--port", "0"], {}, /a-file is a file/],
    [fresh, ["serve"], { HEED_PORT: "many" }, /`many` is no port/],
    [fresh, ["serve", "--default-region", "France"], {}, /`France` is no country/],
    [fresh, ["serve"], { DATABASE_URL: "mysql://heed@db/heed" }, /must begin with `postgres:/],
    [
      fresh,
      ["serve", "--port", "0"],
      { DATABASE_URL: `postgres://heed@127.0.0.1:${closed}/heed` },
      /nothing answers at DATABASE_URL/,
    ],
  ];
  for (const [folder, args, env, said] of cases) {
    const { code, stdout, stderr } = await runHeed(folder, args, { env });
    assert.deepEqual([code, stdout], [1, ""], args.join(" "));
    assert.match(stderr, ONE_LINE);
    assert.match(stderr, said);
  }
});

test("an export whose reader has gone ends without a word", async (t) => {
  const again = await serveHeed(t, { dataFolder: data });
  const list = path.join(FOLDER, "many.csv");
  const rows = Array.from({ length: 3000 }, (_, at) => `p${at}@example.com`);
  writeFileSync(list, `email\n${rows.join("\n")}\n`);
  const load = ["import", list, "--sender", "acme", "--kind", "opt-out", "--channel", "email"];
  assert.equal((await runHeed(data, load)).code, 0);
  const child = spawn(process.execPath, [MAIN, "export"], {
    env: { ...environment(), HEED_DATA: again.dataFolder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stderr = child.stderr.setEncoding("utf8").toArray();
  await once(child.stdout, "data");
  child.stdout.destroy();
  assert.equal(await exitOf(child), 0);
  assert.deepEqual(await stderr, []);
  // The control: with a reader, all of it comes.
  assert.ok(linesOf((await runHeed(data, ["export"])).stdout).length > 3000);
});

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, "exit");
  return code;
}

test("a server that is told to stop ends with 0 and takes its file away", async (t) => {
  const folder = path.join(FOLDER, "stops");
  const server = await serveHeed(t, { command: "serve", dataFolder: folder });
  assert.match(
    server.printed(),
    /^Heed listens on http:\/\/127\.0\.0\.1:\d+, with SQLite [^\n]*\n$/,
  );
  assert.equal(JSON.parse(readFileSync(path.join(folder, "server.json"), "utf8")).url, server.url);
  server.process.kill("SIGTERM");
  assert.equal(await exitOf(server.process), 0);
  assert.ok(!existsSync(path.join(folder, "server.json")));
});
