// What `inspectFile` finds in the file of a stopped ledger: every change to a row that no hash of the
// ledger covers, to the tables themselves and to the file's header; and nothing in a sound one.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { diceOf, roll } from "../../prove/dice.ts";
import { inspectFile } from "../../src/store/sqlite/inspect.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { SUMMED_TABLES } from "../../src/store/sqlite/row-sum.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { Child, killChildren } from "./child-process.ts";
import { erasureOf } from "./contract-erasure.ts";
import { draftOf, NOW, requestOf, sendOf } from "./drafts.ts";

after(killChildren);

/** A stopped ledger with something in every table. */
async function soundFile(folder: string): Promise<string> {
  const file = join(folder, "heed #1?.db");
  const store = await openSqliteStore({ file });
  await Promise.all(
    Array.from({ length: 12 }, (_, n) => store.append(requestOf(`k${n}`, "body", 1 + (n % 3)))),
  );
  const token = draftOf("any").token;
  await store.append(erasureOf("erase", token));
  for (let n = 0; n < 8; n++) {
    await store.putSetting("sender", `s${n % 5}`, { name: `বন্ধ ${n}`, n }, NOW + n);
    await store.addSetting("source", `s${n}`, [n], NOW);
    const start = { destination: "crm", position: n, token, attempts: n, nextAttemptAt: NOW };
    await store.putDelivery({ ...start, state: "waiting", lastError: `502 ${n}` });
    await store.putDelivery({ ...start, position: n % 3, state: "dead", lastError: "410" });
  }
  await store.claimCursor("hook", "one", 1000, NOW);
  await store.claimCursor("hook", "one", 2000, NOW + 1);
  await store.advanceCursor("hook", "one", 7, 1000, NOW + 2);
  await store.claimCursor("crm", "two", 1000, NOW);
  await store.releaseCursor("crm", "two");
  await store.addArrivals(
    "crm",
    [5, 6].map((position) => ({ position, at: NOW })),
  );
  await store.recordSends([
    sendOf("ab".repeat(32), { subject: "cd".repeat(32), confirms: 3 }, "SM1"),
    ...Array.from({ length: 6 }, (_, n) => sendOf(`${n}`, { callKind: "live" })),
  ]);
  await store.backup(`${file}.copy`);
  await store.close();
  return file;
}

const textsOf = (file: string) => inspectFile(file).map(({ text }) => text);

test("nothing is found in a sound ledger, in a copy or after a kill, and nothing is changed", async (t) => {
  const folder = temporaryFolder(t);
  const file = await soundFile(folder);
  const before = [readdirSync(folder), readFileSync(file)];
  assert.deepEqual(textsOf(file), []);
  assert.deepEqual(textsOf(`${file}.copy`), []);
  assert.deepEqual([readdirSync(folder), readFileSync(file)], before);

  const killed = join(folder, "killed.db");
  const plan = { kind: "sqlite", target: killed, name: "k", listAfter: null, retry: [] } as const;
  const child = Child.append({ ...plan, writers: 4 });
  await child.said("ack");
  assert.throws(() => inspectFile(killed), { name: "StoreInUse" });
  await child.kill();
  assert.deepEqual(textsOf(killed), []);
});

test("nothing is found in a ledger that an older version began", async (t) => {
  const file = join(temporaryFolder(t), "heed.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode=WAL");
  database.exec("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT");
  for (const step of MIGRATIONS[0]!.steps) database.exec(step as string);
  database.exec("INSERT INTO schema_version VALUES (1)");
  database.exec("INSERT INTO settings VALUES ('sender', 'acme', '1', 2)");
  database.exec("INSERT INTO cursors VALUES ('hook', 0, NULL, 0), ('crm', 3, 'one', 5)");
  database.close();
  assert.equal(textsOf(file).length, 1);
  assert.match(textsOf(file)[0]!, /those of schema 1, .* only schema 4/u);
  const store = await openSqliteStore({ file });
  await store.append(requestOf("key"));
  await store.close();
  assert.deepEqual(textsOf(file), []);
});

test("each change to what no leaf covers is found and named", async (t) => {
  const file = await soundFile(temporaryFolder(t));
  const changed = `${file}.changed`;
  const drop = (trigger: string) => `DROP TRIGGER ${trigger};`;
  const cases: [string, RegExp][] = [
    [`UPDATE settings SET value = '{"name":"x"}' WHERE id = 's1'`, /`sender s1`/u],
    ["UPDATE settings SET updated_at = updated_at + 1 WHERE id = 's6'", /`source s6`/u],
    ["UPDATE settings SET sum = x'' WHERE id = 's6'", /`source s6`/u],
    ["UPDATE cursors SET position = 8 WHERE name = 'hook'", /`hook`/u],
    ["UPDATE cursors SET holder = 'x' WHERE name = 'crm'", /`crm`/u],
    ["UPDATE deliveries SET last_error = '\"\"' WHERE position = 5", /`crm 5`/u],
    ["UPDATE deliveries SET state = 'dead' WHERE position = 5", /`crm 5`/u],
    [`${drop("erasures_no_update")} UPDATE erasures SET erased_by = 25`, /erasures_no_update/u],
    [`${drop("idempotency_no_update")} UPDATE idempotency SET body_hash = 'x'`, /idempotency/u],
    [
      `${drop("idempotency_no_delete")} DELETE FROM idempotency WHERE first_position = 4`,
      /entry 4/u,
    ],
    ["UPDATE arrivals SET at = at - 1 WHERE position = 5", /In arrivals, the row `crm 5`/u],
    ["UPDATE sends SET at = at - 1 WHERE serial = 2", /In sends, the row `2`/u],
    ["UPDATE sends SET subject = 'x' WHERE serial = 1", /In sends, the row `1`/u],
    ["UPDATE sends_head SET serial = serial + 1", /In sends_head/u],
    ["UPDATE send_keys SET body_hash = 'x'", /In send_keys/u],
    [drop("head_with_its_tree"), /head_with_its_tree is not what Heed made/u],
    ["CREATE TABLE photos (id)", /table photos is none of Heed's/u],
    ["CREATE TRIGGER spy AFTER INSERT ON entries BEGIN SELECT 1; END", /trigger spy is none/u],
    ["DROP INDEX entries_by_token", /index entries_by_token/u],
    ["INSERT INTO schema_version VALUES (5)", /those of schema 5/u],
    ["DELETE FROM schema_version WHERE version = 1", /list of its schema/u],
    ["PRAGMA user_version = 7", /reserved part/u],
    ["PRAGMA journal_mode = DELETE", /header/u],
  ];
  for (const [statement, message] of cases) {
    copyFileSync(file, changed);
    const database = new DatabaseSync(changed);
    database.exec(statement);
    database.close();
    assert.match(textsOf(changed).join("\n"), message, statement);
  }
  writeFileSync(changed, "SQLite");
  assert.match(textsOf(changed).join("\n"), /no header/u);
  writeFileSync(changed, "This is no database. ".repeat(1000));
  assert.match(textsOf(changed).join("\n"), /header.*\n(.*\n)*.*no SQLite database/u);
});

/** Everything that the summed tables say, or that they cannot be read. */
function said(file: string): string {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return JSON.stringify(
        SUMMED_TABLES.map((table) => {
          const statement = database.prepare(`SELECT * FROM ${table}`);
          statement.setReadBigInts(true);
          return statement.all().map((row) => Object.values(row).map(String));
        }),
      );
    } finally {
      database.close();
    }
  } catch {
    return "nothing";
  }
}

test("no bit that flips changes what these tables say without being found", async (t) => {
  const file = await soundFile(temporaryFolder(t));
  const sound = readFileSync(file);
  const before = said(file);
  const changed = `${file}.changed`;
  const dice = diceOf(Number(process.env.HEED_PROVE_SEED ?? 1));
  // Where these tables are: most of a ledger's file is entries and records.
  const places = [...sound].flatMap((byte, at) => (byte === 0 ? [] : [at]));
  let changes = 0;
  let foundByStructure = 0;
  for (let n = 0; n < 600; n++) {
    const bytes = Buffer.from(sound);
    const at = places[roll(dice, 0, places.length - 1)]!;
    const bit = roll(dice, 0, 7);
    bytes[at] = bytes[at]! ^ (1 << bit);
    writeFileSync(changed, bytes);
    if (said(changed) === before) continue;
    changes += 1;
    const texts = textsOf(changed);
    assert.ok(texts.length > 0, `bit ${bit} of byte ${at}`);
    if (texts.some((text) => text.startsWith("SQLite finds"))) foundByStructure += 1;
  }
  assert.ok(changes > 50, `${changes} changes`);
  // The control: SQLite's own check, which has no sums, must miss some of them.
  assert.ok(foundByStructure < changes, `${foundByStructure} of ${changes}`);
});
