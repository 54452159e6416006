/** Reading a file for upload, with progress on standard error when a person watches. */
import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { Presets, SingleBar } from "cli-progress";
import type { Context } from "./context.ts";
import { CliFailure } from "./failure.ts";

const BYTES_PER_MB = 1_000_000;

/** Fails in words when the file cannot be read; `-` is standard input. Reads nothing yet. */
export async function uploadOf(
  context: Context,
  file: string,
  quiet: boolean,
): Promise<AsyncIterable<Uint8Array>> {
  if (file === "-") return context.stdin as AsyncIterable<Uint8Array>;
  const size = await sizeOf(file);
  const isWatched = (context.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
  const bytes = bytesOf(file);
  return quiet || !isWatched || size === null ? bytes : withProgress(bytes, size, context);
}

async function* bytesOf(file: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: 256 * 1024 });
}

/** In bytes; `null` for a pipe, such as `<(zcat list.csv.gz)`. */
async function sizeOf(file: string): Promise<number | null> {
  try {
    const about = await stat(file);
    if (about.isDirectory()) throw new CliFailure(`\`${file}\` is a folder; name a file in it`);
    await access(file, constants.R_OK);
    return about.isFile() ? about.size : null;
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CliFailure(
      code === "ENOENT" ? `there is no file \`${file}\`` : `\`${file}\` cannot be read (${code})`,
    );
  }
}

async function* withProgress(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  context: Context,
): AsyncIterable<Uint8Array> {
  const bar = new SingleBar(
    {
      format: "{bar} {percentage} %  {done} of {all} MB  {rate} MB/s  {eta_formatted} left",
      stream: context.stderr as NodeJS.WriteStream,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  let done = 0;
  const figures = () => ({
    done: (done / BYTES_PER_MB).toFixed(1),
    all: (size / BYTES_PER_MB).toFixed(1),
    rate: (done / BYTES_PER_MB / Math.max(0.001, (performance.now() - startedAt) / 1000)).toFixed(
      1,
    ),
  });
  bar.start(Math.max(1, size), 0, figures());
  try {
    for await (const chunk of bytes) {
      yield chunk;
      done += chunk.byteLength;
      bar.update(done, figures());
    }
  } finally {
    bar.stop();
  }
}
