/** What the store and the thread that owns its connection say to each other. */
import type { Growth } from "../commit.ts";
import type { MessageKeying } from "../message-keying.ts";
import type { PreparedAppend } from "../prepare.ts";
import type { AppendReply } from "../rows.ts";
import type { PreparedSend, SendsReply } from "../send-rows.ts";
import type { Parameter, ReadName, Row, WriteName } from "../sql-store.ts";

/** What the thread starts with. */
export interface Task {
  readonly file: string;
  /** See `SqliteOptions.keying`. */
  readonly keying: MessageKeying | null;
}

/** One write. Several of them share a transaction and its sync. */
export type WriteOp =
  | { readonly append: PreparedAppend }
  | { readonly sends: readonly PreparedSend[] }
  | { readonly statement: WriteName; readonly parameters: readonly Parameter[] };

/** `refused`: this one was at fault and was not written, the others of its batch were. */
export type WriteReply =
  | { readonly append: AppendReply }
  | { readonly sends: SendsReply }
  | { readonly rows: readonly Row[] }
  | { readonly refused: string };

/** One transaction: what it made of the tree, and an answer for each of its writes, in order. */
export interface WrittenBatch {
  readonly growth: Growth;
  readonly replies: readonly WriteReply[];
}

export type Question =
  | { readonly write: readonly WriteOp[] }
  | { readonly read: ReadName; readonly parameters: readonly Parameter[] }
  | { readonly backup: string }
  | { readonly close: true };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** The first thing the thread says: whether it could open the file. */
export type Opening =
  | { readonly opened: { readonly version: string; readonly head: number } }
  | { readonly failed: { readonly name: string; readonly message: string } };

export type Answered =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };
