import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { type Ledger, storeContract } from "./contract.ts";

function sqlOn(file: string, statement: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(statement).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

storeContract("SQLite", async (t: TestContext): Promise<Ledger> => {
  const file = join(temporaryFolder(t), "heed.db");
  return {
    open: (limits) => openSqliteStore({ file, limits: limits ?? {} }),
    sql: async (statement) => sqlOn(file, statement),
    dropTriggers: async (table) => {
      const sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?";
      const database = new DatabaseSync(file);
      for (const { name } of database.prepare(sql).all(table))
        database.exec(`DROP TRIGGER ${name}`);
      database.close();
    },
    table: (name) => name,
  };
});
