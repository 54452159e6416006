/**
 * The folder with the installation's keys: `keys` in the data folder, beside the database and never
 * in it. Files in it are whole and on disk, or not there at all: half a key would lock everybody
 * out, and one that a power cut takes back cannot be made again.
 */
import { randomUUID } from "node:crypto";
import { chmod, link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { ConfigProblem } from "./config.ts";
import { makeDurableFolder, syncFolder } from "./sync-folder.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What is published anyway, and may be read by whom it likes. */
const PUBLIC = /^(retired-vkeys|handover-.*\.json)$/u;

export class KeyFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async open(dataFolder: string): Promise<KeyFolder> {
    const folder = path.join(dataFolder, "keys");
    await makeDurableFolder(folder);
    await chmod(folder, 0o700);
    return new KeyFolder(folder);
  }

  /** To read from: makes nothing, and there may be no such folder. */
  static at(dataFolder: string): KeyFolder {
    return new KeyFolder(path.join(dataFolder, "keys"));
  }

  fileOf(name: string): string {
    return path.join(this.path, name);
  }

  /** The text of a file, `null` when there is none. Refuses a secret that others can read. */
  async read(name: string): Promise<string | null> {
    try {
      const text = await readFile(this.fileOf(name), "utf8");
      if (await this.isOpen(name)) throw openPermissions(this.fileOf(name));
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  /** The lines of a file that are not empty; none when there is no file. */
  async lines(name: string): Promise<readonly string[]> {
    const text = (await this.read(name)) ?? "";
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }

  /** The first of two writers wins; what is there is left as it is. */
  async writeOnce(name: string, text: string): Promise<void> {
    const temporary = await this.#writeAside(name, text);
    try {
      await link(temporary, this.fileOf(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(this.path);
  }

  /** What was there before is there until the new text is. */
  async replace(name: string, text: string): Promise<void> {
    await rename(await this.#writeAside(name, text), this.fileOf(name));
    await syncFolder(this.path);
  }

  async move(from: string, to: string): Promise<void> {
    await rename(this.fileOf(from), this.fileOf(to));
    await syncFolder(this.path);
  }

  async remove(name: string): Promise<void> {
    await rm(this.fileOf(name), { force: true });
    await syncFolder(this.path);
  }

  async names(): Promise<readonly string[]> {
    return (await readdir(this.path)).sort();
  }

  /** Whether others than the owner can read a secret, or the folder itself for `.`. */
  async isOpen(name: string): Promise<boolean> {
    if (process.platform === "win32" || PUBLIC.test(name)) return false;
    return ((await stat(this.fileOf(name))).mode & 0o077) !== 0;
  }

  async #writeAside(name: string, text: string): Promise<string> {
    const temporary = this.fileOf(`${name}.${randomUUID()}.tmp`);
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return temporary;
  }
}

function openPermissions(file: string): ConfigProblem {
  return new ConfigProblem(`${file} can be read by others; run \`chmod 600 ${file}\``);
}

/** The values of a variable that holds several, the present one first; `null` when it is not set. */
export function given(env: Env, variable: string): readonly string[] | null {
  const text = env[variable] ?? "";
  return text.trim() === "" ? null : text.split(/ *, */);
}
