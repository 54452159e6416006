/**
 * Carries a batch through everything that can happen to a connection: what was refused is tried
 * again with the same keys, and after a COMMIT without an answer the keys are looked up by doing
 * just that. A batch that was there already shows the leaf hashes of our own attempt.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Position } from "../../domain/words.ts";
import type { Breaker } from "../breaker.ts";
import { GrownTree } from "../commit.ts";
import type { PreparedAppend } from "../prepare.ts";
import { type AppendReply, hexOf } from "../rows.ts";
import { UncertainOutcome } from "../store.ts";
import { isDiskFailure, isLostConnection, isRetryable, messageOf } from "./failures.ts";
import { inTransaction, UnansweredCommit } from "./transaction.ts";
import { type BatchReply, writeBatch } from "./write-batch.ts";

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

export interface AppenderOptions {
  readonly statementTimeoutMs: number;
  /** How long a batch is tried again before its callers are told. */
  readonly retryForMs: number;
}

/** The answer to one append, and the tree that its commit made. */
export interface Answer {
  readonly reply: AppendReply;
  readonly grown: GrownTree;
}

export interface Written {
  readonly answers: readonly Answer[];
  /** Position of the last entry. */
  readonly head: Position;
}

export class Appender {
  readonly #pool: Pool;
  readonly #breaker: Breaker;
  readonly #options: AppenderOptions;

  constructor(pool: Pool, breaker: Breaker, options: AppenderOptions) {
    this.#pool = pool;
    this.#breaker = breaker;
    this.#options = options;
  }

  /**
   * Rejects with `BrokenStore` after a failure of the server's disk, with `UncertainOutcome` when
   * nobody can tell, and with another error when nothing was written.
   */
  async write(items: readonly PreparedAppend[]): Promise<Written> {
    const giveUpAt = performance.now() + this.#options.retryForMs;
    const unanswered: BatchReply[] = [];
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#breaker.broken !== null) throw this.#breaker.broken;
      try {
        const batch = await this.#attempt(items, unanswered);
        return { head: batch.head, answers: answersOf(batch, unanswered) };
      } catch (error) {
        if (isDiskFailure(error)) throw this.#breaker.break(error as Error);
        if (!isWorthRetrying(error) || performance.now() > giveUpAt) {
          throw explain(error as Error, unanswered.length > 0);
        }
      }
      await sleep(pauseMs);
    }
  }

  async #attempt(items: readonly PreparedAppend[], unanswered: BatchReply[]): Promise<BatchReply> {
    let written: BatchReply | null = null;
    try {
      return await inTransaction(this.#pool, this.#options.statementTimeoutMs, async (client) => {
        written = await writeBatch(client, items);
        return written;
      });
    } catch (error) {
      if (error instanceof UnansweredCommit && written !== null) unanswered.push(written);
      throw error;
    }
  }
}

function isWorthRetrying(error: unknown): boolean {
  if (error instanceof UnansweredCommit) return true;
  // The standby did not confirm: somebody cancelled the wait, and asking again would wait again.
  if (error instanceof UncertainOutcome) return false;
  return isRetryable(error) || isLostConnection(error);
}

/** A replay of what an unanswered COMMIT of ours wrote is our own append, late. */
function answersOf(batch: BatchReply, unanswered: readonly BatchReply[]): readonly Answer[] {
  const [grown, ...earlier] = [batch, ...unanswered].map(
    ({ growth, replies }) => new GrownTree(growth, replies),
  );
  return batch.replies.map((reply, at) => {
    const late = unanswered.findIndex(({ replies }) => isSame(replies[at], reply));
    if (late < 0) return { reply, grown: grown! };
    return { reply: unanswered[late]!.replies[at]!, grown: earlier[late]! };
  });
}

/** Each attempt's leaves hold 32 random bytes of salt and their positions: equal means the same. */
function isSame(own: AppendReply | undefined, found: AppendReply): boolean {
  if (own?.status !== "appended" || found.status !== "replayed") return false;
  return (
    own.leafHashes.length === found.rows.length &&
    own.leafHashes.every((hash, index) => hash === hexOf(found.rows[index]!.leaf_hash))
  );
}

function explain(error: Error, isUncertain: boolean): Error {
  if (error instanceof UncertainOutcome) return error;
  const why = messageOf(error);
  if (isUncertain) {
    return new UncertainOutcome(
      `PostgreSQL did not answer a COMMIT and cannot be asked (${why}). It may have been ` +
        "written or not: try again with the same key.",
      { cause: error },
    );
  }
  return new Error(`PostgreSQL took nothing (${why}). Nothing was written: try again.`, {
    cause: error,
  });
}
