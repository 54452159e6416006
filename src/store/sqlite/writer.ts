/**
 * Writes batches: one transaction, one sync, and an answer for each write only after it. Whatever
 * fails is either one caller's fault, who is refused alone, or the disk's, which ends everything.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { leafIn } from "../../ledger/leaf.ts";
import type { PreparedAppend } from "../prepare.ts";
import type { AppendReply, EntryRow } from "../rows.ts";
import type { Row } from "../sql-store.ts";
import { checkpoint, sqliteCode } from "./connection.ts";
import type { WriteOp, WriteReply } from "./protocol.ts";
import { APPENDS, READS, WRITES } from "./statements.ts";

/** SQLITE_TOOBIG, CONSTRAINT, MISMATCH, RANGE: the values are wrong, the database is not. */
const CALLERS_FAULTS: readonly number[] = [18, 19, 20, 25];

/** Pages in the log after which it is written back, about: as many as SQLite itself takes. */
const CHECKPOINT_PAGES = 1000;
/** Pages that a commit and each of its drafts change, about: tables, indexes, the head. */
const PAGES_OF_A_COMMIT = 4;
const PAGES_OF_A_DRAFT = 3;
const PAGE_BYTES = 4096;

interface KeyRow {
  readonly body_hash: string;
  readonly first_position: number;
  readonly entries: number;
}

export class Writer {
  readonly #database: DatabaseSync;
  readonly #statements: ReadonlyMap<string, StatementSync>;
  #pagesLogged = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const named = Object.entries({ ...WRITES, ...APPENDS, entries: READS.entries });
    this.#statements = new Map(named.map(([name, sql]) => [name, database.prepare(sql)]));
  }

  /** All of them in one commit. Throws when nothing may be acknowledged any more. */
  commit(ops: readonly WriteOp[]): WriteReply[] {
    this.#database.exec("BEGIN IMMEDIATE");
    let replies: WriteReply[];
    try {
      replies = this.#applyAll(ops);
    } catch (error) {
      // SQLite has already rolled back after some errors of the disk.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      if (!isCallersFault(error)) throw error;
      if (ops.length === 1) return [{ refused: (error as Error).message }];
      // Somebody in this batch is at fault: each on its own, so that only that one fails.
      return ops.flatMap((op) => this.commit([op]));
    }
    this.#database.exec("COMMIT");
    this.#countPages(ops);
    return replies;
  }

  /**
   * Writes the log back when it is long enough. Call it when the answers of a commit have left:
   * they are true, and nobody need wait for this. Throws when nothing more may be acknowledged.
   */
  writeLogBack(): void {
    if (this.#pagesLogged < CHECKPOINT_PAGES) return;
    this.#pagesLogged = 0;
    checkpoint(this.#database, "PASSIVE");
  }

  #countPages(ops: readonly WriteOp[]): void {
    this.#pagesLogged += PAGES_OF_A_COMMIT;
    for (const op of ops) {
      for (const { record } of "append" in op ? op.append.drafts : []) {
        this.#pagesLogged += PAGES_OF_A_DRAFT + record.length / PAGE_BYTES;
      }
    }
  }

  #applyAll(ops: readonly WriteOp[]): WriteReply[] {
    const before = this.#head();
    let head = before;
    const replies = ops.map((op): WriteReply => {
      if ("statement" in op)
        return { rows: this.#run(op.statement).all(...op.parameters) as Row[] };
      const reply = this.#append(op.append, head);
      if (reply.status === "appended") head += reply.leafHashes.length;
      return { append: reply };
    });
    if (head > before) this.#run("moveHead").run(head);
    return replies;
  }

  #append(request: PreparedAppend, head: number): AppendReply {
    const known = this.#run("findKey").get(request.key) as KeyRow | undefined;
    if (known !== undefined) {
      if (known.body_hash !== request.bodyHash) return { status: "conflict" };
      const rows = this.#run("entries").all(known.first_position - 1, known.entries);
      return { status: "replayed", rows: rows as unknown as EntryRow[] };
    }
    const leafHashes = request.drafts.map((draft, index) => {
      const position = head + 1 + index;
      const { leaf, leafHash } = leafIn(draft.frame, position);
      const hash = Buffer.from(leafHash, "hex");
      this.#run("addEntry").run(position, leaf, hash, draft.token, draft.recordedAt);
      this.#run("addRecord").run(position, draft.salt, draft.record);
      return leafHash;
    });
    this.#run("addKey").run(request.key, request.bodyHash, head + 1, leafHashes.length);
    return { status: "appended", first: head + 1, leafHashes };
  }

  #head(): number {
    return Number(this.#run("head").get()?.position);
  }

  #run(name: string): StatementSync {
    const statement = this.#statements.get(name);
    if (statement === undefined) throw new Error(`no statement is called \`${name}\``);
    return statement;
  }
}

function isCallersFault(error: unknown): boolean {
  return error instanceof TypeError || CALLERS_FAULTS.includes(sqliteCode(error));
}
