/**
 * The store on PostgreSQL, which several servers can share. The head row's lock makes them take
 * turns; the database is the only truth, and what this process remembers is a hint.
 * LIMIT: entries are read from the primary only; a standby may show them late or in another order.
 */
import type { Pool, PoolClient } from "pg";
import type { Position } from "../../domain/words.ts";
import { parseFrontier } from "../../ledger/frontier.ts";
import { Breaker, type OnBroken } from "../breaker.ts";
import { outcomeOf } from "../commit.ts";
import {
  DEFAULT_GROUP_LIMITS,
  GroupCommit,
  type GroupLimits,
  type Settled,
} from "../group-commit.ts";
import { HeadWatch } from "../head-watch.ts";
import type { MessageKeying } from "../message-keying.ts";
import { type PreparedAppend, prepareAppend, weightOf } from "../prepare.ts";
import type { PreparedSend, SendsReply } from "../send-rows.ts";
import { type Parameter, type ReadName, type Row, SqlStore, type WriteName } from "../sql-store.ts";
import { type AppendOutcome, type AppendRequest, type Store, UnsafeStore } from "../store.ts";
import { type Answer, Appender } from "./appender.ts";
import { Connections, describeServer, readSettings } from "./connect.ts";
import { isDiskFailure, isLostConnection, isRetryable, messageOf } from "./failures.ts";
import { announce, Listener } from "./listener.ts";
import { migrate } from "./migrate.ts";
import { writeSends } from "./send-writer.ts";
import { SQL } from "./statements.ts";
import { inTransaction, UnansweredCommit } from "./transaction.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`. Never repeated in a message. */
  readonly url: string;
  /** Called once, when the server's disk failed. The process should end soon after. */
  readonly onBroken?: OnBroken;
  /** Told what is not dangerous but should be better, such as missing checksums. */
  readonly onWarning?: (message: string) => void;
  /** For a ledger of the first schema: without it, one with messages is not upgraded. */
  readonly keying?: MessageKeying;
  readonly limits?: Partial<GroupLimits>;
  /** Connections beside the one for appends and the one that listens. */
  readonly maxConnections?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** How long an append is tried again after a lost connection before its caller is told. */
  readonly retryForMs?: number;
  /** How often the head is asked for while somebody waits for entries. */
  readonly pollMs?: number;
}

const DEFAULTS = {
  maxConnections: 8,
  connectTimeoutMs: 3000,
  statementTimeoutMs: 5000,
  retryForMs: 8000,
  pollMs: 200,
};
const MIGRATION_TIMEOUT_MS = 10 * 60 * 1000;
const CLOSE_GRACE_MS = 1000;
const CHANGE_TRIES = 5;

/** Rejects with `UnsafeStore` when the server's settings cannot be relied on. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const settled = { ...DEFAULTS, ...options };
  const description = await prepareDatabase(settled);
  const connections = new Connections(settled);
  const pool = connections.pool(settled.maxConnections);
  try {
    const { rows } = await pool.query<{ position: number }>(SQL.head);
    return new PostgresStore(description, connections, pool, rows[0]!.position, settled);
  } catch (error) {
    await connections.close(CLOSE_GRACE_MS);
    throw error;
  }
}

/** Checks the server, makes or updates the tables, and gives the server's description. */
async function prepareDatabase(options: PostgresOptions & typeof DEFAULTS): Promise<string> {
  const name = describeServer(options.url, "");
  const connections = new Connections({ ...options, statementTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    const pool = connections.pool(1);
    const client = await pool.connect();
    const settings = await readSettings(client).finally(() => client.release());
    if (settings.data_checksums !== "on") {
      options.onWarning?.(
        `${name} has no data checksums, so a bit that flips on its disk goes unnoticed. ` +
          "Stop it and run `pg_checksums --enable`.",
      );
    }
    await migrate(pool, MIGRATION_TIMEOUT_MS, options.keying ?? null);
    await assertHead(pool, name);
    return describeServer(options.url, settings.version);
  } catch (error) {
    if (error instanceof UnsafeStore) throw error;
    throw new Error(
      `${name} cannot be used (${messageOf(error)}). Make sure that it runs, that \`DATABASE_URL\` ` +
        "is right, and that its user may create a schema in the database.",
      { cause: error },
    );
  } finally {
    await connections.close(CLOSE_GRACE_MS);
  }
}

async function assertHead(pool: Pool, name: string): Promise<void> {
  type HeadRow = { head: Position; frontier: Uint8Array; span: number };
  const [row] = (await pool.query<HeadRow>(SQL.headAndSpan)).rows;
  const treeSize = row === undefined ? undefined : parseFrontier(row.frontier)?.size;
  if (row?.head === row?.span && treeSize === row?.span) return;
  throw new UnsafeStore(
    `${name} says that it has ${row?.head ?? "no"} entries and a tree of ${treeSize ?? "no"}, but ` +
      `its entries span ${row?.span ?? 0} positions. Keep a copy of it for inspection, and ` +
      "restore a backup.",
  );
}

class PostgresStore extends SqlStore {
  readonly description: string;
  protected readonly watch: HeadWatch;
  readonly #connections: Connections;
  readonly #pool: Pool;
  readonly #statementTimeoutMs: number;
  readonly #breaker: Breaker;
  readonly #appender: Appender;
  readonly #listener: Listener;
  readonly #commits: GroupCommit<PreparedAppend, Answer>;
  readonly #changes = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(
    description: string,
    connections: Connections,
    pool: Pool,
    head: Position,
    options: PostgresOptions & typeof DEFAULTS,
  ) {
    super();
    this.description = description;
    this.watch = new HeadWatch(head, { head: () => this.head(), everyMs: options.pollMs });
    this.#connections = connections;
    this.#pool = pool;
    this.#statementTimeoutMs = options.statementTimeoutMs;
    this.#breaker = new Breaker(description, options.onBroken);
    // Appends have a connection of their own, so that no number of readers can keep them waiting.
    this.#appender = new Appender(connections.pool(1), this.#breaker, options);
    this.#listener = new Listener(connections, () => void this.watch.look());
    const limits = { ...DEFAULT_GROUP_LIMITS, ...options.limits };
    this.#commits = new GroupCommit((items) => this.#commit(items), limits);
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    const prepared = prepareAppend(request);
    this.#assertOpen();
    const { reply, grown } = await this.#commits.submit(prepared, weightOf(prepared));
    return outcomeOf(reply, request, prepared, grown);
  }

  async head(): Promise<Position> {
    const [row] = await this.#ask<{ position: Position }>(SQL.head, []);
    return row!.position;
  }

  async backup(): Promise<void> {
    throw new Error(
      `${this.description} is backed up with PostgreSQL's own tools: \`pg_dump\`, or the backups ` +
        "of whoever runs it for you. Nothing was copied.",
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  protected query(name: ReadName, parameters: Parameter[]): Promise<readonly unknown[]> {
    return this.#ask(SQL[name], parameters);
  }

  protected async change(name: WriteName, parameters: Parameter[]): Promise<readonly Row[]> {
    return await this.#change(
      async (client) => (await client.query<Row>(SQL[name], parameters)).rows,
    );
  }

  protected async writeSends(sends: readonly PreparedSend[]): Promise<SendsReply> {
    return await this.#change((client) => writeSends(client, sends));
  }

  async #close(): Promise<void> {
    this.watch.close();
    await this.#commits.drain();
    await Promise.allSettled(this.#changes);
    await this.#listener.close();
    await this.#connections.close(CLOSE_GRACE_MS);
  }

  async #commit(items: readonly PreparedAppend[]): Promise<readonly Settled<Answer>[]> {
    const { answers, head } = await this.#appender.write(items);
    this.watch.advance(head);
    if (answers.some(({ reply }) => reply.status === "appended")) announce(this.#pool);
    return answers.map((outcome) => ({ outcome }));
  }

  /** Asked once more when the connection was lost: a pool notices a dead one only by using it. */
  async #ask<R extends object>(sql: string, parameters: Parameter[]): Promise<readonly R[]> {
    if (this.#closing !== null) throw this.#closedError();
    try {
      return (await this.#pool.query<R>(sql, parameters)).rows;
    } catch (error) {
      if (!isLostConnection(error) || this.#closing !== null) throw error;
      return (await this.#pool.query<R>(sql, parameters)).rows;
    }
  }

  /** A transaction beside the appends'; closing waits for it. */
  async #change<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const running = this.#tryChange(work);
    this.#changes.add(running);
    return await running.finally(() => this.#changes.delete(running));
  }

  /** Tried again only while nothing can have been written. */
  async #tryChange<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    for (let left = CHANGE_TRIES; ; left--) {
      try {
        return await inTransaction(this.#pool, this.#statementTimeoutMs, work);
      } catch (error) {
        if (isDiskFailure(error)) throw this.#breaker.break(error as Error);
        const isHarmless = isRetryable(error) || isLostConnection(error);
        if (left <= 1 || error instanceof UnansweredCommit || !isHarmless) throw error;
      }
    }
  }

  #assertOpen(): void {
    if (this.#breaker.broken !== null) throw this.#breaker.broken;
    if (this.#closing !== null) throw this.#closedError();
  }

  #closedError(): Error {
    return new Error(`${this.description} is closed.`);
  }
}
