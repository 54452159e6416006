// The ways in which an older state of a PostgreSQL ledger comes back: a dump is restored, or the database
// becomes what a snapshot of it was. Where `pg_dump` is missing, only snapshots are taken.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { findPostgres } from "../../test/support/postgres-binaries.ts";
import type { Site } from "./site.ts";
import type { Older, Way } from "./ways.ts";

/** One database that servers use by its name, whatever is behind that name at the moment. */
export class Database {
  readonly url: string;
  readonly #adminUrl: string;
  readonly #name: string;
  #kept = 0;

  constructor(adminUrl: string, url: string) {
    this.#adminUrl = adminUrl;
    this.url = url;
    this.#name = new URL(url).pathname.slice(1);
  }

  /** The name of a new database beside it. */
  newName(): string {
    this.#kept += 1;
    return `${this.#name}_${this.#kept}`;
  }

  urlOf(name: string): string {
    return Object.assign(new URL(this.url), { pathname: `/${name}` }).href;
  }

  /** Also while servers are connected; they are cut off, as in a failover. */
  async run(...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: this.#adminUrl });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** A copy as of now. PostgreSQL makes none of a database that somebody is connected to. */
  async snapshot(): Promise<string> {
    const name = this.newName();
    await this.run(
      this.#closed(this.#name),
      `CREATE DATABASE ${name} TEMPLATE ${this.#name}`,
      opened(this.#name),
    );
    return name;
  }

  /** Puts another database in its place; resolves with the name of the one that was there. */
  async becomes(other: string): Promise<string> {
    const aside = this.newName();
    await this.run(
      this.#closed(this.#name),
      `ALTER DATABASE ${this.#name} RENAME TO ${aside}`,
      `ALTER DATABASE ${other} RENAME TO ${this.#name}`,
      opened(this.#name),
      opened(aside),
    );
    return aside;
  }

  #closed(name: string): string {
    return (
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false; ` +
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`
    );
  }
}

function opened(name: string): string {
  return `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`;
}

/** Every way that this machine can go. */
export async function postgresWays(database: Database): Promise<readonly Way[]> {
  const dump = await toolPath("pg_dump");
  const restore = await toolPath("pg_restore");
  return [
    snapshotWay(database),
    ...(dump === null || restore === null ? [] : [dumpWay(database, dump, restore)]),
  ];
}

/** Puts the older one in place, and remembers the newest for `putNewestBack`. */
function swapping(database: Database, newest: Map<Site, string>, site: Site, older: string): Older {
  return {
    putBack: async () => {
      newest.set(site, await database.becomes(older));
    },
  };
}

function snapshotWay(database: Database): Way {
  const newest = new Map<Site, string>();
  return {
    name: "snapshot of a PostgreSQL database",
    keepsFolder: false,
    canBeTorn: false,
    async keep(site) {
      return swapping(database, newest, site, await database.snapshot());
    },
    putNewestBack: (site) => swapBack(database, newest, site),
  };
}

function dumpWay(database: Database, dump: string, restore: string): Way {
  const newest = new Map<Site, string>();
  return {
    name: "pg_dump of a running PostgreSQL, and pg_restore",
    keepsFolder: false,
    canBeTorn: false,
    async keep(site, folder) {
      const file = join(folder, "older.dump");
      mustRun(dump, ["--format=custom", `--file=${file}`, database.url]);
      const name = database.newName();
      await database.run(`CREATE DATABASE ${name}`);
      mustRun(restore, ["--exit-on-error", `--dbname=${database.urlOf(name)}`, file]);
      return swapping(database, newest, site, name);
    },
    putNewestBack: (site) => swapBack(database, newest, site),
  };
}

async function swapBack(database: Database, newest: Map<Site, string>, site: Site): Promise<void> {
  const name = newest.get(site);
  if (name === undefined) throw new Error("there is no newest state");
  const old = await database.becomes(name);
  await database.run(`DROP DATABASE ${old}`);
}

function mustRun(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}

/** Of the same version as the server, because a dump of a newer one is refused. */
async function toolPath(name: string): Promise<string | null> {
  const found = await findPostgres();
  const file = found === null ? null : join(found.folder, name);
  return file !== null && existsSync(file) ? file : null;
}
