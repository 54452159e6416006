/**
 * Opt-outs that are not done everywhere, oldest first, without a look at those that are: what waits or
 * is dead, and what is beyond the cursor of the slowest destination.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { hasClocks, overdueAfter, type TimedEntry } from "./obligations.ts";
import { cursorsOf, reachOf } from "./progress.ts";

/** Entries that are looked at in one go. */
const AT_ONCE = 200;

type Parts = Pick<Deps, "store" | "settings">;

export interface Batch {
  readonly entries: readonly TimedEntry[];
  /** Everything up to and with this position was looked at. */
  readonly upTo: Position;
  /** Whether nothing is left behind it. */
  readonly isLast: boolean;
}

/** The next entries after a position that may not be done, to be looked at one by one. */
export async function nextUnfinished(deps: Parts, after: Position): Promise<Batch> {
  const cursors = await cursorsOf(deps);
  if (cursors.size === 0) return { entries: [], upTo: after, isLast: true };
  const slowest = Math.min(...cursors.values());
  const parked = await parkedAfter(deps, [...cursors.keys()], after);
  // Behind the slowest cursor, only what is parked; beyond it, everything there is.
  const upTo = Math.min(parked.upTo, slowest);
  const behind = parked.positions.filter((position) => position <= upTo);
  if (behind.length > 0 || parked.upTo <= slowest) {
    return { entries: await unfinishedOf(deps, await readAt(deps, behind)), upTo, isLast: false };
  }
  const start = Math.max(after, slowest);
  const entries = await deps.store.read(start, AT_ONCE);
  return {
    entries: await unfinishedOf(deps, entries),
    upTo: entries.at(-1)?.position ?? start,
    isLast: entries.length < AT_ONCE,
  };
}

/** What is parked anywhere, up to where every destination was looked at. */
async function parkedAfter({ store }: Parts, ids: readonly string[], after: Position) {
  const found = new Set<Position>();
  let upTo = Number.MAX_SAFE_INTEGER;
  for (const id of ids) {
    const deliveries = await store.deliveriesAfter(id, after, AT_ONCE);
    for (const { position } of deliveries) found.add(position);
    if (deliveries.length === AT_ONCE) upTo = Math.min(upTo, deliveries.at(-1)!.position);
  }
  const positions = [...found].filter((position) => position <= upTo).sort((a, b) => a - b);
  return { positions, upTo };
}

/** Neighbours are read together. */
async function readAt({ store }: Parts, positions: readonly Position[]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let index = 0; index < positions.length; ) {
    const first = positions[index]!;
    let length = 1;
    while (positions[index + length] === first + length) length += 1;
    entries.push(...(await store.read(first - 1, length)));
    index += length;
  }
  return entries;
}

async function unfinishedOf(
  deps: Parts,
  entries: readonly Entry[],
): Promise<readonly TimedEntry[]> {
  const timed = entries.filter(hasClocks);
  const reached = await reachOf(
    deps,
    timed.map(({ position }) => position),
  );
  return timed.filter(({ position }) =>
    reached.get(position)?.some(({ state }) => state !== "done"),
  );
}

export interface Summary {
  /** Not done everywhere, and with time left or without a deadline. */
  readonly open: number;
  /** Of those: overdue within a day. */
  readonly soon: number;
  readonly overdue: number;
  /** Whether all were looked at. If not, there may be more of each. */
  readonly isWhole: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** The oldest so many of those that are not done are counted. */
const COUNTED_MAX = 5000;

/** How many opt-outs are not done everywhere. Takes as long as there are many of them. */
export async function countUnfinished(
  deps: Parts & Pick<Deps, "packs" | "clock">,
): Promise<Summary> {
  const now = deps.clock.now();
  let [open, soon, overdue, after] = [0, 0, 0, 0];
  for (let looked = 0; looked < COUNTED_MAX; looked += AT_ONCE) {
    const batch = await nextUnfinished(deps, after);
    for (const entry of batch.entries) {
      const limit = overdueAfter(deps, entry);
      if (limit !== null && now > limit) overdue += 1;
      else open += 1;
      if (limit !== null && now <= limit && now + DAY_MS > limit) soon += 1;
    }
    if (batch.isLast) return { open, soon, overdue, isWhole: true };
    after = batch.upTo;
    await nextTurn();
  }
  return { open, soon, overdue, isWhole: false };
}
