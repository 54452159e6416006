/** Facts: everything a verdict may depend on, gathered before it is decided. No clock, no lookups. */
import type { Standing } from "../domain/fold.ts";
import type { Place } from "../domain/place.ts";
import type { Send } from "../domain/scope.ts";
import type { AddressKey, Instant, Position } from "../domain/words.ts";

/** What a list said about an address. */
export interface ListFinding {
  /** Name of the list: `us-national-dnc`, `acme-group-do-not-contact` … */
  readonly list: string;
  /** A `do-not-contact` list binds by itself; a `national` one through the rule that names it. */
  readonly kind: "national" | "do-not-contact";
  /** `null`: the list is needed but was never loaded. */
  readonly listed: boolean | null;
  /** Date of the copy; `null` when never loaded. */
  readonly asOf: Instant | null;
  /** How old a copy a rule may rely on. `null`: as old as it likes. */
  readonly maxAgeDays: number | null;
}

export interface Facts {
  readonly at: Instant;
  readonly address: AddressKey;
  readonly send: Send;
  readonly senderKnown: boolean;
  readonly standing: Standing;
  readonly place: Place;
  readonly lists: readonly ListFinding[];
  /** Whether this node can prove that its standings are as new as promise 2 wants. */
  readonly fresh: boolean;
  /** Whether the ledger may lack somebody's opt-out, so that nobody may be allowed anything. */
  readonly locked: boolean;
  readonly position: Position;
}
