// The contract on PostgreSQL, and what only PostgreSQL has: several servers on one database, a
// network that fails in the middle of a COMMIT, a standby that does not answer, a failing disk.
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { MIGRATIONS } from "../../src/store/postgres/migrations.ts";
import {
  openPostgresStore,
  type PostgresOptions,
} from "../../src/store/postgres/open-postgres-store.ts";
import type { Store } from "../../src/store/store.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { Child, killChildren } from "./child-process.ts";
import { storeContract } from "./contract.ts";
import { appended, assertCommit, referenceOf } from "./contract-tree.ts";
import { KEYING } from "./contract-upgrade.ts";
import { requestOf } from "./drafts.ts";
import { asOfToday, writeOld } from "./first-version.ts";
import type { Ledger } from "./ledger.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const found = await hasPostgres();
const skip = found === null ? "no PostgreSQL on this machine nor from npm" : false;
let server: PostgresServer;

async function sqlOn(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function makeFirstVersion(url: string): Promise<void> {
  await sqlOn(url, "CREATE SCHEMA heed");
  await sqlOn(url, "CREATE TABLE heed.schema_version (version int PRIMARY KEY)");
  for (const step of MIGRATIONS[0]!.steps) await sqlOn(url, step as string);
  await sqlOn(url, "INSERT INTO heed.schema_version VALUES (1)");
}

const bytes = (value: Uint8Array) => `'\\x${Buffer.from(value).toString("hex")}'::bytea`;

/** Options that make the cases about failures quick. */
const IMPATIENT = { connectTimeoutMs: 500, statementTimeoutMs: 1000, retryForMs: 1500 };

async function openOn(t: TestContext, url: string, more: Partial<PostgresOptions> = {}) {
  const store = await openPostgresStore({ url, ...more });
  t.after(() => store.close());
  return store;
}

async function openThroughProxy(t: TestContext, more: Partial<PostgresOptions> = {}) {
  const direct = await server.createDatabase();
  const proxy = new TcpProxy(direct);
  const url = await proxy.listen();
  const store = await openPostgresStore({ url, ...more });
  t.after(async () => {
    await store.close();
    await proxy.close();
  });
  return { proxy, store, direct };
}

describe("PostgreSQL", { skip }, () => {
  before(async () => {
    server = await startPostgres();
  });
  after(killChildren);
  after(() => server.stop());

  storeContract("PostgreSQL", async (): Promise<Ledger> => {
    const url = await server.createDatabase();
    return {
      open: (limits = {}, keying) =>
        openPostgresStore({ url, limits, ...(keying === undefined ? {} : { keying }) }),
      sql: (statement) => sqlOn(url, statement),
      dropTriggers: async (table) => {
        await sqlOn(url, `ALTER TABLE heed.${table} DISABLE TRIGGER ALL`);
      },
      makeFirstVersion: () => makeFirstVersion(url),
      table: (name) => `heed.${name}`,
      erase: (position, erasedBy) => `INSERT INTO heed.erasures VALUES (${position}, ${erasedBy})`,
      bytes,
    };
  });

  severalServers();
  lostConnections();
  unsafeServers();
  appendOnly();
});

function severalServers(): void {
  test("servers that race for the same keys write each once, and agree on the entries", async (t) => {
    const url = await server.createDatabase();
    const stores = await Promise.all([openOn(t, url), openOn(t, url), openOn(t, url)]);
    const outcomes = await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 60 }, (_, n) => store.append(requestOf(`k${n % 30}`))),
      ),
    );
    const appended = outcomes.filter(({ status }) => status === "appended");
    assert.equal(appended.length, 30);
    assert.equal(outcomes.filter(({ status }) => status === "replayed").length, 150);
    const conflicts = await Promise.all(
      stores.map((store, n) => store.append(requestOf("raced", `body ${n}`))),
    );
    const statuses = conflicts.map(({ status }) => status).sort();
    assert.deepEqual(statuses, ["appended", "conflict", "conflict"]);
    for (const store of stores) assert.equal((await store.read(0, 100)).length, 31);
  });

  test("of servers that upgrade a ledger at once one does, and all know its messages again", async (t) => {
    const url = await server.createDatabase();
    await makeFirstVersion(url);
    const old = Array.from({ length: 30 }, (_, n) => requestOf(`k${n}`));
    const sql = (statement: string) => sqlOn(url, statement);
    await writeOld({ sql, bytes, table: (name) => `heed.${name}` }, old);
    const opening = [1, 2, 3].map(() => openOn(t, url, { keying: KEYING }));
    for (const store of await Promise.all(opening)) {
      for (const request of old) {
        assert.equal((await store.append(asOfToday(request, KEYING))).status, "replayed");
      }
    }
  });

  test("a server follows the others: woken by them, in order, without a gap", async (t) => {
    const url = await server.createDatabase();
    const [writer, other, reader] = await Promise.all([
      openOn(t, url),
      openOn(t, url),
      openOn(t, url, { pollMs: 20 }),
    ]);
    const follow = async () => {
      let last = 0;
      while (last < 80) {
        assert.equal(await reader.waitForEntries(last, 30_000), true);
        const entries = await reader.read(last, 5);
        for (const { position } of entries) assert.equal(position, ++last);
      }
    };
    const write = async (store: Store, name: string) => {
      for (let n = 0; n < 40; n++) await store.append(requestOf(`${name}${n}`));
    };
    await Promise.all([follow(), write(writer, "a"), write(other, "b")]);
  });

  test("processes that start at once on an empty database all find the same tables", async () => {
    const url = await server.createDatabase();
    const plan = { kind: "postgres", target: url, writers: 1, listAfter: 0, retry: [] } as const;
    const children = Array.from({ length: 4 }, (_, n) => Child.append({ ...plan, name: `k${n}` }));
    for (const child of children) {
      await child.said("ack");
      assert.deepEqual(child.linesOf("refused"), []);
    }
    for (const child of children) await child.kill();
    const versions = await sqlOn(url, "SELECT version FROM heed.schema_version");
    assert.deepEqual(versions, [{ version: 1 }, { version: 2 }, { version: 3 }, { version: 4 }]);
  });

  test("stores that start at once in one process find the same tables as well", async (t) => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openOn(t, url)));
    await Promise.all(stores.map((store, n) => store.append(requestOf(`k${n}`))));
    assert.equal(await stores[0]!.head(), 6);
  });

  test("a database that a newer version wrote is refused in words", async (t) => {
    const url = await server.createDatabase();
    await (await openOn(t, url)).close();
    await sqlOn(url, "INSERT INTO heed.schema_version VALUES (99)");
    await assert.rejects(openPostgresStore({ url }), {
      name: "UnsafeStore",
      message: /newer Heed \(schema 99/u,
    });
  });

  test("a role whose commits do not wait for the disk is overruled", async (t) => {
    const url = await server.createDatabase();
    const database = new URL(url).pathname.slice(1);
    await sqlOn(url, `ALTER DATABASE ${database} SET synchronous_commit = off`);
    await sqlOn(
      url,
      `ALTER DATABASE ${database} SET default_transaction_isolation = 'repeatable read'`,
    );
    await sqlOn(url, `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const stores = await Promise.all([openOn(t, url), openOn(t, url)]);
    await sqlOn(
      url,
      `SET TRANSACTION READ WRITE;
       CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_setting('synchronous_commit') <> 'on' THEN RAISE 'not durable'; END IF;
         RETURN NULL; END $$;
       CREATE TRIGGER note AFTER INSERT ON heed.entries EXECUTE FUNCTION note_commit();
       CREATE TRIGGER note AFTER INSERT ON heed.settings EXECUTE FUNCTION note_commit()`,
    );
    await Promise.all(stores.map((store, n) => store.append(requestOf(`k${n}`))));
    await stores[0]!.putSetting("sender", "acme", 1, 1);
    assert.equal(await stores[0]!.head(), 2);
  });
}

function lostConnections(): void {
  for (const fault of ["cut-after", "cut-before"] as const) {
    test(`a connection ${fault} the COMMIT loses nothing and doubles nothing`, async (t) => {
      const { proxy, store } = await openThroughProxy(t);
      await store.append(requestOf("first"));
      const commits = [];
      for (let round = 0; round < 5; round++) {
        proxy.fault = fault;
        const outcomes = await Promise.all([
          store.append(requestOf(`r${round}`, "body", 2)),
          store.append(requestOf("first")),
        ]);
        const statuses = outcomes.map(({ status }) => status);
        assert.deepEqual(statuses, ["appended", "replayed"]);
        assert.equal(proxy.fault, "none", "the fault was met");
        commits.push(appended(outcomes[0]));
      }
      const reference = await referenceOf(store);
      for (const commit of commits) assertCommit(commit, reference);
      assert.equal((await store.read(0, 100)).length, 11);
    });
  }

  test("a COMMIT whose fate cannot be asked is uncertain, and its key tells later", async (t) => {
    const { proxy, store } = await openThroughProxy(t, IMPATIENT);
    proxy.fault = "cut-after";
    proxy.onFault = () => {
      proxy.isDown = true;
    };
    await assert.rejects(store.append(requestOf("key")), { name: "UncertainOutcome" });
    proxy.isDown = false;
    assert.equal((await store.append(requestOf("key"))).status, "replayed");
    assert.equal(await store.head(), 1);
  });

  test("a server that is away is an error that says so, and the store lives on", async (t) => {
    const { proxy, store } = await openThroughProxy(t, IMPATIENT);
    proxy.isDown = true;
    proxy.cutAll();
    await assert.rejects(store.append(requestOf("key")), /Nothing was written/u);
    await assert.rejects(store.head());
    assert.equal(await store.waitForEntries(0, 50), false);
    proxy.isDown = false;
    assert.equal((await store.append(requestOf("key"))).status, "appended");
  });

  test("a server that hangs gives errors instead of hanging too, also at the close", async (t) => {
    const { proxy, store } = await openThroughProxy(t, IMPATIENT);
    await store.append(requestOf("before"));
    proxy.isFrozen = true;
    const read = assert.rejects(store.read(0, 1));
    const setting = assert.rejects(store.putSetting("sender", "acme", 1, 1));
    await assert.rejects(store.append(requestOf("key")), /Nothing was written/u);
    await Promise.all([read, setting]);
    await store.close();
  });

  test("a standby that was not waited for is no success", async (t) => {
    const url = await server.createDatabase();
    const store = await openOn(t, url, { statementTimeoutMs: 20_000 });
    await store.append(requestOf("before"));
    await sqlOn(server.url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await sqlOn(server.url, "SELECT pg_reload_conf()");
    try {
      const outcome = assert.rejects(store.append(requestOf("key")), {
        name: "UncertainOutcome",
        message: /standby/u,
      });
      const cancel = `SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND query = 'COMMIT'`;
      while (!(await sqlOn(server.url, cancel)).some(({ done }) => done)) await sleep(10);
      await outcome;
    } finally {
      await sqlOn(server.url, "ALTER SYSTEM RESET synchronous_standby_names");
      await sqlOn(server.url, "SELECT pg_reload_conf()");
    }
    assert.equal((await store.append(requestOf("key"))).status, "replayed");
  });

  test("a failing disk breaks the store for good, and is told once", async (t) => {
    const url = await server.createDatabase();
    const told: Error[] = [];
    const store = await openOn(t, url, { onBroken: (error) => told.push(error) });
    await store.append(requestOf("before"));
    await sqlOn(
      url,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE 'could not fsync file' USING ERRCODE = '58030'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON heed.entries EXECUTE FUNCTION fail()`,
    );
    const appends = ["a", "b", "c"].map((key) => store.append(requestOf(key)));
    for (const append of appends) await assert.rejects(append, { name: "BrokenStore" });
    await sqlOn(url, "DROP TRIGGER fail ON heed.entries");
    await assert.rejects(store.append(requestOf("later")), { name: "BrokenStore" });
    await assert.rejects(store.putSetting("sender", "acme", 1, 1), { name: "BrokenStore" });
    assert.equal(told.length, 1);
    assert.match(told[0]!.message, /could not fsync file/u);
    assert.equal(await store.head(), 1, "reading goes on");
  });
}

function unsafeServers(): void {
  test("an unsafe server is refused with the setting that is wrong", async () => {
    const cases = { fsync: "fsync", full_page_writes: "full_page_writes", data_sync_retry: "sync" };
    const unsafe = await startPostgres({
      settings: { fsync: "off", full_page_writes: "off", data_sync_retry: "on" },
    });
    try {
      for (const [setting, word] of Object.entries(cases)) {
        await assert.rejects(openPostgresStore({ url: unsafe.url }), (error: Error) => {
          assert.equal(error.name, "UnsafeStore");
          return error.message.includes(word);
        });
        await sqlOn(
          unsafe.url,
          `ALTER SYSTEM SET ${setting} = ${setting === "data_sync_retry" ? "off" : "on"}`,
        );
        await unsafe.restart();
      }
      await (await openPostgresStore({ url: unsafe.url })).close();
    } finally {
      await unsafe.stop();
    }
  });

  test("no message of an error tells the password", async () => {
    const url = new URL(server.url);
    url.password = "secret-word";
    const urls = [
      url.href,
      Object.assign(new URL(url), { port: "1" }).href,
      "postgres://user:secret-word@host:99999999/x",
      "postgres://user:secret-word@[broken/x",
    ];
    for (const one of urls) {
      await assert.rejects(openPostgresStore({ url: one }), (error: Error) => {
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /secret-word/u);
        return /DATABASE_URL/u.test(error.message);
      });
    }
  });
}

function appendOnly(): void {
  test("a backup is refused with the name of the tool that makes one", async (t) => {
    const store = await openOn(t, await server.createDatabase());
    await assert.rejects(store.backup("/tmp/copy"), /pg_dump.*Nothing was copied/u);
  });

  test("TRUNCATE, upserts and a replica's session cannot change the ledger either", async (t) => {
    const url = await server.createDatabase();
    await (await openOn(t, url)).append(requestOf("key", "body", 2));
    const forbidden = [
      "TRUNCATE heed.entries CASCADE",
      "TRUNCATE heed.records",
      "TRUNCATE heed.idempotency",
      "TRUNCATE heed.head",
      "SET session_replication_role = replica; DELETE FROM heed.records",
      "SET session_replication_role = replica; UPDATE heed.head SET position = 1",
      "INSERT INTO heed.records VALUES (1, '', '') ON CONFLICT (position) DO UPDATE SET salt = ''",
      "UPDATE heed.entries SET token = 'x' WHERE position = 999",
    ];
    for (const statement of forbidden) {
      await assert.rejects(sqlOn(url, statement), /append-only|head moves/u, statement);
    }
  });
}
