/**
 * Erases a person: their records and salts go, the hashes of the leaves stay, and their token keeps
 * them suppressed. "Delete my data and never contact me" is one wish, so somebody of whom nothing is
 * on record is suppressed as well; and only their own later opt-in lifts it.
 */
import { mentions } from "../address/mentions.ts";
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { AddressKey } from "../domain/words.ts";
import type { Commit } from "../store/store.ts";
import type { Forgotten } from "./address-copies.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";
import { Problem } from "./problem.ts";
import { recordErasure } from "./record-acts.ts";
import { addressOf, withoutUndefined } from "./record-told.ts";

export interface ErasureRequest {
  readonly address: string;
  /** Who asked for it through this door: the person, or a member of staff who was told to. */
  readonly by: "person" | "staff";
  readonly author?: string;
  readonly note?: string;
  /** API key or door. */
  readonly source: string;
}

export interface Erasure extends Forgotten {
  /**
   * `erased-before`: an earlier erasure had left nothing to remove, and there is no second entry.
   * Copies outside the ledger are looked through all the same.
   */
  readonly status: "erased" | "erased-before";
  /** The erasure: this one, or the one from before. */
  readonly entry: Entry;
  /** What the commit made of the tree, for a receipt. */
  readonly commit?: Commit;
  /** How many records were removed; 0 for somebody of whom nothing was on record. */
  readonly records: number;
}

/** Resolves when nothing of it is left in this server's folder and the person is denied. */
export async function erase(deps: Deps, request: ErasureRequest): Promise<Erasure> {
  const address = addressOf(deps, request.address);
  refuseAddressIn(request, address);
  refuseWhileLocked(deps);
  const history = await historyOf(deps, address);
  const records = history.filter(({ act }) => act !== null && act.kind !== "erasure");
  const before = history.findLast(({ act }) => act?.kind === "erasure");
  if (before !== undefined && records.length === 0) {
    const forgotten = await deps.copies.forget(address);
    return { status: "erased-before", entry: before, records: 0, ...forgotten };
  }
  const act = erasureOf(deps, request, address, records);
  deps.copies.leaveToCaller(act.messageId);
  const tokens = deps.secrets.tokensOf(address) as readonly [string, ...string[]];
  const { entries, ...recorded } = await recordErasure(deps, { act, tokens });
  // Locked meanwhile: the standings are worth nothing any more, and end with this process.
  if (deps.guard.lock === null) deps.live.standings.forget(address);
  const forgotten = await deps.copies.forget(address);
  return {
    status: "erased",
    entry: entries[0]!,
    records: records.length,
    ...("commit" in recorded ? { commit: recorded.commit } : {}),
    ...forgotten,
  };
}

/** What went and what stays, for people; a sentence a line. */
export function describeErasure({ status, entry, records, removed, remains }: Erasure): string {
  const gone = [...(records > 0 ? [countRecords(records)] : []), ...removed].join(", ");
  const lines =
    status === "erased-before"
      ? [`This person was erased before, in entry ${entry.position}.`]
      : [`Erased in entry ${entry.position}.`];
  const nothing = status === "erased" ? "Nothing was on record." : "Nothing was left to remove.";
  lines.push(
    gone === "" ? nothing : `Removed: ${gone}.`,
    "Kept: the hashes of the ledger, and a token by which this person stays suppressed.",
  );
  if (remains.length > 0) {
    lines.push(`Not Heed's to remove, and it may hold the address: ${remains.join(", ")}.`);
  }
  return lines.join("\n");
}

function countRecords(records: number): string {
  return records === 1 ? "1 record" : `${records} records`;
}

function erasureOf(
  deps: Deps,
  { by, source, author, note }: ErasureRequest,
  address: AddressKey,
  records: readonly Entry[],
): Act {
  const now = deps.clock.now();
  return {
    kind: "erasure",
    address: null,
    scopes: [],
    by,
    via: "api",
    source,
    claimedAt: now,
    receivedAt: now,
    messageId: Buffer.from(deps.random(16)).toString("hex"),
    evidence: {
      kind: "erasure",
      tokens: deps.secrets.tokensOf(address).join(" "),
      entries: records.length,
      // Tells receivers of these entries which of theirs to remove.
      leafHashes: records.map(({ leafHash }) => leafHash).join(" "),
    },
    ...withoutUndefined({ author, note }),
  };
}

/** What is written about an erasure stays, so it must not say whom it erased. */
function refuseAddressIn(request: ErasureRequest, address: AddressKey): void {
  for (const member of ["author", "note"] as const) {
    if (!mentions(request[member] ?? "", address)) continue;
    throw new Problem(
      "invalid-request",
      `the ${member} names the address that is to be erased, and would stay; write it without`,
      `/${member}`,
    );
  }
}

/** What is done to a ledger that is not the newest is undone when the newest one is put back. */
function refuseWhileLocked({ guard }: Deps): void {
  if (guard.lock === null) return;
  throw new Problem(
    "locked",
    "the ledger is locked, so nobody can be erased now; `heed doctor` says why and what to do. " +
      "Meanwhile everything is denied",
  );
}
