/**
 * One durable transaction. It has a success, an error that says that nothing was written, or an
 * `UncertainOutcome`; it never takes one for another. Three traps are closed here: a role or a
 * database that switches `synchronous_commit` off, a COMMIT that answers ROLLBACK, and a COMMIT
 * that succeeds with the warning "might not have been replicated".
 */
import type { Pool, PoolClient } from "pg";
import { UncertainOutcome } from "../store.ts";
import { isAnswer } from "./failures.ts";

/** The connection was lost while a COMMIT was on its way: only a look at the keys can tell. */
export class UnansweredCommit extends UncertainOutcome {}

/**
 * READ COMMITTED, because a snapshot taken before the wait for a lock would not show what the
 * lock's last owner wrote. The time-outs free the locks when this process is stopped or gone.
 */
function begin(statementTimeoutMs: number): string {
  // A little less than our own patience, so that the server is the one that says so.
  const timeoutMs = Math.ceil(statementTimeoutMs * 0.9);
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL synchronous_commit = on;
    SET LOCAL client_min_messages = warning;
    SET LOCAL statement_timeout = ${timeoutMs};
    SET LOCAL lock_timeout = ${timeoutMs};
    SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}`;
}

export async function inTransaction<T>(
  pool: Pool,
  statementTimeoutMs: number,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // An error event without a listener would end the process; the query at hand rejects anyway.
  const ignore = () => {};
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    await client.query(begin(statementTimeoutMs));
    const result = await work(client);
    await commit(client);
    return result;
  } catch (error) {
    broken = error as Error;
    if (isAnswer(error)) {
      // An open transaction ends with its connection if it cannot be ended politely.
      broken = await client.query("ROLLBACK").then(
        () => undefined,
        (failure: Error) => failure,
      );
    }
    throw error;
  } finally {
    client.off("error", ignore);
    // A connection on which something is still under way is closed and not used again.
    client.release(broken);
  }
}

async function commit(client: PoolClient): Promise<void> {
  const warnings: string[] = [];
  let command: string;
  const hear = ({ message }: { message?: string | undefined }) => warnings.push(message ?? "");
  client.on("notice", hear);
  try {
    command = (await client.query("COMMIT")).command;
  } catch (error) {
    if (isAnswer(error)) throw error;
    throw new UnansweredCommit(
      `PostgreSQL did not answer a COMMIT (${(error as Error).message}). It may have been ` +
        "written or not: try again with the same key.",
      { cause: error },
    );
  } finally {
    client.off("notice", hear);
  }
  // COMMIT of a failed transaction is no error: it answers ROLLBACK.
  if (command !== "COMMIT") throw new Error("PostgreSQL rolled the transaction back");
  // Nothing else speaks up at a COMMIT: with `client_min_messages = warning` this is the standby.
  if (warnings.length > 0) {
    throw new UncertainOutcome(
      `PostgreSQL committed, but warned: ${warnings.join("; ")}. The standby may not have it: ` +
        "make sure that it is connected, then try again with the same key.",
    );
  }
}
