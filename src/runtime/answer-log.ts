/**
 * The file of the answers of one list: `lists/<name>.answers`. Answers are appended, and on disk when
 * `append` resolves. A line that a crash cut short was never acknowledged and is cut off at the next
 * start; any other line that is not what was written stops it.
 */
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm, truncate } from "node:fs/promises";
import path from "node:path";
import { type AnswerLine, readAnswerLine, writeAnswerLine } from "./answer-line.ts";
import { ConfigProblem } from "./config.ts";
import { syncFolder } from "./sync-folder.ts";

const ENDING = ".answers";
const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

export function answersFile(folder: string, name: string): string {
  return path.join(folder, `${name}${ENDING}`);
}

/** The list whose answers a file holds; `null`: it holds none. */
export function listOfAnswers(file: string): string | null {
  return file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : null;
}

/** Appends to the file, which is `bytes` long, and says how long it is now. */
export async function appendAnswers(
  file: string,
  lines: readonly AnswerLine[],
  bytes: number,
): Promise<number> {
  const isNew = !existsSync(file);
  const written = Buffer.from(lines.map((line) => `${writeAnswerLine(line)}\n`).join(""));
  const log = await open(file, "a", 0o600);
  try {
    // What an append that failed has left would be the beginning of this one.
    if ((await log.stat()).size > bytes) await log.truncate(bytes);
    await log.writeFile(written);
    await log.sync();
  } catch (error) {
    await log.truncate(bytes).catch(() => undefined);
    throw error;
  } finally {
    await log.close();
  }
  if (isNew) await syncFolder(path.dirname(file));
  return bytes + written.length;
}

/** Gives every line to `take` and the length of the file; cuts off a line that has no end. */
export async function readAnswers(
  file: string,
  take: (line: AnswerLine) => void,
): Promise<{ readonly bytes: number; readonly lines: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let lines = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const read = Buffer.concat([rest, chunk]);
    const end = read.lastIndexOf(LINE_FEED) + 1;
    rest = read.subarray(end);
    bytes += end;
    if (end === 0) continue;
    for (const text of read.toString("utf8", 0, end - 1).split("\n")) {
      const line = readAnswerLine(text);
      lines += 1;
      if (line === null) throw damaged(file, lines);
      take(line);
    }
  }
  if (rest.length > 0) await truncate(file, bytes);
  return { bytes, lines };
}

/** Writes the file anew with what `replace` makes of each line; `null`: without it. Says how long it is. */
export async function rewriteAnswers(
  file: string,
  replace: (line: AnswerLine) => AnswerLine | null,
): Promise<number> {
  const fresh = `${file}.tmp`;
  await rm(fresh, { force: true });
  const kept: string[] = [];
  const log = await open(fresh, "wx", 0o600);
  let bytes = 0;
  const write = async () => {
    const written = Buffer.from(kept.splice(0).join(""));
    await log.writeFile(written);
    bytes += written.length;
  };
  try {
    for await (const some of answersIn(file)) {
      for (const line of some) {
        const left = replace(line);
        if (left !== null) kept.push(`${writeAnswerLine(left)}\n`);
      }
      await write();
    }
    await log.sync();
  } finally {
    await log.close();
  }
  await rename(fresh, file);
  await syncFolder(path.dirname(file));
  return bytes;
}

async function* answersIn(file: string): AsyncGenerator<readonly AnswerLine[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const read = Buffer.concat([rest, chunk]);
    const end = read.lastIndexOf(LINE_FEED) + 1;
    rest = read.subarray(end);
    if (end === 0) continue;
    const texts = read.toString("utf8", 0, end - 1).split("\n");
    yield texts.map((text, at) => readAnswerLine(text) ?? failOn(file, at));
  }
}

function failOn(file: string, line: number): never {
  throw damaged(file, line);
}

function damaged(file: string, line: number): ConfigProblem {
  return new ConfigProblem(
    `${file} is damaged near line ${line}: it is not what was written; put the file of a backup in ` +
      "its place, or remove it and ask the registry again",
  );
}
