/** The server's side of the thread that owns the connection: questions out, answers back. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { BrokenStore, StoreInUse, UnsafeStore } from "../store.ts";
import type { Answered, Opening, Question, Task } from "./protocol.ts";

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The thread could not do it, in SQLite's own words. */
export class ThreadError extends Error {
  override readonly name = "ThreadError";
}

export class ConnectionThread {
  readonly version: string;
  /** Position of the last entry when the file was opened. */
  readonly head: number;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #ended: Error | null = null;
  #onDeath: (error: Error) => void = () => {};

  private constructor(worker: Worker, opened: { version: string; head: number }) {
    this.#worker = worker;
    this.version = opened.version;
    this.head = opened.head;
    worker.on("message", (reply: Answered) => this.#settle(reply));
    worker.on("error", (error: Error) => this.#end(error));
    worker.on("exit", () => this.#end(new ThreadError("the database's thread has ended")));
  }

  static async start(task: Task): Promise<ConnectionThread> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: task });
    const [opening] = (await once(worker, "message")) as [Opening];
    if ("opened" in opening) return new ConnectionThread(worker, opening.opened);
    await worker.terminate();
    const { name, message } = opening.failed;
    if (name === "StoreInUse") throw new StoreInUse(message);
    if (name === "UnsafeStore") throw new UnsafeStore(message);
    if (name === "BrokenStore") throw new BrokenStore(message);
    throw new Error(message);
  }

  /** Told once, when the thread ends for whatever reason. */
  onDeath(listener: (error: Error) => void): void {
    this.#onDeath = listener;
  }

  /** Rejects with a `ThreadError` when the database refused or the thread died. */
  ask<Answer>(question: Question): Promise<Answer> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, question });
    });
  }

  /**
   * Writes the log back into the file, closes the connection and ends the thread. Rejects when the
   * log could not be written back; it is kept then, and nothing is lost.
   */
  async close(): Promise<void> {
    if (this.#ended !== null) return;
    const exit = once(this.#worker, "exit");
    try {
      await this.ask<null>({ close: true });
    } finally {
      await exit;
    }
  }

  #settle(reply: Answered): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ("error" in reply) pending?.reject(new ThreadError(reply.error));
    else pending?.resolve(reply.answer as never);
  }

  #end(error: Error): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#onDeath(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
