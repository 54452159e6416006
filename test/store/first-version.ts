// A ledger as the first version of its schema had it: without a tree, and with plain hashes of messages.
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { leafHashOf } from "../../src/ledger/leaf.ts";
import { keyedDigest, keyedHashes } from "../../src/ledger/message-hashes.ts";
import type { MessageKeying } from "../../src/store/message-keying.ts";
import { prepareAppend } from "../../src/store/prepare.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import type { AppendRequest } from "../../src/store/store.ts";
import type { Ledger } from "./ledger.ts";

/** Its tables, in a new SQLite file. */
export function makeOldFile(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(
    "PRAGMA journal_mode=WAL; CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT",
  );
  for (const step of MIGRATIONS[0]!.steps) database.exec(step as string);
  database.exec("INSERT INTO schema_version VALUES (1)");
  database.close();
}

/** Writes them as the first version did. */
export async function writeOld(
  ledger: Pick<Ledger, "sql" | "table" | "bytes">,
  requests: readonly AppendRequest[],
): Promise<void> {
  const { bytes, table } = ledger;
  const rows = { entries: [] as string[], records: [] as string[], keys: [] as string[] };
  let position = 0;
  for (const request of requests) {
    const { key, bodyHash, drafts } = prepareAppend(request);
    const span = `${position + 1}, ${drafts.length}`;
    for (const { frame, token, recordedAt, salt, record } of drafts) {
      position += 1;
      const leaf = Buffer.from(`${frame.before}${position}${frame.after}`);
      const hash = bytes(Buffer.from(leafHashOf(leaf), "hex"));
      rows.entries.push(`(${position}, ${bytes(leaf)}, ${hash}, '${token}', ${recordedAt})`);
      rows.records.push(`(${position}, ${bytes(salt)}, ${bytes(record)})`);
    }
    rows.keys.push(`(${bytes(key)}, '${bodyHash}', ${span})`);
  }
  await ledger.sql(`INSERT INTO ${table("entries")} VALUES ${rows.entries.join()}`);
  await ledger.sql(`INSERT INTO ${table("records")} VALUES ${rows.records.join()}`);
  await ledger.sql(`INSERT INTO ${table("idempotency")} VALUES ${rows.keys.join()}`);
  await ledger.sql(`UPDATE ${table("head")} SET position = ${position}`);
}

/** The file as `writeOld` takes it. */
export function oldFile(file: string): Pick<Ledger, "sql" | "table" | "bytes"> {
  return {
    sql: async (statement) => {
      const database = new DatabaseSync(file);
      database.exec(statement);
      database.close();
      return [];
    },
    table: (name) => name,
    bytes: (value) => `x'${Buffer.from(value).toString("hex")}'`,
  };
}

/** The request as a server of today sends it, when one of the first version sent `old`. */
export function asOfToday(old: AppendRequest, { secret }: MessageKeying): AppendRequest {
  const key = createHash("sha256").update(old.key).digest("hex");
  const digestOf = (text: string) => keyedDigest(secret, text);
  return { ...old, ...keyedHashes(digestOf, { key, bodyHash: old.bodyHash }) };
}
