/** Reading a file for upload, with progress on standard error when a person watches. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Presets, SingleBar } from "cli-progress";
import { CliFailure, type Context } from "./context.ts";

const BYTES_PER_MB = 1_000_000;

/** The bytes of a file, or of standard input for `-`. A file that cannot be read fails in words. */
export async function uploadOf(
  context: Context,
  file: string,
  quiet: boolean,
): Promise<AsyncIterable<Uint8Array>> {
  if (file === "-") return context.stdin as AsyncIterable<Uint8Array>;
  const size = await sizeOf(file);
  const bytes = createReadStream(file, { highWaterMark: 256 * 1024 });
  const isWatched = (context.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
  return quiet || !isWatched ? bytes : withProgress(bytes, size, context);
}

async function sizeOf(file: string): Promise<number> {
  try {
    const handle = await open(file);
    try {
      const about = await handle.stat();
      if (!about.isFile()) throw new CliFailure(`\`${file}\` is not a file`);
      return about.size;
    } finally {
      await handle.close();
    }
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
