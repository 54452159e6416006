// A real PostgreSQL server for tests: fsync on, on 127.0.0.1 only, with a password of its own and a
// data folder of its own, and a kill -9 that takes the whole server down, children included.
// It stops with the process that started it, also when that one is killed.
// LIMIT: on Windows a killed test process leaves the server behind.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { cachedFolder, type OtherUser, reachableTemporaryFolder } from "./cached-folder.ts";
import { freePort } from "./free-port.ts";
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresBinaries,
  serverUser,
} from "./postgres-binaries.ts";
import { childrenOf, isAlive } from "./processes.ts";

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;

export interface PostgresServer {
  /** Of the database `postgres`, as its owner. The same after `restart`. */
  readonly url: string;
  readonly dataFolder: string;
  /** An empty database of its own; resolves with its URL. */
  createDatabase(): Promise<string>;
  /** kill -9 of the server and every process of it, as when the power goes. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after `kill` or while it runs. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Server settings beside the usual ones, such as `{ max_connections: "20" }`. */
  settings?: Record<string, string>;
}

/** What `startPostgres` would start, such as `PostgreSQL 15.18 in /usr/…/bin`; `null`: nothing. */
export async function hasPostgres(): Promise<string | null> {
  const found = await findPostgres();
  return found && `${found.version.replace(/^postgres \((.*?)\)/u, "$1")} in ${found.folder}`;
}

/** Starts an empty server in about a second. Throws, naming what to install, when there is none. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await findPostgres();
  if (binaries === null) throw new Error(NO_POSTGRES);
  const user = serverUser();
  const base = reachableTemporaryFolder(tmpdir(), user);
  const template = await templateFolder(base, binaries, user);

  const home = await mkdtemp(join(base, "heed-postgres-"));
  giveTo(user, home);
  const dataFolder = join(home, "data");
  await cp(join(template, "data"), dataFolder, { recursive: true });
  giveTreeTo(user, dataFolder);
  const password = readFileSync(join(template, "password"), "utf8");
  const port = await freePort();
  await writeFile(join(dataFolder, "postgresql.auto.conf"), settingsFile(port, options.settings));
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const server = new RunningServer(binaries, user, home, url);
  await server.start();
  return server;
}

class RunningServer implements PostgresServer {
  readonly url: string;
  readonly dataFolder: string;
  readonly #binaries: PostgresBinaries;
  readonly #user: OtherUser | null;
  readonly #home: string;
  readonly #watchdog: ChildProcess | null;
  #process: ChildProcess | null = null;

  constructor(binaries: PostgresBinaries, user: OtherUser | null, home: string, url: string) {
    this.#binaries = binaries;
    this.#user = user;
    this.#home = home;
    this.url = url;
    this.dataFolder = join(home, "data");
    this.#watchdog = startWatchdog(home);
  }

  async start(): Promise<void> {
    const logFile = join(this.#home, "server.log");
    const log = openSync(logFile, "a");
    const child = spawn(join(this.#binaries.folder, "postgres"), ["-D", this.dataFolder], {
      // A group of its own, so that Ctrl-C in a terminal leaves the end of it to the watchdog.
      detached: true,
      stdio: ["ignore", log, log],
      ...asUser(this.#user, this.#home),
    });
    closeSync(log);
    child.unref();
    await started(child);
    this.#process = child;
    this.#tellWatchdog(child.pid!);
    const giveUpAt = performance.now() + START_DEADLINE_MS;
    while (!(await answers(this.url))) {
      if (hasEnded(child) || performance.now() > giveUpAt) {
        const said = readFileSync(logFile, "utf8").slice(-3000);
        await this.stop();
        throw new Error(`PostgreSQL did not start. The end of its log:\n${said}`);
      }
      await sleep(25);
    }
  }

  async createDatabase(): Promise<string> {
    const name = `heed_${randomBytes(8).toString("hex")}`;
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name}`);
    } finally {
      await client.end();
    }
    return Object.assign(new URL(this.url), { pathname: `/${name}` }).href;
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null || hasEnded(child)) return;
    // Held still first: a server that sees a child die would begin to clean up, and one that is
    // killed first would let its children run on for a moment.
    process.kill(child.pid!, "SIGSTOP");
    const children = childrenOf(child.pid!);
    for (const pid of [...children, child.pid!]) sendSignal(pid, "SIGKILL");
    await exited(child);
    while (children.some(isAlive)) await sleep(5);
    this.#ended();
  }

  async restart(): Promise<void> {
    await this.#stopProcess();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#stopProcess();
    this.#watchdog?.stdin?.end();
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #stopProcess(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    // "Fast": open connections are ended, what they had committed stays.
    if (!hasEnded(child)) child.kill("SIGINT");
    const stopped = await Promise.race([
      exited(child).then(() => true),
      sleep(STOP_DEADLINE_MS, false, { ref: false }),
    ]);
    if (!stopped) await this.kill();
    this.#ended();
  }

  #ended(): void {
    this.#process = null;
    this.#tellWatchdog(null);
  }

  #tellWatchdog(pid: number | null): void {
    this.#watchdog?.stdin?.write(`${pid ?? ""}\n`);
  }
}

/**
 * The server's end when the test process goes without stopping it. The shell reads the server's
 * process id from a pipe that ends with this process, however that happens.
 */
function startWatchdog(home: string): ChildProcess | null {
  if (process.platform === "win32") return null;
  const script = `
    while read -r line; do pid=$line; done
    if [ -n "$pid" ]; then
      kill -QUIT "$pid"
      while kill -0 "$pid"; do sleep 0.1; done
    fi
    rm -rf "$1"`;
  const watchdog = spawn("/bin/sh", ["-c", script, "heed-postgres-watchdog", home], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
  });
  watchdog.unref();
  // A pipe to a child keeps a process from ending; Node gives its socket an unref for that.
  (watchdog.stdin as unknown as { unref(): void }).unref();
  watchdog.stdin?.on("error", () => {});
  return watchdog;
}

/** A data folder as `initdb` leaves it, made once: copying it is much faster. */
async function templateFolder(
  base: string,
  binaries: PostgresBinaries,
  user: OtherUser | null,
): Promise<string> {
  const name = `template ${binaries.version} ${binaries.folder} ${user?.name ?? ""}`;
  const fileName = name.replace(/[^a-z0-9.]+/giu, "-");
  return await cachedFolder(base, fileName, async (folder) => {
    const work = await mkdtemp(join(base, "heed-initdb-"));
    try {
      giveTo(user, work);
      const password = randomBytes(16).toString("hex");
      writeFileSync(join(work, "password"), password, { mode: 0o600 });
      giveTo(user, join(work, "password"));
      await initialise(binaries, user, work);
      await cp(join(work, "data"), join(folder, "data"), { recursive: true });
      writeFileSync(join(folder, "password"), password, { mode: 0o600 });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function initialise(
  binaries: PostgresBinaries,
  user: OtherUser | null,
  work: string,
): Promise<void> {
  const options =
    "--pgdata data --username postgres --pwfile password --auth scram-sha-256 " +
    "--locale C --encoding UTF8 --data-checksums --no-sync";
  const initdb = spawn(join(binaries.folder, "initdb"), options.split(" "), {
    stdio: ["ignore", "pipe", "pipe"],
    ...asUser(user, work),
  });
  let said = "";
  initdb.stdout.on("data", (chunk) => {
    said += chunk;
  });
  initdb.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await started(initdb);
  await exited(initdb);
  if (initdb.exitCode !== 0) throw new Error(`PostgreSQL's initdb failed:\n${said.trim()}`);
}

function settingsFile(port: number, extra: Record<string, string> = {}): string {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    max_connections: "100",
    shared_buffers: "32MB",
    log_timezone: "UTC",
    timezone: "UTC",
    ...extra,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`)
    .join("");
}

/** The folder is one the user can enter; where the tests run may not be. */
function asUser(user: OtherUser | null, folder: string) {
  const { PATH = "", SystemRoot = "" } = process.env;
  const environment = { PATH, SystemRoot, HOME: folder, LC_ALL: "C", TZ: "UTC" };
  return { cwd: folder, env: environment, ...(user && { uid: user.uid, gid: user.gid }) };
}

function giveTo(user: OtherUser | null, path: string): void {
  if (user) chownSync(path, user.uid, user.gid);
}

function giveTreeTo(user: OtherUser | null, folder: string): void {
  if (!user) return;
  giveTo(user, folder);
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    giveTo(user, join(item.parentPath, item.name));
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Rejects in words when the program could not be run at all. */
async function started(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) return;
  const [error] = await once(child, "error");
  throw new Error(`PostgreSQL could not be run: ${(error as Error).message}`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function exited(child: ChildProcess): Promise<void> {
  // A process that waits for its server's end must not itself end meanwhile.
  child.ref();
  if (!hasEnded(child)) await once(child, "exit");
  child.unref();
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
