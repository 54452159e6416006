/**
 * The ledger of a stopped server, for whoever only reads it: a verification, also of a copy or on a
 * read-only disk. It has no thread of its own and changes no byte of the file; `inspectFile` says
 * whether the file is sound, this takes it as it is.
 */
import { existsSync, rmSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { HeadWatch } from "../head-watch.ts";
import type { SendsReply } from "../send-rows.ts";
import { type Parameter, type ReadName, type Row, SqlStore } from "../sql-store.ts";
import { type AppendOutcome, type Store, StoreInUse } from "../store.ts";
import { explain } from "./connection.ts";
import { openUnchanged } from "./inspect.ts";
import { READS } from "./statements.ts";

/** Throws `StoreInUse` while a server has the file, or an error that says what to do. */
export function openToRead(file: string): Store {
  return new ReadOnlyStore(file);
}

class ReadOnlyStore extends SqlStore {
  readonly description: string;
  protected readonly watch = new HeadWatch(0, null);
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<ReadName, StatementSync>();
  readonly #hadLog: boolean;
  readonly #hadIndex: boolean;

  constructor(file: string) {
    super();
    this.description = `SQLite at ${file}, to be read only`;
    this.#file = file;
    this.#hadLog = existsSync(`${file}-wal`);
    this.#hadIndex = existsSync(`${file}-shm`);
    try {
      this.#database = openUnchanged(file);
    } catch (error) {
      throw explain(error, file);
    }
  }

  async head(): Promise<number> {
    return (await this.tree()).size;
  }

  /** Rejects with `StoreInUse` when a server came meanwhile: what was read may be torn. */
  async close(): Promise<void> {
    this.#database.close();
    // SQLite makes an index of the log, and leaves it when it may not write to the database.
    if (!this.#hadIndex) rmSync(`${this.#file}-shm`, { force: true });
    if (this.#hadLog || !existsSync(`${this.#file}-wal`)) return;
    throw new StoreInUse(
      `A Heed was started on \`${this.#file}\` while it was read. Try again, with it or without it.`,
    );
  }

  protected async query(name: ReadName, parameters: Parameter[]): Promise<readonly unknown[]> {
    try {
      const statement = this.#statements.get(name) ?? this.#database.prepare(READS[name]);
      this.#statements.set(name, statement);
      return statement.all(...parameters);
    } catch (error) {
      throw explain(error, this.#file);
    }
  }

  append(): Promise<AppendOutcome> {
    return Promise.reject(this.#readOnly());
  }

  backup(): Promise<void> {
    return Promise.reject(this.#readOnly());
  }

  protected change(): Promise<readonly Row[]> {
    return Promise.reject(this.#readOnly());
  }

  protected writeSends(): Promise<SendsReply> {
    return Promise.reject(this.#readOnly());
  }

  #readOnly(): Error {
    return new Error(`${this.description}: nothing is written to it.`);
  }
}
