/**
 * The embedded store: one SQLite file, one connection in a thread of its own, one process. Every
 * write, also of a setting or a cursor, goes through the same group commit.
 * LIMIT: durable on disks that honour a flush, and only on a local file system.
 */
import { resolve } from "node:path";
import type { Position } from "../../domain/words.ts";
import { Breaker, type OnBroken } from "../breaker.ts";
import { GrownTree, outcomeOf } from "../commit.ts";
import {
  DEFAULT_GROUP_LIMITS,
  GroupCommit,
  type GroupLimits,
  type Settled,
  type Weight,
} from "../group-commit.ts";
import { HeadWatch } from "../head-watch.ts";
import type { MessageKeying } from "../message-keying.ts";
import { prepareAppend, weightOf } from "../prepare.ts";
import type { AppendReply } from "../rows.ts";
import type { PreparedSend, SendsReply } from "../send-rows.ts";
import { type Parameter, type ReadName, type Row, SqlStore, type WriteName } from "../sql-store.ts";
import type { AppendOutcome, AppendRequest, Store } from "../store.ts";
import { ConnectionThread } from "./connection-thread.ts";
import type { WriteOp, WriteReply, WrittenBatch } from "./protocol.ts";

export interface SqliteOptions {
  /** Path of the ledger's file. It is created when missing; its folder must exist. */
  readonly file: string;
  /** Called once, when the store breaks. The process should end soon after. */
  readonly onBroken?: OnBroken;
  /** For a ledger of the first schema: without it, one with messages is not upgraded. */
  readonly keying?: MessageKeying;
  readonly limits?: Partial<GroupLimits>;
}

/**
 * Rejects with `StoreInUse` when another process (or another connection of this one) has the file,
 * with `UnsafeStore` when SQLite or the file cannot be relied on.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const file = resolve(options.file);
  const thread = await ConnectionThread.start({ file, keying: options.keying ?? null });
  return new SqliteStore(file, thread, options);
}

/** About what a row of one is long. */
const BYTES_OF_A_SEND = 200;

/** The answer to one write, and the tree that its commit made. */
interface Written {
  readonly reply: Exclude<WriteReply, { refused: string }>;
  readonly grown: GrownTree;
}

class SqliteStore extends SqlStore {
  readonly description: string;
  protected readonly watch: HeadWatch;
  readonly #thread: ConnectionThread;
  readonly #breaker: Breaker;
  readonly #commits: GroupCommit<WriteOp, Written>;
  readonly #backups = new Set<Promise<void>>();
  #closing: Promise<void> | null = null;

  constructor(file: string, thread: ConnectionThread, options: SqliteOptions) {
    super();
    this.description = `SQLite ${thread.version} at ${file}`;
    // Nobody else writes to the file, so nobody has to be asked.
    this.watch = new HeadWatch(thread.head, null);
    this.#thread = thread;
    this.#breaker = new Breaker(this.description, options.onBroken);
    const limits = { ...DEFAULT_GROUP_LIMITS, ...options.limits };
    this.#commits = new GroupCommit((ops) => this.#commit(ops), limits);
    thread.onDeath((error) => {
      if (this.#closing === null) this.#breaker.break(error);
    });
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    const append = prepareAppend(request);
    const { reply, grown } = await this.#submit({ append }, weightOf(append));
    // INVARIANT: the thread answers an append as an append.
    if (!("append" in reply)) throw new Error("an append was answered as another write");
    return outcomeOf(reply.append, request, append, grown);
  }

  async head(): Promise<Position> {
    return this.watch.known;
  }

  backup(file: string): Promise<void> {
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    const running = this.#thread.ask<void>({ backup: resolve(file) });
    this.#backups.add(running);
    return running.finally(() => this.#backups.delete(running));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  protected query(read: ReadName, parameters: Parameter[]): Promise<readonly unknown[]> {
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    return this.#thread.ask<readonly unknown[]>({ read, parameters });
  }

  protected async change(statement: WriteName, parameters: Parameter[]): Promise<readonly Row[]> {
    const bytes = parameters.reduce<number>((sum, value) => sum + String(value).length, 0);
    const { reply } = await this.#submit({ statement, parameters }, { drafts: 1, bytes });
    return "rows" in reply ? reply.rows : [];
  }

  protected async writeSends(sends: readonly PreparedSend[]): Promise<SendsReply> {
    const weight = { drafts: sends.length, bytes: sends.length * BYTES_OF_A_SEND };
    const { reply } = await this.#submit({ sends }, weight);
    // INVARIANT: the thread answers sends as sends.
    if (!("sends" in reply)) throw new Error("sends were answered as another write");
    return reply.sends;
  }

  async #close(): Promise<void> {
    this.watch.close();
    await this.#commits.drain();
    await Promise.allSettled(this.#backups);
    try {
      await this.#thread.close();
    } catch (error) {
      // One that broke before has said so already.
      if (this.#breaker.broken === null) throw this.#breaker.break(error as Error);
    }
  }

  #submit(op: WriteOp, weight: Weight): Promise<Written> {
    if (this.#breaker.broken !== null) return Promise.reject(this.#breaker.broken);
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    return this.#commits.submit(op, weight);
  }

  async #commit(ops: readonly WriteOp[]): Promise<readonly Settled<Written>[]> {
    if (this.#breaker.broken !== null) throw this.#breaker.broken;
    let batches: readonly WrittenBatch[];
    try {
      batches = await this.#thread.ask<readonly WrittenBatch[]>({ write: ops });
    } catch (error) {
      throw this.#breaker.break(error as Error);
    }
    return batches.flatMap((batch) => this.#settle(batch));
  }

  #settle({ growth, replies }: WrittenBatch): readonly Settled<Written>[] {
    const appends = replies.flatMap((reply) => ("append" in reply ? [reply.append] : []));
    const grown = new GrownTree(growth, appends);
    for (const append of appends) this.watch.advance(lastOf(append));
    return replies.map((reply) =>
      "refused" in reply ? { error: new RangeError(reply.refused) } : { outcome: { reply, grown } },
    );
  }

  #closedError(): Error {
    return new Error(`${this.description} is closed.`);
  }
}

/** Position of the last entry that it wrote, 0 when none. */
function lastOf(reply: AppendReply): Position {
  return reply.status === "appended" ? reply.first + reply.leafHashes.length - 1 : 0;
}
