/** Everything the ledger has about an address, whichever pepper was in force when it was written. */
import type { Entry } from "../domain/entry.ts";
import type { AddressKey } from "../domain/words.ts";
import type { Deps } from "./deps.ts";

/** Ascending by position. */
export async function historyOf(
  deps: Pick<Deps, "store" | "secrets">,
  address: AddressKey,
): Promise<readonly Entry[]> {
  const [present = [], ...retired] = await Promise.all(
    deps.secrets.tokensOf(address).map((token) => deps.store.history(token)),
  );
  if (retired.every((entries) => entries.length === 0)) return present;
  return [present, ...retired].flat().sort((a, b) => a.position - b.position);
}
