// What a case of the contract gets to work on: an empty database, which it may open again.
import type { TestContext } from "node:test";
import type { GroupLimits } from "../../src/store/group-commit.ts";
import type { MessageKeying } from "../../src/store/message-keying.ts";
import type { Store } from "../../src/store/store.ts";

export interface Ledger {
  open(limits?: Partial<GroupLimits>, keying?: MessageKeying): Promise<Store>;
  /** Hand-written SQL, past the store. On SQLite the store must be closed. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** What takes one table's triggers away, as only the owner of a database can. */
  dropTriggers(table: string): Promise<void>;
  /** Makes the tables of the first version, which had no tree, instead of today's. */
  makeFirstVersion(): Promise<void>;
  /** The table's full name. */
  table(name: string): string;
  /** The statement that writes an erasure by hand. */
  erase(position: number, erasedBy: number): string;
  /** How bytes are written in SQL. */
  bytes(value: Uint8Array): string;
}

export type MakeLedger = (t: TestContext) => Promise<Ledger>;

export async function openStore(t: TestContext, makeLedger: MakeLedger): Promise<Store> {
  const store = await (await makeLedger(t)).open();
  t.after(() => store.close());
  return store;
}
