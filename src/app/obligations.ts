/**
 * What the law allowed for an opt-out, and how long it took: here, where it is in force from its
 * acknowledgement on, and in every destination. The clocks run from when the person asked.
 * LIMIT: a person's place is what their number says; a residence that a check was told is not kept.
 */
import { placeOf } from "../address/place-of.ts";
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import { channelsOf, type Instant, kindOfAddress, type Position } from "../domain/words.ts";
import { type Deadline, deadlinesOf } from "../rules/deadlines.ts";
import { TIMED_KINDS } from "./arrivals.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";
import { type Reach, reachOf } from "./progress.ts";

/**
 * - `open`: not done everywhere, and there is time. `overdue`: not done everywhere, and there is none.
 * - `met`: done in time. `late`: done, after the time.
 * - `unseen`: an answer to the person that Heed did not give; nobody told it of another.
 */
export type ClockState = "met" | "late" | "open" | "overdue" | "unseen";
export type ObligationState = Exclude<ClockState, "unseen">;

export interface Clock extends Deadline {
  readonly state: ClockState;
  /** When the last one had it. `null`: not done, or nobody keeps when. */
  readonly doneAt: Instant | null;
}

export interface Downstream extends Reach {
  readonly tookMs: number | null;
}

export interface Obligation {
  readonly position: Position;
  readonly kind: Act["kind"];
  /** When the person asked, as the source says; never after it was received. */
  readonly askedAt: Instant;
  readonly receivedAt: Instant;
  /** When it was in the ledger, which is before it was acknowledged: from then on it counts here. */
  readonly inForceAt: Instant;
  /** From `askedAt` to `inForceAt`. */
  readonly tookMs: number;
  readonly confirmation: Confirmation;
  /** Earliest first. */
  readonly due: readonly Clock[];
  readonly downstream: readonly Downstream[];
  readonly state: ObligationState;
}

/** The one confirmation, if there was one. Nothing obliges to send it. */
export interface Confirmation {
  readonly confirmedAt: Instant | null;
  readonly by: "heed" | "provider" | "sender" | null;
}

export type ObligationParts = Pick<
  Deps,
  "store" | "settings" | "secrets" | "packs" | "clock" | "sends"
>;

/** An entry with its act: what was erased has no place, so no law either. */
export type TimedEntry = Entry & { readonly act: Act };

/** Whether an entry is one whose clocks run: an opt-out, or a hold, which may be one. */
export function hasClocks(entry: Entry): entry is TimedEntry {
  return entry.act !== null && entry.act.kind !== "erasure" && TIMED_KINDS.includes(entry.act.kind);
}

/** By position. `history`: everything about the address of these entries, where it was read. */
export async function obligationsOf(
  deps: ObligationParts,
  entries: readonly Entry[],
  history?: readonly Entry[],
): Promise<readonly Obligation[]> {
  const timed = entries.filter(hasClocks);
  const reached = await reachOf(
    deps,
    timed.map(({ position }) => position),
  );
  return Promise.all(
    timed.map(async (entry) => {
      const { address } = entry.act;
      const about = history ?? (address === null ? [] : await historyOf(deps, address));
      const confirmation = confirmationOf(deps, entry, about);
      return judge(deps, entry, reached.get(entry.position) ?? [], confirmation);
    }),
  );
}

/** When the earliest clock of an entry that is not done everywhere is overdue; `null`: never. */
export function overdueAfter(deps: Pick<Deps, "packs">, entry: TimedEntry): Instant | null {
  const times = deadlinesOfEntry(deps, entry)
    .filter(isOfHonouring)
    .map((deadline) => deadline.overdueAfter);
  return times.length === 0 ? null : Math.min(...times);
}

function askedAtOf({ claimedAt, receivedAt }: Act): Instant {
  return Math.min(claimedAt, receivedAt);
}

function deadlinesOfEntry(
  { packs }: Pick<Deps, "packs">,
  { act }: TimedEntry,
): readonly Deadline[] {
  if (act.address === null) return [];
  return deadlinesOf(packs, placeOf(act.address), {
    at: askedAtOf(act),
    scopes: act.scopes,
    channels: channelsOf(kindOfAddress(act.address)),
  });
}

/** Whether it is about what destinations have to do, and not about a word to the person. */
function isOfHonouring({ about }: Deadline): boolean {
  return about === "opt-out" || about === "sharing";
}

function judge(
  deps: ObligationParts,
  entry: TimedEntry,
  reached: readonly Reach[],
  confirmation: Confirmation,
): Obligation {
  const { act, position, recordedAt: inForceAt } = entry;
  const askedAt = askedAtOf(act);
  const due = deadlinesOfEntry(deps, entry).map((deadline) =>
    isOfHonouring(deadline)
      ? clockOf(deps, deadline, inForceAt, reached)
      : clockOfWord(deadline, confirmation),
  );
  return {
    ...{ position, kind: act.kind, askedAt, receivedAt: act.receivedAt, inForceAt },
    tookMs: inForceAt - askedAt,
    confirmation,
    due,
    downstream: reached.map((reach) => ({
      ...reach,
      tookMs: reach.arrivedAt === null ? null : reach.arrivedAt - askedAt,
    })),
    state: stateOf(due.filter(isOfHonouring), reached),
  };
}

function clockOf(
  { settings, clock }: ObligationParts,
  deadline: Deadline,
  inForceAt: Instant,
  reached: readonly Reach[],
): Clock {
  if (reached.some(({ state }) => state !== "done")) {
    const state = clock.now() > deadline.overdueAfter ? "overdue" : "open";
    return { ...deadline, state, doneAt: null };
  }
  // One that was added when the time was over could not be told in time.
  const counted = reached.filter(({ destination }) => {
    const { addedAt } = settings.destinations.get(destination) ?? {};
    return addedAt === undefined || Date.parse(addedAt) <= deadline.overdueAfter;
  });
  const times = counted.map(({ arrivedAt }) => arrivedAt);
  const known = times.filter((at) => at !== null);
  const lastAt = Math.max(inForceAt, ...known);
  const state = lastAt > deadline.overdueAfter ? "late" : "met";
  return { ...deadline, state, doneAt: known.length < times.length ? null : lastAt };
}

/** The confirmation is the only word to a person that Heed knows of. */
function clockOfWord(deadline: Deadline, { confirmedAt, by }: Confirmation): Clock {
  if (by === null) return { ...deadline, state: "unseen", doneAt: null };
  const isLate = confirmedAt !== null && confirmedAt > deadline.overdueAfter;
  return { ...deadline, state: isLate ? "late" : "met", doneAt: confirmedAt };
}

function stateOf(clocks: readonly Clock[], reached: readonly Reach[]): ObligationState {
  for (const state of ["overdue", "open", "late"] as const) {
    if (clocks.some((clock) => clock.state === state)) return state;
  }
  return reached.some(({ state }) => state !== "done") ? "open" : "met";
}

function confirmationOf(
  { sends }: Pick<Deps, "sends">,
  { position, act }: TimedEntry,
  history: readonly Entry[],
): Confirmation {
  const ours = history.find(
    (one) => one.act?.kind === "confirmation" && one.act.refersTo === position,
  );
  if (ours !== undefined) return { confirmedAt: ours.recordedAt, by: "heed" };
  if (act.confirmedByProvider === true) return { confirmedAt: act.receivedAt, by: "provider" };
  // A recorded send says that it confirmed it; only that it did is kept in memory.
  if (sends.confirmed(position)) return { confirmedAt: null, by: "sender" };
  return { confirmedAt: null, by: null };
}
