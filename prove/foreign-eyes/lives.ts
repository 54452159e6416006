// Lives of the real server: clients write opt-outs and keep their receipts, somebody fetches the
// checkpoint after every few of them, and then it is killed. What it publishes at last is fetched
// as anybody would, over HTTP.
import { setTimeout as sleep } from "node:timers/promises";
import { toBase64 } from "../../src/ledger/base64.ts";
import { parseCheckpointText } from "../../src/ledger/checkpoint.ts";
import type { Receipt } from "../../src/ledger/receipt.ts";
import { parseBundle, TILE_WIDTH, tilePath, tileWidth } from "../../src/ledger/tile.ts";
import type { Paths } from "../../test/ledger/foreign/publish.ts";
import { type Dice, roll } from "../dice.ts";
import { personAt, TracedServer } from "../traced-server.ts";

const WRITERS = 6;
const ACKS_FOR_A_CHECKPOINT = 3;
const LEAST_OF_A_LIFE = 3;
const EARLY_DEATHS = 0.1;
const EARLY_WITHIN_MS = 900;
const LATE_WITHIN_MS = 60;
/** A server on a busy machine sends people away rather than to keep them waiting; they come back. */
const OVERLOADED = "/problems/overloaded";
const OVERLOADED_WAIT_MS = 50;
/** Lives without one new checkpoint after which it is given up. */
const MOST_BARREN_LIVES = 10;

export interface LivesPlan {
  readonly dataFolder: string;
  readonly compiled: string;
  readonly checkpoints: number;
  /** Checkpoints after which a server is killed, at most; the moment after them is chance. */
  readonly mostOfALife: number;
  readonly dice: Dice;
}

/** What was heard from the server in its lives. */
export interface Heard {
  /** Different ones, in the order in which they were fetched. */
  readonly checkpoints: readonly string[];
  /** Those that came with an acknowledgement. */
  readonly receipts: readonly Receipt[];
  readonly kills: number;
  /** Of these, kills before it listened. */
  readonly earlyKills: number;
}

/** What it publishes at the end. */
export interface Published {
  readonly vkeys: readonly string[];
  readonly checkpoint: string;
  readonly size: number;
  /** Everything below `tile/`. */
  readonly paths: Paths;
  readonly leaves: readonly Uint8Array[];
}

export async function liveAndDie(plan: LivesPlan): Promise<Heard> {
  const { dice, dataFolder, compiled } = plan;
  const checkpoints = new Set<string>();
  const receipts: Receipt[] = [];
  let [people, kills, earlyKills, barren] = [0, 0, 0, 0];
  while (checkpoints.size < plan.checkpoints) {
    const server = new TracedServer({ dataFolder, compiled, command: [] });
    try {
      if (dice() < EARLY_DEATHS) {
        await sleep(dice() * EARLY_WITHIN_MS);
        earlyKills += 1;
      } else {
        if (!(await server.listens())) throw new Error(`it did not start: ${server.printed}`);
        const before = checkpoints.size;
        const enough = before + roll(dice, LEAST_OF_A_LIFE, plan.mostOfALife);
        await crowd(server, () => personAt(people++), checkpoints, receipts, enough);
        await sleep(dice() * LATE_WITHIN_MS);
        barren = checkpoints.size === before ? barren + 1 : 0;
        if (barren > MOST_BARREN_LIVES) throw new Error(`no new checkpoints: ${server.printed}`);
      }
      if (server.hasEnded) throw new Error(`it ended by itself: ${server.printed}`);
    } finally {
      await server.destroy();
    }
    kills += 1;
  }
  return { checkpoints: [...checkpoints], receipts, kills, earlyKills };
}

/** Resolves when there are enough checkpoints; the writers go on until the server is dead. */
function crowd(
  server: TracedServer,
  nextPerson: () => string,
  checkpoints: Set<string>,
  receipts: Receipt[],
  enough: number,
): Promise<void> {
  let acks = 0;
  return new Promise((resolve, reject) => {
    const write = async () => {
      while (!server.hasEnded) {
        const receipt = await optOut(server, nextPerson());
        if (receipt === null) return;
        receipts.push(receipt);
        acks += 1;
        if (acks % ACKS_FOR_A_CHECKPOINT !== 0) continue;
        const checkpoint = await textOf(server, "/ledger/checkpoint");
        if (checkpoint === null) return;
        checkpoints.add(checkpoint);
        if (checkpoints.size >= enough) resolve();
      }
    };
    void Promise.all(Array.from({ length: WRITERS }, write)).then(() => resolve(), reject);
  });
}

/** Gives the receipt of an opt-out, or `null` when the server died before it answered. */
async function optOut(server: TracedServer, address: string): Promise<Receipt | null> {
  const body = { address, sender: "all", by: "person", via: "voice", evidence: { kind: "letter" } };
  const answer = await textOf(server, "/v1/opt-outs?receipt=1", body);
  if (answer === null) return null;
  const { receipt } = JSON.parse(answer) as { receipt?: Receipt | null };
  if (receipt) return receipt;
  throw new Error(`an acknowledgement has no receipt: ${answer}`);
}

/** `null` when the connection was cut. */
async function textOf(server: TracedServer, path: string, body?: unknown): Promise<string | null> {
  const answer = await answerOf(server, path, body).catch((error: Error) => {
    // What `fetch` says when there is nobody, or nobody any more.
    if (error instanceof TypeError) return null;
    throw error;
  });
  return answer === null ? null : Buffer.from(answer).toString();
}

/** Rejects for an answer that is no success. */
async function answerOf(server: TracedServer, path: string, body?: unknown): Promise<Uint8Array> {
  for (;;) {
    const response = await server.request(path, body);
    const answer = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return answer;
    const text = Buffer.from(answer).toString();
    // A locked ledger is not ready either, and that would be a broken promise.
    if (!text.includes(OVERLOADED)) throw new Error(`${path}: ${response.status} ${text}`);
    await sleep(OVERLOADED_WAIT_MS);
  }
}

/** Starts it once more, and fetches all that anybody can fetch. */
export async function fetchLog({ dataFolder, compiled }: LivesPlan): Promise<Published> {
  const server = new TracedServer({ dataFolder, compiled, command: [] });
  try {
    if (!(await server.listens())) throw new Error(`it did not start: ${server.printed}`);
    return await download(server);
  } finally {
    await server.destroy();
  }
}

async function download(server: TracedServer): Promise<Published> {
  const get = (path: string) => answerOf(server, path);
  const textAt = async (path: string) => Buffer.from(await get(path)).toString();
  const vkeys = (await textAt("/ledger/keys")).trimEnd().split("\n");
  const checkpoint = await textAt("/ledger/checkpoint");
  const parsed = parseCheckpointText(`${checkpoint.split("\n\n")[0]}\n`);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { size } = parsed;
  const paths: Paths = {};
  const leaves: Uint8Array[] = [];
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    for (let index = 0; tileWidth(level, index, size) > 0; index++) {
      const path = tilePath({ level, index, width: tileWidth(level, index, size) });
      paths[path] = toBase64(await get(`/ledger/${path}`));
    }
  }
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = tileWidth(0, index, size);
    const path = tilePath({ level: "entries", index, width });
    const bundle = await get(`/ledger/${path}`);
    paths[path] = toBase64(bundle);
    leaves.push(...(parseBundle(bundle, width) ?? []));
  }
  return { vkeys, checkpoint, size, paths, leaves };
}
