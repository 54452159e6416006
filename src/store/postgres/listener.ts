/**
 * Hears from the other servers that there are new entries. A hint that spares some waiting: behind
 * a pooler, or on an engine without NOTIFY, nothing comes and polling does the work.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, Pool } from "pg";
import type { Connections } from "./connect.ts";

const CHANNEL = "heed_entries";
const RECONNECT_MS = 1000;

export class Listener {
  readonly #connections: Connections;
  readonly #onNews: () => void;
  readonly #stop = new AbortController();
  #client: Client | null = null;

  constructor(connections: Connections, onNews: () => void) {
    this.#connections = connections;
    this.#onNews = onNews;
    void this.#listen();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // A server that hangs does not answer a goodbye; `Connections.close` hangs up on it.
    void this.#client?.end().catch(() => {});
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const client = this.#connections.client();
      this.#client = client;
      const ended = new Promise((resolve) => client.once("end", resolve));
      client.on("notification", this.#onNews);
      try {
        await client.connect();
        await client.query(`LISTEN ${CHANNEL}`);
        if (!signal.aborted) await ended;
      } catch {
        // Nothing can be heard now; polling goes on, and the next try comes soon.
      }
      await client.end().catch(() => {});
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** Tells the other servers. Sent after the COMMIT, so that nobody waits for it. */
export function announce(pool: Pool): void {
  pool.query(`NOTIFY ${CHANNEL}`).catch(() => {
    // They poll: nothing is lost but a fraction of a second.
  });
}
