/** Verifying a folder: it changes nothing, and whatever somebody did behind Heed's back is named. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, type TestContext, test } from "node:test";
import { erase } from "../../src/app/erase.ts";
import { receive } from "../../src/app/receive.ts";
import { signCheckpoint } from "../../src/ledger/checkpoint.ts";
import { parseSigningKey, type Signer } from "../../src/ledger/note-key.ts";
import type { Config } from "../../src/runtime/config.ts";
import { readSecrets } from "../../src/runtime/secrets.ts";
import { type FolderReport, verifyFolder } from "../../src/runtime/verify-folder.ts";
import { writeSnapshot } from "../../src/sets/snapshot.ts";
import { Standings } from "../../src/sets/standings.ts";
import { openToRead } from "../../src/store/sqlite/read-only-store.ts";
import { registerRowSum } from "../../src/store/sqlite/row-sum.ts";
import { StoreInUse } from "../../src/store/store.ts";
import { messageOf, signed, startApp, type TestApp } from "../app/support.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { backUp } from "./restoring.ts";

/** More than a tile, so that there are hashes above the leaves. */
const PEOPLE = 270;
const ERASED = personAt(3);
const WHOLE: { folder: string; older: string; backup: string } = {
  folder: "",
  older: "",
  backup: "",
};

function personAt(index: number): string {
  return index % 2 === 0 ? `+1212555${String(index).padStart(4, "0")}` : `p${index}@example.com`;
}

async function stop(app: TestApp, from: string): Promise<void> {
  app.clock.pass(1000);
  const channel = from.startsWith("+") ? "sms" : "email";
  const to = channel === "sms" ? "+12125550199" : "hello@acme.example";
  const message = messageOf("STOP", { channel, from, to });
  await receive(app.deps, "shop", signed(message, app.clock.now()), {});
}

/** A hook of `before` would run at its own end. */
const atEnd: (() => void | Promise<void>)[] = [];
after(async () => {
  for (const release of atEnd) await release();
});

before(async () => {
  const life = { after: (release: () => void | Promise<void>) => void atEnd.push(release) };
  const above = temporaryFolder(life);
  const dataFolder = join(above, "data");
  const app = await startApp(life, { dataFolder });
  for (let index = 0; index < PEOPLE; index += 1) await stop(app, personAt(index));
  await erase(app.deps, { address: ERASED, by: "staff", author: "kim", source: "key:a" });
  await app.stop();
  const older = join(above, "older");
  cpSync(dataFolder, older, { recursive: true });
  const again = await startApp(life, { dataFolder, clock: app.clock });
  await stop(again, personAt(PEOPLE));
  const backup = join(above, "backup");
  await backUp(again, backup);
  await again.stop();
  Object.assign(WHOLE, { folder: dataFolder, older, backup });
});

/** A copy with its anchor, to do anything to. */
function copyOf(t: TestContext, from: string = WHOLE.folder): string {
  const folder = join(temporaryFolder(t), "data");
  cpSync(from, folder, { recursive: true });
  cpSync(`${WHOLE.folder}.anchor`, `${folder}.anchor`);
  return folder;
}

const verify = (dataFolder: string, more: Partial<Parameters<typeof verifyFolder>[0]> = {}) => {
  const anchorFile = `${dataFolder}.anchor`;
  const config: Pick<Config, "dataFolder" | "anchorFile" | "databaseUrl"> = {
    ...{ dataFolder, anchorFile, databaseUrl: null },
  };
  return verifyFolder({ config, env: {}, vkeys: [], ...more });
};

/** Everything that was found, in one text; empty when it holds. */
function foundIn({ ledger, findings }: FolderReport): string {
  const wrong = ledger?.wrong.map(({ first, last, what }) => `${first}-${last}: ${what}`) ?? [];
  return [...wrong, ...findings, ...(ledger?.findings ?? [])].join("\n");
}

/** As somebody would who knows SQLite, and leaves the tables and triggers as they were. */
function tamper(folder: string, ...statements: string[]): void {
  const database = new DatabaseSync(join(folder, "heed.db"));
  registerRowSum(database);
  const triggers = database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'");
  const kept = triggers.all();
  database.exec("PRAGMA foreign_keys = OFF");
  for (const { name } of kept) database.exec(`DROP TRIGGER ${name}`);
  for (const statement of statements) {
    const { changes } = database.prepare(statement).run();
    assert.ok(changes > 0, statement);
  }
  for (const { sql } of kept) database.exec(String(sql));
  database.close();
}

function hashesIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]),
  );
}

test("a sound folder holds, and not a byte of it is changed", async (t) => {
  const folder = copyOf(t);
  const before = hashesIn(folder);
  const report = await verify(folder);
  assert.equal(foundIn(report), "");
  assert.equal(report.kind, "data folder");
  assert.deepEqual([report.ledger?.entries, report.ledger?.erased], [PEOPLE + 2, 1]);
  assert.match(report.proven.join("\n"), /272 entries that the anchor.*\n.*snapshot/u);
  assert.deepEqual(report.unchecked, []);
  assert.deepEqual(hashesIn(folder), before);
});

test("what a killed server left in its write-ahead log is read, and stays as it is", async (t) => {
  const app = await startApp(t, { dataFolder: copyOf(t) });
  await stop(app, "+12125559999");
  const killed = join(temporaryFolder(t), "data");
  cpSync(app.dataFolder, killed, { recursive: true });
  cpSync(`${app.dataFolder}.anchor`, `${killed}.anchor`);
  await assert.rejects(verify(app.dataFolder), StoreInUse);
  const before = hashesIn(killed);
  const report = await verify(killed);
  assert.equal(foundIn(report), "");
  assert.equal(report.ledger?.entries, PEOPLE + 3);
  assert.deepEqual(hashesIn(killed), before);
});

test("without its anchor, its keys or its snapshot a copy is verified as far as it goes", async (t) => {
  const folder = copyOf(t);
  for (const place of [`${folder}.anchor`, join(folder, "keys"), join(folder, "snapshots")]) {
    rmSync(place, { recursive: true });
  }
  const report = await verify(folder);
  assert.equal(foundIn(report), "");
  assert.match(report.unchecked.join("\n"), /no anchor at .*data\.anchor/u);
  assert.match(report.unchecked.join("\n"), /pepper is not here/u);
});

const RECORD = "CAST(replace(CAST(record AS TEXT), '+12125550100', '+12125550177') AS BLOB)";

/** What somebody did, and the entry and the words that it is named with. */
const DEEDS: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "an address was exchanged",
    [`UPDATE records SET record = ${RECORD} WHERE position = 101`],
    /^101-101: Its leaf does not commit to this record/u,
  ],
  [
    "a token was exchanged",
    ["UPDATE entries SET token = 'a' || substr(token, 2) || 'a' WHERE position = 102"],
    /^102-102: Its token is not that of its address/u,
  ],
  [
    "the token of an erased person was changed",
    [`UPDATE entries SET token = '${"ab".repeat(32)}' WHERE position = 4`],
    /^4-4: Its token is none of those that entry 271 erased/u,
  ],
  [
    "a time was changed",
    ["UPDATE entries SET recorded_at = recorded_at - 1 WHERE position = 50"],
    /^50-50: The time at which it was recorded/u,
  ],
  [
    "a leaf hash was changed",
    ["UPDATE entries SET leaf_hash = randomblob(32) WHERE position = 50"],
    /^50-50: Its leaf does not have its leaf hash/u,
  ],
  [
    "two entries were exchanged",
    [
      "UPDATE entries SET position = 9007 WHERE position = 7",
      "UPDATE entries SET position = 7 WHERE position = 8",
      "UPDATE entries SET position = 8 WHERE position = 9007",
    ],
    /^7-7: Its leaf has position 8/u,
  ],
  [
    "an entry was taken out",
    ["DELETE FROM records WHERE position = 90", "DELETE FROM entries WHERE position = 90"],
    /^90-90: It cannot be read/u,
  ],
  [
    "a record was taken out",
    ["UPDATE records SET salt = x'', record = x'' WHERE position = 90"],
    /^90-90: Its record is gone, and no erasure removed it/u,
  ],
  [
    "a record was put back after its erasure",
    [
      `UPDATE records SET salt = (SELECT salt FROM records WHERE position = 6),
        record = (SELECT record FROM records WHERE position = 6) WHERE position = 4`,
    ],
    /^4-4: Its record is still there, though entry 271 erased it/u,
  ],
  [
    "an erasure was undone",
    [
      "DELETE FROM erasures WHERE position = 4",
      "UPDATE records SET salt = x'', record = x'' WHERE position = 4",
    ],
    /^4-4: Its record is gone, and no erasure removed it/u,
  ],
  [
    "a hash of the tree was changed",
    ["UPDATE tile_hashes SET hash = randomblob(32) WHERE place = 0"],
    /^1-256: hash 0 of tile 0 at level 1/u,
  ],
  [
    "a setting was changed",
    [`UPDATE settings SET value = replace(value, 'Acme', 'Acne') WHERE id = 'acme'`],
    /^In settings, the row `sender acme` does not fit its checksum/u,
  ],
  [
    "the head was set back",
    ["UPDATE head SET position = position - 1"],
    /head of the ledger cannot be read/u,
  ],
];

for (const [what, statements, expected] of DEEDS) {
  test(`${what}: it is named`, async (t) => {
    const folder = copyOf(t);
    tamper(folder, ...statements);
    assert.match(foundIn(await verify(folder)), expected);
  });
}

test("a verification that compares no hash misses what somebody did", async (t) => {
  const folder = copyOf(t);
  tamper(folder, `UPDATE records SET record = ${RECORD} WHERE position = 101`);
  rmSync(join(folder, "snapshots"), { recursive: true });
  assert.equal(foundIn(await verify(folder, { withoutHashes: true })), "");
});

test("an older copy is sound by itself, and is found out by the anchor", async (t) => {
  const older = copyOf(t, WHOLE.older);
  assert.match(
    foundIn(await verify(older)),
    /anchor .* there are 272 entries, and 271 can be read/u,
  );
  // The control: without the anchor there is nothing to find, and that is said.
  rmSync(`${older}.anchor`);
  const report = await verify(older);
  assert.equal(foundIn(report), "");
  assert.match(report.unchecked.join(), /Whether entries are missing at its end/u);
});

test("another ledger of the same size is found out by the anchor", async (t) => {
  const folder = copyOf(t, WHOLE.older);
  const app = await startApp(t, { dataFolder: folder });
  await app.stop();
  rmSync(`${folder}.anchor`);
  const other = await startApp(t, { dataFolder: folder });
  await stop(other, "+12125557777");
  await other.stop();
  cpSync(`${WHOLE.folder}.anchor`, `${folder}.anchor`);
  const found = foundIn(await verify(folder));
  assert.match(found, /tree over its 272 entries is not the one that the anchor/u);
});

test("an anchor that is damaged, or of another log, is a finding", async (t) => {
  const folder = copyOf(t);
  writeFileSync(`${folder}.anchor`, "nothing");
  assert.match(foundIn(await verify(folder)), /anchor .* is damaged/u);
  const stranger = await startApp(t);
  await stop(stranger, "+12125551111");
  await stranger.stop();
  cpSync(`${stranger.dataFolder}.anchor`, `${folder}.anchor`);
  assert.match(foundIn(await verify(folder)), /is of another log/u);
});

test("keys of another installation are not mistaken for damage", async (t) => {
  const folder = copyOf(t);
  const env = { HEED_PEPPER: "ab".repeat(32), HEED_LINK_KEY: "cd".repeat(32) };
  const report = await verify(folder, { env });
  assert.match(foundIn(report), /begun with other keys/u);
  assert.equal(report.ledger?.wrongCount, 0);
});

test("a snapshot that says something else than the ledger is found, also with a right checksum", async (t) => {
  const folder = copyOf(t);
  const { tokensOf } = (await readSecrets(folder, {}))!;
  const store = openToRead(join(folder, "heed.db"));
  const entries = await store.read(0, 1000);
  await store.close();
  const forged = new Standings(tokensOf);
  for (const entry of entries) {
    const { act } = entry;
    const isLeftOut = entry.position === 31 && act !== null;
    forged.apply(isLeftOut ? { ...entry, act: { ...act, kind: "help" } } : entry);
  }
  const chunks: Uint8Array[] = [];
  await writeSnapshot(forged, (chunk) => {
    chunks.push(chunk.slice());
  });
  writeFileSync(join(folder, "snapshots", "standings.snapshot"), Buffer.concat(chunks));
  assert.match(
    foundIn(await verify(folder)),
    /else than the ledger about 1 person, the first in entry 31/u,
  );
});

test("a damaged snapshot is a finding, though a start does without it", async (t) => {
  const folder = copyOf(t);
  const file = join(folder, "snapshots", "standings.snapshot");
  const bytes = readFileSync(file);
  bytes[bytes.length - 60]! ^= 4;
  writeFileSync(file, bytes);
  assert.match(foundIn(await verify(folder)), /snapshot .* cannot be used: it is damaged/u);
});

test("a checkpoint from before holds the ledger to what it was", async (t) => {
  const folder = copyOf(t);
  const signer = parseSigningKey(readFileSync(join(folder, "keys", "signing-key"), "utf8").trim());
  const key = signer as Signer;
  const { ledger } = await verify(WHOLE.older);
  const tree = { origin: key.name, ...ledger!.tree };
  const sound = await verify(folder, { checkpoints: [signCheckpoint(tree, [key])] });
  assert.equal(foundIn(sound), "");
  assert.match(sound.proven.join("\n"), /271 entries that the earlier checkpoint/u);
  const root = new Uint8Array(32).fill(1);
  const other = await verify(folder, { checkpoints: [signCheckpoint({ ...tree, root }, [key])] });
  assert.match(foundIn(other), /tree over its first 271 entries is not the one that the earlier/u);
  const forged = await verify(folder, { checkpoints: ["nonsense"] });
  assert.match(foundIn(forged), /The earlier checkpoint cannot be used/u);
});

test("a backup is verified with its manifest and its checkpoint, by a key that is believed", async (t) => {
  const copyOfBackup = () => {
    const folder = join(temporaryFolder(t), "backup");
    cpSync(WHOLE.backup, folder, { recursive: true });
    return folder;
  };
  const vkeys = readFileSync(join(WHOLE.backup, "vkeys"), "utf8").trim().split("\n");
  const before = hashesIn(WHOLE.backup);
  const report = await verify(WHOLE.backup, { vkeys });
  assert.equal(foundIn(report), "");
  assert.equal(report.kind, "backup");
  assert.match(report.proven.join("\n"), /manifest says.*\n.*the checkpoint, signed by/u);
  assert.deepEqual(hashesIn(WHOLE.backup), before);
  // What a backup says of itself is not believed.
  const alone = await verify(WHOLE.backup);
  assert.match(alone.unchecked.join("\n"), /give the key of the log with --key/u);

  const changed = copyOfBackup();
  writeFileSync(join(changed, "vkeys"), "");
  assert.match(
    foundIn(await verify(changed, { vkeys })),
    /vkeys is not as the manifest describes/u,
  );
  const lacking = copyOfBackup();
  rmSync(join(lacking, "checkpoint"));
  assert.match(foundIn(await verify(lacking, { vkeys })), /lacks its file checkpoint/u);
});

test("a folder without a ledger, or with half a one, says what to do", async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(verify(folder), /no ledger in .*--data or HEED_DATA/u);
  writeFileSync(join(folder, "manifest.json.partial"), "");
  await assert.rejects(verify(folder), /backup that was never finished/u);
});

test("a file that is no ledger is found to be none", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "heed.db"), "not a database, and longer than a header".repeat(200));
  const report = await verify(folder);
  assert.equal(report.ledger?.entries, 0);
  assert.match(foundIn(report), /header of the file is damaged/u);
});
