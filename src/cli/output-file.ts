/**
 * Files that a command writes. They are tried before any work is done, and a file has its own name
 * only once it is complete. Devices and pipes are written to as they are, never replaced.
 */
import type { WriteStream } from "node:fs";
import { access, constants, open, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { CliFailure, EXIT } from "./failure.ts";

export interface OutputFile {
  write(source: Iterable<string> | AsyncIterable<Uint8Array | string>): Promise<void>;
  /** Gives the complete file its name. */
  keep(): Promise<void>;
  /** Leaves nothing behind. Does nothing after `keep`. */
  discard(): Promise<void>;
}

export interface OutputOptions {
  /** Permissions of a new file; default: what the user's umask leaves. */
  readonly mode?: number;
  /** Whether a file that is there may be replaced. */
  readonly replace: boolean;
}

/** Fails in words when the file cannot be written. */
export async function openOutput(file: string, options: OutputOptions): Promise<OutputFile> {
  return await explained(file, async () => {
    const target = await realPlace(file);
    const about = await stat(target).catch(() => null);
    if (about?.isDirectory()) throw new CliFailure(`\`${file}\` is a folder; name a file in it`);
    const isDevice = about !== null && !about.isFile();
    if (about !== null && !isDevice) {
      if (!options.replace) throw new CliFailure(`there is a file \`${file}\` already`);
      await access(target, constants.W_OK);
    }
    const written = isDevice ? target : `${target}.partial`;
    const handle = await open(written, "w", options.mode ?? 0o666);
    return outputOf(file, handle.createWriteStream(), async (isKept) => {
      if (isDevice) return;
      await (isKept ? rename(written, target) : rm(written, { force: true }));
    });
  });
}

function outputOf(
  file: string,
  stream: WriteStream,
  settle: (isKept: boolean) => Promise<void>,
): OutputFile {
  let isSettled = false;
  // What goes wrong is told to whoever writes or closes; without a listener it would end the process.
  stream.on("error", () => undefined);
  return {
    write: (source) => explained(file, () => pipeline(source, stream)),
    keep: () =>
      explained(file, async () => {
        await closed(stream);
        await settle(true);
        isSettled = true;
      }),
    async discard() {
      if (isSettled) return;
      stream.destroy();
      await settle(false);
    },
  };
}

function closed(stream: WriteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.closed) resolve();
    else stream.once("error", reject).end(() => resolve());
  });
}

/** Behind symbolic links, also when the file is not there yet. */
async function realPlace(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return path.join(await realpath(path.dirname(file)), path.basename(file));
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "there is no such folder",
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
};

/** Does the work; a failure of the disk is told in words, with the name of the file. */
export async function explained<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof CliFailure || code === undefined || syscall === undefined) throw error;
    throw new CliFailure(`\`${file}\` cannot be written: ${WHY[code] ?? code}`);
  }
}

/** Two names of one file, also by way of links, would destroy what is read. */
export async function refuseSameFile(
  files: readonly (string | undefined)[],
  message: string,
): Promise<void> {
  const named = files.filter((file): file is string => file !== undefined && file !== "-");
  const places = await Promise.all(named.map(identityOf));
  if (new Set(places).size !== places.length) throw new CliFailure(message, EXIT.usage);
}

async function identityOf(file: string): Promise<string> {
  const about = await stat(file).catch(() => null);
  if (about !== null) return `${about.dev}:${about.ino}`;
  return await realPlace(file).catch(() => path.resolve(file));
}
