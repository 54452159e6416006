/**
 * Carries every entry to every destination: at least once, and in order for each address. A failed
 * delivery is parked and blocks later ones about the same address only; the cursor goes on. When
 * the schedule is used up it becomes a dead letter, which blocks nothing and can be replayed.
 */
import type { Entry } from "../domain/entry.ts";
import type { DeliveryOutcome, Destination } from "../outbound/outbound.ts";
import { nextAttempt } from "../outbound/retry-schedule.ts";
import type { Arrival, Delivery } from "../store/store.ts";
import { forgetArrivals, forgetOldArrivals, isTimed } from "./arrivals.ts";
import { forEachConcurrently } from "./concurrently.ts";
import type { Deps } from "./deps.ts";
import { followCursor, type WorkOutcome } from "./follow-cursor.ts";
import { pause } from "./pause.ts";
import { Problem } from "./problem.ts";
import { type DestinationSetting, resolveSecrets } from "./settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How many addresses are served at the same time by one destination. */
const CONCURRENT = 16;
/** More than this many parked deliveries, and the cursor waits. */
const PARKED_MAX = 10_000;
const LOOK_FOR_DESTINATIONS_MS = 1000;

/** Runs one follower for each enabled destination, starting and stopping as settings change. */
export async function deliverEntries(deps: Deps, env: Env, signal: AbortSignal): Promise<void> {
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  while (!signal.aborted) {
    for (const [id, destination] of deps.settings.destinations) {
      if (!destination.enabled || running.has(id)) continue;
      const stop = new AbortController();
      const done = followDestination(deps, env, id, AbortSignal.any([signal, stop.signal]));
      running.set(id, { stop, done });
    }
    for (const [id, worker] of running) {
      if (deps.settings.destinations.get(id)?.enabled === true) continue;
      worker.stop.abort();
      await worker.done;
      running.delete(id);
      // It goes with the destination; what its last batch wrote goes here.
      if (!deps.settings.destinations.has(id)) await forgetArrivals(deps, id, null, signal);
    }
    await pause(LOOK_FOR_DESTINATIONS_MS, signal);
  }
  await Promise.all([...running.values()].map((worker) => worker.done));
}

/** The cursor's name; `doctor` and the metrics show its lag. */
export function cursorOf(destinationId: string): string {
  return `destination:${destinationId}`;
}

function followDestination(deps: Deps, env: Env, id: string, signal: AbortSignal): Promise<void> {
  const forget = forgetOldArrivals(deps, id);
  return followCursor(deps, cursorOf(id), signal, {
    take: (entries, held) => deliverBatch(deps, env, id, entries, held),
    idle: async (held) => {
      await deliverDue(deps, env, id, held);
      await forget(held);
    },
  });
}

/** The destination as it is set now, or `null` when nothing may be sent to it at the moment. */
function openDestination(deps: Deps, id: string): Open | null {
  const setting = deps.settings.destinations.get(id);
  const destination = setting === undefined ? undefined : deps.destinations.get(setting.adapter);
  if (setting?.enabled !== true || destination === undefined) return null;
  return { setting, destination };
}

interface Open {
  readonly setting: DestinationSetting;
  readonly destination: Destination;
}

/**
 * What an entry waits in line under: the same for one address before and after a rotation of the
 * pepper, which is its token under the first one.
 */
function queueOf({ secrets }: Deps, entry: Entry): string {
  const address = entry.act?.address ?? null;
  if (address === null || secrets.peppers.length === 1) return entry.token;
  return secrets.tokensOf(address).at(-1) ?? entry.token;
}

/** Entries of one address go one after the other; different addresses go side by side. */
async function deliverBatch(
  deps: Deps,
  env: Env,
  id: string,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<WorkOutcome> {
  const waiting = await deps.store.deliveries(id, "waiting");
  // A receiver that is down for long must not copy the ledger into the queue; the ledger waits.
  if (waiting.length >= PARKED_MAX) return "not now";
  const parked = new Set(waiting.map((one) => one.token));
  const queued = new Set(waiting.map((one) => one.position));
  const byAddress = Map.groupBy(entries, (entry) => queueOf(deps, entry));
  const arrivals: Arrival[] = [];
  let isCutShort = false;
  const deliver = forEachConcurrently([...byAddress.values()], CONCURRENT, async (ofAddress) => {
    for (const entry of ofAddress) {
      // The cursor has not moved yet: what is left here is read again by whoever goes on.
      signal.throwIfAborted();
      const open = openDestination(deps, id);
      isCutShort ||= open === null;
      if (open === null) return;
      // Seen before, in a batch that was cut short: its attempts go on counting.
      if (queued.has(entry.position)) continue;
      if (parked.has(queueOf(deps, entry)))
        await park(deps, id, entry, "an earlier entry about the same address waits");
      else if (!(await attempt(deps, env, open, entry, 0))) parked.add(queueOf(deps, entry));
      else if (isTimed(entry)) arrivals.push({ position: entry.position, at: deps.clock.now() });
    }
  });
  // Before the cursor moves, also when it will not: what was taken now is not taken again later.
  await deliver.finally(() => deps.store.addArrivals(id, arrivals));
  return isCutShort ? "not now" : "done";
}

/** Tries what is due: for each address the oldest parked delivery, and the next when it went. */
async function deliverDue(deps: Deps, env: Env, id: string, signal: AbortSignal): Promise<void> {
  const waiting = await deps.store.deliveries(id, "waiting");
  if (waiting.length === 0) return;
  const byAddress = Map.groupBy(waiting, (delivery) => delivery.token);
  await forEachConcurrently([...byAddress.values()], CONCURRENT, async (ofAddress) => {
    for (const delivery of ofAddress) {
      const open = openDestination(deps, id);
      if (signal.aborted || open === null || delivery.nextAttemptAt > deps.clock.now()) return;
      const [entry] = await deps.store.read(delivery.position - 1, 1);
      if (entry === undefined) return;
      if (!(await attempt(deps, env, open, entry, delivery.attempts))) return;
      // First, so that it is never neither waiting nor there.
      const arrival = { position: entry.position, at: deps.clock.now() };
      if (isTimed(entry)) await deps.store.addArrivals(id, [arrival]);
      await deps.store.deleteDelivery(id, delivery.position);
    }
  });
}

/** Whether the entry was delivered. A failure is parked, buried, or switches the destination off. */
async function attempt(
  deps: Deps,
  env: Env,
  { setting, destination }: Open,
  entry: Entry,
  attemptsBefore: number,
): Promise<boolean> {
  const outcome = await deliverOnce(deps, env, setting, destination, entry);
  if (outcome.outcome === "delivered") return true;
  if (outcome.outcome === "disabled") await switchOff(deps, setting, outcome.error);
  const attempts = attemptsBefore + 1;
  const retry =
    outcome.outcome === "failed"
      ? nextAttempt(attempts, outcome.retryAfterMs, deps.random)
      : { afterMs: 0 };
  const now = deps.clock.now();
  await deps.store.putDelivery({
    destination: setting.id,
    position: entry.position,
    token: queueOf(deps, entry),
    attempts,
    state: retry === null ? "dead" : "waiting",
    nextAttemptAt: now + (retry?.afterMs ?? 0),
    lastError: outcome.error.slice(0, 500),
  });
  return false;
}

async function deliverOnce(
  deps: Deps,
  env: Env,
  setting: DestinationSetting,
  destination: Destination,
  entry: Entry,
): Promise<DeliveryOutcome> {
  try {
    const config = resolveSecrets(setting.config, env);
    return await destination.deliver(entry, config, deps.clock.now(), deps.fetch);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: "failed", error: message, retryAfterMs: null };
  }
}

async function switchOff(deps: Deps, setting: DestinationSetting, error: string): Promise<void> {
  deps.log.warn({ destination: setting.id }, "the receiver wants no more; the destination is off");
  await deps.settings.putDestination({ ...setting, enabled: false, disabledBecause: error });
}

async function park(deps: Deps, id: string, entry: Entry, why: string): Promise<void> {
  await deps.store.putDelivery({
    destination: id,
    position: entry.position,
    token: queueOf(deps, entry),
    attempts: 0,
    state: "waiting",
    nextAttemptAt: deps.clock.now(),
    lastError: why,
  });
}

/** Puts dead letters back in the queue, all of them or one. Returns how many. */
export async function replayDeadLetters(
  deps: Deps,
  id: string,
  position?: number,
): Promise<number> {
  if (!deps.settings.destinations.has(id)) {
    throw new Problem("unknown-destination", `there is no destination \`${id.slice(0, 64)}\``);
  }
  const dead = (await deps.store.deliveries(id, "dead")).filter(
    (delivery) => position === undefined || delivery.position === position,
  );
  for (const delivery of dead) {
    const again: Delivery = {
      ...delivery,
      attempts: 0,
      state: "waiting",
      nextAttemptAt: deps.clock.now(),
    };
    await deps.store.putDelivery(again);
  }
  return dead.length;
}
