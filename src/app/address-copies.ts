/**
 * Addresses outside the ledger: files of this server that hold some of what it knows, made for speed
 * or brought by somebody. An erasure has to reach every one of them, whichever server did it.
 */
import type { AddressKey } from "../domain/words.ts";
import type { Standings } from "../sets/standings.ts";
import { pause } from "./pause.ts";
import type { Log } from "./ports.ts";

/** One place with such copies. */
export interface AddressCopy {
  /**
   * Forgets an erased person, durably. `null`: everybody who was erased, because another server did
   * it and the ledger does not say which address it was. Called when the erasure is in force here.
   */
  forget(address: AddressKey | null): Promise<Forgotten>;
}

/** In words for people, such as "a line of the list house". */
export interface Forgotten {
  readonly removed: readonly string[];
  /** What may hold the address and is not ours to remove. */
  readonly remains: readonly string[];
}

const LOOK_EVERY_MS = 500;
const AFTER_A_FAILURE_MS = 10_000;

/** All copies of one server. */
export class AddressCopies implements AddressCopy {
  readonly #places: AddressCopy[];
  /** Message ids of erasures that this server does itself. */
  readonly #own = new Set<string>();

  constructor(places: readonly AddressCopy[]) {
    this.#places = [...places];
  }

  add(place: AddressCopy): void {
    this.#places.push(place);
  }

  /** Says that whoever records this erasure knows the address and calls `forget` with it. */
  leaveToCaller(messageId: string): void {
    this.#own.add(messageId);
  }

  /** Goes on after a failure, so that one bad file keeps no more than it must; then it is told. */
  async forget(address: AddressKey | null): Promise<Forgotten> {
    const outcomes = await Promise.allSettled(this.#places.map((place) => place.forget(address)));
    const forgotten = outcomes.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    return {
      removed: forgotten.flatMap(({ removed }) => removed),
      remains: forgotten.flatMap(({ remains }) => remains),
    };
  }

  /** Forgets whom other servers erased, until told to stop. */
  async follow(
    standings: Pick<Standings, "takeErasures">,
    signal: AbortSignal,
    log: Log,
  ): Promise<void> {
    let isBehind = false;
    while (!signal.aborted) {
      for (const messageId of standings.takeErasures()) {
        if (!this.#own.delete(messageId)) isBehind = true;
      }
      try {
        if (isBehind) await this.forget(null);
        isBehind = false;
      } catch (error) {
        log.error(
          { err: error },
          "somebody was erased on another server, and a file of this one still holds their " +
            "address; trying again",
        );
        await pause(AFTER_A_FAILURE_MS, signal);
      }
      await pause(LOOK_EVERY_MS, signal);
    }
  }
}
