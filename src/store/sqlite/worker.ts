/**
 * The thread that owns the only connection to a SQLite ledger. A sync blocks this thread and not
 * the server; meanwhile the server collects the next batch. Answers leave after the COMMIT.
 */
import { parentPort, workerData } from "node:worker_threads";
import { copyDatabase } from "./backup.ts";
import { checkpoint, openConnection } from "./connection.ts";
import type { Answered, Asked, Opening, Question, Task } from "./protocol.ts";
import { READS } from "./statements.ts";
import { Writer } from "./writer.ts";

function serve({ file, keying }: Task): void {
  const { database, version, head } = openConnection(file, keying);
  const writer = new Writer(database);
  const reads = new Map(
    Object.entries(READS).map(([name, sql]) => [name, database.prepare(sql)] as const),
  );

  function answer(question: Exclude<Question, { backup: string }>): unknown {
    if ("write" in question) return writer.commit(question.write);
    if ("read" in question) return reads.get(question.read)?.all(...question.parameters);
    try {
      // Closing does it as well, but keeps to itself that it failed.
      checkpoint(database, "TRUNCATE");
    } finally {
      database.close();
    }
    return null;
  }

  function say(answered: Answered): void {
    parentPort?.postMessage(answered);
  }

  parentPort?.on("message", ({ id, question }: Asked) => {
    if ("backup" in question) {
      // The only question that takes its time: others are answered while it is under way.
      copyDatabase(database, question.backup).then(
        () => say({ id, answer: null }),
        ({ message }: Error) => say({ id, error: message }),
      );
      return;
    }
    let reply: Answered;
    try {
      reply = { id, answer: answer(question) };
    } catch (error) {
      reply = { id, error: (error as Error).message };
    }
    say(reply);
    if ("close" in question) parentPort?.close();
    // What it throws ends this thread, and with it the store.
    else writer.writeLogBack();
  });
  const opening: Opening = { opened: { version, head } };
  parentPort?.postMessage(opening);
}

try {
  serve(workerData as Task);
} catch (error) {
  const { name, message } = error as Error;
  const opening: Opening = { failed: { name, message } };
  parentPort?.postMessage(opening);
}
