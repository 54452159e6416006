// Records what the real server does to its disk while clients opt out: several lives in one data
// folder, ended by kill -9 in the middle of work, the last one by a proper stop.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { type Dice, roll } from "../dice.ts";
import { personAt, TracedServer } from "../traced-server.ts";
import { DISK_CALLS, straceCommand } from "../tracing/strace.ts";
import { type Call, parseTrace, pathOf } from "../tracing/trace.ts";
import type { Ack } from "./replay.ts";

export interface Recording {
  /** The folder that was empty before. */
  readonly root: string;
  /** From the root. Two folders deep, so that every name above the files is put to the test. */
  readonly dataFolder: string;
  /** One list of calls for each process, in the order in which they took effect. */
  readonly lives: readonly (readonly Call[])[];
  /** Leaf hash (hex) of every entry in the end, by position. */
  readonly entries: ReadonlyMap<number, string>;
  /** What the clients were told. */
  readonly answers: readonly Ack[];
  readonly secrets: ReadonlyMap<string, string>;
}

export interface RecordPlan {
  readonly root: string;
  readonly compiled: string;
  readonly dice: Dice;
  readonly lives: number;
  /** Opt-outs in each life. */
  readonly acts: number;
  /** Takes a safety away, for a control. */
  readonly preload?: string;
}

const NESTED = join("var", "heed");

export async function recordLives(plan: RecordPlan): Promise<Recording> {
  mkdirSync(plan.root);
  const dataFolder = join(plan.root, NESTED);
  const lives: Call[][] = [];
  const answers: Ack[] = [];
  let people = 0;
  for (let life = 0; life < plan.lives; life++) {
    const output = `${plan.root}-life-${life}.trace`;
    const command = straceCommand({ output, calls: DISK_CALLS });
    const server = new TracedServer({ ...plan, dataFolder, command });
    try {
      if (!(await server.listens())) throw new Error(`no server: ${server.printed}`);
      await sendActs(server, plan, people, life === plan.lives - 1);
    } finally {
      await server.destroy();
    }
    people += plan.acts;
    answers.push(...server.answered);
    lives.push(inOrder(readFileSync(output, "latin1"), plan.root));
    rmSync(output);
  }
  return { ...{ root: plan.root, dataFolder: NESTED, lives, answers }, ...read(dataFolder) };
}

async function sendActs(
  server: TracedServer,
  { dice, acts }: RecordPlan,
  firstPerson: number,
  isLast: boolean,
): Promise<void> {
  // Alone and in crowds, so that commits of one act and of many are cut.
  for (let sent = 0; sent < acts; ) {
    const crowd = Math.min(acts - sent, roll(dice, 1, 6));
    const words = "x".repeat(dice() < 0.2 ? roll(dice, 1, 9000) : 0);
    const people = Array.from({ length: crowd }, (_, n) => personAt(firstPerson + sent + n));
    const statuses = Promise.all(people.map((person) => server.optOut(person, { words })));
    sent += crowd;
    if (sent >= acts && !isLast) {
      await new Promise((resolve) => setTimeout(resolve, roll(dice, 0, 20)));
      server.kill("SIGKILL");
    }
    await statuses;
  }
  if (isLast) server.kill("SIGTERM");
  await server.ended();
}

/** A change of the disk counts from its end, what is said to a client from its beginning. */
function inOrder(text: string, root: string): Call[] {
  const place = (call: Call) =>
    /^writev?$/u.test(call.name) && !pathOf(call)?.startsWith(root) ? call.begun : call.ended;
  return [...parseTrace(text).calls].sort((one, other) => place(one) - place(other));
}

function read(dataFolder: string): Pick<Recording, "entries" | "secrets"> {
  const { database } = openConnection(join(dataFolder, "heed.db"));
  const rows = database.prepare("SELECT position, leaf_hash FROM entries").all();
  database.close();
  const entries = new Map(
    rows.map((row) => [
      Number(row.position),
      Buffer.from(row.leaf_hash as Uint8Array).toString("hex"),
    ]),
  );
  const secrets = new Map(
    ["keys/pepper", "keys/link-key", "keys/signing-key"].map((name) => {
      return [name, readFileSync(join(dataFolder, name), "latin1")];
    }),
  );
  return { entries, secrets };
}
