/**
 * The embedded store: one SQLite file, one connection in a thread of its own, one process. Every
 * write, also of a setting or a cursor, goes through the same group commit.
 * LIMIT: durable on disks that honour a flush, and only on a local file system.
 */
import { resolve } from "node:path";
import type { Entry } from "../../domain/entry.ts";
import type { Instant, Position } from "../../domain/words.ts";
import { Breaker, type OnBroken } from "../breaker.ts";
import {
  DEFAULT_GROUP_LIMITS,
  GroupCommit,
  type GroupLimits,
  type Settled,
} from "../group-commit.ts";
import { HeadWatch } from "../head-watch.ts";
import { plainText, prepareAppend, wholeNumber } from "../prepare.ts";
import {
  consecutiveEntries,
  type DeliveryRow,
  deliveryColumns,
  deliveryOf,
  type EntryRow,
  entryOf,
  leaseColumns,
  type SettingRow,
  settingColumns,
  settingKey,
  settingOf,
} from "../rows.ts";
import type {
  AppendOutcome,
  AppendRequest,
  Delivery,
  Setting,
  SettingKind,
  Store,
} from "../store.ts";
import { ConnectionThread } from "./connection-thread.ts";
import type { AppendReply, Parameter, Row, WriteOp, WriteReply } from "./protocol.ts";
import type { ReadName, WriteName } from "./statements.ts";

export interface SqliteOptions {
  /** Path of the ledger's file. It is created when missing; its folder must exist. */
  readonly file: string;
  /** Called once, when the store breaks. The process should end soon after. */
  readonly onBroken?: OnBroken;
  readonly limits?: Partial<GroupLimits>;
}

/**
 * Rejects with `StoreInUse` when another process (or another connection of this one) has the file,
 * with `UnsafeStore` when SQLite or the file cannot be relied on.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const file = resolve(options.file);
  const thread = await ConnectionThread.start(file);
  return new SqliteStore(file, thread, options);
}

class SqliteStore implements Store {
  readonly description: string;
  readonly #thread: ConnectionThread;
  readonly #breaker: Breaker;
  readonly #watch: HeadWatch;
  readonly #commits: GroupCommit<WriteOp, WriteReply>;
  #closing: Promise<void> | null = null;

  constructor(file: string, thread: ConnectionThread, options: SqliteOptions) {
    this.description = `SQLite ${thread.version} at ${file}`;
    this.#thread = thread;
    this.#breaker = new Breaker(this.description, options.onBroken);
    // Nobody else writes to the file, so nobody has to be asked.
    this.#watch = new HeadWatch(thread.head, null);
    const limits = { ...DEFAULT_GROUP_LIMITS, ...options.limits };
    this.#commits = new GroupCommit((ops) => this.#commit(ops), limits);
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    const append = prepareAppend(request);
    const bytes = append.drafts.reduce((sum, { record }) => sum + record.length, 0);
    const reply = await this.#submit({ append }, { drafts: append.drafts.length, bytes });
    if (!("append" in reply)) throw new Error("an append was answered as another write");
    return outcomeOf(reply.append, request);
  }

  async head(): Promise<Position> {
    return this.#watch.known;
  }

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return consecutiveEntries(await this.#read<EntryRow>("entries", ...window), after);
  }

  async history(token: string): Promise<readonly Entry[]> {
    return (await this.#read<EntryRow>("history", plainText(token, "a token"))).map(entryOf);
  }

  waitForEntries(after: Position, timeoutMs: number): Promise<boolean> {
    return this.#watch.wait(after, timeoutMs);
  }

  async settings(kind: SettingKind): Promise<readonly Setting[]> {
    return (await this.#read<SettingRow>("settings", kind)).map(settingOf);
  }

  async setting(kind: SettingKind, id: string): Promise<Setting | null> {
    const [row] = await this.#read<SettingRow>("setting", ...settingKey(kind, id));
    return row === undefined ? null : settingOf(row);
  }

  async putSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<void> {
    await this.#write("putSetting", ...settingColumns(kind, id, value, now));
  }

  async addSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<boolean> {
    const rows = await this.#write("addSetting", ...settingColumns(kind, id, value, now));
    return rows.length > 0;
  }

  async deleteSetting(kind: SettingKind, id: string): Promise<boolean> {
    return (await this.#write("deleteSetting", ...settingKey(kind, id))).length > 0;
  }

  async claimCursor(
    name: string,
    holder: string,
    leaseMs: number,
    now: Instant,
  ): Promise<Position | null> {
    const rows = await this.#write("claimCursor", ...leaseColumns(name, holder, leaseMs, now));
    const position = rows[0]?.position;
    return typeof position === "number" ? position : null;
  }

  async advanceCursor(
    name: string,
    holder: string,
    position: Position,
    leaseMs: number,
    now: Instant,
  ): Promise<boolean> {
    const [, , leaseUntil] = leaseColumns(name, holder, leaseMs, now);
    const target = wholeNumber(position, "`position`");
    const rows = await this.#write("advanceCursor", name, holder, leaseUntil!, target);
    return rows.length > 0;
  }

  async releaseCursor(name: string, holder: string): Promise<void> {
    await this.#write("releaseCursor", name, holder);
  }

  async cursors(): Promise<readonly { name: string; position: Position; leaseUntil: Instant }[]> {
    type CursorRow = { name: string; position: number; lease_until: number };
    const rows = await this.#read<CursorRow>("cursors");
    return rows.map((row) => ({
      name: row.name,
      position: row.position,
      leaseUntil: row.lease_until,
    }));
  }

  async putDelivery(delivery: Delivery): Promise<void> {
    await this.#write("putDelivery", ...deliveryColumns(delivery));
  }

  async deleteDelivery(destination: string, position: Position): Promise<void> {
    await this.#write("deleteDelivery", destination, wholeNumber(position, "`position`"));
  }

  async deliveries(destination: string, state: Delivery["state"]): Promise<readonly Delivery[]> {
    return (await this.#read<DeliveryRow>("deliveries", destination, state)).map(deliveryOf);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watch.close();
    await this.#commits.drain();
    await this.#thread.close();
  }

  #read<R>(read: ReadName, ...parameters: Parameter[]): Promise<readonly R[]> {
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    return this.#thread.ask<readonly R[]>({ read, parameters });
  }

  async #write(statement: WriteName, ...parameters: Parameter[]): Promise<readonly Row[]> {
    const bytes = parameters.reduce<number>((sum, value) => sum + String(value).length, 0);
    const reply = await this.#submit({ statement, parameters }, { drafts: 1, bytes });
    return "rows" in reply ? reply.rows : [];
  }

  #submit(op: WriteOp, weight: { drafts: number; bytes: number }): Promise<WriteReply> {
    if (this.#breaker.broken !== null) return Promise.reject(this.#breaker.broken);
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    return this.#commits.submit(op, weight);
  }

  async #commit(ops: readonly WriteOp[]): Promise<readonly Settled<WriteReply>[]> {
    if (this.#breaker.broken !== null) throw this.#breaker.broken;
    let replies: readonly WriteReply[];
    try {
      replies = await this.#thread.ask<readonly WriteReply[]>({ write: ops });
    } catch (error) {
      throw this.#breaker.break(error as Error);
    }
    return replies.map((reply) => {
      if ("refused" in reply) return { error: new RangeError(reply.refused) };
      if ("append" in reply && reply.append.status === "appended") {
        this.#watch.advance(reply.append.first + reply.append.leafHashes.length - 1);
      }
      return { outcome: reply };
    });
  }

  #closedError(): Error {
    return new Error(`${this.description} is closed.`);
  }
}

function outcomeOf(reply: AppendReply, request: AppendRequest): AppendOutcome {
  if (reply.status === "conflict") return { status: "conflict" };
  if (reply.status === "replayed") {
    const first = reply.rows[0]?.position ?? 1;
    return { status: "replayed", entries: consecutiveEntries(reply.rows, first - 1) };
  }
  const entries = request.drafts.map((draft, index) => ({
    position: reply.first + index,
    recordedAt: draft.recordedAt,
    leafHash: reply.leafHashes[index]!,
    token: draft.token,
    act: draft.act,
  }));
  return { status: "appended", entries };
}
