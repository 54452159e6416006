// One life of the real server, always the same: a first start, opt-outs one after the other until
// the log is written back into the database, a few more, and a proper stop. Its calls are counted
// once, so that each can be made to fail in a run of its own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { personAt, TracedServer } from "../traced-server.ts";
import { straceCommand } from "../tracing/strace.ts";
import { type Call, parseTrace, pathOf, plainWordsOf, type Trace } from "../tracing/trace.ts";

const SMALL_ACTS = 6;
/** Enough pages for SQLite to write its log back: 1,000. */
const LARGE_ACTS = 80;
const LARGE_PIECES = 6;
const PIECE_LENGTH = 9000;

export const WRITES = ["pwrite64", "ftruncate"] as const;
export const SYNCS = ["fsync", "fdatasync"] as const;

/** How strace finds a call again: the n-th of its name that its thread makes on these paths. */
export interface Target {
  readonly name: string;
  readonly nth: number;
  /** Whether only calls on the database's files were counted. */
  readonly onDatabase: boolean;
  readonly isSync: boolean;
  /** Bytes at which a limit on a file's size cuts this write in two; `null` where none can. */
  readonly cutAt: number | null;
  /** For messages: `heed.db-wal`. */
  readonly file: string;
  readonly isAfterStart: boolean;
}

export interface LifePlan {
  readonly dataFolder: string;
  readonly compiled: string;
  readonly output: string;
  readonly onDatabase: boolean;
  readonly inject?: string;
  /** Bytes that a file may have. */
  readonly limit?: number;
  readonly preload?: string | undefined;
}

export interface Life {
  readonly server: TracedServer;
  readonly trace: Trace;
  /** Whether it could serve at all. */
  readonly listened: boolean;
  /** Whether it had to be killed because it did not end. */
  readonly hung: boolean;
}

function databaseFiles(dataFolder: string): string[] {
  return ["heed.db", "heed.db-wal", "heed.db-journal"].map((file) => join(dataFolder, file));
}

/** Lives it to the end, whatever fails on the way. */
export async function liveOnce(plan: LifePlan): Promise<Life> {
  const { dataFolder, output, onDatabase, inject, limit, preload, compiled } = plan;
  const strace = straceCommand({
    output,
    calls: [...WRITES, ...SYNCS],
    bytes: 0,
    ...(onDatabase ? { paths: databaseFiles(dataFolder) } : {}),
    ...(inject === undefined ? {} : { inject }),
  });
  // Behind strace, whose own file may be longer.
  const command = limit === undefined ? strace : [...strace, "prlimit", `--fsize=${limit}`];
  const server = new TracedServer({
    dataFolder,
    command,
    compiled,
    ...(preload ? { preload } : {}),
  });
  let listened = false;
  let hung = true;
  try {
    listened = await server.listens();
    if (listened) await sendAll(server);
    server.kill("SIGTERM");
    hung = !(await server.ended());
  } finally {
    await server.destroy();
  }
  return { server, listened, hung, trace: parseTrace(readFileSync(output, "latin1")) };
}

async function sendAll(server: TracedServer): Promise<void> {
  const piece = "x".repeat(PIECE_LENGTH);
  const large = Object.fromEntries(
    Array.from({ length: LARGE_PIECES }, (_, n) => [`p${n}`, piece]),
  );
  let refused = 0;
  for (let n = 0; n < 2 * SMALL_ACTS + LARGE_ACTS; n++) {
    const isLarge = n >= SMALL_ACTS && n < SMALL_ACTS + LARGE_ACTS;
    const status = await server.optOut(personAt(n), isLarge ? large : {});
    if (status !== 201) refused += 1;
    // After a failure a few more are tried: none of them may be taken.
    if (refused > 3 || server.hasEnded) return;
  }
}

/** Every write and sync of the scenario, in order. */
export async function countCalls(plan: Omit<LifePlan, "onDatabase">): Promise<Target[]> {
  const life = await liveOnce({ ...plan, onDatabase: false });
  if (!life.listened) throw new Error(`no server: ${life.server.printed}`);
  const { dataFolder } = plan;
  const inDatabase = new Set(databaseFiles(dataFolder));
  const counts = new Map<string, number>();
  let longest = 0;
  let acks = 0;
  return life.trace.calls.flatMap((call): Target[] => {
    const path = pathOf(call) ?? "";
    const onDatabase = inDatabase.has(path);
    const nth = (id: string) => {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts.get(id) ?? 0;
    };
    const onAll = nth(`${call.thread} ${call.name}`);
    if (!path.startsWith(dataFolder)) return [];
    const cutAt = cutOf(call, longest);
    longest = Math.max(longest, endOf(call));
    const isSync = (SYNCS as readonly string[]).includes(call.name);
    if (isSync && path.endsWith("-wal")) acks += 1;
    return [
      {
        ...{ name: call.name, onDatabase, isSync, cutAt },
        nth: onDatabase ? nth(`database ${call.name}`) : onAll,
        file: path.slice(dataFolder.length + 1) || "the folder",
        isAfterStart: acks > 6,
      },
    ];
  });
}

function endOf(call: Call): number {
  if (call.name !== "pwrite64") return 0;
  const words = plainWordsOf(call);
  return Number(words[3]) + Number(words[2]);
}

/** In the middle of a write that makes the longest file longer. */
function cutOf(call: Call, longest: number): number | null {
  const end = endOf(call);
  const start = end - Number(plainWordsOf(call)[2]);
  return end <= longest || end - start < 2 ? null : Math.max(longest, start + ((end - start) >> 1));
}
