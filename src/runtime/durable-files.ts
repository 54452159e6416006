/** Files that are on disk when the call resolves, with the SHA-256 of what was written. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

export interface Copied {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

const CHUNK_BYTES = 256 * 1024;

/** Into a new file. The name is only durable once its folder is synced as well. */
export async function copyFileDurably(from: string, to: string, mode: number): Promise<Copied> {
  const hash = createHash("sha256");
  let bytes = 0;
  const copy = await open(to, "wx", mode);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: CHUNK_BYTES })) {
      hash.update(chunk);
      bytes += chunk.length;
      await copy.writeFile(chunk);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

export async function writeFileDurably(file: string, text: string, mode: number): Promise<Copied> {
  const written = await open(file, "wx", mode);
  try {
    await written.writeFile(text);
    await written.sync();
  } finally {
    await written.close();
  }
  const bytes = Buffer.byteLength(text);
  return { bytes, sha256: createHash("sha256").update(text).digest("hex") };
}

export async function hashFile(file: string): Promise<Copied> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
