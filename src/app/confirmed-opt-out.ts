/**
 * The opt-out that a confirmation is about, looked up in the ledger: the only thing about a check
 * that is not in memory, and asked for confirmations only.
 */
import type { Entry } from "../domain/entry.ts";
import { type AddressKey, ALL, type Position } from "../domain/words.ts";
import type { ConfirmedOptOut } from "../rules/facts.ts";
import { isConfirmedSinceLastOptIn } from "./decide-answer.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";

/**
 * The opt-out at a position, when it is this address's and names this sender. `null`: there is
 * none, it is somebody else's, or it was erased. It counts as confirmed when Heed, the provider or
 * the sender confirmed it, or an earlier one that says as much (promise 7: one at most).
 */
export async function findConfirmedOptOut(
  deps: Pick<Deps, "store" | "secrets" | "sends">,
  address: AddressKey,
  sender: string,
  position: Position,
): Promise<ConfirmedOptOut | null> {
  const history = await historyOf(deps, address);
  const entry = history.find((one) => one.position === position);
  const act = entry?.act;
  if (entry === undefined || act?.kind !== "opt-out" || act.address !== address) return null;
  if (!act.scopes.some((scope) => scope.sender === sender || scope.sender === ALL)) return null;
  const wasConfirmed = (at: Position) => deps.sends.confirmed(at);
  return {
    position,
    receivedAt: act.receivedAt,
    isConfirmed:
      act.confirmedByProvider === true ||
      wasConfirmed(position) ||
      isConfirmedByHeed(history, position) ||
      isConfirmedSinceLastOptIn(history, entry, sender, wasConfirmed),
  };
}

function isConfirmedByHeed(history: readonly Entry[], position: Position): boolean {
  return history.some(({ act }) => act?.kind === "confirmation" && act.refersTo === position);
}
