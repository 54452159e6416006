/**
 * Writes batches: one transaction, one sync, and an answer for each write only after it. Whatever
 * fails is either one caller's fault, who is refused alone, or the disk's, which ends everything.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { appendLeafHashes, frontierBytes } from "../../ledger/frontier.ts";
import { leafIn } from "../../ledger/leaf.ts";
import { frontierOf } from "../commit.ts";
import type { PreparedAppend } from "../prepare.ts";
import type { AppendReply, EntryRow } from "../rows.ts";
import type { Row } from "../sql-store.ts";
import { checkpoint, sqliteCode } from "./connection.ts";
import { Eraser } from "./eraser.ts";
import type { WriteOp, WriteReply, WrittenBatch } from "./protocol.ts";
import { rowSum } from "./row-sum.ts";
import { SendWriter } from "./send-writer.ts";
import { APPENDS, READS, WRITES } from "./statements.ts";

/** SQLITE_TOOBIG, CONSTRAINT, MISMATCH, RANGE: the values are wrong, the database is not. */
const CALLERS_FAULTS: readonly number[] = [18, 19, 20, 25];

/** Pages in the log after which it is written back, about: as many as SQLite itself takes. */
const CHECKPOINT_PAGES = 1000;
/** Pages that a commit and each of its drafts change, about: tables, indexes, the head. */
const PAGES_OF_A_COMMIT = 4;
const PAGES_OF_A_DRAFT = 3;
/** Its row lies beside the one before; its key and its token lie anywhere. */
const PAGES_OF_A_SEND = 2;
const PAGE_BYTES = 4096;

interface KeyRow {
  readonly body_hash: string;
  readonly first_position: number;
  readonly entries: number;
}

export class Writer {
  readonly #database: DatabaseSync;
  readonly #statements: ReadonlyMap<string, StatementSync>;
  readonly #eraser: Eraser;
  readonly #sendWriter: SendWriter;
  #pagesLogged = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const reads = { entries: READS.entries, tree: READS.tree };
    const named = Object.entries({ ...WRITES, ...APPENDS, ...reads });
    this.#statements = new Map(named.map(([name, sql]) => [name, database.prepare(sql)]));
    this.#eraser = new Eraser(database);
    this.#sendWriter = new SendWriter(database);
  }

  /**
   * All of them in one commit, or in one each when somebody is at fault. Throws when nothing may be
   * acknowledged any more.
   */
  commit(ops: readonly WriteOp[]): readonly WrittenBatch[] {
    this.#database.exec("BEGIN IMMEDIATE");
    let written: WrittenBatch;
    try {
      written = this.#applyAll(ops);
    } catch (error) {
      // SQLite has already rolled back after some errors of the disk.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      if (!isCallersFault(error)) throw error;
      if (ops.length === 1) return [this.#refusal(error as Error)];
      // Somebody in this batch is at fault: each on its own, so that only that one fails.
      return ops.flatMap((op) => this.commit([op]));
    }
    this.#database.exec("COMMIT");
    this.#countPages(ops);
    // What was erased is still in the log, in the pages as they were before.
    if (ops.some((op) => "append" in op && op.append.erases !== null)) this.#cutLog();
    return [written];
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

  #cutLog(): void {
    this.#pagesLogged = 0;
    checkpoint(this.#database, "TRUNCATE");
  }

  #refusal({ message }: Error): WrittenBatch {
    const frontier = this.#frontierBytes();
    return { growth: { before: frontier, after: frontier }, replies: [{ refused: message }] };
  }

  #countPages(ops: readonly WriteOp[]): void {
    this.#pagesLogged += PAGES_OF_A_COMMIT;
    for (const op of ops) {
      for (const { record } of "append" in op ? op.append.drafts : []) {
        this.#pagesLogged += PAGES_OF_A_DRAFT + record.length / PAGE_BYTES;
      }
      if ("sends" in op) this.#pagesLogged += op.sends.length * PAGES_OF_A_SEND;
    }
  }

  #applyAll(ops: readonly WriteOp[]): WrittenBatch {
    const before = this.#frontierBytes();
    const frontier = frontierOf(before);
    const leafHashes: Uint8Array[] = [];
    const replies = ops.map((op): WriteReply => {
      if ("statement" in op)
        return { rows: this.#run(op.statement).all(...op.parameters) as Row[] };
      if ("sends" in op) return { sends: this.#sendWriter.write(op.sends) };
      return { append: this.#append(op.append, frontier.size + leafHashes.length, leafHashes) };
    });
    if (leafHashes.length === 0) return { growth: { before, after: before }, replies };
    const appended = appendLeafHashes(frontier, leafHashes);
    for (const { level, index, hash } of appended.tileHashes) {
      this.#run("addTileHash").run(level, index, hash);
    }
    const after = frontierBytes(appended.frontier);
    this.#run("moveHead").run(appended.frontier.size, after);
    return { growth: { before, after }, replies };
  }

  /** Adds the hashes of its leaves to those of the batch. */
  #append(request: PreparedAppend, head: number, batchHashes: Uint8Array[]): AppendReply {
    const known = this.#run("findKey").get(request.key) as KeyRow | undefined;
    if (known !== undefined) {
      if (known.body_hash !== request.bodyHash) return { status: "conflict" };
      const rows = this.#run("entries").all(known.first_position - 1, known.entries);
      return { status: "replayed", rows: rows as unknown as EntryRow[] };
    }
    const { about } = request;
    if (about !== null && this.#run("findRecord").get(about) === undefined) {
      return { status: "conflict" };
    }
    const leafHashes = request.drafts.map((draft, index) => {
      const position = head + 1 + index;
      const { leaf, leafHash } = leafIn(draft.frame, position);
      const hash = Buffer.from(leafHash, "hex");
      this.#run("addEntry").run(position, leaf, hash, draft.token, draft.recordedAt);
      this.#run("addRecord").run(position, draft.salt, draft.record);
      batchHashes.push(hash);
      return leafHash;
    });
    const key = [request.key, request.bodyHash, head + 1, leafHashes.length] as const;
    this.#run("addKey").run(...key, rowSum("idempotency", ...key));
    const { erases } = request;
    if (erases !== null) this.#eraser.erase(erases.tokens, head + 1, head + 1 + erases.draft);
    return { status: "appended", first: head + 1, leafHashes };
  }

  #frontierBytes(): Uint8Array {
    return this.#run("tree").get()?.frontier as Uint8Array;
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
