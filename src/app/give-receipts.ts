/**
 * Receipts for acknowledgements. The act is on disk and in force by then, so whatever keeps a
 * receipt from being made never turns the acknowledgement into a failure: the answer says why there
 * is none and where to get it later.
 */
import type { Entry } from "../domain/entry.ts";
import type { Receipt } from "../ledger/receipt.ts";
import type { Commit } from "../store/store.ts";
import type { Deps } from "./deps.ts";

export interface GivenReceipts {
  /** One for each entry, in their order; `null` where there is none now. */
  readonly receipts: readonly (Receipt | null)[];
  /** Why one is missing, and what to do; absent when none is. */
  readonly note?: string;
}

/** Why the notary signs nothing, for people who can read the ledger anyway. */
export function whyUnsigned({ guard }: Pick<Deps, "guard">): string {
  return guard.lock === null
    ? "This server does not have the key that signs the ledger"
    : "The ledger is locked, so nothing is signed now";
}

/** The receipts of entries that were just recorded, or were there already. */
export async function giveReceipts(
  deps: Pick<Deps, "notary" | "guard" | "log">,
  outcome: { readonly entries: readonly Entry[]; readonly commit?: Commit | undefined },
): Promise<GivenReceipts> {
  let failed = false;
  const receipts: (Receipt | null)[] = [];
  for (const { position } of outcome.entries) {
    try {
      receipts.push(await deps.notary.receipt(position, outcome.commit));
    } catch (error) {
      deps.log.error({ err: error, position }, "a receipt could not be made");
      failed = true;
      receipts.push(null);
    }
  }
  const without = outcome.entries.filter((_, at) => receipts[at] === null);
  if (without.length === 0) return { receipts };
  const why = failed ? "The receipt could not be made just now" : whyUnsigned(deps);
  const paths = without.map(({ position }) => `/v1/entries/${position}/receipt`).join(", ");
  const note = `${why}. It is recorded and in force all the same; get the receipt later: GET ${paths}.`;
  return { receipts, note };
}
