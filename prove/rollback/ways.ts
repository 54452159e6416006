// The ways in which an older state of a SQLite ledger comes back: people copy folders, virtual machines
// are reset, and backups are restored.
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Dice } from "../dice.ts";
import { copyFolder, type Site } from "./site.ts";

/** An older state that was kept. */
export interface Older {
  /** Puts it in the place of the present one. The server is stopped. */
  putBack(): Promise<void>;
}

export interface Way {
  readonly name: string;
  /** The newest state is the data folder: it is kept as well, and `heed restore` puts it back. */
  readonly keepsFolder: boolean;
  /** It may be no state at all; then the server refuses to start on it. */
  readonly canBeTorn: boolean;
  /** Keeps the present state while the server is used; it runs before and after. */
  keep(site: Site, folder: string, dice: Dice): Promise<Older>;
  /** Puts the newest state back. The server is stopped. */
  putNewestBack(site: Site, folder: string): Promise<void>;
}

function copyOf(site: Site, folder: string): Older {
  const copy = join(folder, "older");
  copyFolder(site.dataFolder, copy);
  return { putBack: async () => copyFolder(copy, site.dataFolder) };
}

/** The supported way back, which also carries over what people said while everything was locked. */
async function restoreNewest(site: Site, folder: string): Promise<void> {
  await mustRun(site, 0, "restore", join(folder, "newest"));
}

async function mustRun(site: Site, expected: number, ...args: string[]): Promise<void> {
  const { code, said } = await site.command(...args);
  if (code !== expected) throw new Error(`heed ${args[0]} ended with ${code}: ${said}`);
}

const OF_STOPPED: Way = {
  name: "file copy of a stopped server",
  keepsFolder: true,
  canBeTorn: false,
  async keep(site, folder) {
    await site.stop();
    const older = copyOf(site, folder);
    await site.mustStart();
    return older;
  },
  putNewestBack: restoreNewest,
};

const OF_CRASHED: Way = {
  name: "file copy of a crashed server",
  keepsFolder: true,
  canBeTorn: false,
  async keep(site, folder) {
    await site.kill();
    const older = copyOf(site, folder);
    await site.mustStart();
    return older;
  },
  putNewestBack: restoreNewest,
};

const OF_RUNNING: Way = {
  name: "file copy of a running server",
  keepsFolder: true,
  canBeTorn: true,
  // File by file while it writes, in any order: such a copy can be torn.
  async keep(site, folder, dice) {
    const copy = join(folder, "older");
    rmSync(copy, { recursive: true, force: true });
    const names = readdirSync(site.dataFolder).sort(() => dice() - 0.5);
    for (const name of names) {
      cpSync(join(site.dataFolder, name), join(copy, name), { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, dice() * 20));
    }
    return { putBack: async () => copyFolder(copy, site.dataFolder) };
  },
  putNewestBack: restoreNewest,
};

const BACKUP: Way = {
  name: "heed backup, restored over the ledger",
  keepsFolder: true,
  canBeTorn: false,
  async keep(site, folder) {
    const backup = join(folder, "backup");
    rmSync(backup, { recursive: true, force: true });
    await mustRun(site, 0, "backup", backup);
    return { putBack: () => mustRun(site, EXIT_LOCKED, "restore", backup) };
  },
  putNewestBack: restoreNewest,
};

const AFTER_A_DISK_DIED: Way = {
  name: "heed backup, restored after the disk died",
  keepsFolder: true,
  canBeTorn: false,
  async keep(site, folder, dice) {
    const { putBack } = await BACKUP.keep(site, folder, dice);
    return {
      async putBack() {
        for (const name of readdirSync(site.dataFolder)) {
          if (name !== "keys") rmSync(join(site.dataFolder, name), { recursive: true });
        }
        await putBack();
      },
    };
  },
  putNewestBack: restoreNewest,
};

/** See `heed restore --help`: done, and the server will start locked. */
const EXIT_LOCKED = 14;

export const SQLITE_WAYS: readonly Way[] = [
  OF_STOPPED,
  OF_CRASHED,
  OF_RUNNING,
  BACKUP,
  AFTER_A_DISK_DIED,
];
