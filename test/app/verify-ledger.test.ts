/** A whole ledger verified from its store, on both databases: sound, changed, and while others write. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, type TestContext, test } from "node:test";
import { Client } from "pg";
import { type LedgerChecks, verifyLedger } from "../../src/app/verify-ledger.ts";
import type { Act } from "../../src/domain/act.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { bodyHash, draftOf, NOW } from "../store/drafts.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const PEPPER = new TextEncoder().encode("pepper");
const tokensOf = (address: AddressKey) => [addressToken(PEPPER, address)];
const personAt = (index: number) => `+1212555${String(index).padStart(4, "0")}` as AddressKey;

/** `count` people opt out, in a few commits. */
async function live(store: Store, count: number, from = 0): Promise<void> {
  for (let at = from; at < from + count; at += 100) {
    const people = Array.from({ length: Math.min(100, from + count - at) }, (_, i) => at + i);
    const drafts = people.map((one) =>
      draftOf(`SM${one}`, { address: personAt(one) }, tokensOf(personAt(one))[0]),
    );
    await store.append({ key: `live ${at}`, bodyHash: bodyHash("live"), drafts });
  }
}

async function erase(store: Store, address: AddressKey): Promise<void> {
  const tokens = tokensOf(address);
  const act: Act = {
    ...{ kind: "erasure", address: null, scopes: [], by: "staff", via: "api", source: "desk" },
    ...{ claimedAt: NOW, receivedAt: NOW, messageId: `erase ${address}` },
    evidence: { kind: "erasure", tokens: tokens.join(" "), entries: 1 },
  };
  const draft = { act, recordedAt: NOW, salt: new Uint8Array(32).fill(1), token: tokens[0]! };
  const key = act.messageId;
  await store.append({ key, bodyHash: bodyHash(key), drafts: [draft], erases: tokens });
}

const verify = (store: Store, more: Partial<LedgerChecks> = {}) =>
  verifyLedger({ store, tokensOf, remembered: [], ...more });

interface Database {
  open(): Promise<Store>;
  /** Past the store, which is closed, and past its triggers. */
  tamper(table: string, statement: string): Promise<void>;
  readonly table: (name: string) => string;
}

function suite(name: string, make: (t: TestContext) => Promise<Database>): void {
  test(`${name}: a sound ledger holds, and its tree is the one it keeps`, async (t) => {
    const store = await (await make(t)).open();
    t.after(() => store.close());
    for (const size of [0, 1, 600]) {
      await live(store, size);
      const tree = await store.tree();
      const seen: number[] = [];
      const done: number[] = [];
      const report = await verify(store, {
        remembered: [{ ...tree, who: "a friend" }],
        onSound: ({ position }) => seen.push(position),
        onProgress: (at, of) => done.push(at / Math.max(1, of)),
      });
      assert.deepEqual([report.wrong, report.findings], [[], []]);
      assert.deepEqual(report.tree, tree);
      assert.equal(seen.length, tree.size);
      assert.ok(done.every((share, index) => share >= (done[index - 1] ?? 0) && share <= 1));
    }
    await erase(store, personAt(300));
    const report = await verify(store);
    assert.deepEqual([report.wrong, report.findings, report.erased], [[], [], 1]);
  });

  test(`${name}: a changed record is named by its position`, async (t) => {
    const database = await make(t);
    const store = await database.open();
    await live(store, 300);
    await store.close();
    const [records, entries] = [database.table("records"), database.table("entries")];
    const other = `(SELECT record FROM ${records} WHERE position = 9)`;
    await database.tamper(records, `UPDATE ${records} SET record = ${other} WHERE position = 123`);
    await database.tamper(entries, `UPDATE ${entries} SET token = 'ab' WHERE position = 200`);
    const again = await database.open();
    t.after(() => again.close());
    const { wrong, wrongCount, entries: count } = await verify(again);
    assert.deepEqual(
      wrong.map(({ first }) => first),
      [123, 200],
    );
    assert.deepEqual([wrongCount, count], [2, 300]);
    assert.match(wrong[0]!.what, /does not commit to this record/u);
    // The control: nothing but the hashes tells.
    const blind = await verify(again, { withoutHashes: true });
    assert.deepEqual([blind.wrong, blind.findings], [[], []]);
  });

  test(`${name}: a tree that somebody else remembers is held against it`, async (t) => {
    const store = await (await make(t)).open();
    t.after(() => store.close());
    await live(store, 300);
    const old = await store.tree();
    await live(store, 50, 1000);
    const who = "a friend";
    const found = async (size: number, root: Uint8Array) =>
      (await verify(store, { remembered: [{ size, root, who }] })).findings.join();
    assert.equal(await found(old.size, old.root), "");
    assert.match(
      await found(299, old.root),
      /first 299 entries is not the one that a friend says/u,
    );
    assert.match(
      await found(351, old.root),
      /a friend there are 351 entries, and 350 can be read/u,
    );
  });

  test(`${name}: entries that come while it is read are no fault`, async (t) => {
    const store = await (await make(t)).open();
    t.after(() => store.close());
    await live(store, 1200);
    const writes: Promise<void>[] = [];
    const report = await verify(store, {
      onSound: ({ position }) => {
        if (position === 900) writes.push(live(store, 100, 5000));
      },
    });
    await Promise.all(writes);
    assert.deepEqual([report.wrong, report.findings], [[], []]);
    assert.ok(report.entries >= 1200);
  });
}

describe("SQLite", () => {
  suite("SQLite", async (t) => {
    const file = join(temporaryFolder(t), "heed.db");
    return {
      open: () => openSqliteStore({ file }),
      table: (name) => name,
      async tamper(table, statement) {
        const database = new DatabaseSync(file);
        database.exec(`DROP TRIGGER ${table}_no_update; ${statement}`);
        database.close();
      },
    };
  });
});

const skip = (await hasPostgres()) === null ? "no PostgreSQL on this machine nor from npm" : false;

describe("PostgreSQL", { skip }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  suite("PostgreSQL", async () => {
    const url = await server.createDatabase();
    return {
      open: () => openPostgresStore({ url }),
      table: (name) => `heed.${name}`,
      async tamper(table, statement) {
        const client = new Client({ connectionString: url });
        await client.connect();
        await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
        await client.query(statement);
        await client.end();
      },
    };
  });
});
