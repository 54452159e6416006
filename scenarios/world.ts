/**
 * A whole Heed for a row, or for many people who share nothing: real SQLite in a folder of its own, real packs and lexicons, the real
 * HTTP server with its keys and limits. Only the clock is handed in, because the rows happen between
 * 2021 and 2037, each event when it was received.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeApiKey } from "../src/app/api-keys.ts";
import type { Deps } from "../src/app/deps.ts";
import type { Log } from "../src/app/ports.ts";
import type { ApiServer } from "../src/http/api.ts";
import { buildServer } from "../src/http/server.ts";
import { type Heed, startHeed } from "../src/runtime/start.ts";

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the answers of the API, looked into member by member
  readonly body: any;
}

export class World {
  readonly #heed: Heed;
  readonly #server: ApiServer;
  readonly #key: string;
  readonly #folder: string;
  readonly #time: { now: number };
  #url: Promise<string> | null = null;

  private constructor(
    heed: Heed,
    server: ApiServer,
    key: string,
    folder: string,
    time: { now: number },
  ) {
    this.#heed = heed;
    this.#server = server;
    this.#key = key;
    this.#folder = folder;
    this.#time = time;
  }

  static async open(now: number): Promise<World> {
    const folder = mkdtempSync(path.join(tmpdir(), "heed-scenario-"));
    const time = { now };
    const heed = await startHeed(
      {
        dataFolder: path.join(folder, "data"),
        anchorFile: path.join(folder, "anchor"),
        databaseUrl: null,
        host: "127.0.0.1",
        port: 0,
        publicUrl: "https://heed.example",
        defaultRegion: null,
        logLevel: "silent",
        mode: "development",
      },
      {
        env: {},
        log: SILENT,
        onBroken: (error) => {
          throw error;
        },
        clock: { now: () => time.now, monotonic: () => performance.now() },
      },
    );
    const made = makeApiKey(heed.deps, { name: "scenarios", scopes: ["admin"] });
    const server = await buildServer(heed.deps, {
      env: {},
      mode: "production",
      localKeys: new Map([[made.apiKey.id, made.apiKey]]),
      scrubFolder: path.join(folder, "scrubs"),
      limits: { maxEventLoopDelayMs: 0 },
    });
    return new World(heed, server, made.key, folder, time);
  }

  /** Where it listens, from the first time on: a free port of the loopback interface. */
  async url(): Promise<string> {
    this.#url ??= this.#server.listen({ host: "127.0.0.1", port: 0 });
    return this.#url;
  }

  /** An API key that may do everything. */
  get key(): string {
    return this.#key;
  }

  /** For what only a look at the packs can tell: which registries there are. */
  get packs(): Deps["packs"] {
    return this.#heed.deps.packs;
  }

  get now(): number {
    return this.#time.now;
  }

  /** Moves the clock. It never goes back: events are entered in the order of their arrival. */
  moveTo(now: number): void {
    this.#time.now = Math.max(this.#time.now, now);
  }

  async call(
    method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE",
    url: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const isText = typeof body === "string";
    const reply = await this.#server.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": isText ? "text/csv" : "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
    });
    const isJson = String(reply.headers["content-type"] ?? "").includes("json");
    return { status: reply.statusCode, body: isJson ? reply.json() : reply.body };
  }

  /** As `call`, and what is refused ends the row with the reason that was given. */
  async must(...asked: Parameters<World["call"]>): Promise<Reply> {
    const reply = await this.call(...asked);
    if (reply.status < 300) return reply;
    throw new Error(`${asked[0]} ${asked[1]}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#heed.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
