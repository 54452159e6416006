// The database that tests run on is real: it syncs, it dies when killed, and it keeps what it had
// acknowledged. Without these a crash test of the store would prove nothing.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { Client } from "pg";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres.ts";
import { isAlive } from "./processes.ts";

const servers: PostgresServer[] = [];
after(async () => {
  for (const server of servers) await server.stop();
});

async function start(...options: Parameters<typeof startPostgres>): Promise<PostgresServer> {
  const server = await startPostgres(...options);
  servers.push(server);
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("the server syncs, and takes the settings it was given", async () => {
  assert.match((await hasPostgres()) ?? "", /^PostgreSQL \d+/u);
  const { url } = await start({ settings: { max_connections: "17" } });
  const rows = await query(url, "SELECT name, setting FROM pg_settings");
  const setting = (name: string) => rows.find((row) => row.name === name)?.setting;
  for (const name of ["fsync", "full_page_writes", "synchronous_commit", "data_checksums"]) {
    assert.equal(setting(name), "on", name);
  }
  assert.equal(setting("listen_addresses"), "127.0.0.1");
  assert.equal(setting("max_connections"), "17");
});

test("a committed row outlives kill -9, and every process of the server is gone", async () => {
  const server = await start();
  const url = await server.createDatabase();
  await query(url, "CREATE TABLE act (id int); INSERT INTO act VALUES (1)");
  const rows = await query(url, "SELECT pid FROM pg_stat_activity");
  const pids = rows.map((row) => Number(row.pid));
  assert.ok(pids.length > 1);

  await server.kill();
  assert.deepEqual(pids.filter(isAlive), []);
  await assert.rejects(query(url, "SELECT 1"), { code: "ECONNREFUSED" });

  await server.restart();
  assert.deepEqual(await query(url, "SELECT id FROM act"), [{ id: 1 }]);
});

test("databases are apart from each other, and a stopped server leaves nothing behind", async () => {
  const server = await startPostgres();
  const [one, other] = [await server.createDatabase(), await server.createDatabase()];
  await query(one, "CREATE TABLE act (id int)");
  await assert.rejects(query(other, "SELECT * FROM act"), /does not exist/u);
  await server.stop();
  assert.equal(existsSync(server.dataFolder), false);
});

test("a server ends with the process that started it, also when that one is killed", async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL("postgres.ts", import.meta.url))});
    const { dataFolder } = await startPostgres();
    console.log(dataFolder);
    process.kill(process.pid, "SIGKILL");`;
  const flags = ["--input-type=module", "--eval", script];
  const killed = await promisify(execFile)(process.execPath, flags).catch((error) => error);
  assert.equal(killed.signal, "SIGKILL");
  const dataFolder = killed.stdout.trim();
  assert.notEqual(dataFolder, "");
  while (existsSync(dataFolder)) await new Promise((resolve) => setTimeout(resolve, 20));
});
