/**
 * Connections to PostgreSQL, each checked before its first use: a failover can put another server
 * with other settings behind the same name. Timeouts are kept on our side, because a server that
 * hangs keeps none, and poolers such as pgbouncer refuse them as start-up parameters.
 */
import { Socket } from "node:net";
import { Client, type ClientConfig, Pool, type PoolClient, types } from "pg";
import { UnsafeStore } from "../store.ts";

const OLDEST_VERSION = 150_000;
const INT8 = 20;

export interface ConnectionOptions {
  readonly url: string;
  /** How long a connection may take. */
  readonly connectTimeoutMs: number;
  /** How long any statement may take before it is given up. */
  readonly statementTimeoutMs: number;
}

/** What has to hold before anything may be acknowledged, asked in one round trip. */
const SETTINGS = `
  SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS number,
    current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS full_page_writes,
    current_setting('data_sync_retry', true) AS data_sync_retry,
    current_setting('data_checksums', true) AS data_checksums,
    current_setting('server_encoding') AS encoding,
    pg_is_in_recovery() AS in_recovery`;

export interface ServerSettings {
  readonly version: string;
  readonly number: number;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly data_sync_retry: string | null;
  readonly data_checksums: string | null;
  readonly encoding: string;
  readonly in_recovery: boolean;
}

/** Throws `UnsafeStore` with the setting that is wrong. */
export function assertSafeServer(settings: ServerSettings): void {
  const refuse = (what: string) => {
    throw new UnsafeStore(`PostgreSQL ${settings.version} cannot hold the ledger: ${what}`);
  };
  if (settings.number < OLDEST_VERSION) refuse("it is older than 15. Upgrade it.");
  if (settings.in_recovery) {
    refuse("it is a standby, which may lag behind. Set the URL of the primary.");
  }
  if (settings.fsync !== "on") {
    refuse("`fsync` is off, so a power cut loses acknowledged opt-outs. Set `fsync = on`.");
  }
  if (settings.full_page_writes !== "on") {
    refuse("`full_page_writes` is off, so a power cut can tear a page. Set it to `on`.");
  }
  if (settings.data_sync_retry === "on") {
    refuse("`data_sync_retry` is on, and a sync that failed must not be retried. Set it to `off`.");
  }
  if (settings.encoding !== "UTF8") {
    refuse(`its encoding is ${settings.encoding}. Create the database with \`ENCODING 'UTF8'\`.`);
  }
}

export async function readSettings(client: Pick<Client, "query">): Promise<ServerSettings> {
  return (await client.query<ServerSettings>(SETTINGS)).rows[0]!;
}

/** Sockets are kept, so that a server which hangs cannot hold up a close. */
export class Connections {
  readonly #config: ClientConfig;
  readonly #sockets = new Set<Socket>();
  readonly #pools: Pool[] = [];

  constructor(options: ConnectionOptions) {
    this.#config = {
      connectionString: options.url,
      connectionTimeoutMillis: options.connectTimeoutMs,
      query_timeout: options.statementTimeoutMs,
      application_name: "heed",
      keepAlive: true,
      types: { getTypeParser: typeParser as typeof types.getTypeParser },
      stream: () => this.#newSocket(),
    };
  }

  /** A pool of checked connections. */
  pool(max: number): Pool {
    const pool = new Pool({
      ...this.#config,
      max,
      idleTimeoutMillis: 60_000,
      verify: (client: PoolClient, done: (error?: Error) => void) => {
        readSettings(client)
          .then(assertSafeServer)
          .then(() => done(), done);
      },
    });
    // An idle connection that the server ended is replaced at the next use.
    pool.on("error", () => {});
    // The pool does not listen while a connection is checked or lent, and an error event that
    // nobody listens to ends the process. Whatever was under way on it rejects anyway.
    pool.on("connect", (client) => client.on("error", () => {}));
    this.#pools.push(pool);
    return pool;
  }

  /** One connection outside the pools, not yet connected. */
  client(): Client {
    const client = new Client(this.#config);
    client.on("error", () => {});
    return client;
  }

  /** Says goodbye to the server, and hangs up on one that does not answer in time. */
  async close(graceMs: number): Promise<void> {
    const ended = Promise.all(this.#pools.map((pool) => pool.end()));
    const hangUp = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await ended;
    clearTimeout(hangUp);
    for (const socket of this.#sockets) socket.destroy();
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Positions and instants are `bigint` and stay far below 2^53; `pg` would give them as text. */
function typeParser(oid: number, format: "text" | "binary" = "text") {
  return oid === INT8 ? Number : types.getTypeParser(oid, format as "text");
}

/** For messages to people: "PostgreSQL 15.18 at db.example:5432/heed", without user or password. */
export function describeServer(url: string, version: string): string {
  let client: Client;
  try {
    client = new Client({ connectionString: url });
  } catch {
    // The error at hand holds the whole URL, and so its password.
    throw new Error(
      "`DATABASE_URL` cannot be read. It looks like `postgres://user:password@host:5432/name`; " +
        "in the password every character but letters and digits has to be percent-encoded (`@` as `%40`).",
    );
  }
  const name = ["PostgreSQL", version.split(" ")[0]].filter(Boolean).join(" ");
  return `${name} at ${client.host}:${client.port}/${client.database ?? ""}`;
}
