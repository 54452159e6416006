// Folders that are slow to make (a database template, an unpacked browser), made once per user and
// kept in the system's temporary folder. A folder appears whole or not at all, and one from which
// a cleaner of temporary files has taken something is made again.
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Who works with a folder when it is not the user who runs the tests. */
export interface OtherUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The path of the folder `name`, made by `build` when it is not there yet. `build` gets an empty
 * folder to fill; it must not remember its path, because the folder is renamed afterwards.
 * `base` is the temporary folder to keep it in.
 */
export async function cachedFolder(
  base: string,
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const home = ownFolder(base);
  const kept = join(home, name);
  if (isWhole(kept)) return join(kept, "contents");

  const staging = join(home, `making-${randomUUID()}`);
  try {
    makeOpenFolder(staging);
    makeOpenFolder(join(staging, "contents"));
    await build(join(staging, "contents"));
    writeFileSync(join(staging, "census"), census(join(staging, "contents")));
    // A whole one may have appeared meanwhile, from a test file that runs beside this one. Only
    // one that is not whole may be taken away: others are using the whole one already.
    if (!isWhole(kept)) {
      await rm(kept, { recursive: true, force: true });
      await rename(staging, kept).catch((error: unknown) => {
        if (!isWhole(kept)) throw error;
      });
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return join(kept, "contents");
}

/**
 * The first temporary folder that `user` can reach (`null`: whoever runs this). A folder under
 * somebody's closed home is of no use to a server that must run as another user.
 */
export function reachableTemporaryFolder(system: string, user: OtherUser | null): string {
  const candidates = [system, "/tmp", "/var/tmp"];
  const found = candidates.find((folder) => canReach(folder, user));
  if (found !== undefined) return found;
  throw new Error(
    `No temporary folder can be read by the user \`${user?.name}\` (tried ${candidates.join(", ")}). ` +
      "Set TMPDIR to a folder that everybody can enter.",
  );
}

/** Whether `user` may enter the folder and every folder above it. */
export function canReach(folder: string, user: OtherUser | null): boolean {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { mode, uid, gid } = statSync(path);
      const bit = user === null ? 0 : user.uid === uid ? 0o100 : user.gid === gid ? 0o010 : 0o001;
      if ((mode & bit) !== bit) return false;
    } catch {
      return false;
    }
    if (path === dirname(path)) return true;
  }
}

function ownFolder(base: string): string {
  const uid = process.getuid?.() ?? 0;
  const folder = join(base, `heed-tests-${uid}`);
  makeOpenFolder(folder);
  // The temporary folder belongs to everybody: what runs from here must be what this user put here.
  const { uid: owner } = lstatSync(folder);
  if (process.getuid !== undefined && owner !== uid) {
    throw new Error(
      `\`${folder}\` belongs to another user. Remove it, or set TMPDIR to a folder of your own.`,
    );
  }
  return folder;
}

/** Others may enter, whatever the umask says: a database server may have to. */
function makeOpenFolder(folder: string): void {
  try {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function isWhole(kept: string): boolean {
  try {
    return readFileSync(join(kept, "census"), "utf8") === census(join(kept, "contents"));
  } catch {
    return false;
  }
}

/** How many files there are and how long they are together: enough to notice a missing one. */
function census(folder: string): string {
  let files = 0;
  let bytes = 0;
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    files += 1;
    bytes += lstatSync(join(item.parentPath, item.name)).size;
  }
  return `${files} files, ${bytes} bytes`;
}
