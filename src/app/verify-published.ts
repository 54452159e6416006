/**
 * Verifies a log through what it publishes, as a stranger can: checkpoint, tiles and leaves, in the
 * layout of docs/formats/ledger.md. Nothing that the server says is taken on trust but its entries,
 * and these have to give the root that its key signed. What was said about whom is not published,
 * so whether the records are still those of the leaves is for the data folder to show.
 */
import { openCheckpoint } from "../ledger/checkpoint.ts";
import { leafHashOf } from "../ledger/leaf.ts";
import { parseLeaf } from "../ledger/members.ts";
import { HASH_BYTES, sameHash } from "../ledger/merkle.ts";
import { type Problem, parseVkey, type Verifier } from "../ledger/note-key.ts";
import {
  type EntryBundle,
  hashAt,
  parseBundle,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tileWidth,
} from "../ledger/tile.ts";
import { TreeCheck } from "../ledger/tree-check.ts";
import { type Progress, type Wrong, WrongList } from "./verify-report.ts";

/** Somebody's log. `read` gives the file at a path, `null` when there is none. */
export interface PublishedLog {
  read(path: string): Promise<Uint8Array | null>;
}

export interface PublishedChecks {
  readonly log: PublishedLog;
  /** Keys that are believed. Without any, those that the log publishes of itself. */
  readonly vkeys: readonly string[];
  /** A checkpoint of this log from before: the log must still begin with it. */
  readonly since?: string | null;
  readonly onProgress?: Progress;
}

export interface PublishedReport {
  readonly origin: string;
  /** Of the checkpoint: entries, and the root over them. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Keys that signed it and are believed. */
  readonly signedBy: readonly string[];
  /** Whether the log named its key itself. */
  readonly isOwnWord: boolean;
  /** The signed checkpoint, as it was published. */
  readonly checkpoint: string;
  /** Size of the earlier checkpoint that the log begins with; `null` when none was given. */
  readonly since: number | null;
  /** Leaves that were read. */
  readonly entries: number;
  readonly wrong: readonly Wrong[];
  readonly wrongCount: number;
  /** What is wrong with the log as a whole. */
  readonly findings: readonly string[];
}

/** Files that are asked for before they are needed. */
const READ_AHEAD = 6;

/** A problem when there is nothing to verify: no checkpoint, or none by a known key. */
export async function verifyPublished(checks: PublishedChecks): Promise<PublishedReport | Problem> {
  const { log } = checks;
  const known = await knownKeys(log, checks.vkeys);
  if ("problem" in known) return known;
  const note = await log.read("checkpoint");
  if (note === null) return { problem: "It publishes no checkpoint; is the address right?" };
  const checkpoint = openCheckpoint(note, known.verifiers);
  if ("problem" in checkpoint) return checkpoint;
  const { origin, size, root } = checkpoint;
  const earlier = checks.since == null ? null : openCheckpoint(checks.since, known.verifiers);
  if (earlier !== null && "problem" in earlier) {
    return { problem: `The earlier checkpoint cannot be used. ${earlier.problem}` };
  }
  if (earlier !== null && earlier.origin !== origin) {
    const words = `The earlier checkpoint is of the log \`${earlier.origin}\`, and this is \`${origin}\``;
    return {
      problem: `${words}: a log with another name is another log, and proves nothing of it.`,
    };
  }

  const findings: string[] = [];
  const rebuilt = await rebuild(checks, size, earlier === null ? [] : [earlier.size]);
  const { tree, wrong } = rebuilt;
  if (tree.size === size && !sameHash(tree.root, root)) {
    findings.push(`The root over its ${size} entries is not the one that its key signed.`);
  }
  if (earlier !== null) {
    const then = tree.rootAt(earlier.size);
    if (earlier.size > size) {
      findings.push(`It had ${earlier.size} entries and now has ${size}: it went back.`);
    } else if (then !== null && !sameHash(then, earlier.root)) {
      findings.push(
        `Its first ${earlier.size} entries are not those of the earlier checkpoint: they were changed.`,
      );
    }
  }
  return {
    origin,
    size,
    root,
    signedBy: checkpoint.signedBy.map(({ vkey }) => vkey),
    isOwnWord: known.isOwnWord,
    checkpoint: new TextDecoder().decode(note),
    since: earlier?.size ?? null,
    entries: tree.size,
    wrong: wrong.sorted,
    wrongCount: wrong.count,
    findings,
  };
}

async function knownKeys(
  log: PublishedLog,
  given: readonly string[],
): Promise<{ verifiers: Verifier[]; isOwnWord: boolean } | Problem> {
  const isOwnWord = given.length === 0;
  let vkeys = given;
  if (isOwnWord) {
    const published = await log.read("keys");
    if (published === null) return { problem: "It publishes no key: give the one that you know." };
    vkeys = new TextDecoder()
      .decode(published)
      .split("\n")
      .filter((line) => line !== "");
  }
  const verifiers: Verifier[] = [];
  for (const vkey of vkeys) {
    const verifier = parseVkey(vkey);
    if ("problem" in verifier) return verifier;
    verifiers.push(verifier);
  }
  return { verifiers, isOwnWord };
}

/** The tree over all leaves, or over as many as can be read, and what is wrong with them. */
async function rebuild(
  { log, onProgress }: PublishedChecks,
  size: number,
  sizes: readonly number[],
): Promise<{ tree: TreeCheck; wrong: WrongList }> {
  const wrong = new WrongList();
  const tree = new TreeCheck((tile) => readTile(log, tile), sizes);
  const runs = Math.ceil(size / TILE_WIDTH);
  for await (const { index, width, leaves, hashes } of ahead(runs, (index) =>
    readRun(log, index, tileWidth(0, index, size)),
  )) {
    const first = index * TILE_WIDTH + 1;
    const last = first + width - 1;
    if (hashes === null)
      wrong.range(first, last, "Their tile of leaf hashes is missing or cut short.");
    if (leaves === null) {
      wrong.range(first, last, "Their file of entries is missing, or not one of so many entries.");
      // Nothing after them has a place in the tree any more.
      break;
    }
    const own = leaves.map((leaf) => new Uint8Array(Buffer.from(leafHashOf(leaf), "hex")));
    for (const [at, leaf] of leaves.entries()) {
      const fault = faultOfLeaf(leaf, first + at);
      if (fault !== null) wrong.entry(first + at, fault);
      else if (hashes !== null && !sameHash(own[at]!, hashAt(hashes, at))) {
        wrong.entry(first + at, "Its leaf does not have the leaf hash that the tile says.");
      }
    }
    wrong.tiles(await tree.add(own));
    onProgress?.(tree.size, size);
  }
  if (tree.size === size) wrong.tiles(await tree.end());
  return { tree, wrong };
}

function faultOfLeaf(bytes: Uint8Array, position: number): string | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "Its leaf is not text in UTF-8.";
  }
  const parsed = parseLeaf(text);
  if (typeof parsed === "string") return parsed;
  if (parsed.leaf.position === position) return null;
  return `Its leaf has position ${parsed.leaf.position}: entries were exchanged.`;
}

/** The leaves of one tile and their hashes as published; `null` for what is not there whole. */
async function readRun(log: PublishedLog, index: number, width: number) {
  const [bundle, hashes] = await Promise.all([
    readWhole(log, { level: "entries", index, width }),
    readTile(log, { level: 0, index, width }).catch(unlessMissing),
  ]);
  // A full file may stand in for a partial one: the log has grown since the checkpoint.
  const leaves =
    bundle === null ? null : (parseBundle(bundle.bytes, bundle.width)?.slice(0, width) ?? null);
  return { index, width, leaves, hashes };
}

class MissingTile extends Error {}

function unlessMissing(error: unknown): null {
  if (error instanceof MissingTile) return null;
  throw error;
}

async function readTile(log: PublishedLog, tile: Tile): Promise<Uint8Array> {
  const whole = await readWhole(log, tile);
  if (whole === null) throw new MissingTile("it is not there");
  if (whole.bytes.length !== whole.width * HASH_BYTES) {
    throw new MissingTile(`it has ${whole.bytes.length} bytes`);
  }
  return whole.bytes.subarray(0, tile.width * HASH_BYTES);
}

/** A log may drop partial tiles once they are full (C2SP tlog-tiles): then the full one is read. */
async function readWhole(
  log: PublishedLog,
  tile: Tile | EntryBundle,
): Promise<{ bytes: Uint8Array; width: number } | null> {
  const bytes = await log.read(tilePath(tile));
  if (bytes !== null) return { bytes, width: tile.width };
  if (tile.width === TILE_WIDTH) return null;
  const full = await log.read(tilePath({ ...tile, width: TILE_WIDTH }));
  return full === null ? null : { bytes: full, width: TILE_WIDTH };
}

/** What `load` gives for 0 up to, without, `count`: in order, with some of the next ones under way. */
async function* ahead<Loaded>(
  count: number,
  load: (index: number) => Promise<Loaded>,
): AsyncIterable<Loaded> {
  const under: Promise<Loaded>[] = [];
  for (let next = 0; next < count || under.length > 0; ) {
    while (next < count && under.length < READ_AHEAD) {
      const loading = load(next++);
      // Whoever waits for it hears of a failure; when nobody does any more, it does not matter.
      loading.catch(() => undefined);
      under.push(loading);
    }
    yield await under.shift()!;
  }
}
