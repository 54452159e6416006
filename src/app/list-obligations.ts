/** Obligations page by page: those that are not done, everybody's, or one person's. */
import type { Position } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";
import {
  hasClocks,
  type Obligation,
  type ObligationParts,
  obligationsOf,
  overdueAfter,
  type TimedEntry,
} from "./obligations.ts";
import { addressOf } from "./record-told.ts";
import { type Batch, nextUnfinished } from "./unfinished.ts";

/** `unfinished`: open and overdue. `all`: the whole ledger, from the first opt-out on. */
export const OBLIGATION_FILTERS = ["unfinished", "open", "overdue", "all"] as const;
export type ObligationFilter = (typeof OBLIGATION_FILTERS)[number];

export interface ObligationPage {
  readonly obligations: readonly Obligation[];
  /** To go on after; `null`: that was all. A page can be empty and not the last one. */
  readonly next: Position | null;
}

/** Batches of entries that are looked at for one page, found or not. */
const BATCHES_MAX = 25;
const AT_ONCE = 200;

export async function listObligations(
  deps: ObligationParts,
  filter: ObligationFilter,
  after: Position,
  limit: number,
): Promise<ObligationPage> {
  const found: TimedEntry[] = [];
  let next: Position | null = after;
  for (let left = BATCHES_MAX; left > 0 && next !== null && found.length < limit; left -= 1) {
    const batch: Batch = await nextBatch(deps, filter, next);
    found.push(...batch.entries.filter((entry) => mayFit(deps, filter, entry)));
    next = batch.isLast ? null : batch.upTo;
  }
  const page = found.slice(0, limit);
  if (found.length > limit) next = page.at(-1)!.position;
  const obligations = await obligationsOf(deps, page);
  return { obligations: obligations.filter((one) => fits(filter, one)), next };
}

/** Everything about one address at once: nobody has opted out so often that it needs pages. */
export async function obligationsTo(
  deps: Deps,
  rawAddress: string,
  filter: ObligationFilter,
): Promise<readonly Obligation[]> {
  const history = await historyOf(deps, addressOf(deps, rawAddress));
  const obligations = await obligationsOf(deps, history, history);
  return obligations.filter((one) => fits(filter, one));
}

async function nextBatch(
  deps: ObligationParts,
  filter: ObligationFilter,
  after: Position,
): Promise<Batch> {
  if (filter !== "all") return nextUnfinished(deps, after);
  const entries = await deps.store.read(after, AT_ONCE);
  return {
    entries: entries.filter(hasClocks),
    upTo: entries.at(-1)?.position ?? after,
    isLast: entries.length < AT_ONCE,
  };
}

/** Before all of it is looked up. It is not done, unless all are asked for. */
function mayFit(deps: ObligationParts, filter: ObligationFilter, entry: TimedEntry): boolean {
  if (filter !== "open" && filter !== "overdue") return true;
  const limit = overdueAfter(deps, entry);
  const isOverdue = limit !== null && deps.clock.now() > limit;
  return isOverdue === (filter === "overdue");
}

function fits(filter: ObligationFilter, { state }: Obligation): boolean {
  if (filter === "all") return true;
  return filter === "unfinished" ? state === "open" || state === "overdue" : state === filter;
}
