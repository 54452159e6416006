/**
 * Addresses outside the ledger: files of this server that hold some of what it knows, made for speed
 * or brought by somebody. An erasure has to reach every one of them.
 */
import type { AddressKey } from "../domain/words.ts";

export interface AddressCopies {
  /**
   * Forgets an erased person, durably. `null`: everybody who was erased, because another server did
   * it and the ledger does not say which address it was. Call it when the erasure is in force here.
   */
  forget(address: AddressKey | null): Promise<Forgotten>;
}

/** In words for people, such as "a line of the list house". */
export interface Forgotten {
  readonly removed: readonly string[];
  /** What may hold the address and is not ours to remove. */
  readonly remains: readonly string[];
}

export const NOTHING_FORGOTTEN: Forgotten = { removed: [], remains: [] };

/** Goes on after a failure, so that one full disk keeps no more than it must; then it is told. */
export async function forgetEverywhere(
  copies: readonly AddressCopies[],
  address: AddressKey | null,
): Promise<Forgotten> {
  const outcomes = await Promise.allSettled(copies.map((one) => one.forget(address)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const all = outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value : NOTHING_FORGOTTEN,
  );
  return {
    removed: all.flatMap(({ removed }) => removed),
    remains: all.flatMap(({ remains }) => remains),
  };
}
