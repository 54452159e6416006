/** How far each destination is: which entries it has taken, and since when. */
import type { Instant, Position } from "../domain/words.ts";
import { cursorOf } from "./deliver-entries.ts";
import type { Deps } from "./deps.ts";

export interface Reach {
  readonly destination: string;
  /** `off`: it waits, and nothing is sent there while the destination is switched off. */
  readonly state: "done" | "waiting" | "dead" | "off";
  /** `null`: not there, or taken so long ago that nobody keeps it any more. */
  readonly arrivedAt: Instant | null;
}

type Parts = Pick<Deps, "store" | "settings">;

/** Where the cursor of each destination stands: 0 for one that has seen nothing. */
export async function cursorsOf({
  store,
  settings,
}: Parts): Promise<ReadonlyMap<string, Position>> {
  const cursors = new Map((await store.cursors()).map((one) => [one.name, one.position]));
  const ids = [...settings.destinations.keys()].sort();
  return new Map(ids.map((id) => [id, cursors.get(cursorOf(id)) ?? 0]));
}

/**
 * Which destinations have each of these entries. Nothing is told of a destination at one moment, so
 * cursors are read first, then what waits, then what arrived: an entry that the cursor has passed and
 * that waits nowhere has arrived, whatever moves meanwhile.
 */
export async function reachOf(
  deps: Parts,
  positions: readonly Position[],
): Promise<ReadonlyMap<Position, readonly Reach[]>> {
  const reached = new Map<Position, Reach[]>(positions.map((position) => [position, []]));
  for (const [destination, cursor] of await cursorsOf(deps)) {
    const parked = new Map(
      (await deps.store.deliveriesAt(destination, positions)).map((one) => [one.position, one]),
    );
    const arrived = new Map(
      (await deps.store.arrivals(destination, positions)).map((one) => [one.position, one.at]),
    );
    const isOff = deps.settings.destinations.get(destination)?.enabled === false;
    for (const [position, reach] of reached) {
      const arrivedAt = arrived.get(position) ?? null;
      const waits = isOff ? "off" : "waiting";
      const stuck = parked.get(position)?.state === "dead" ? "dead" : waits;
      const isDone = arrivedAt !== null || (position <= cursor && !parked.has(position));
      reach.push({ destination, state: isDone ? "done" : stuck, arrivedAt });
    }
  }
  return reached;
}
